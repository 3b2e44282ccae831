"""Whether an answer is the exact one, rounded to the decimals it is written with."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from labkit.algebra.meaning import Meanings, Span
from labkit.algebra.parsing import Statement
from labkit.algebra.syntax import Letter, Minus, Node, Number, Part, letters

__all__ = ["is_rounded"]

FEWEST_DECIMALS = 2
"""With one decimal it is as likely a wrong result."""


def is_rounded(lines: Sequence[Statement], after: Statement) -> bool:
    """Every equation of `after` gives a decimal that is a solution of the lines (or their value), rounded."""
    return all(_is_rounded(lines, part) for part in after.parts)


def _is_rounded(lines: Sequence[Statement], part: Part) -> bool:
    *left, right = part.sides
    decimal = _decimal(right)
    if decimal is None:
        return False
    value, half = decimal
    meanings = Meanings(lines)
    if not meanings.letters:
        return all(_is_value(expression, value, half) for expression in (lines[0].parts[0].sides[0], *left))
    if not left or not isinstance(left[0], Letter):
        return False
    if left[0].name not in meanings.letters:
        return False
    if len(meanings.letters) == 1:
        return all(_has_root(meanings, meanings.solutions(line), value, half) for line in lines)
    return _is_determined(meanings, lines, left[0].name, value, half)


def _decimal(node: Node) -> tuple[Fraction, Fraction] | None:
    """A decimal, and half a unit of its last place; None where it has too few of them."""
    match node:
        case Minus(of):
            found = _decimal(of)
            return None if found is None else (-found[0], found[1])
        case Number(text) if len(text.partition(".")[2]) >= FEWEST_DECIMALS:
            return Fraction(text), Fraction(1, 2 * 10 ** len(text.partition(".")[2]))
    return None


def _is_value(expression: Node, value: Fraction, half: Fraction) -> bool:
    if letters(expression):
        return False
    meanings = Meanings([Statement((Part(expression, None, equals=False),))])
    return _is_near(meanings, meanings.quotient(expression)[0].coeff(1), value, half)


def _has_root(meanings: Meanings, wanted: Any, value: Fraction, half: Fraction) -> bool:
    """A polynomial whose roots are all single changes its sign around each of them."""
    if wanted.is_ground:
        return False
    below, above = (_number(meanings, wanted.evaluate(0, _in(meanings, value + side))) for side in (-half, half))
    return bool(below * above <= 0)


def _is_determined(meanings: Meanings, lines: Sequence[Statement], name: str, value: Fraction, half: Fraction) -> bool:
    """A linear system leaves one value for the unknown."""
    span = Span([polynomial for line in lines for polynomial in meanings.polynomials(line)])
    if not span.is_linear or span.is_contradiction:
        return False
    rest = span.rest(meanings.ring.gens[meanings.letters.index(name)])
    return bool(rest.is_ground) and _is_near(meanings, rest.coeff(1), value, half)


def _is_near(meanings: Meanings, exact: Any, value: Fraction, half: Fraction) -> bool:
    from sympy import Rational

    difference = _number(meanings, exact) - Rational(value.numerator, value.denominator)
    return bool(abs(difference) <= Rational(half.numerator, half.denominator))


def _in(meanings: Meanings, value: Fraction) -> Any:
    top, bottom = (meanings.ring.domain_new(part) for part in (value.numerator, value.denominator))
    return top / bottom


def _number(meanings: Meanings, coefficient: Any) -> Any:
    return meanings.ring.domain.to_sympy(coefficient)
