"""What is on the board: lines of mathematics out of a picture and out of what was typed, checked as far as they go.

A line that is read with doubt is not judged: the person is asked what it says. Of several exercises below each other
the last one counts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

from labkit import algebra
from labkit.engine.skills.phrases import normalise
from labkit.engine.skills.spelling import number_words
from labkit.engine.skills.tutor_memory import NO, WORD, YES, Memory, mathematics

if TYPE_CHECKING:
    from labkit.engine.eyes.sight import Line, Sight

SHOW_ME = "Show me your exercise: write it on the board, or hold it to the camera."
UNSEEN = {
    "dark": "It is too dark for me to see. Please make more light.",
    "blurred": "The picture is blurred. Please hold it still.",
    "blank": "The page is empty. Write the exercise on the first line.",
}
NO_MATHEMATICS = "I see no mathematics there. Write an equation on the first line."
OTHER_SCRIPT = "I can read only Latin letters and digits. Write the equation with x or y."
TWO_COLUMNS = "I see two columns. Please show me one exercise at a time."
NO_SOLUTION = "This exercise has no solution at all. Look whether you copied it correctly."
EVERY_NUMBER = "Every number solves this exercise. Look whether you copied it correctly."
TOO_FEW = "One equation is not enough for two unknowns. Write the second one below."
YOURS = "your line"
"""How a typed line is called."""
MOST_LINES = 20
"""Lines of a page that count, from the top: checking a line takes a few milliseconds."""
_EQUATION = re.compile(r"[^\s=]\s*=\s*[^\s=]")
"""What could not be read as mathematics, but is meant so: something stands on both sides of an equals sign."""
_FOREIGN = re.compile(r"[^\W\d_a-zA-Z\u00c0-\u024f]{2,}")


@dataclass(frozen=True)
class Written:
    """A line that somebody wrote."""

    text: str
    """Canonical."""
    place: int | None = None
    """From 1 at the top of the page; None: typed."""
    box: tuple[float, ...] = ()
    """Left, top, right, bottom as fractions of the newest picture; empty: it is not in there."""

    @property
    def name(self) -> str:
        """How it is called: "line two"."""
        return line_name(self.place) if self.place else YOURS


@dataclass(frozen=True)
class Board:
    """Everything that is written, and what is to be said of it."""

    lines: tuple[Written, ...] = ()
    work: algebra.Work | None = None
    """How right the lines are; None where there is nothing to work with."""
    trouble: str = ""
    """Why there is nothing to work with, as something to say."""


def line_name(place: int) -> str:
    """A line as it is called: "line two"."""
    return f"line {number_words(place)}"


def question(place: int, text: str) -> str:
    """Asks whether a line was read correctly."""
    return f"Is {line_name(place)} {algebra.spoken(text)}?"


def rewrite(place: int) -> str:
    """Asks for a line that cannot be read."""
    return f"I cannot read {line_name(place)}. Please write it larger, or type it."


def board(pictures: Sequence[Sight], memory: Memory) -> Board:
    """What is written, in the pictures and typed, and how right it is."""
    seen, trouble = _on_page(pictures, memory) if pictures else ([], SHOW_ME)
    typed = [text for text in memory.typed() if text not in [line.text for line in seen]]
    if trouble and (seen or not typed):
        return Board(tuple(seen), None, trouble)
    lines = _with_typed(seen, typed, memory)
    work = _work(lines)
    nowhere = _fault(work)
    return Board(tuple(lines), None if nowhere else work, nowhere)


def _fault(work: algebra.Work) -> str:
    """Why an exercise leads nowhere, as something to say; empty when all is well."""
    every = TOO_FEW if work.kind == "system" else EVERY_NUMBER
    return work.problem or {"none": NO_SOLUTION, "every": every}.get(work.answers_count, "")


def _on_page(pictures: Sequence[Sight], memory: Memory) -> tuple[list[Written], str]:
    """The lines of the page, or why there are none; only in the newest picture they have a place to mark."""
    page = _page(pictures)
    seen, trouble = _seen(page, memory)
    return seen if page is pictures[-1] else [replace(line, box=()) for line in seen], trouble


def _page(pictures: Sequence[Sight]) -> Sight:
    """The newest picture, or the newest of mathematics where that one shows no page at all.

    No page is a face or a hand, and what is dark, blurred or blank in a picture of another size, so of another source.
    In one of the same size the page itself was covered or wiped. What is written, readable or not, is a page.
    """
    newest = pictures[-1]
    page = next((sight for sight in reversed(pictures) if sight.kind == "mathematics"), newest)
    if newest.kind in UNSEEN:
        return newest if (newest.width, newest.height) == (page.width, page.height) else page
    written = newest.kind != "picture" or any(_is_meant(line.text) for line in newest.lines)
    return newest if written else page


def _with_typed(seen: Sequence[Written], typed: Sequence[str], memory: Memory) -> list[Written]:
    """The lines with those that were typed below; of typed ones that are wrong only the last, while it is talked of.

    An equation that is typed after an exercise that leads nowhere is another exercise.
    """
    lines = list(seen)
    for text in typed:
        if lines and _is_exercise(text) and _fault(_work(lines)):
            lines = []
        _drop_wrong_typed(lines)
        lines.append(Written(text))
    talked_of = memory.typed_now or memory.last_said().lower().startswith(YOURS)
    if seen and not talked_of:
        _drop_wrong_typed(lines)
    return lines


def _is_exercise(text: str) -> bool:
    """An equation that is no answer already."""
    said = algebra.parse(text)
    return said.kind == "equation" and bool(said.unknowns) and text not in algebra.check_work([text]).solutions


def _drop_wrong_typed(lines: list[Written]) -> None:
    if lines and lines[-1].place is None and _work(lines).stuck_at == len(lines) - 1:
        lines.pop()


def _work(lines: Sequence[Written]) -> algebra.Work:
    return algebra.check_work([line.text for line in lines])


# -- the picture -----------------------------------------------------------------------------------------------


def _seen(sight: Sight, memory: Memory) -> tuple[list[Written], str]:
    """The lines of mathematics in a picture, or why there are none."""
    meant = [line for line in sight.lines if line.is_math or _is_meant(line.text)][:MOST_LINES]
    if not any(line.is_math for line in meant):
        return [], _nothing(sight, meant)
    if _beside_each_other(meant):
        return [], TWO_COLUMNS
    written: list[Written] = []
    for place, line in enumerate(meant, start=1):
        text = _text(line, place, written, memory)
        if text is None:
            return written, _doubt(line, place, memory)
        written.append(Written(text, place, _box(line, sight)))
    return _of_one_kind(written), ""


def _is_meant(text: str) -> bool:
    return bool(_EQUATION.search(text)) and not WORD.search(text.lower())


def _nothing(sight: Sight, meant: Sequence[Line]) -> str:
    if meant:
        return rewrite(1)
    if any(_FOREIGN.search(line.text) for line in sight.lines):
        return OTHER_SCRIPT
    return UNSEEN.get(sight.kind, NO_MATHEMATICS)


def _of_one_kind(lines: list[Written]) -> list[Written]:
    """Beside equations an expression is a line that is not finished, or a number on the page."""
    said = [algebra.parse(line.text) for line in lines]
    if not any(one.kind == "equation" and one.unknowns for one in said):
        return lines
    return [line for line, one in zip(lines, said, strict=True) if one.kind == "equation"]


def _beside_each_other(lines: Sequence[Line]) -> bool:
    return any(_in_one_row(one.box, other.box) for one, other in combinations(lines, 2) if "=" in one.text + other.text)


def _in_one_row(one: Sequence[int], other: Sequence[int]) -> bool:
    shared = min(one[3], other[3]) - max(one[1], other[1])
    apart = one[2] <= other[0] or other[2] <= one[0]
    return apart and shared > 0.5 * min(one[3] - one[1], other[3] - other[1])


def _box(line: Line, sight: Sight) -> tuple[float, ...]:
    sizes = (sight.width, sight.height) * 2
    return tuple(round(min(1.0, max(0.0, edge / size)), 3) for edge, size in zip(line.box, sizes, strict=True))


# -- doubt -----------------------------------------------------------------------------------------------------


def _text(line: Line, place: int, before: Sequence[Written], memory: Memory) -> str | None:
    """What a line says, as read or as the person confirmed it; None: ask."""
    if line.is_math and (line.sure or _follows(line.text, before)):
        return line.text
    replies = [(text, memory.answered(question(place, text))) for text in _readings(line)]
    for reading, reply in [*replies, (None, memory.answered(rewrite(place)))]:
        if reply is not None and normalise(reply) in YES:
            return reading
        if reply is not None and (typed := mathematics(reply)):
            return typed
    return None


def _follows(text: str, before: Sequence[Written]) -> bool:
    """A doubtful reading that is a right step is what was written: misread lines hardly ever are."""
    if not before:
        return False
    return algebra.check_step(_work(before).exercise, text).verdict in ("right", "solved")


def _readings(line: Line) -> list[str]:
    texts = dict.fromkeys([line.text, *(candidate.text for candidate in line.candidates)])
    return [text for text in texts if mathematics(text) == text][:3]


def _doubt(line: Line, place: int, memory: Memory) -> str:
    """The next question about a line."""
    for text in _readings(line):
        reply = memory.answered(question(place, text))
        if reply is None or normalise(reply) not in NO:
            return question(place, text)
    return rewrite(place)
