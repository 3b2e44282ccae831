"""Handwritten mathematics, made here: lines of text as pen strokes of several hands, and as a page.

No two signs of a page are the same: points, size, slope, baseline and spacing all vary, always in the same way for
the same seed. `strokes` suits a board that is drawn on with a pointer, `page` is pen on white paper.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import cos, radians, sin
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labkit.bench._alphabet import WAYS, Corner, drawn
from labkit.errors import UsageError

__all__ = ["HANDS", "Hand", "Picture", "Point", "page", "strokes"]

Point = tuple[float, float]
Picture = NDArray[np.uint8]
"""RGB, shape (height, width, 3)."""
SMOOTH = 6
"""Points that a curve gets between two points of the alphabet."""
FINER = 3
"""A page is drawn so many times larger, and made smaller: thin lines keep their thickness."""
SCRIPT, RAISED = 0.58, 5.2
"""Size of an exponent, and how much higher it stands than its base, in units of the alphabet."""
ATOM = re.compile(r"(sqrt)?\((?:[^()]|\([^()]*\))*\)|[0-9]+(?:\.[0-9]+)?|[a-z]")
"""What an exponent or a fraction bar takes as one thing."""


@dataclass(frozen=True)
class Hand:
    """How one person writes. Lengths are in units of the alphabet: a digit is 10 high."""

    ways: str
    """Signs, each with the number of its way in `WAYS`; the first where it is not named."""
    slant: float
    """x for each unit of height."""
    wide: float
    gap: float
    """Between two signs."""
    word: float
    """Of a space."""
    wobble: float
    """Standard deviation of a point."""
    pen: float
    ink: tuple[int, int, int]
    """sRGB."""

    def way(self, sign: str) -> str:
        """How this hand writes a sign of `WAYS`."""
        return WAYS[sign][next((int(way[1]) for way in self.ways.split() if way[0] == sign), 0)]


HANDS = {
    "upright": Hand("42 62 =1", slant=0.02, wide=1.0, gap=1.9, word=3.2, wobble=0.28, pen=0.75, ink=(28, 40, 110)),
    "slanted": Hand(
        "11 41 71 91 x2 y1 z1 +1", slant=0.22, wide=0.92, gap=1.5, word=2.8, wobble=0.32, pen=0.6, ink=(30, 30, 34)
    ),
    "round": Hand(
        "11 21 61 81 91 x1 y1", slant=-0.04, wide=1.12, gap=1.6, word=3.4, wobble=0.3, pen=0.9, ink=(18, 62, 150)
    ),
    "hasty": Hand(
        "02 32 51 61 t1 x2 +1 y2", slant=0.12, wide=1.05, gap=0.7, word=1.6, wobble=0.5, pen=0.6, ink=(84, 84, 92)
    ),
    "schooled": Hand(
        "12 31 41 71 *1 y1 z1", slant=0.08, wide=0.98, gap=1.9, word=3.6, wobble=0.22, pen=1.05, ink=(20, 24, 30)
    ),
    "scrawled": Hand(
        "02 22 32 42 52 62 72 82 92 +2 =1 x3 y2 z2",
        slant=0.16,
        wide=0.94,
        gap=0.9,
        word=2.0,
        wobble=0.45,
        pen=0.7,
        ink=(44, 52, 120),
    ),
}
"""A fine blue pen, black ink, a soft blue pen, a pencil in a hurry, a felt pen, and who can hardly read it himself."""


@dataclass
class _Pen:
    """What is written so far, y upwards; `x` is where the next sign begins."""

    hand: Hand
    chance: random.Random
    x: float = 0.0
    drift: float = 0.0
    done: list[list[Corner]] = field(default_factory=list)


def strokes(
    text: str, hand: str, seed: int, *, size: float = 40.0, at: Point = (0.0, 0.0), stacked: bool = False
) -> list[list[Point]]:
    """One line as pen strokes: lists of x and y, in pixels, y downwards.

    A digit is `size` high; `at` is where the baseline begins. Fractions are stacked when asked; exponents are small
    and raised, and `sqrt(...)` is a root sign. `UsageError` for a hand or a character that is not known.
    """
    if hand not in HANDS:
        raise UsageError(f"There is no hand {hand!r}: choose from {', '.join(HANDS)}.")
    pen = _Pen(HANDS[hand], random.Random(f"{text} {hand} {seed}"))
    _write(pen, text, 1.0, 0.0, stacked=stacked)
    scale = size / 10
    return [
        [(at[0] + scale * (x + pen.hand.slant * y), at[1] - scale * y) for x, y in _smooth(stroke)]
        for stroke in pen.done
    ]


def _write(pen: _Pen, text: str, scale: float, above: float, *, stacked: bool) -> None:
    rest = text
    while rest:
        atom = ATOM.match(rest)
        below = ATOM.match(rest, atom.end() + 1) if atom and rest[atom.end() : atom.end() + 1] == "/" else None
        if stacked and atom and below:
            _fraction(pen, _bare(atom[0]), _bare(below[0]), scale, above)
            rest = rest[below.end() :]
        elif atom and atom[1]:
            _root(pen, _bare(atom[0]), scale, above, stacked=stacked)
            rest = rest[atom.end() :]
        elif rest[0] == "^" and (power := ATOM.match(rest, 1)):
            _write(pen, _bare(power[0]), SCRIPT * scale, above + RAISED * scale, stacked=False)
            rest = rest[power.end() :]
        else:
            _sign(pen, rest[0], scale, above)
            rest = rest[1:]


def _bare(atom: str) -> str:
    """What stands in the brackets, if there are any."""
    return atom.removeprefix("sqrt")[1:-1] if atom.endswith(")") else atom


def _sign(pen: _Pen, sign: str, scale: float, above: float) -> None:
    """One sign at the pen's place, as no second one is."""
    hand, chance = pen.hand, pen.chance
    if sign == " ":
        pen.x += hand.word * scale * chance.uniform(0.8, 1.2)
        return
    if sign not in WAYS:
        raise UsageError(f"No hand here can write {sign!r}: choose from {''.join(WAYS)}.")
    pen.drift = 0.7 * pen.drift + chance.gauss(0, 1.2 * hand.wobble)
    size = scale * chance.gauss(1, 0.3 * hand.wobble), scale * chance.gauss(1, 0.2 * hand.wobble)
    turn = radians(chance.gauss(0, 12 * hand.wobble))
    moved = [
        [_moved(point, pen, size, turn, above, hand.wobble * _extent(stroke)) for point in stroke]
        for stroke in drawn(hand.way(sign))
    ]
    pen.done += moved
    pen.x = max(x for stroke in moved for x, _, _ in stroke) + hand.gap * scale * chance.uniform(0.7, 1.3)


