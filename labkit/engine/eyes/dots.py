"""Dots between digits: the network overlooks them, and does not tell a raised one from a decimal point."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from labkit.engine.eyes import ink
from labkit.engine.eyes.ink import Box, Mark, Mask

LARGEST = 0.25
"""Heights of the row; a larger mark is no dot."""
SMALLEST = 0.6
"""Widths of the pen; a smaller one is a speck."""
RAISED, LOW = (0.3, 0.72), 0.78
"""Where its middle is, from the row's top: a raised dot multiplies; a decimal point is on the line."""
OVERLAP = 0.5
"""Of the narrower of two marks: such a share above the other makes them one sign. Slanted neighbours overlap less."""
POINT = re.compile(r"(?<=\d)\.(?=\d)")
DECIMAL = re.compile(r"(?<!\d)0$")
"""Before a dot, this makes it a decimal point wherever it is."""


@dataclass(frozen=True)
class Dot:
    """A dot that is not part of another sign, with signs on both sides."""

    before: int
    """How many signs stand left of it."""
    signs: int
    """How many there are, without it."""
    sign: str
    """"*" or "."."""


def found(marked: Mask, row: Box) -> Dot | None:
    """The row's dot; `None` where there is none, or more than one."""
    _, top, _, bottom = row
    height = bottom - top
    least = SMALLEST * ink.thickness(marked)
    marks = [mark for mark in ink.connected(marked)[1] if max(mark.width, mark.height) >= least]
    small = [mark for mark in marks if max(mark.width, mark.height) < LARGEST * height]
    low = [mark for mark in marks if mark.height < LARGEST * height]  # of what belongs to "=", ":" or "/" with dots
    alone = [dot for dot in small if not any(_over(dot, mark) for mark in low if mark is not dot)]
    if len(alone) != 1:
        return None
    (dot,) = alone
    columns = _columns([mark for mark in marks if mark is not dot])
    before = sum(left + right < dot.left + dot.right for left, right in columns)
    place = ((dot.top + dot.bottom) / 2 - top) / height
    sign = "*" if RAISED[0] < place < RAISED[1] else "." if place > LOW else ""
    return Dot(before, len(columns), sign) if sign and 0 < before < len(columns) else None


def seen(texts: Mapping[str, float], dot: Dot) -> dict[str, float]:
    """The texts with the dot in them, where it stands between two digits."""
    return {_with(text, dot): likely for text, likely in sorted(texts.items(), key=lambda each: each[1])}


def _with(text: str, dot: Dot) -> str:
    if "." in text or "*" in text:
        return POINT.sub(lambda point: _sign(text[: point.start()], dot), text)
    left, right = text[: dot.before], text[dot.before :]
    between = left[-1:].isdigit() and right[:1].isdigit()
    return f"{left}{_sign(left, dot)}{right}" if between and len(text) == dot.signs else text


def _sign(left: str, dot: Dot) -> str:
    return "." if DECIMAL.search(left) else dot.sign


def _over(one: Mark, other: Mark) -> bool:
    return one.left < other.right and other.left < one.right


def _columns(marks: list[Mark]) -> list[tuple[int, int]]:
    """Where there is ink from left to right; what is above another is in one column with it."""
    columns: list[tuple[int, int]] = []
    for mark in sorted(marks, key=lambda each: each.left):
        if columns and columns[-1][1] - mark.left > OVERLAP * min(mark.width, columns[-1][1] - columns[-1][0]):
            columns[-1] = (columns[-1][0], max(columns[-1][1], mark.right))
        else:
            columns.append((mark.left, mark.right))
    return columns
