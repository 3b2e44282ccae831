"""A line with fractions or roots, read piece by piece: over the bar, under it, below the roof, and what is beside.

The pieces' readings are put together as one line: "x/2+3=7", "(x+1)/3=2", "√(16)=4".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import radians, tan

import numpy as np
from numpy.typing import NDArray

from labkit.engine.eyes import finding, stacks, strips
from labkit.engine.eyes.finding import Row
from labkit.engine.eyes.ink import Box, Grey, Mark
from labkit.engine.eyes.networks import Pixels
from labkit.engine.eyes.sight import Note
from labkit.engine.eyes.stacks import Stack
from labkit.engine.eyes.strips import Strip

CORE = 150
"""Pixels: how high a row with a fraction is in its strip: its digits are about 60."""
CLOSER = 110
"""The same for a row in which a fraction is sought."""
WAYS, WAYS_TOGETHER = 5, 60
"""How many readings of a piece are combined with those of the others, and how many of the line are kept."""
INSIDE = 0.5
"""Share of a row's height or width within a stack from which on it is a part of that line."""
GAP = 0.22
"""Heights of a digit between the pieces of a line that is drawn on one level."""
NEAR = 0.8
"""Heights of a digit between what is in line with a stack."""

Reading = tuple[dict[str, float], float]
"""Texts with their log-probabilities, and the network's own score."""


@dataclass(frozen=True)
class Piece:
    """What is read at once."""

    strip: Strip
    sign: str
    """"=" and "-" are plain to see; "" when it has to be read."""
    part: tuple[int, int]
    """The number of the stack (or the one before which plain writing stands), and the part of it; -1: plain."""

    @property
    def wide(self) -> bool:
        """Whether it is more than one sign: then it has brackets."""
        left, top, right, bottom = self.strip.box
        return right - left > 1.15 * (bottom - top)

    def drawn(self) -> Grey:
        """Only its own ink."""
        left, top, right, bottom = self.strip.box
        return strips.alone(self.strip)[top:bottom, left:right]


@dataclass(frozen=True)
class Stacked:
    """A line that is more than one line high."""

    row: Row
    strip: Strip
    stacks: Sequence[Stack]
    pieces: Sequence[Piece]

    @property
    def note(self) -> Note:
        """What is in it."""
        return "root" if any(stack.kind == "root" for stack in self.stacks) else "fraction"

    def read(
        self, reader: Callable[[Strip], Reading], judge: Callable[[Strip, Sequence[str]], NDArray[np.float64]]
    ) -> Reading:
        """The line's texts with their log-probabilities, and the lowest score of its pieces.

        `reader` reads a piece; `judge` says how likely texts are in the line drawn on one level.
        """
        read = [({piece.sign: 0.0}, 1.0) if piece.sign else reader(piece.strip) for piece in self.pieces]
        best = [sorted(texts.items(), key=lambda pair: -pair[1])[:WAYS] for texts, _ in read]
        found: dict[str, float] = {}
        for chosen in product(*best):
            of_part = {piece.part: text for piece, (text, _) in zip(self.pieces, chosen, strict=True)}
            text = self._together(of_part)
            if text:
                found[text] = max(found.get(text, -np.inf), sum(seen for _, seen in chosen))
        kept = sorted(found.items(), key=lambda pair: -pair[1])[:WAYS_TOGETHER]
        again = judge(self.levelled(), [text for text, _ in kept])
        both = {text: (seen + more) / 2 for (text, seen), more in zip(kept, again.tolist(), strict=True)}
        return both, min((score for _, score in read), default=0.0)

    def _together(self, of_part: dict[tuple[int, int], str]) -> str:
        """The line as one text; "" where it cannot be."""
        line = ""
        wide = {piece.part for piece in self.pieces if piece.wide}
        for number, stack in enumerate(self.stacks):
            line += of_part.get((number, -1), "")
            parts = [of_part.get((number, part), "") for part in range(len(stack.parts))]
            if not all(map(_may_be_a_part, parts)):
                return ""
            bracketed = [
                f"({text})" if (number, part) in wide or (part and not re.fullmatch(r"[\d.]+|[a-z]", text)) else text
                for part, text in enumerate(parts)
            ]
            line += f"√({parts[0]})" if stack.kind == "root" else "/".join(bracketed)
        return line + of_part.get((len(self.stacks), -1), "")

    def levelled(self) -> Strip:
        """The line as if it had been written with "/" and brackets."""
        unit = max(stack.unit for stack in self.stacks)
        by_part = {piece.part: piece for piece in self.pieces}
        drawn: list[Grey] = []
        for number in range(len(self.stacks) + 1):
            if (number, -1) in by_part:
                drawn.append(by_part[number, -1].drawn())
            if number == len(self.stacks):
                break
            root = self.stacks[number].kind == "root"
            for part in range(len(self.stacks[number].parts)):
                piece = by_part[number, part]
                drawn += [_sign("/", unit)] if part else [_sign("√", unit)] if root else []
                drawn += [_sign("(", unit), piece.drawn(), _sign(")", unit)] if piece.wide or root else [piece.drawn()]
        return _on_one_level(self.strip, drawn, unit)


