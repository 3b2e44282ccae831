"""The solutions of an exercise, as lines: "x = 1"."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Literal, TypeAlias

from labkit.algebra.building import equation, expression, fraction_of, number
from labkit.algebra.judging import Exercise
from labkit.algebra.meaning import Meanings, Span, rational, square_factor
from labkit.algebra.parsing import NotMathematicsError
from labkit.algebra.syntax import BESIDE, Letter, Minus, Node, Number, Operation, Root

__all__ = ["Count", "solve"]

Count: TypeAlias = Literal["one", "two", "none", "every", "unknown"]
NOTHING: tuple[tuple[str, ...], Count] = ((), "unknown")


def solve(exercise: Exercise) -> tuple[tuple[str, ...], Count]:
    """The solutions as canonical lines, and how many there are; "unknown" where they are not worked out here."""
    try:
        if not exercise.unknowns:
            return _value(exercise)
        if exercise.lines[0].kind == "expression":
            return NOTHING
        return _one_unknown(exercise) if len(exercise.unknowns) == 1 else _system(exercise)
    except NotMathematicsError:
        return NOTHING


def _value(exercise: Exercise) -> tuple[tuple[str, ...], Count]:
    value = rational(exercise.lines[0].parts[0].sides[0])
    return NOTHING if value is None else ((expression(number(value)).text,), "one")


def _one_unknown(exercise: Exercise) -> tuple[tuple[str, ...], Count]:
    meanings = Meanings(exercise.lines)
    wanted = exercise.solutions(meanings)
    if wanted.is_ground:
        return (), "none" if wanted else "every"
    if meanings.radicand or wanted.degree() > 2:
        return NOTHING
    (x,) = exercise.unknowns
    roots = _roots([fraction_of(wanted.coeff(meanings.ring.gens[0] ** power if power else 1)) for power in range(3)])
    return tuple(equation(Letter(x), root).text for root in roots), "one" if len(roots) == 1 else "two"


def _roots(coefficients: Sequence[Fraction]) -> list[Node]:
    """The real roots of c + b x + a x², the smaller first; a may be zero."""
    c, b, a = coefficients
    if not a:
        return [number(-c / b)]
    factor, radicand = square_factor(b * b - 4 * a * c)
    middle, step = -b / (2 * a), abs(factor / (2 * a))
    if radicand == 1:
        return [number(root) for root in sorted({middle - step, middle + step})]
    root: Node = Root(Number(str(radicand)))
    root = root if step == 1 else Operation(BESIDE, number(step), root)
    if not middle:
        return [Minus(root), root]
    return [Operation("-", number(middle), root), Operation("+", number(middle), root)]


def _system(exercise: Exercise) -> tuple[tuple[str, ...], Count]:
    meanings = Meanings(exercise.lines)
    span = Span([polynomial for line in exercise.lines for polynomial in meanings.polynomials(line)])
    if span.is_contradiction:
        return (), "none"
    if not span.is_linear or meanings.radicand or len(span.rows) < len(exercise.unknowns):
        return NOTHING
    return tuple(equation(Letter(name), number(value)).text for name, value in _values(span.rows).items()), "one"


def _values(rows: Sequence[Any]) -> dict[str, Fraction]:
    """Linear rows with leading letters each its own: put into one another until a number is left."""
    found: dict[str, Fraction] = {}
    solved: list[Any] = []
    for row in sorted(rows, key=lambda row: row.LM):
        alone = row
        for earlier in solved:
            alone -= earlier.mul_ground(alone.get(earlier.LM, row.ring.domain.zero))
        solved.append(alone)
        found[str(row.ring.symbols[row.LM.index(1)])] = -fraction_of(alone.coeff(1))
    return dict(sorted(found.items()))
