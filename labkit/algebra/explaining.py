"""Why a line is wrong: each kind of slip is tried, and the one whose wrong line fits best is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import Any, NamedTuple, TypeAlias

from labkit.algebra.building import equation, expression
from labkit.algebra.judging import answered
from labkit.algebra.meaning import Meanings, Span
from labkit.algebra.parsing import NotMathematicsError, Statement, parse
from labkit.algebra.slips import OTHER, SlipRule
from labkit.algebra.syntax import Letter, Node, Operation, Part, letters, replaced

__all__ = ["explanation"]

MAX_LINES = 4
"""So many lines back a slip is looked for."""


class Line(NamedTuple):
    """A line as polynomials: its sides (of a single equation or expression), and what is zero when it is true."""

    sides: tuple[Any, ...]
    difference: Any


Fit: TypeAlias = Callable[[Line, Line], bool]


def explanation(
    after: Statement, before: Sequence[Statement], exercise: Sequence[Statement], slips: Sequence[SlipRule]
) -> SlipRule:
    """The rule that explains a wrong line best: `OTHER` when none does.

    First what gives the very line, then what gives it multiplied or divided, rearranged, solved; among those that fit
    equally well, the first rule. `before`: all lines before it, `exercise`: those which are surely right.
    """
    if after.kind == "equation" and not (before[-1].unknowns and after.unknowns) and len(after.parts) == 1:
        left, right = after.parts[0].sides
        after, before, exercise = expression(right), [expression(left)], [expression(left)]
    singles = [one for line in reversed(before) for one in line.each if one.kind == after.kind and not one.join]
    answers = [line for line in singles if answered(line)]
    equations = [line for line in singles if line not in answers]
    lines = (equations or answers)[:MAX_LINES]
    if after.kind == "equation" and len(after.unknowns) < len({letter for line in singles for letter in line.unknowns}):
        lines += _together(equations, answers)
    try:
        search = _Search(after, lines, exercise)
    except (NotMathematicsError, ValueError):
        return OTHER
    for fits_forward, fits_backward in ((_same_sides, None), (_scaled_sides, None), (_same, _same), (_scaled, None)):
        for rule in slips:
            if search.forward(rule, fits_forward) or (fits_backward and search.backward(rule, fits_backward)):
                return rule
    return next((rule for rule in slips if search.put_right(rule)), OTHER)


class _Search:
    """One wrong line, and the lines before it: what each rule makes of them, worked out once."""

    def __init__(self, after: Statement, lines: Sequence[Statement], exercise: Sequence[Statement]) -> None:
        self.meanings = Meanings([after, *lines, *exercise])
        self.after, self.lines = after, lines
        self.wanted = self._line(after)
        self.sources = [self._line(line) for line in lines]
        self.made: dict[tuple[int, bool], list[Line]] = {}
        polynomials = [polynomial for line in exercise for polynomial in self.meanings.polynomials(line)]
        self.span = Span(polynomials) if len(self.meanings.letters) > 1 else None

    def forward(self, rule: SlipRule, fits: Fit) -> bool:
        """The slip makes the wrong line of a line before."""
        return rule.tried_on != "after" and any(fits(made, self.wanted) for made in self._made(rule, self.lines, False))

    def backward(self, rule: SlipRule, fits: Fit) -> bool:
        """The same change makes a line before of the wrong line."""
        if rule.tried_on == "before":
            return False
        return any(fits(made, source) for made in self._made(rule, [self.after], True) for source in self.sources)

    def put_right(self, rule: SlipRule) -> bool:
        """The same change makes the wrong line a right one."""
        if rule.tried_on == "before":
            return False
        if self.span is None:
            return self.backward(rule, _equivalent)
        return any(
            self.span.implies(made.difference) for made in self._made(rule, [self.after], True) if made.difference
        )

    def _made(self, rule: SlipRule, lines: Sequence[Statement], backward: bool) -> list[Line]:
        key = (id(rule), backward)
        if key not in self.made:
            self.made[key] = list(self._lines(rule, lines))
        return self.made[key]

    def _lines(self, rule: SlipRule, lines: Sequence[Statement]) -> Iterator[Line]:
        for line in lines:
            for made in rule.leads_to(line):
                try:
                    yield self._line(parse(made) if isinstance(made, str) else made)
                except (NotMathematicsError, ValueError):
                    continue

    def _line(self, statement: Statement) -> Line:
        (difference,) = self.meanings.polynomials(statement)
        if len(statement.parts) > 1:
            return Line((), difference)
        return Line(tuple(self.meanings.quotient(side) for side in statement.parts[0].sides), difference)


def _same_sides(made: Line, wanted: Line) -> bool:
    return bool(made.sides) and made.sides in (wanted.sides, wanted.sides[::-1])


def _scaled_sides(made: Line, wanted: Line) -> bool:
    """Both sides are the same multiple."""
    tops = [top for top, bottom in (*made.sides, *wanted.sides) if bottom == 1]
    if len(tops) != 4:
        return False
    left, right, wanted_left, wanted_right = tops
    same = all(_monic(one) == _monic(two) for one, two in ((left, wanted_left), (right, wanted_right)))
    return bool(left and same and left * wanted_right == wanted_left * right)


def _monic(polynomial: Any) -> Any:
    return polynomial.monic() if polynomial else polynomial


def _same(made: Line, wanted: Line) -> bool:
    """The same but for terms moved."""
    return made.difference in (wanted.difference, -wanted.difference)


def _scaled(made: Line, wanted: Line) -> bool:
    """The same but for a factor; an answer may be one of several."""
    one, two = made.difference, wanted.difference
    if one.is_ground or two.is_ground:
        return False
    return not (one.rem(two) if len(one.ring.gens) == 1 else one.monic() - two.monic())


def _equivalent(made: Line, wanted: Line) -> bool:
    one, two = made.difference, wanted.difference
    return not (one.is_ground or two.is_ground) and bool(one.monic() == two.monic())


def _together(lines: Sequence[Statement], answers: Sequence[Statement]) -> Iterator[Statement]:
    """What is known put into an equation; two equations added, taken from each other, or one put into the other."""
    known = [given for answer in answers for given in _given(answer.parts[0])]
    for line in lines:
        sides = line.parts[0].sides
        for letter, value in known:
            if len(letters(*sides)) > 1:
                sides = tuple(replaced(side, letter, value) for side in sides)
        if sides != line.parts[0].sides:
            yield equation(*sides)
    for one, two in combinations(lines[:3], 2):
        for sign in ("+", "-"):
            yield _joined(one.parts[0], sign, two.parts[0])
        for giver, taker in ((one, two), (two, one)):
            yield from _substituted(giver.parts[0], taker.parts[0])


def _joined(one: Part, sign: str, two: Part) -> Statement:
    left, right = (Operation(sign, first, second) for first, second in zip(one.sides, two.sides, strict=True))
    return equation(left, right)


def _substituted(giver: Part, taker: Part) -> Iterator[Statement]:
    for letter, value in _given(giver):
        left, right = (replaced(side, letter, value) for side in taker.sides)
        yield equation(left, right)


def _given(part: Part) -> Iterator[tuple[Letter, Node]]:
    left, right = part.sides
    if isinstance(left, Letter):
        yield left, right
    if isinstance(right, Letter):
        yield right, left
