"""Where the lines of a picture are: the finding network's map becomes rows, each with its own slope.

The network looks at a small copy: there, wide handwriting holds together as a line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians, sin
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labkit.engine.eyes.networks import Networks, Pixels

LONGEST = 640
"""Pixels: the longer side of the copy in which lines are sought."""
SMALL_PRINT = 13
"""Pixels in the copy: where a line is lower than this, the whole picture is searched."""
LIKELY, CERTAIN = 0.3, 0.5
"""Each pixel of a line, and the mean of them; as in DBNet (Liao et al. 2020), which the network is."""
GROWN = 1.6
"""The network marks the middle of a line: the box grows by area / outline times this."""
SMALLEST = 4
"""Pixels in the copy; what is lower is dust."""
RAISED, RAISED_SIZE = (0.25, 0.95), 0.9
"""An exponent's middle above that of its row, and its size, in heights of the row."""
NEAR = 1.1
"""Boxes in a row belong together with a gap of up to so many heights."""


@dataclass(frozen=True)
class Row:
    """One line of writing: a rectangle with a slope, in pixels of the picture that was searched."""

    x: float
    """Of its middle."""
    y: float
    width: float
    height: float
    slope: float
    """Degrees, clockwise."""

    def corners(self) -> NDArray[np.float64]:
        """Left top, right top, right bottom, left bottom; shape (4, 2)."""
        turn = radians(self.slope)
        along = np.array([cos(turn), sin(turn)]) * self.width / 2
        down = np.array([-sin(turn), cos(turn)]) * self.height / 2
        middle = np.array([self.x, self.y])
        return np.array([middle - along - down, middle + along - down, middle + along + down, middle - along + down])


def rows(picture: Pixels, networks: Networks) -> list[Row]:
    """The lines of the picture, from top to bottom."""
    found = _rows(picture, networks, LONGEST)
    small = SMALL_PRINT * max(picture.shape[:2]) / LONGEST
    if max(picture.shape[:2]) > LONGEST and any(row.height < small for row in found):
        return _rows(picture, networks, max(picture.shape[:2]))
    return found


def _rows(picture: Pixels, networks: Networks, longest: int) -> list[Row]:
    import cv2

    height, width = picture.shape[:2]
    scale = min(1.0, longest / max(height, width))
    size = max(32, round(width * scale / 32) * 32), max(32, round(height * scale / 32) * 32)
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    found = boxes(networks.where(np.asarray(small, np.uint8)))
    across, down = width / size[0], height / size[1]
    return joined([Row(r.x * across, r.y * down, r.width * across, r.height * down, r.slope) for r in found])


def boxes(likely: NDArray[np.float32]) -> list[Row]:
    """The separate patches of the network's map, as rectangles."""
    import cv2

    mask = cv2.dilate((likely > LIKELY).astype(np.uint8), np.ones((2, 2), np.uint8))
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for outline in outlines:
        (x, y), (width, height), angle = cv2.minAreaRect(outline)
        if min(width, height) < SMALLEST or _mean(likely, outline) < CERTAIN:
            continue
        if abs(angle) > 45:
            width, height, angle = height, width, angle - 90 * np.sign(angle)
        grown = GROWN * width * height / (width + height)  # area / outline * GROWN, on both sides
        found.append(Row(x, y, width + grown, height + grown, angle if width > 1.5 * height else 0.0))
    return found


def _mean(likely: NDArray[np.float32], outline: Any) -> float:
    import cv2

    left, top, width, height = cv2.boundingRect(outline)
    inside = np.zeros((height, width), np.uint8)
    cv2.drawContours(inside, [outline], -1, 1, -1, offset=(-left, -top))
    return float(cv2.mean(likely[top : top + height, left : left + width], inside)[0])


def joined(found: Sequence[Row]) -> list[Row]:
    """Boxes of the same row that nearly touch become one; from top to bottom."""
    slope = _slope(found)
    rest = sorted((_level(row, slope) for row in found), key=lambda row: row.x - row.width / 2)
    done: list[Row] = []
    while rest:
        row = rest.pop(0)
        partner = next((other for other in rest if beside(row, other, NEAR)), None)
        if partner is None:
            done.append(row)
        else:
            rest.remove(partner)
            rest.insert(0, both(row, partner))
    return sorted(_with_exponents(done), key=lambda row: row.y)


def _with_exponents(found: Sequence[Row]) -> list[Row]:
    """Small boxes that stand a little above a row, within its width, become part of it."""
    small = [one for one in found if any(_is_raised(one, row) for row in found)]
    rest = [row for row in found if row not in small]
    for one in small:
        base = min((row for row in rest if _is_raised(one, row)), key=lambda row: abs(row.y - one.y), default=None)
        if base is None:
            rest.append(one)
        else:
            rest[rest.index(base)] = both(base, one)
    return rest


def _is_raised(one: Row, row: Row) -> bool:
    """Whether a box may be an exponent of a row."""
    across, above = _place(one, row)
    small = one.height < RAISED_SIZE * row.height and one.width < RAISED_SIZE * row.height
    low, high = RAISED
    return small and abs(across) < row.width / 2 and low * row.height < above < high * row.height


def _place(one: Row, row: Row) -> tuple[float, float]:
    """How far right of the middle of a row a box is, and how far above it."""
    turn = radians(row.slope)
    across, down = one.x - row.x, one.y - row.y
    return across * cos(turn) + down * sin(turn), across * sin(turn) - down * cos(turn)


def _slope(found: Sequence[Row]) -> float:
    """Of the picture's lines, the longest count most."""
    wide = sorted((row.slope, row.width) for row in found if row.width > 2 * row.height)
    if not wide:
        return 0.0
    half = sum(width for _, width in wide) / 2
    for slope, width in wide:
        half -= width
        if half <= 0:
            return slope
    return wide[-1][0]


def _level(row: Row, slope: float) -> Row:
    """A box too short to have a slope of its own takes that of the others."""
    return row if row.width > 2 * row.height else Row(row.x, row.y, row.width, row.height, slope)


def beside(one: Row, other: Row, near: float) -> bool:
    """Whether two boxes stand side by side: their heights overlap, with a gap of up to `near` heights."""
    turn = radians((one if one.width > other.width else other).slope)
    across, down = other.x - one.x, other.y - one.y
    along = abs(across * cos(turn) + down * sin(turn))
    apart = abs(down * cos(turn) - across * sin(turn))
    overlap = (one.height + other.height) / 2 - apart
    gap = along - (one.width + other.width) / 2
    low, high = sorted((one.height, other.height))
    return overlap > 0.5 * low and gap < near * max(low, 0.4 * high)


def both(one: Row, other: Row) -> Row:
    """The row that holds both, with the slope of the longer one."""
    slope = (one if one.width > other.width else other).slope
    turn = radians(slope)
    points = np.vstack([one.corners(), other.corners()])
    frame = np.array([[cos(turn), sin(turn)], [-sin(turn), cos(turn)]])
    level = points @ frame.T
    (left, top), (right, bottom) = level.min(axis=0), level.max(axis=0)
    middle = np.array([(left + right) / 2, (top + bottom) / 2]) @ frame
    return Row(float(middle[0]), float(middle[1]), float(right - left), float(bottom - top), slope)
