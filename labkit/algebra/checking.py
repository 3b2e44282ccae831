"""A step is checked: right, solved or wrong, and what kind of slip it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from labkit.algebra.explaining import explanation
from labkit.algebra.judging import Exercise, Judgement
from labkit.algebra.meaning import DivisionByZeroError
from labkit.algebra.parsing import NotMathematicsError, Statement, parse
from labkit.algebra.rounding import is_rounded
from labkit.algebra.slips import LOST_SOLUTION, OTHER, SLIPS, SlipRule
from labkit.algebra.syntax import Part

__all__ = ["Step", "check_step", "judged", "unreadable"]

MAX_LINES = 8
"""So many lines back a system's equations are tried together."""

MISSING = {
    "solution": "Right. There is another solution.",
    "unknown": "Right. Now find what is still unknown.",
    "exact": "That is rounded: write it exactly, as a fraction or with a root.",
}


@dataclass(frozen=True)
class Step:
    """What is to be said about one line."""

    verdict: Literal["right", "solved", "wrong", "same", "unreadable"]
    sentence: str
    """Short, to be spoken; it never holds a number."""
    after: str
    """The line in its canonical spelling, without a rounded end ("= 3.33"); as it came where it is unreadable."""
    slip: str | None = None
    """The kind of slip (`Slip`, or one's own); None when it is right, or when it follows from a wrong line before."""
    missing: Literal["", "solution", "unknown", "exact"] = ""
    """What is still to be found after an answer that is right; "exact": it is rounded."""
    carried: bool = False
    """The line is wrong, but follows from a wrong line before it: no slip of its own."""
    line: int | None = None
    """Where it stands among the lines of `check_work`, counted from 0."""
    aside: bool = False
    """True by itself, as a calculation in the margin is, but not about the exercise."""

    @property
    def is_right(self) -> bool:
        return self.verdict in {"right", "solved", "same"}

    @property
    def leads_on(self) -> bool:
        """It is right, and one may go on from it: no calculation in the margin, and not rounded."""
        return self.is_right and not self.aside and self.missing != "exact"


def check_step(before: Sequence[str] | str, after: str, slips: Sequence[SlipRule] = SLIPS) -> Step:
    """Whether a line follows from the line before it, or from the lines of a system; never anything but a `Step`.

    `NotMathematicsError` only when the lines before are no mathematics.
    """
    lines = [parse(line) for line in ([before] if isinstance(before, str) else before)]
    if not lines:
        raise NotMathematicsError("There is no line before: give the exercise.")
    try:
        statement = completed(parse(after), lines[-1])
    except NotMathematicsError as error:
        return unreadable(after, error)
    exercise = Exercise(lines)
    return judged(exercise, statement, exercise.lines, slips)


def unreadable(after: str, error: NotMathematicsError) -> Step:
    return Step("unreadable", str(error), after)


def completed(after: Statement, before: Statement) -> Statement:
    """A line "= 8" under an equation means that its left side is 8."""
    (part, *others) = after.parts
    if part.left is None and before.kind == "equation":
        return Statement((Part(before.parts[0].left, part.right), *others), after.join)
    return after


def judged(
    exercise: Exercise,
    after: Statement,
    before: Sequence[Statement],
    slips: Sequence[SlipRule] = SLIPS,
    *,
    found: Sequence[Statement] = (),
    wrong: Sequence[Statement] = (),
) -> Step:
    """A line judged against the exercise; when wrong, explained from the lines before it (the latest last).

    `found`: the right lines so far; `wrong`: the wrong ones, from which it may follow.
    """
    if exercise.problem:
        return Step("unreadable", exercise.problem, after.text)
    if after.text in {line.text for line in wrong}:
        return _carried(after.text)
    if after.text in {line.text for line in (*exercise.lines, before[-1])}:
        return Step("same", "That is the same line again.", after.text)
    try:
        judgement = exercise.judge(after, found)
    except DivisionByZeroError:
        return Step("wrong", "There is a division that cannot be done.", after.text, OTHER.kind)
    except NotMathematicsError as error:
        return unreadable(after.text, error)
    if judgement.verdict == "wrong" and after.chain and is_rounded(exercise.lines, after.outcome):
        return judged(exercise, after.shorter, before, slips, found=found, wrong=wrong)
    if judgement.verdict != "wrong":
        return Step(
            judgement.verdict, _praise(judgement), after.text, missing=judgement.missing, aside=judgement.is_aside
        )
    if wrong and _follows(after, wrong, [*exercise.lines, *before], len(exercise.unknowns)):
        return _carried(after.text)
    rule = LOST_SOLUTION
    if not judgement.lost_solution:
        rule = explanation(_faulty(exercise, after), before, exercise.lines, slips)
    return Step("wrong", rule.sentence, after.text, rule.kind)


def _faulty(exercise: Exercise, after: Statement) -> Statement:
    """Of a chain the first comparison that does not hold; else the line itself."""
    try:
        return next((one for one in after.each if not exercise.accepts(one)), after) if after.chain else after
    except NotMathematicsError:
        return after


def _follows(after: Statement, wrong: Sequence[Statement], lines: Sequence[Statement], unknowns: int) -> bool:
    """Whether it follows from a wrong line, alone or together with as many others as a system needs."""
    pool = list(dict.fromkeys([*lines[-MAX_LINES:], *wrong]))
    for line in wrong:
        others = [other for other in pool if other != line]
        for count in range(max(1, unknowns)):
            for group in combinations(others, count):
                try:
                    if Exercise([line, *group]).accepts(after):
                        return True
                except NotMathematicsError:
                    continue
    return False


def _carried(text: str) -> Step:
    return Step("wrong", "This follows from a line that is wrong.", text, carried=True)


def _praise(judgement: Judgement) -> str:
    if judgement.verdict == "solved":
        return "Right, and solved."
    return MISSING.get(judgement.missing, "That is true." if judgement.is_aside else "Right.")
