from __future__ import annotations

import pytest

from labkit.engine.agreement import Segment, agreement, alike, likeness, text_of

PHONES = {
    "go": "G OW",
    "on": "AA N",
    "forward": "F AO R W ER D",
    "ten": "T EH N",
    "den": "D EH N",
    "meters": "M IY T ER Z",
    "stop": "S T AA P",
    "coffee": "K AA F IY",
}


def phones(word: str) -> list[str]:
    return PHONES[word].split()


def heard(text: str, *, score: float = -100.0) -> list[Segment]:
    """Words of 300 ms each, one after the other, between silences."""
    words = [Segment(word, 30 * i, 30 * i + 29, score) for i, word in enumerate(text.split(), start=1)]
    end = words[-1].end
    return [Segment("<sil>", 0, 29, score), *words, Segment("</s>", end + 1, end + 1, 0.0)]


def test_the_same_words_agree_fully():
    assert alike(heard("go forward ten meters"), heard("go forward ten meters"), phones) == 100.0


def test_what_sounds_alike_agrees_better_than_what_does_not():
    better = alike(heard("go forward ten meters"), heard("go forward den meters"), phones)
    other = alike(heard("go forward ten meters"), heard("go forward coffee meters"), phones)
    assert 100.0 > better > other


def test_more_words_than_the_listed_sentence_are_another_sentence():
    assert alike(heard("go on"), heard("go on forward ten meters"), phones) < 40.0


def test_a_worse_acoustic_score_takes_points_off():
    best = alike(heard("stop"), heard("stop"), phones)
    assert alike(heard("stop", score=-103.0), heard("stop"), phones) < best


def test_silence_agrees_with_nothing():
    silence = [Segment("<sil>", 0, 40, -10.0)]
    assert alike(silence, heard("stop"), phones) == 0.0
    assert alike(heard("stop"), silence, phones) == 0.0


def test_the_likeness_counts_the_phones_that_differ():
    assert likeness(heard("ten"), heard("ten"), phones) == 100.0
    assert likeness(heard("ten"), heard("den"), phones) == pytest.approx(200 / 3)
    assert likeness(heard("go"), heard("go forward"), phones) == 0.0
    assert likeness([], heard("go"), phones) == 0.0


def test_both_other_decoders_have_a_say():
    listed = heard("go forward ten meters")
    another = heard("stop coffee on den")
    both, one, none = (
        agreement(listed, opened, loose, phones)
        for opened, loose in ((listed, listed), (another, listed), (another, another))
    )
    assert both == 100.0 > one > 60.0 > none
    assert agreement(listed, another, listed, phones, trust=0.1) < 40.0


@pytest.mark.parametrize("word", ["<sil>", "[NOISE]", "</s>", "++um++"])
def test_noises_are_no_words(word):
    assert text_of([Segment(word, 0, 9, 0.0), Segment("go", 10, 20, 0.0)]) == "go"
