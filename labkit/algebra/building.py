"""Trees made from numbers and polynomials: "x = 1", "3x = 3", written as a teacher would write them."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from labkit.algebra.parsing import Statement
from labkit.algebra.syntax import BESIDE, Letter, Minus, Node, Number, Operation, Part, Power, Root, letters, walk

__all__ = ["equation", "expression", "fraction_of", "is_reduced", "number", "polynomial_node", "text_of", "total"]


def number(value: Fraction | int) -> Node:
    """A number: "-2/3" as minus a fraction."""
    value = Fraction(value)
    size = Number(str(abs(value.numerator)))
    found: Node = size if value.denominator == 1 else Operation("/", size, Number(str(value.denominator)))
    return Minus(found) if value < 0 else found


def total(terms: Iterable[Node]) -> Node:
    """The sum of terms; those that begin with a minus are taken away; "0" without any."""
    result: Node | None = None
    for term in terms:
        if result is None:
            result = term
        elif isinstance(term, Minus):
            result = Operation("-", result, term.of)
        else:
            result = Operation("+", result, term)
    return result or Number("0")


def polynomial_node(polynomial: Any) -> Node:
    """A polynomial with rational coefficients as a sum, highest power first."""
    return total(
        _term(fraction_of(coefficient), monomial, polynomial.ring) for monomial, coefficient in polynomial.terms()
    )


def fraction_of(coefficient: Any) -> Fraction:
    return Fraction(int(coefficient.numerator), int(coefficient.denominator))


def _term(coefficient: Fraction, powers: tuple[int, ...], ring: Any) -> Node:
    factors: list[Node] = [] if abs(coefficient) == 1 and any(powers) else [number(abs(coefficient))]
    for symbol, power in zip(ring.symbols, powers, strict=True):
        if power:
            factors.append(Letter(str(symbol)) if power == 1 else Power(Letter(str(symbol)), power))
    term = factors[0]
    for factor in factors[1:]:
        term = Operation(BESIDE, term, factor)
    return Minus(term) if coefficient < 0 else term


def equation(left: Node, right: Node) -> Statement:
    return Statement((Part(left, right),))


def expression(node: Node) -> Statement:
    return Statement((Part(node, None, equals=False),))


def text_of(node: Node) -> str:
    return expression(node).text


def is_reduced(node: Node) -> bool:
    """A number with nothing left to calculate: "8", "-2/3", "0.5", "1 + sqrt(5)"."""
    match node:
        case Number():
            return True
        case Minus(of):
            return not isinstance(of, Minus) and is_reduced(of)
        case Operation("/", Number(top), Number(bottom)) | Operation("/", Minus(Number(top)), Number(bottom)):
            whole = top.isdigit() and bottom.isdigit() and int(bottom) > 1
            return whole and Fraction(int(top), int(bottom)).denominator == int(bottom)
        case Root(Number(text)):
            return text.isdigit() and int(int(text) ** 0.5 + 0.5) ** 2 != int(text)
        case Operation(_, left, right):
            return (_has_root(left) or _has_root(right)) and not letters(node)
    return False


def _has_root(node: Node) -> bool:
    return any(isinstance(found, Root) for found in walk(node))
