"""The tree changed in one place: what slips do to a line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import TypeAlias

from labkit.algebra.meaning import rational
from labkit.algebra.parsing import Statement
from labkit.algebra.syntax import BESIDE, Minus, Node, Number, Operation, Part, Power, Root, letters, walk

__all__ = ["changed", "factors", "is_sum", "opposite", "sides_changed", "terms"]

Change: TypeAlias = Callable[[Node], Iterable[Node]]


def rewritten(node: Node, change: Change) -> Iterator[Node]:
    """All trees in which one thing is changed."""
    yield from change(node)
    match node:
        case Minus(of):
            yield from (Minus(new) for new in rewritten(of, change))
        case Root(of):
            yield from (Root(new) for new in rewritten(of, change))
        case Power(base, exponent):
            yield from (Power(new, exponent) for new in rewritten(base, change))
        case Operation(sign, left, right):
            yield from (Operation(sign, new, right) for new in rewritten(left, change))
            yield from (Operation(sign, left, new) for new in rewritten(right, change))


def changed(statement: Statement, change: Change) -> Iterator[Statement]:
    yield from sides_changed(statement, lambda side, _: rewritten(side, change))


def sides_changed(statement: Statement, change: Callable[[Node, Node | None], Iterable[Node]]) -> Iterator[Statement]:
    """All statements in which one side is changed; the change is told the other side too."""
    for place, part in enumerate(statement.parts):
        new_parts: list[Part] = []
        if part.left is not None:
            new_parts += [Part(new, part.right, part.equals) for new in change(part.left, part.right)]
        if part.right is not None:
            new_parts += [Part(part.left, new, part.equals) for new in change(part.right, part.left)]
        for new in new_parts:
            yield Statement((*statement.parts[:place], new, *statement.parts[place + 1 :]), statement.join)


def terms(node: Node) -> list[Node]:
    """The terms of a sum; those that are taken away begin with a minus."""
    match node:
        case Operation("+", left, right):
            return [*terms(left), *terms(right)]
        case Operation("-", left, right):
            return [*terms(left), opposite(right)]
    return [node]


def opposite(node: Node) -> Node:
    return node.of if isinstance(node, Minus) else Minus(node)


def is_sum(node: Node) -> bool:
    return isinstance(node, Operation) and node.sign in {"+", "-"}


def factors(statement: Statement) -> set[Fraction]:
    """The numbers by which a person would multiply or divide both sides: coefficients and denominators."""
    found: set[Fraction] = set()
    for part in statement.parts:
        for side in part.sides:
            for node in walk(side):
                match node:
                    case Operation(sign, Number() as factor, other) if sign in {"*", BESIDE} and letters(other):
                        found.add(factor.value)
                    case Operation(sign, Operation("/", Number(), Number()) as factor, other) if sign in {"*", BESIDE}:
                        found.add(rational(factor) or Fraction(1))
                    case Operation("/", _, Number() as factor):
                        found.add(factor.value)
    return found - {0, 1}
