"""From the reading network's answer to text: as it stands, and as the mathematics that it may be.

The network says for each step how likely each of 18 000 characters is (CTC). Mathematics needs some fifty; look-alikes
of each count for it. A beam search keeps the likeliest few texts, and any text can be asked how likely it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from labkit.engine.eyes.look_alikes import LOOK_ALIKES

Steps = NDArray[np.float32]
"""Probabilities, shape (steps, characters)."""
Signs = NDArray[np.float64]
"""Probabilities, shape (steps, 1 + len(SIGNS)); column 0: nothing new."""

SIGNS = tuple(LOOK_ALIKES)
FLOOR = 1e-4
"""Probability that any sign has at any step: the network may be wrong."""
WORTH_TRYING = 2e-3
"""Signs less likely than this at a step are not tried by the search."""
BEAM = 10


def plain(steps: Steps, characters: Sequence[str]) -> tuple[str, float]:
    """The likeliest characters at each step, and the mean of their probabilities (0 without any)."""
    best = steps.argmax(axis=1)
    kept = np.flatnonzero((best != 0) & (np.diff(best, prepend=0) != 0))
    text = "".join(characters[best[at]] for at in kept).strip()
    return text, float(steps[kept, best[kept]].mean()) if text else 0.0


@lru_cache(maxsize=1)
def _columns(characters: tuple[str, ...]) -> tuple[list[int], NDArray[np.float32]]:
    """Which characters count for mathematics, and how much each for which sign: shape (those, 1 + signs)."""
    counts: dict[str, dict[int, float]] = {"": {0: 1.0}, " ": {0: 1.0}}
    for column, sign in enumerate(SIGNS, 1):
        for look_alikes, weight in LOOK_ALIKES[sign].items():
            for look_alike in look_alikes:
                counts.setdefault(look_alike, {}).setdefault(column, weight)
    kept = [index for index, character in enumerate(characters) if character in counts]
    table = np.zeros((len(kept), 1 + len(SIGNS)), np.float32)
    for row, index in enumerate(kept):
        for column, weight in counts[characters[index]].items():
            table[row, column] = weight
    return kept, table


def as_signs(steps: Steps, characters: tuple[str, ...]) -> Signs:
    """What the network saw, in signs of mathematics only."""
    kept, table = _columns(characters)
    return np.maximum(steps[:, kept] @ table, FLOOR).astype(np.float64)


def search(signs: Signs, beam: int = BEAM) -> list[str]:
    """The likeliest texts, best first (prefix beam search: Hannun 2014)."""
    beams: dict[tuple[int, ...], tuple[float, float]] = {(): (1.0, 0.0)}  # ends in nothing new, ends in its last sign
    for row in signs:
        tried = np.flatnonzero(row[1:] > WORTH_TRYING) + 1
        found: dict[tuple[int, ...], list[float]] = {}
        for prefix, (blank, sign) in beams.items():
            here = found.setdefault(prefix, [0.0, 0.0])
            here[0] += (blank + sign) * row[0]
            if prefix:
                here[1] += sign * row[prefix[-1]]
            for new in tried:
                there = found.setdefault((*prefix, int(new)), [0.0, 0.0])
                there[1] += row[new] * (blank if prefix and prefix[-1] == new else blank + sign)
        best = sorted(found.items(), key=lambda each: -sum(each[1]))[:beam]
        scale = sum(best[0][1]) or 1.0
        beams = {prefix: (parts[0] / scale, parts[1] / scale) for prefix, parts in best}
    return ["".join(SIGNS[sign - 1] for sign in prefix) for prefix in beams]


def likelihoods(signs: Signs, texts: Sequence[str]) -> NDArray[np.float64]:
    """The natural logarithm of each text's probability (CTC's forward sum), shape (texts,)."""
    longest = max((len(text) for text in texts), default=0)
    labels = np.zeros((len(texts), 2 * longest + 1), np.intp)
    for row, text in enumerate(texts):
        labels[row, 1 : 2 * len(text) : 2] = [SIGNS.index(sign) + 1 for sign in text]
    skips = np.zeros(labels.shape, bool)
    skips[:, 2:] = (labels[:, 2:] != 0) & (labels[:, 2:] != labels[:, :-2])
    ways = np.zeros(labels.shape)
    ways[:, 0] = 1.0
    total = np.zeros(len(texts))
    for row in signs:
        moved = ways.copy()
        moved[:, 1:] += ways[:, :-1]
        moved[:, 2:] += np.where(skips[:, 2:], ways[:, :-2], 0.0)
        ways = moved * row[labels]
        scale = np.maximum(ways.sum(axis=1), 1e-300)
        ways /= scale[:, None]
        total += np.log(scale)
    ends = 2 * np.array([len(text) for text in texts], np.intp)
    rows = np.arange(len(texts))
    last = ways[rows, ends] + np.where(ends > 0, ways[rows, np.maximum(ends - 1, 0)], 0.0)
    result: NDArray[np.float64] = total + np.log(np.maximum(last, 1e-300))
    return result
