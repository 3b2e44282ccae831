from __future__ import annotations

import pytest

from labkit.engine.agreement import Segment, agreement, text_of

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
    assert agreement(heard("go forward ten meters"), heard("go forward ten meters"), phones) == 100.0


def test_what_sounds_alike_agrees_better_than_what_does_not():
    alike = agreement(heard("go forward ten meters"), heard("go forward den meters"), phones)
    other = agreement(heard("go forward ten meters"), heard("go forward coffee meters"), phones)
    assert 100.0 > alike > other


def test_more_words_than_the_listed_sentence_are_another_sentence():
    assert agreement(heard("go on"), heard("go on forward ten meters"), phones) < 40.0


def test_a_worse_acoustic_score_takes_points_off():
    best = agreement(heard("stop"), heard("stop"), phones)
    assert agreement(heard("stop", score=-103.0), heard("stop"), phones) < best


def test_silence_agrees_with_nothing():
    silence = [Segment("<sil>", 0, 40, -10.0)]
    assert agreement(silence, heard("stop"), phones) == 0.0
    assert agreement(heard("stop"), silence, phones) == 0.0


@pytest.mark.parametrize("word", ["<sil>", "[NOISE]", "</s>", "++um++"])
def test_noises_are_no_words(word):
    assert text_of([Segment(word, 0, 9, 0.0), Segment("go", 10, 20, 0.0)]) == "go"
