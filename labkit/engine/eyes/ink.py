"""Which marks of a strip belong to its line: ruled lines, neighbours and dust do not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labkit.engine.eyes.sight import Note

Grey = NDArray[np.uint8]
"""Brightness, shape (height, width)."""
Mask = NDArray[np.uint8]
"""1 or 0, shape (height, width)."""
Box = tuple[int, int, int, int]
"""Left, top, right, bottom."""

SPREAD = 0.28
"""Heights of the row: what is narrower and darker than its surroundings is ink, what is wider is shadow."""
FAINTEST = 235
"""Of 255 for the paper around: brighter marks are the paper's own."""
SMALLEST = 0.06
"""Heights of the row: smaller marks are dust."""
BEYOND = 0.12
"""Heights of the row by which the middle of a mark may be above or below it."""
ABOVE = 0.2
"""The same for a small mark above the row, which may be an exponent."""
NEAR = 0.9
"""Ink beside the row belongs to it with a gap of up to so many heights."""
CLOSE = 0.35
"""Heights of the row between a fraction's bar and what is over and under it."""
LONGEST = 1.6
"""Heights of the row: longer level lines are ruled ones."""


@dataclass(frozen=True)
class Mark:
    """Connected ink."""

    number: int
    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """In pixels."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """In pixels."""
        return self.bottom - self.top


def paper(grey: Grey, core: int) -> NDArray[np.float32]:
    """How bright the paper is everywhere, also under the ink; the edges of shadows stay. A row is `core` high."""
    import cv2

    side = round(SPREAD * core)
    closed = cv2.morphologyEx(cv2.medianBlur(grey, 3), cv2.MORPH_CLOSE, np.ones((side, side), np.uint8))
    return np.asarray(cv2.GaussianBlur(closed, (0, 0), 0.05 * core), np.float32)


def dark(light: Grey, row: Box) -> Mask:
    """Where ink is: darker than half way between the paper (255) and the row's ink (Otsu)."""
    import cv2

    left, top, right, bottom = row
    limit, _ = cv2.threshold(light[top:bottom, left:right], 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return (light <= min(limit, FAINTEST)).astype(np.uint8)


def connected(marked: Mask) -> tuple[NDArray[np.int32], list[Mark]]:
    """Each pixel's mark by its number, shape (height, width), 0 where there is none; and the marks."""
    import cv2

    _, labels, stats, _ = cv2.connectedComponentsWithStats(marked, connectivity=8)
    return np.asarray(labels), [Mark(at, x, y, x + w, y + h) for at, (x, y, w, h, _) in enumerate(stats.tolist()) if at]


def own(marked: Mask, row: Box, core: int) -> tuple[Mask, Box, Note]:
    """The ink that belongs to the row; its box: at least the middle of the row; and what is not one plain line."""
    labels, everything = connected(marked & (1 - ruled(marked, core)))
    marks = [mark for mark in everything if _at_height(mark, row, core, marked.shape[0])]
    inside = [mark for mark in marks if row[0] <= (mark.left + mark.right) / 2 <= row[2]]
    beside = [mark for mark in marks if mark not in inside and _may_be_a_sign(mark, row, core)]
    kept = _grown(inside, beside, NEAR * core)
    chosen = np.zeros(len(everything) + 1, np.uint8)
    chosen[[mark.number for mark in kept]] = 1
    return np.asarray(chosen[labels], np.uint8), _box(kept, row, core), _note(kept, everything, core)


def _note(kept: list[Mark], everything: list[Mark], core: int) -> Note:
    """Whether there is a fraction's bar, with ink over and under it, or a root's roof, with ink in it."""
    tall = [mark for mark in everything if mark.height > 0.12 * core]
    for mark in kept:
        spanned = [
            each for each in tall if each is not mark and mark.left <= (each.left + each.right) / 2 <= mark.right
        ]
        over = any(0 <= mark.top - each.bottom + 0.1 * core < CLOSE * core for each in spanned)
        under = any(0 <= each.top - mark.bottom + 0.1 * core < CLOSE * core for each in spanned)
        if over and under and mark.width > 0.15 * core and mark.height < 0.5 * mark.width:
            return "fraction"
        covers = any(mark.top < each.top and each.bottom < mark.bottom + 0.2 * core for each in spanned)
        if covers and mark.width > 0.7 * core and mark.height > 0.4 * core:
            return "root"
    return ""


def _at_height(mark: Mark, row: Box, core: int, height: int) -> bool:
    """Whether a mark is at the row's height, and no part of something larger that is cut off."""
    if max(mark.width, mark.height) < SMALLEST * core:
        return False
    middle = (mark.top + mark.bottom) / 2
    cut = (mark.top <= 0 or mark.bottom >= height) and mark.height > 1.15 * core
    raised = ABOVE * core if mark.height < 0.6 * core and mark.top > 1 else 0.0
    return row[1] - max(raised, BEYOND * core) <= middle <= row[3] + BEYOND * core and not cut


def _may_be_a_sign(mark: Mark, row: Box, core: int) -> bool:
    """Whether ink beside a row has the size and the height of a sign."""
    middle = (mark.top + mark.bottom) / 2
    large = mark.height > 0.3 * core or mark.width > 0.2 * core
    fits = mark.width < 1.3 * core and mark.height < 1.1 * core
    return mark.left > 1 and large and fits and row[1] + 0.1 * core < middle < row[3] - 0.1 * core


def _grown(inside: list[Mark], beside: list[Mark], near: float) -> list[Mark]:
    """The marks of a row and those that follow at its ends without a wide gap."""
    if not inside:
        return []
    low, high = min(mark.left for mark in inside), max(mark.right for mark in inside)
    kept = list(inside)
    for mark in sorted(beside, key=lambda mark: -mark.right):
        if mark.left < low and low - mark.right < near:
            kept.append(mark)
            low = mark.left
    for mark in sorted(beside, key=lambda mark: mark.left):
        if mark.right > high and mark.left - high < near:
            kept.append(mark)
            high = mark.right
    return kept


def _box(marks: list[Mark], row: Box, core: int) -> Box:
    """Around the marks, but not without what the network took for the middle of the line."""
    side, edge = round(0.3 * core), round(0.25 * core)
    left, top, right, bottom = row[0] + side, row[1] + edge, row[2] - side, row[3] - edge
    return (
        min([left, *(mark.left for mark in marks)]),
        min([top, *(mark.top for mark in marks)]),
        max([right, *(mark.right for mark in marks)]),
        max([bottom, *(mark.bottom for mark in marks)]),
    )


def ruled(marked: Mask, core: int) -> Mask:
    """Ruled lines: far longer than any sign, and thin; where a stroke crosses them they have a gap."""
    import cv2

    thick = cv2.dilate(marked, np.ones((3, 1), np.uint8))
    long = np.asarray(cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones((1, round(LONGEST * core)), np.uint8)), np.uint8)
    tall = np.asarray(
        cv2.morphologyEx(marked, cv2.MORPH_OPEN, np.ones((max(5, round(0.14 * core)), 1), np.uint8)), np.uint8
    )
    return np.asarray(long & marked & (1 - tall), np.uint8)


def thickness(ink: Mask) -> float:
    """Of the strokes, in pixels: their area by their length, which is half their outline."""
    import cv2

    outline = float(cv2.morphologyEx(ink, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)).sum())
    return 4 * float(ink.sum()) / max(outline, 1.0)
