"""Writing that is more than one line high: fractions with a bar, and roots; found among the marks of a strip.

A bar has ink close above and close below it, as wide as itself at most; nothing else is beside that ink. Equals signs,
minus signs, ruled lines and the line under a result have not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from labkit.engine.eyes import ink
from labkit.engine.eyes.ink import Box, Mark, Mask
from labkit.engine.eyes.sight import Note

SHORTEST, FLATTEST = 0.12, 0.4
"""A bar is at least so wide, in heights of the row, and at most so high, in its own widths."""
RUN = 0.18
"""Heights of the row: how long a level run of ink is at least that is looked at as a bar."""
REACH = 0.5
"""Heights of the row: how far over and under a run of ink is looked for more."""
ROOF = 0.45
"""Heights of the row: a level run so long may be a root's roof."""
LOW = 0.3
"""Heights of the row: no bar is higher, unless it slopes."""
SIZEABLE = 0.14
"""Heights of the row: signs are higher; dust, dots and strokes of "=" are not."""
CLOSE = 0.75
"""Between a bar and what is over and under it, in heights of that."""
BESIDE = 0.6
"""In heights of a part: nothing at its height is so near to it without being over or under the bar."""
OVERHANG = 0.8
"""In heights of a part: how far it reaches beyond the bar, and half of how far the bar reaches beyond both parts."""
LINE = 0.9
"""Heights of a part above and below the bar: the middle of what stands in line with it."""


@dataclass(frozen=True)
class Stack:
    """A fraction or a root: what is read apart from the rest of the line."""

    kind: Literal["fraction", "root"]
    frame: Mark
    """The bar, or the root's sign with its roof."""
    parts: tuple[tuple[Mark, ...], ...]
    """Over and under the bar, or below the roof."""

    @property
    def box(self) -> Box:
        """Around all of it."""
        return around([self.frame, *(mark for part in self.parts for mark in part)])

    @property
    def unit(self) -> int:
        """Pixels: about the height of a digit of the line."""
        return max(mark.height for part in self.parts for mark in part)

    @property
    def level(self) -> float:
        """Where the middle of the line is: y in pixels."""
        if self.kind == "fraction":
            return (self.frame.top + self.frame.bottom) / 2
        return (self.frame.top + self.frame.bottom) / 2 + 0.1 * self.unit


def suspected(marked: Mask, core: int) -> Note:
    """What to look closer for: a level run with ink over and under it, apart on one side; or a long one over ink."""
    runs = [run for shortest in (SHORTEST, RUN) for run in _runs(marked, core, shortest)[1]]
    near, least = round(REACH * core), SIZEABLE * core
    for run in runs:
        half = (run.left + run.right) // 2  # of a roof: its sign touches the left half
        over, under = _rows_beside(marked, run, core)
        below = _rows(marked[run.bottom : run.bottom + near, half : run.right])
        if run.width > ROOF * core and _apart(below) >= least:
            return "root"
        if max(_apart(over), _apart(under)) >= least and min(over.sum(), under.sum()) >= least:
            return "fraction"
    return ""


def _rows(marked: Mask) -> NDArray[np.bool_]:
    """In which rows there is ink."""
    return np.asarray(marked.any(axis=1), np.bool_)


def _rows_beside(marked: Mask, run: Mark, core: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """In which rows over and under a run there is ink, the nearest row first."""
    near = round(REACH * core)
    over = _rows(marked[max(0, run.top - near) : run.top, run.left : run.right])[::-1]
    return over, _rows(marked[run.bottom : run.bottom + near, run.left : run.right])


def _apart(rows: NDArray[np.bool_]) -> int:
    """How many rows have ink, not counting what touches the run."""
    return int(rows[int(np.argmin([*rows, False])) :].sum())


def _runs(marked: Mask, core: int, shortest: float) -> tuple[NDArray[np.int32], list[Mark]]:
    """Level runs of ink that may be bars, or parts of signs."""
    import cv2

    thick = cv2.dilate(marked, np.ones((3, 1), np.uint8))
    opened = cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones((1, round(shortest * core)), np.uint8))
    labels, found_ = ink.connected(np.asarray(opened, np.uint8) & marked)
    width = marked.shape[1]
    return labels, [run for run in found_ if _flat(run, core) and run.left > 1 and run.right < width - 1]


