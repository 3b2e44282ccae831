from __future__ import annotations

import numpy as np

from labkit.bench import translation
from labkit.bench.translation import FIXED, SLOTS, Answer, Clip
from labkit.phrases import BOOK


def test_phrases_of_both_kinds_with_what_they_should_become():
    found = translation.clips("es", "en", 2)
    assert [clip.kind for clip in found] == [FIXED, FIXED, SLOTS, SLOTS]
    for clip in found:
        match = BOOK.match(clip.text, "es")
        assert match is not None
        assert BOOK.translate(match, "en") == clip.wanted
        assert len(clip.sound) > 24_000


def test_only_what_was_right_counts_and_the_same_phrases_are_compared():
    def answer(text: str, kind: str, latency: float | None, *, right: bool = True) -> Answer:
        return Answer(Clip(text, kind, "", np.zeros(1, np.int16)), latency, right)

    turns = [answer("a", FIXED, 300.0), answer("b", FIXED, 500.0), answer("c", SLOTS, 900.0, right=False)]
    socket = [answer("a", FIXED, -100.0), answer("b", FIXED, None, right=False), answer("c", SLOTS, 100.0)]
    found = translation.figures({"by turns": turns, "by a cascade": [], "the socket": socket})
    assert found["by turns, fixed phrases"]["latency"]["median"] == 400
    assert found["by turns, phrases with a slot"]["translated right"]["value"] == 0
    assert found["the socket, fixed phrases"]["begun before the end"] == {
        "value": 100.0,
        "unit": "%",
        "n": 1,
        "goal": None,
    }
    assert found["the socket sooner than turns by"]["n"] == 1
    assert found["the socket sooner than turns by"]["median"] == 400
