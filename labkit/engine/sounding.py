"""Which of the listed sentences sound most like the phones that were heard: all of them compared in a millisecond."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cdist

from labkit.engine.agreement import spelled

NEAREST = 3
"""Sentences that are named."""


class Sounding:
    """How the listed sentences sound."""

    def __init__(self, sentences: Mapping[str, Sequence[str]]) -> None:
        """`sentences` are normalised, each with its phones."""
        self._sentences = list(sentences)
        self._places = {sentence: place for place, sentence in enumerate(self._sentences)}
        self._spelled = [spelled(phones) for phones in sentences.values()]
        self._lengths = np.array([max(1, len(exact)) for exact, _ in self._spelled], dtype=np.float64)

    def likeness(self, heard: Sequence[str]) -> NDArray[np.float64]:
        """0..100 for every sentence, shape (n,): the share of its phones that need not be changed, left out or added.

        A phone that is only like the sentence's counts half.
        """
        found = np.zeros(len(self._sentences))
        for which, said in enumerate(spelled(heard)):
            choices = [both[which] for both in self._spelled]
            distances = cdist([said], choices, scorer=Levenshtein.distance)[0] if choices else found
            found += 50 * np.maximum(0.0, 1 - distances / self._lengths)
        return found

    def nearest(self, likeness: NDArray[np.float64], first: str) -> tuple[str, ...]:
        """Up to `NEAREST` normalised sentences, best first; `first` leads when it is listed."""
        best = [self._sentences[place] for place in np.argsort(-likeness, kind="stable")[: NEAREST + 1]]
        return tuple(dict.fromkeys([*([first] if first in self._places else []), *best]))[:NEAREST]

    def lead(self, likeness: NDArray[np.float64], sentence: str) -> float:
        """By how much it is likelier than the likeliest other, negative when that is likelier; 0 when not listed."""
        place = self._places.get(sentence)
        if place is None:
            return 0.0
        others = np.delete(likeness, place)
        return float(likeness[place] - others.max()) if len(others) else float(likeness[place])