def separated(marked: Mask, core: int) -> Mask:
    """The ink with a gap around bars that touch what is over or under them."""
    import cv2

    labels, runs = _runs(marked, core, RUN)
    for run in sorted(runs, key=lambda mark: -mark.width):
        over, under = _rows_beside(marked, run, core)
        if min(over.sum(), under.sum()) < SIZEABLE * core:
            continue
        bar = (labels == run.number).astype(np.uint8)
        around_it = np.asarray(cv2.dilate(bar, np.ones((3, 3), np.uint8)), np.uint8) & (1 - bar)
        if not (around_it & marked).any():
            continue
        apart = np.asarray(marked & (1 - around_it), np.uint8)
        stack = _cut(ink.connected(apart)[1], run, core)
        if stack:
            marked = apart
    return marked


def _cut(everything: Sequence[Mark], run: Mark, core: int) -> Stack | None:
    """The fraction whose bar a run of ink is: it is wider than its parts, and touches one of them at most."""
    bar = next((mark for mark in everything if mark.left == run.left and mark.right == run.right), None)
    tall = [mark for mark in everything if mark.height > SIZEABLE * core]
    stack = _fraction(bar, everything, tall) if bar else None
    if stack is None or bar is None:
        return None
    over, under = (around([mark for mark in part if mark in tall]) for part in stack.parts)
    low, high = sorted((over[3] - over[1], under[3] - under[1]))
    if low < SIZEABLE * core or low + high < 0.38 * core:
        return None
    spare = 0.3 * stack.unit
    wide = bar.left - spare < min(over[0], under[0]) and max(over[2], under[2]) < bar.right + spare
    free = max(bar.top - over[3], under[1] - bar.bottom) > 0.08 * stack.unit
    return stack if wide and free else None


def marks(marked: Mask, core: int) -> tuple[NDArray[np.int32], list[Mark]]:
    """Connected ink without ruled lines, each pixel's number first; a bar may be as long as it likes."""
    marked = separated(marked, core)
    labels, everything = ink.connected(marked)
    width = marked.shape[1]
    kept = np.zeros(len(everything) + 1, bool)
    for mark in everything:
        free = mark.left > 1 and mark.right < width - 1
        kept[mark.number] = free and (_flat(mark, core) or _may_be_a_root(mark, core))
    return ink.connected(marked & np.where(kept[labels], 1, 1 - ink.ruled(marked, core)).astype(np.uint8))


def found(everything: Sequence[Mark], core: int) -> list[Stack]:
    """The fractions and roots, from left to right; none inside another one."""
    tall = [mark for mark in everything if mark.height > SIZEABLE * core]
    flat = sorted((mark for mark in everything if _flat(mark, core)), key=lambda mark: -mark.width)
    stacks: list[Stack] = []
    for frame in flat:
        stack = _fraction(frame, everything, tall)
        if stack and not any(_share(stack.box, other.box) for other in stacks):
            stacks.append(stack)
    for frame in tall:
        stack = _root(frame, everything, core)
        if stack and not any(_share(stack.box, other.box) for other in stacks):
            stacks.append(stack)
    return sorted(stacks, key=lambda stack: stack.box[0])


def _flat(mark: Mark, core: int) -> bool:
    return mark.width > SHORTEST * core and mark.height < max(0.06 * core, min(LOW * core, FLATTEST * mark.width))


def _fraction(bar: Mark, everything: Sequence[Mark], tall: Sequence[Mark]) -> Stack | None:
    over, under = _part(bar, everything, tall, -1), _part(bar, everything, tall, 1)
    if not over or not under or any(mark.height < 0.3 * mark.width > 0.24 * bar.width for mark in (*over, *under)):
        return None
    left, _, right, _ = around([*over, *under])
    spare = OVERHANG * max(mark.height for mark in (*over, *under))
    if bar.left - left > spare or right - bar.right > spare or bar.width - (right - left) > 2 * spare:
        return None
    return Stack("fraction", bar, (over, under))


