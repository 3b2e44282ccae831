"""How alike the decoders heard one utterance: the rule that accepts a listed sentence or declines it.

A closed grammar turns any sound into one of its sentences. A decoder that is free to put the same words in any
order, or to use any words, mishears some, but what it hears sounds like what was said. So sounds are compared,
not letters: over the whole sentence, and in its worst stretch (a listed sentence with one other word in it is
not that sentence), and the acoustic score that the closed decoder loses against the free one in its worst half
second is taken off.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq, Levenshtein

FRAME_MS = 10
STRETCH = 60
"""Frames of the window whose phones are compared. 500 and 800 ms separate as well."""
SLACK = 6
"""Frames by which the two decoders may place a phone differently."""
SCORE_FRAMES = 50
SCORE_WEIGHT = 520.0
"""Points per unit of acoustic score a frame: logistic regression on 120 spoken orders, near-misses against right."""

_ALIKE = ("P B", "T D", "K G", "F V", "TH DH", "S Z", "SH ZH CH JH", "M N NG", "L R", "W", "Y HH", "IY IH",
          "EY EH AE", "AA AO AH", "OW UH UW", "ER", "AW AY OY")  # fmt: skip
_GROUP = {phone: chr(97 + index) for index, group in enumerate(_ALIKE) for phone in group.split()}
_EXACT = {phone: chr(65 + index) for index, phone in enumerate(sorted(_GROUP))}


@dataclass(frozen=True)
class Segment:
    """One word of a decoder's hypothesis."""

    word: str
    """Without the dictionary's variant number; silence and noises start with "<" or "["."""
    start: int
    """First frame, of `FRAME_MS`."""
    end: int
    """Last frame, inclusive."""
    score: float
    """Acoustic score of the whole segment; only differences mean something."""

    posterior: float = 1.0
    """How sure the decoder is of the word, 0..1; 1 where it has no lattice."""

    @property
    def is_word(self) -> bool:
        """False for silence, noise and the decoder's own marks."""
        return self.word[:1] not in "<[(+" and self.end >= self.start


def text_of(segments: Sequence[Segment]) -> str:
    """The words, separated by spaces."""
    return " ".join(segment.word for segment in segments if segment.is_word)


@dataclass(frozen=True)
class _Sounds:
    exact: str
    group: str
    frames: NDArray[np.float64]


def _sounds(segments: Sequence[Segment], phones: Callable[[str], Sequence[str]]) -> _Sounds:
    placed = []
    for segment in segments:
        if segment.is_word:
            said = [phone for phone in phones(segment.word) if phone in _GROUP]
            length = segment.end - segment.start + 1
            placed += [(phone, segment.start + length * (i + 0.5) / len(said)) for i, phone in enumerate(said)]
    frames = np.array([frame for _, frame in placed], dtype=np.float64)
    return _Sounds(*spelled([phone for phone, _ in placed]), frames)


def spelled(phones: Sequence[str]) -> tuple[str, str]:
    """Phones as two strings, a letter a phone: each by itself, and one letter for all that are alike."""
    said = [phone for phone in phones if phone in _GROUP]
    return "".join(_EXACT[phone] for phone in said), "".join(_GROUP[phone] for phone in said)


def _worst_stretch(sounds: _Sounds, other: _Sounds) -> float | None:
    """0..100: the share of these phones that the other hypothesis has at the same place, in the worst window.

    None when no window holds three phones: too little to judge.
    """
    worst: float | None = None
    last = max(sounds.frames[-1], other.frames[-1])
    for start in np.arange(sounds.frames[0] - 10, max(sounds.frames[0] - 9, last - STRETCH + 10), 10):
        i, j = np.searchsorted(sounds.frames, [start, start + STRETCH])
        k, m = np.searchsorted(other.frames, [start - SLACK, start + STRETCH + SLACK])
        if j - i >= 3:
            alike = LCSseq.similarity(sounds.group[i:j], other.group[k:m])
            same = LCSseq.similarity(sounds.exact[i:j], other.exact[k:m])
            share = 50.0 * float(alike + same) / float(j - i)
            worst = share if worst is None else min(worst, share)
    return worst


def _scores(segments: Sequence[Segment], frames: int) -> NDArray[np.float64]:
    scores = np.zeros(frames)
    for segment in segments:
        if segment.end >= segment.start:
            scores[segment.start : segment.end + 1] = segment.score / (segment.end - segment.start + 1)
    return scores


def _worst_loss(closed: Sequence[Segment], opened: Sequence[Segment]) -> float:
    """The largest mean loss of acoustic score a frame over `SCORE_FRAMES`, never below 0."""
    frames = max(closed[-1].end, opened[-1].end) + 1
    loss = _scores(opened, frames) - _scores(closed, frames)
    if frames <= SCORE_FRAMES:
        return max(0.0, float(loss.mean()))
    total = np.concatenate([[0.0], np.cumsum(loss)])
    return max(0.0, float((total[SCORE_FRAMES:] - total[:-SCORE_FRAMES]).max()) / SCORE_FRAMES)


Phones = Callable[[str], Sequence[str]]
"""The ARPABET phones of a word."""


def agreement(
    closed: Sequence[Segment], opened: Sequence[Segment], loose: Sequence[Segment], phones: Phones, trust: float = 1.0
) -> float:
    """0..100: how surely the closed decoder's sentence is what was said, by what the open and the loose one heard.

    `trust` in the loose one is 0..1. The weights are those of a logistic regression on 125 spoken orders, rounded.
    """
    by_open, by_loose = alike(closed, opened, phones), alike(closed, loose, phones)
    together = by_open / 4 + by_loose / 4 + likeness(closed, loose, phones) / 2
    return trust * together + (1 - trust) * by_open


def likeness(closed: Sequence[Segment], other: Sequence[Segment], phones: Phones) -> float:
    """0..100: the share of the sentence's phones that need not be changed, left out or added to get the other's."""
    mine, heard = _sounds(closed, phones).exact, _sounds(other, phones).exact
    return 100 * max(0.0, 1 - Levenshtein.distance(mine, heard) / len(mine)) if mine else 0.0


def alike(closed: Sequence[Segment], other: Sequence[Segment], phones: Phones) -> float:
    """0..100: how much the closed decoder's sentence sounds like the other hypothesis, place by place."""
    mine, heard = _sounds(closed, phones), _sounds(other, phones)
    if not mine.exact or not heard.exact:
        return 0.0
    whole = (fuzz.ratio(mine.exact, heard.exact) + fuzz.ratio(mine.group, heard.group)) / 2
    stretches = (_worst_stretch(mine, heard), _worst_stretch(heard, mine))
    worst = min((share for share in stretches if share is not None), default=whole)
    return float(np.clip((whole + worst) / 2 - SCORE_WEIGHT * _worst_loss(closed, other), 0.0, 100.0))
