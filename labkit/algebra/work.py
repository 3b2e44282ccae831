"""A whole board: which exercise it is, which line is the first wrong one, whether it is solved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from labkit.algebra.building import expression
from labkit.algebra.checking import Step, completed, judged, unreadable
from labkit.algebra.judging import Exercise, Kind, answered
from labkit.algebra.meaning import Meanings, Span
from labkit.algebra.parsing import NotMathematicsError, Statement, parse
from labkit.algebra.slips import SLIPS, SlipRule
from labkit.algebra.solving import Count, solve
from labkit.algebra.spelling import with_second_answers
from labkit.algebra.syntax import Letter, Root, letters

__all__ = ["Work", "check_work"]


@dataclass(frozen=True)
class Work:
    """What a board shows; line numbers count from 0 among all its lines."""

    exercise: tuple[str, ...]
    """One line, or the equations of a system; empty when no line is mathematics."""
    kind: Kind
    steps: tuple[Step, ...]
    """One for each line below the exercise; a sum with its result ("18 - 10 = 8") is exercise and step."""
    solutions: tuple[str, ...]
    """ "x = 1"; empty where there is none, or it is not worked out here."""
    answers_count: Count
    start: int = 0
    """Where the exercise begins."""
    exercise_ends: int = 0
    """Where its last line is; a system may stand on one line."""
    problem: str = ""
    """Why no line can be checked against the exercise, to a person; empty when all is well."""

    @property
    def first_wrong(self) -> int | None:
        """The first line that is wrong, whether it was put right later or not."""
        return next((step.line for step in self.steps if step.verdict == "wrong"), None)

    @property
    def stuck_at(self) -> int | None:
        """The first wrong line that no right line follows: what to talk about; None when all is well."""
        wrong = None
        for step in self.steps:
            if step.verdict == "wrong":
                wrong = step.line if wrong is None else wrong
            elif step.leads_on:
                wrong = None
        return wrong

    @property
    def slip(self) -> str | None:
        """The kind of slip in the first wrong line."""
        return next((step.slip for step in self.steps if step.verdict == "wrong"), None)

    @property
    def solved(self) -> bool:
        return any(step.verdict == "solved" for step in self.steps)


def check_work(lines: Sequence[str], slips: Sequence[SlipRule] = SLIPS) -> Work:
    """The lines of a board, from the top; the first ones are the exercise.

    Lines that are no mathematics are "unreadable" steps. With several exercises below each other, it is about the
    first of them that has a wrong line nobody put right, else about the last.
    """
    works: list[Work] = []
    start = 0
    while start < len(lines) or not works:
        work, start = _Board(lines, start, slips).read()
        works.append(work)
    return next((work for work in works if work.stuck_at is not None), works[-1])


class _Board:
    """Reads one exercise and its lines from a place on, and stops where another exercise begins."""

    def __init__(self, lines: Sequence[str], start: int, slips: Sequence[SlipRule]) -> None:
        self.lines = [_parsed(line) for line in with_second_answers(lines)]
        self.texts = lines
        self.slips = slips
        self.start = start
        self.place = start
        self.steps: list[Step] = []
        self.right: list[Statement] = []
        self.wrong: list[Statement] = []
        self.before: list[Statement] = []
        self.ends = start

    def read(self) -> tuple[Work, int]:
        exercise = self._exercise()
        if exercise is None:
            return Work((), "other", tuple(self.steps), (), "unknown", self.start, self.start), self.place
        self.before = [*exercise.lines]
        while self.place < len(self.lines):
            line = self.lines[self.place]
            if isinstance(line, NotMathematicsError):
                self._add(unreadable(self.texts[self.place], line))
            elif self._is_another(exercise, line):
                break
            else:
                self._judge(exercise, completed(line, self.before[-1]))
        solutions, count = solve(exercise)
        if count == "unknown" and self.steps and _lacks_equations(exercise):
            count = "every"
        texts = tuple(line.text for line in exercise.lines)
        places, problem = (self.start, self.ends), exercise.problem
        return Work(texts, exercise.kind, tuple(self.steps), solutions, count, *places, problem), self.place

    def _add(self, step: Step) -> None:
        self.steps.append(replace(step, line=self.place))
        self.place += 1

    def _judge(self, exercise: Exercise, line: Statement) -> None:
        step = judged(exercise, line, self.before, self.slips, found=self.right, wrong=self.wrong)
        self._add(step)
        if step.verdict == "unreadable":
            return
        line = parse(step.after)
        if step.leads_on:
            self.right.append(line)
        elif not step.is_right:
            self.wrong.append(line)
        if step.leads_on or not step.is_right:
            self.before.append(line)

    def _exercise(self) -> Exercise | None:
        """The first line that can be read, and those below it which a system still needs."""
        while self.place < len(self.lines):
            line = self.lines[self.place]
            if not isinstance(line, NotMathematicsError):
                break
            self._add(unreadable(self.texts[self.place], line))
        else:
            return None
        self.start = self.ends = self.place
        if line.kind == "equation" and not line.unknowns and (line.chain or len(line.parts) == 1):
            return Exercise([expression(line.parts[0].sides[0])])
        equations = [*line.each]
        self.place += 1
        while self.place < len(self.lines) and _belongs(equations, self.lines[self.place]):
            equations += self.lines[self.place].each  # type: ignore[union-attr]
            self.place += 1
        self.ends = self.place - 1
        return Exercise(equations)

    def _is_another(self, exercise: Exercise, line: Statement) -> bool:
        """It begins a new exercise: about other unknowns, or, when this one is solved, about something else."""
        if (not self.steps and not exercise.unknowns) or answered(line):
            return False
        solved = any(step.verdict == "solved" for step in self.steps)
        if not exercise.unknowns:
            return bool(line.unknowns) or (solved and not exercise.accepts_value(line))
        if not line.unknowns:
            return False
        if not set(line.unknowns) & set(exercise.unknowns):
            return solved or not _gives_number(line)
        return solved and judged(exercise, line, self.before, (), found=self.right).verdict == "wrong"


def _parsed(text: str) -> Statement | NotMathematicsError:
    try:
        return parse(text)
    except NotMathematicsError as error:
        return error


def _gives_number(line: Statement) -> bool:
    """A letter alone, and numbers on the other side, as in "D = 25 - 24"."""
    sides = {side for part in line.parts for side in part.sides if letters(side)}
    return line.kind == "equation" and all(isinstance(side, Letter | Root) for side in sides)


def _belongs(equations: Sequence[Statement], line: Statement | NotMathematicsError) -> bool:
    """Whether a system of these equations still needs an equation, and this one is it."""
    unknowns = {letter for equation in equations for letter in equation.unknowns}
    if isinstance(line, NotMathematicsError) or line.kind == "expression" or not set(line.unknowns) & unknowns:
        return False
    if len(unknowns) < 2 or len(equations) >= len(unknowns) or len(unknowns | set(line.unknowns)) > 3:
        return False
    try:
        meanings = Meanings([*equations, line])
        span = Span([polynomial for equation in equations for polynomial in meanings.polynomials(equation)])
        return not all(span.implies(polynomial) for polynomial in meanings.polynomials(line))
    except NotMathematicsError:
        return False


def _lacks_equations(exercise: Exercise) -> bool:
    return 1 < len(exercise.unknowns) > len(exercise.lines)