def _extent(stroke: Sequence[Corner]) -> float:
    """How much of a digit's height a stroke takes: a short one shakes less."""
    return min(1.0, max(max(at[axis] for at in stroke) - min(at[axis] for at in stroke) for axis in (0, 1)) / 8)


def _moved(point: Corner, pen: _Pen, size: Point, turn: float, above: float, shake: float) -> Corner:
    x, y, corner = point
    x = pen.hand.wide * x + pen.chance.gauss(0, shake)
    y += pen.chance.gauss(0, shake)
    turned = x * cos(turn) - y * sin(turn), x * sin(turn) + y * cos(turn)
    return pen.x + size[0] * turned[0], above + pen.drift + size[1] * turned[1], corner


def _fraction(pen: _Pen, over: str, under: str, scale: float, above: float) -> None:
    """Both parts a little smaller, the narrower one in the middle, a bar between them."""
    begin, small = pen.x + 0.5 * scale, 0.8 * scale
    parts = []
    for text, height in ((over, above + 5.6 * scale), (under, above - 7.6 * scale)):
        part = _Pen(pen.hand, pen.chance)
        _write(part, text, small, height, stacked=False)
        parts.append((part, part.x - pen.hand.gap * small))
    width = max(wide for _, wide in parts)
    for part, wide in parts:
        shift = begin + (width - wide) / 2 + 0.8 * scale
        pen.done += [[(x + shift, y, corner) for x, y, corner in stroke] for stroke in part.done]
    middle, end = above + 3.5 * scale, begin + width + 1.6 * scale
    pen.done.append(_line(pen, (begin, middle), (end, middle)))
    pen.x = end + pen.hand.gap * scale