def _part(bar: Mark, everything: Sequence[Mark], tall: Sequence[Mark], side: int) -> tuple[Mark, ...]:
    """What is over (-1) or under (1) the bar, from left to right; nothing where it cannot be a part of a fraction."""
    across = [mark for mark in tall if mark is not bar and bar.left <= _middle(mark)[0] <= bar.right]
    near = [mark for mark in across if _gap(bar, mark, side) > -0.25 * mark.height and _on(bar, mark, side)]
    if not near:
        return ()
    near = [mark for mark in near if _gap(bar, mark, side) <= CLOSE * mark.height]
    if not near:
        return ()
    least = 0.5 * max(mark.height for mark in near)
    first = min((mark for mark in near if mark.height >= least), key=lambda mark: _gap(bar, mark, side))
    top, bottom = first.top, first.bottom
    for mark in near:
        if top <= _middle(mark)[1] <= bottom and mark.height < 2 * first.height:
            top, bottom = min(top, mark.top), max(bottom, mark.bottom)
    spare = 0.15 * (bottom - top)
    level = [
        mark
        for mark in everything
        if mark is not bar and top - spare <= _middle(mark)[1] <= bottom + spare and _on(bar, mark, side)
    ]
    part = [mark for mark in level if bar.left - spare <= _middle(mark)[0] <= bar.right + spare]
    rest = 0.2 * (bottom - top)
    part = [mark for mark in part if max(mark.width, mark.height) > rest or _gap(bar, mark, side) > rest]
    left, _, right, _ = around(part)
    reach = BESIDE * (bottom - top)
    beside = [mark for mark in level if mark not in part and mark in tall and not _crosses(mark, bar)]
    if any(-reach < mark.left - right < reach or -reach < left - mark.right < reach for mark in beside):
        return ()
    return tuple(sorted(part, key=lambda mark: mark.left))


def _may_be_a_root(mark: Mark, core: int) -> bool:
    return mark.width > 0.6 * core and mark.height > 0.35 * core


def _root(frame: Mark, everything: Sequence[Mark], core: int) -> Stack | None:
    """A sign whose roof covers what stands in it: ink within its box, to the right of its hook."""
    if not _may_be_a_root(frame, core):
        return None
    hook = frame.left + 0.1 * frame.width
    inside = [
        mark
        for mark in everything
        if mark is not frame
        and hook < mark.left
        and _middle(mark)[0] < frame.right
        and frame.top < mark.top
        and _middle(mark)[1] < frame.bottom
    ]
    if not any(mark.height > 0.35 * frame.height for mark in inside):
        return None
    return Stack("root", frame, (tuple(sorted(inside, key=lambda mark: mark.left)),))


def in_line(stacks: Sequence[Stack], everything: Sequence[Mark]) -> list[Mark]:
    """The marks outside the stacks that stand in line with them."""
    used = {mark.number for stack in stacks for part in stack.parts for mark in part}
    used |= {stack.frame.number for stack in stacks}
    rest = [mark for mark in everything if mark.number not in used and not any(_holds(each, mark) for each in stacks)]
    found_ = []
    for mark in rest:
        nearest = min(stacks, key=lambda stack: abs((stack.box[0] + stack.box[2]) / 2 - _middle(mark)[0]))
        if abs(_middle(mark)[1] - nearest.level) < LINE * nearest.unit:
            found_.append(mark)
    return found_


def _holds(stack: Stack, mark: Mark) -> bool:
    """Whether a mark is a rest of a stack: above or below something of it, or a splinter of its bar."""
    left, _, right, _ = stack.box
    if left <= _middle(mark)[0] <= right:
        return True
    splinter = mark.width < 0.3 * stack.unit and mark.height < 0.15 * stack.unit
    return splinter and -0.08 * stack.unit < max(left - mark.right, mark.left - right) < 0.05 * stack.unit


def around(some: Sequence[Mark]) -> Box:
    """The box that holds all of them; there is at least one."""
    return (
        min(mark.left for mark in some),
        min(mark.top for mark in some),
        max(mark.right for mark in some),
        max(mark.bottom for mark in some),
    )


def _middle(mark: Mark) -> tuple[float, float]:
    return (mark.left + mark.right) / 2, (mark.top + mark.bottom) / 2


def _gap(bar: Mark, mark: Mark, side: int) -> int:
    return mark.top - bar.bottom if side > 0 else bar.top - mark.bottom


def _on(bar: Mark, mark: Mark, side: int) -> bool:
    """Whether a mark is on that side of the bar."""
    return (_middle(mark)[1] - _middle(bar)[1]) * side > (bar.height + mark.height) / 4


def _crosses(mark: Mark, bar: Mark) -> bool:
    """Whether a mark stands in line with a bar."""
    return mark.top + 0.1 * mark.height < (bar.top + bar.bottom) / 2 < mark.bottom - 0.1 * mark.height


def _share(one: Box, other: Box) -> bool:
    """Whether two boxes overlap."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
