"""Whether a line follows from an exercise: the same solutions, a part of them, or what the equations together imply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeAlias

from labkit.algebra.building import is_reduced
from labkit.algebra.meaning import DivisionByZeroError, Meanings, RootOfUnknownError, Span
from labkit.algebra.parsing import NotMathematicsError, Statement
from labkit.algebra.rounding import is_rounded
from labkit.algebra.syntax import Letter, Node, Part, Root, letters

__all__ = ["Exercise", "Judgement", "Kind", "answered"]

Kind: TypeAlias = Literal["arithmetic", "linear", "quadratic", "system", "other"]


@dataclass(frozen=True)
class Judgement:
    """What is to be said of one line, before anybody asks why it is wrong."""

    verdict: Literal["right", "solved", "wrong"]
    missing: Literal["", "solution", "unknown", "exact"] = ""
    """What is still to be found after a right line that gives an answer; "exact": it is rounded."""
    is_aside: bool = False
    """True by itself, as a calculation in the margin is."""
    lost_solution: bool = False
    """Both sides were divided by an unknown that may be zero."""


RIGHT, SOLVED, WRONG = Judgement("right"), Judgement("solved"), Judgement("wrong")
ASIDE, ROUNDED = Judgement("right", is_aside=True), Judgement("right", missing="exact")
NOTED = frozenset("abcdpq")
"""What the numbers of a quadratic equation, and of its formulas, are called."""


class Exercise:
    """One expression, one equation, or the equations of a system; later lines are judged against it."""

    def __init__(self, lines: Sequence[Statement]) -> None:
        self.lines = tuple(equation for line in lines for equation in line.each)
        self.unknowns = tuple(sorted({letter for line in lines for letter in line.unknowns}))

    @cached_property
    def kind(self) -> Kind:
        first = self.lines[0]
        if not self.unknowns:
            return "arithmetic"
        if first.kind == "expression":
            return "other"
        if len(self.unknowns) > 1:
            return "system"
        if self.problem:
            return "other"
        polynomials = Meanings(self.lines).polynomials(first)
        degree = max((sum(powers) for found in polynomials for powers in found.monoms()), default=0)
        return "linear" if degree <= 1 else "quadratic" if degree == 2 else "other"

    @cached_property
    def problem(self) -> str:
        """Why nothing can be compared with it, as a sentence; empty when all is well."""
        try:
            if len(self.unknowns) > 1 and self.lines[0].kind == "equation":
                self._span(Meanings(self.lines))
            Meanings(self.lines).polynomials(self.lines[0])
        except DivisionByZeroError:
            return "There is a division by zero in it: give me another exercise."
        except RootOfUnknownError:
            return "I cannot check roots of an unknown: give me another exercise."
        except NotMathematicsError:
            return "This exercise is more than I can check: give me another one."
        return ""

    def accepts_value(self, after: Statement) -> bool:
        """The line is about the value of this expression: it is that value, or a sum that has it."""
        try:
            judgement = self.judge(after)
        except NotMathematicsError:
            return True
        return judgement.verdict != "wrong" and not judgement.is_aside

    def accepts(self, after: Statement) -> bool:
        """The line follows from these, which do not contradict each other."""
        if len(self.unknowns) > 1 and self._span(Meanings(self.lines)).is_contradiction:
            return False
        return self.judge(after).verdict != "wrong"

    def judge(self, after: Statement, found: Sequence[Statement] = ()) -> Judgement:
        """Answers in `found` (the right lines so far) count; `NotMathematicsError` for what cannot be compared."""
        judgement = self._judge(after, found)
        return ROUNDED if judgement.verdict == "wrong" and is_rounded(self.lines, after) else judgement

    def _judge(self, after: Statement, found: Sequence[Statement]) -> Judgement:
        if self.lines[0].kind == "expression":
            return self._judge_value(after)
        if after.kind == "expression":
            raise NotMathematicsError("This line needs something on both sides of an equals sign.")
        if not self.unknowns:
            return self._judge_value(after)
        if not set(after.unknowns) <= set(self.unknowns):
            return ASIDE if self._is_note(after) else WRONG
        return self._judge_solutions(after, found) if len(self.unknowns) == 1 else self._judge_system(after, found)

    def _judge_value(self, after: Statement) -> Judgement:
        """The exercise is an expression (or a sum with its result): the line has the same value."""
        meanings = Meanings([*self.lines, after])
        target = meanings.quotient(self.lines[0].parts[0].sides[0])
        sides = after.chain or after.parts[0].sides
        values = [meanings.quotient(side) for side in sides]
        if (len(after.parts) > 1 and not after.chain) or any(not _same(value, values[0]) for value in values):
            return WRONG
        if not _same(values[0], target):
            return ASIDE if after.kind == "equation" else WRONG
        return SOLVED if is_reduced(sides[-1]) else RIGHT

    def _is_note(self, after: Statement) -> bool:
        """A number of the formula for a quadratic equation: "D = 25 - 24", "a = 1, b = -5"."""
        if self.kind != "quadratic" or not all(_notes(one) for one in after.each):
            return False
        meanings = Meanings([after])
        return all(not zero for one in after.each if not one.unknowns for zero in meanings.polynomials(one))

    def _judge_solutions(self, after: Statement, found: Sequence[Statement]) -> Judgement:
        meanings = Meanings([*self.lines, after, *found])
        wanted = self.solutions(meanings)
        given = meanings.solutions(after)
        if given == wanted:
            return SOLVED if answered(after) or (wanted.is_ground and not after.unknowns) else RIGHT
        if not after.unknowns:
            return WRONG if given != 0 else ASIDE
        if wanted.is_ground or given.is_ground or wanted.rem(given):
            return WRONG
        if self._divides_by_unknown(meanings, wanted.exquo(given)):
            return Judgement("wrong", lost_solution=True)
        if after.join == "or" or any(sum(zero.degrees()) > 1 for zero in meanings.polynomials(after)):
            return WRONG
        together = given
        for line in found:
            if answered(line):
                together = together.lcm(meanings.solutions(line))
        return SOLVED if answered(after) and together.monic() == wanted else Judgement("right", missing="solution")

    def solutions(self, meanings: Meanings) -> Any:
        """The polynomial in the one unknown whose roots are what solves all lines (`Meanings.solutions`)."""
        first, *others = (meanings.solutions(line) for line in self.lines)
        for other in others:
            first = first.gcd(other)
        return first

    def _divides_by_unknown(self, meanings: Meanings, lost: Any) -> bool:
        """Zero is what got lost, and the unknown was a factor of both sides."""
        (x,) = meanings.ring.gens
        sides = [meanings.quotient(side)[0] for line in self.lines for part in line.parts for side in part.sides]
        return lost == x and all(side and not side.rem(x) for side in sides)

    def _span(self, meanings: Meanings) -> Span:
        return Span([polynomial for line in self.lines for polynomial in meanings.polynomials(line)])

    def _is_of_branch(self, meanings: Meanings, after: Statement, found: Sequence[Statement]) -> bool:
        """Of several solutions the line belongs to one that was begun, or, as an answer, begins another."""
        given = meanings.polynomials(after)
        for branch in _branches(found, after):
            known = [zero for line in (*self.lines, *branch) for zero in meanings.polynomials(line)]
            span = Span(known)
            if span.is_contradiction:
                continue
            if span.implies_all(given) or (answered(after) and not Span([*known, *given]).is_contradiction):
                return True
        return False

    def _judge_system(self, after: Statement, found: Sequence[Statement]) -> Judgement:
        meanings = Meanings([*self.lines, after, *found])
        span = self._span(meanings)
        given = meanings.polynomials(after)
        if not after.unknowns:
            if all(not polynomial for polynomial in given):
                return ASIDE
            return SOLVED if span.is_contradiction else WRONG
        if not span.implies_all(given) and (span.is_linear or not self._is_of_branch(meanings, after, found)):
            return WRONG
        letters = {letter for line in (*self.lines, *found, after) for letter in answered(line)}
        if letters >= set(self.unknowns):
            return SOLVED
        return Judgement("right", missing="unknown" if answered(after) else "")


def _same(one: tuple[Any, Any], other: tuple[Any, Any]) -> bool:
    (a, b), (c, d) = one, other
    return bool(a * d == c * b)


def _notes(part: Statement) -> bool:
    """A letter of a formula (or its root) on one side, no letters on the other."""
    left, *others = part.parts[0].sides
    return not letters(*others) and (not letters(left) or _noted(left))


def _noted(node: Node) -> bool:
    return isinstance(node, Letter) and node.name in NOTED if not isinstance(node, Root) else _noted(node.of)


def _branches(found: Sequence[Statement], after: Statement) -> list[list[Statement]]:
    """The answers so far, one list for each solution; what is answered again begins another one."""
    branches: list[list[Statement]] = [[]]
    for line in found:
        if answered(line):
            if _answers(branches[-1]) & set(answered(line)):
                branches.append([])
            branches[-1].append(line)
    return [*branches, []] if _answers(branches[-1]) & set(answered(after)) else branches


def _answers(lines: Sequence[Statement]) -> set[str]:
    return {letter for line in lines for letter in answered(line)}


def answered(statement: Statement) -> tuple[str, ...]:
    """The unknowns that a line gives outright ("x = 2 or x = 3"): a letter, and a number with nothing left to do."""
    if statement.chain:
        given = any(is_reduced(side) for side in statement.chain)
        return tuple(sorted({side.name for side in statement.chain if given and isinstance(side, Letter)}))
    found = [_answer(part) for part in statement.parts]
    return tuple(sorted({letter for letter in found if letter})) if all(found) else ()


def _answer(part: Part) -> str:
    match part.left, part.right:
        case (Letter(name), value) | (value, Letter(name)):
            return name if value is not None and is_reduced(value) else ""
    return ""