SHAPES: dict[str, list[tuple[float, float]]] = {
    "/": [(0.0, 1.0), (0.45, 0.0)],
    "(": [(0.3, 0.0), (0.1, 0.25), (0.05, 0.5), (0.1, 0.75), (0.3, 1.0)],
    ")": [(0.0, 0.0), (0.2, 0.25), (0.25, 0.5), (0.2, 0.75), (0.0, 1.0)],
    "√": [(0.0, 0.65), (0.12, 0.55), (0.3, 1.0), (0.55, 0.0), (0.8, 0.0)],
}
"""Signs that a line has when it is written on one level; x and y in heights of a digit, y downwards."""


def _sign(sign: str, unit: int) -> Grey:
    """A sign in black on white, a little higher than a digit."""
    import cv2

    high = round(1.25 * unit)
    points = np.round(np.array(SHAPES[sign]) * high * 0.94 + 0.03 * high).astype(np.int32)
    drawn = np.full((high, int(points[:, 0].max()) + max(2, high // 12)), 255, np.uint8)
    cv2.polylines(drawn, [points], False, 0, max(1, round(0.09 * unit)), cv2.LINE_AA)
    return drawn


def _on_one_level(strip: Strip, drawn: Sequence[Grey], unit: int) -> Strip:
    """Pieces side by side, their middles on one level."""
    gap, high = round(GAP * unit), max(piece.shape[0] for piece in drawn)
    columns = []
    for piece in drawn:
        above = (high - piece.shape[0]) // 2
        tall = np.pad(piece, ((above, high - piece.shape[0] - above), (0, gap)), constant_values=255)
        columns.append(tall)
    light = np.hstack(columns)[:, :-gap]
    own = (light < 200).astype(np.uint8)
    return replace(strip, light=light, own=own, box=(0, 0, light.shape[1], high))


def _may_be_a_part(text: str) -> bool:
    """Sums written one below the other, and what is underlined, are no fractions."""
    return bool(text) and not re.search(r"=|^[+*/]|[-+*/]$", text)


def regions(picture: Pixels, strip: Strip, row: Row) -> list[Row]:
    """Where in the picture there are fractions and roots in a row, or around it."""
    if not stacks.suspected(strip.marked, strip.core):
        return []
    closer = strips.cut_out(picture, row, CLOSER)
    _, everything = stacks.marks(closer.marked, closer.core)
    return [_row(closer, stack.box, row.slope) for stack in stacks.found(everything, closer.core)]


def _row(strip: Strip, box: Box, slope: float) -> Row:
    """A box of a strip as a row of the picture."""
    left, top, right, bottom = box
    middle = strip.to_picture @ [(left + right) / 2, (top + bottom) / 2, 1]
    scale = float(np.hypot(*strip.to_picture[:, 0]))
    return Row(float(middle[0]), float(middle[1]), (right - left) * scale, (bottom - top) * scale, slope)


def merged(rows: Sequence[Row], found: Sequence[Row]) -> list[tuple[Row, list[int]]]:
    """Rows that hold whole fractions, each with the numbers of the rows that are parts of it."""
    groups: list[tuple[Row, list[int]]] = []
    for region in found:
        whole, members = region, [number for number, row in enumerate(rows) if _within(row, region)]
        for number in members:
            whole = finding.both(whole, rows[number])
        for other in [group for group in groups if set(group[1]) & set(members) or _within(group[0], whole)]:
            groups.remove(other)
            whole, members = finding.both(whole, other[0]), sorted({*members, *other[1]})
        groups.append((whole, members))
    return [_with_neighbours(whole, members, rows) for whole, members in groups]


def _with_neighbours(whole: Row, members: list[int], rows: Sequence[Row]) -> tuple[Row, list[int]]:
    while True:
        more = [n for n, row in enumerate(rows) if n not in members and finding.beside(whole, row, finding.NEAR)]
        if not more:
            return whole, members
        whole, members = finding.both(whole, rows[more[0]]), [*members, more[0]]


def _within(row: Row, region: Row) -> bool:
    """Whether a row and a region share so much that they are of one line."""
    lower = region.y + (row.x - region.x) * tan(radians(region.slope))
    down = (row.height + region.height) / 2 - abs(row.y - lower)
    across = (row.width + region.width) / 2 - abs(row.x - region.x)
    return down > INSIDE * min(row.height, region.height) and across > INSIDE * min(row.width, region.width)


def stacked(picture: Pixels, row: Row) -> Stacked | None:
    """The row's pieces; nothing when there is neither a fraction nor a root in it."""
    strip = strips.cut_out(picture, row, CORE)
    labels, everything = stacks.marks(strip.marked, strip.core)
    found = stacks.found(everything, strip.core)
    if not found:
        return None
    side = strips.BESIDE * strip.core
    beside = _near(found, stacks.in_line(found, everything), (side, strip.marked.shape[1] - side))
    pieces = []
    for number in range(len(found) + 1):
        plain = [mark for mark in beside if _before(mark, found) == number]
        if plain:
            pieces.append(Piece(_cut(strip, labels, plain, found), _plain_to_see(plain), (number, -1)))
        if number < len(found):
            parts = enumerate(found[number].parts)
            pieces += [Piece(_cut(strip, labels, part, ()), "", (number, at)) for at, part in parts]
    used = [stack.frame for stack in found] + beside + [mark for each in found for part in each.parts for mark in part]
    return Stacked(row, replace(strip, box=stacks.around(used)), found, pieces)


def _near(found: Sequence[Stack], marks: Sequence[Mark], row: tuple[float, float]) -> list[Mark]:
    """The marks in the row, and those that follow without a wide gap."""
    unit = max(stack.unit for stack in found)
    large = [mark for mark in marks if max(mark.width, mark.height) > 0.12 * unit and mark.left > 1]
    left = min(row[0], *(stack.box[0] for stack in found))
    right = max(row[1], *(stack.box[2] for stack in found))
    kept = [mark for mark in large if left <= (mark.left + mark.right) / 2 <= right]
    for mark in sorted(large, key=lambda each: each.left):
        if mark not in kept and 0 <= mark.left - right < NEAR * unit:
            kept.append(mark)
            right = mark.right
    for mark in sorted(large, key=lambda each: -each.right):
        if mark not in kept and 0 <= left - mark.right < NEAR * unit:
            kept.append(mark)
            left = mark.left
    return kept


def _plain_to_see(some: Sequence[Mark]) -> str:
    """The sign "=" or "-" when there are only its strokes."""
    if any(mark.height > 0.5 * mark.width for mark in some) or len(some) > 2:
        return ""
    if len(some) == 1:
        return "-"
    left, _, right, _ = stacks.around(some)
    return "=" if right - left < 1.4 * max(mark.width for mark in some) else ""


def _before(mark: Mark, found: Sequence[Stack]) -> int:
    """How many stacks are to the left of a mark."""
    middle = (mark.left + mark.right) / 2
    return sum((stack.box[0] + stack.box[2]) / 2 < middle for stack in found)


def _cut(strip: Strip, labels: NDArray[np.int32], some: Sequence[Mark], found: Sequence[Stack]) -> Strip:
    """A strip in which only these marks are there; beside stacks it is at least as high as a digit."""
    chosen = np.zeros(int(labels.max()) + 1, np.uint8)
    chosen[[mark.number for mark in some]] = 1
    left, top, right, bottom = stacks.around(some)
    if found:
        nearest = min(found, key=lambda stack: abs(stack.box[0] - left))
        top = min(top, round(nearest.level - 0.5 * nearest.unit))
        bottom = max(bottom, round(nearest.level + 0.5 * nearest.unit))
    box = left, max(0, top), right, min(strip.marked.shape[0], bottom)
    return replace(strip, own=np.asarray(chosen[labels], np.uint8), box=box)