def _root(pen: _Pen, text: str, scale: float, above: float, *, stacked: bool) -> None:
    """The sign, what stands below it, and the roof over that."""
    begin = pen.x
    pen.x = begin + 4.2 * scale
    first = len(pen.done)
    _write(pen, text, scale, above, stacked=stacked)
    top = max(y for stroke in pen.done[first:] for _, y, _ in stroke) + 1.4 * scale
    hook = [(begin, above + 4.0 * scale, False), (begin + 1.0 * scale, above + 4.8 * scale, True)]
    hook += [(begin + 2.2 * scale, above - 0.4 * scale, True), (begin + 3.8 * scale, top, True)]
    pen.done.append([*hook, *_line(pen, (begin + 3.9 * scale, top), (pen.x, top))[1:]])


def _line(pen: _Pen, start: Point, end: Point) -> list[Corner]:
    """A ruled line, drawn without a ruler."""
    wobble = pen.hand.wobble
    middle = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    return [(x, y + pen.chance.gauss(0, wobble), False) for x, y in (start, middle, end)]


def _smooth(stroke: Sequence[Corner]) -> list[Point]:
    """The pen's way through the points (Catmull-Rom), straight into and out of corners."""
    found: list[Point] = [stroke[0][:2]]
    for at in range(len(stroke) - 1):
        begin, end = stroke[at], stroke[at + 1]
        before = begin if begin[2] or at == 0 else stroke[at - 1]
        after = end if end[2] or at + 2 == len(stroke) else stroke[at + 2]
        for step in range(1, SMOOTH + 1):
            part = step / SMOOTH
            x, y = (_between(before[axis], begin[axis], end[axis], after[axis], part) for axis in (0, 1))
            found.append((x, y))
    return found


def _between(before: float, begin: float, end: float, after: float, part: float) -> float:
    bend = (end - before, 2 * before - 5 * begin + 4 * end - after, 3 * (begin - end) + after - before)
    return begin + 0.5 * part * (bend[0] + part * (bend[1] + part * bend[2]))


def page(
    lines: Sequence[str],
    hand: str,
    seed: int,
    *,
    width: int = 640,
    height: int = 480,
    size: float | None = None,
    stacked: bool = False,
) -> Picture:
    """The lines, one below the other, with a pen on white paper.

    A digit is `size` pixels high; without it as large as people write who want to be read, and smaller where the
    page is full. An empty line keeps its place: pages with the same longest line, hand and seed show one page being
    written.
    """
    chance = random.Random(f"{hand} {seed}")
    step = 3.4 if stacked and any("/" in line for line in lines) else 2.0
    wide = max(_width(strokes(line, hand, seed, size=1.0, stacked=stacked)) for line in lines)
    most = min(0.8 * width / wide, 0.82 * height / (step * len(lines)))
    size = size or min(most, height * chance.uniform(0.06, 0.13))
    room = (width - wide * size, height - step * size * len(lines))
    left, top = (max(0.03 * width, side * chance.uniform(0.25, 0.6)) for side in room)
    slope = chance.uniform(-0.04, 0.04)
    written = []
    for number, line in enumerate(lines):
        start = left + chance.uniform(-0.4, 0.4) * size, top + size * (step * (number + 0.5) + 0.4)
        line_of = strokes(line, hand, seed + number, size=size, at=start, stacked=stacked)
        written += [[(x, y + slope * (x - left)) for x, y in stroke] for stroke in line_of]
    return _inked(written, HANDS[hand], size, (width, height))


def _width(written: Sequence[Sequence[Point]]) -> float:
    return max((x for stroke in written for x, _ in stroke), default=0.0)


def _inked(written: Sequence[Sequence[Point]], hand: Hand, size: float, shape: tuple[int, int]) -> Picture:
    """The strokes as anti-aliased ink, thinner where a stroke begins and ends."""
    import cv2

    width, height = shape
    cover: Any = np.zeros((FINER * height, FINER * width), np.uint8)
    thick = max(2.0, FINER * hand.pen * size / 10)
    for stroke in written:
        places = np.round(np.array(stroke) * FINER * 16).astype(int)
        for at in range(len(places) - 1):
            edge = min(at, len(places) - 2 - at) / (2 * SMOOTH)
            pressure = 0.75 + 0.25 * min(1.0, edge)
            pen = max(1, round(thick * pressure))
            cv2.line(cover, places[at].tolist(), places[at + 1].tolist(), 255, pen, cv2.LINE_AA, 4)
    cover = cv2.resize(cover, (width, height), interpolation=cv2.INTER_AREA)[..., None] / 255.0
    picture: Picture = np.round(255 - cover * (255 - np.array(hand.ink))).astype(np.uint8)
    return picture
