"""What a line of mathematics is made of: a small tree, to be written, spoken and compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Literal, TypeAlias

__all__ = [
    "BESIDE",
    "Join",
    "Letter",
    "Minus",
    "Node",
    "Number",
    "Operation",
    "Part",
    "Power",
    "Root",
    "chained",
    "letters",
    "replaced",
    "walk",
]

BESIDE = ""
"""The sign of a product whose factors stand side by side: 3x."""

Join: TypeAlias = Literal["", "or", "and"]


@dataclass(frozen=True)
class Number:
    """A number as it was written: "3", "0.5"."""

    text: str

    @property
    def value(self) -> Fraction:
        return Fraction(self.text)


@dataclass(frozen=True)
class Letter:
    """An unknown."""

    name: str


@dataclass(frozen=True)
class Minus:
    """A minus before something: -x."""

    of: Node


@dataclass(frozen=True)
class Operation:
    """Two operands with one of `+ - * /` between them, or with nothing between them (`BESIDE`)."""

    sign: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Power:
    """A power with a whole exponent."""

    base: Node
    exponent: int


@dataclass(frozen=True)
class Root:
    """A square root."""

    of: Node


Node: TypeAlias = Number | Letter | Minus | Operation | Power | Root


@dataclass(frozen=True)
class Part:
    """An equation, or what stands on one side of an equals sign (the other side is None), or an expression."""

    left: Node | None
    right: Node | None
    equals: bool = True

    @property
    def sides(self) -> tuple[Node, ...]:
        return tuple(side for side in (self.left, self.right) if side is not None)

    @property
    def is_equation(self) -> bool:
        return len(self.sides) == 2


def chained(parts: Sequence[Part], join: Join) -> tuple[Node, ...]:
    """The sides of "a = b = c", in order; empty when the parts are no such chain."""
    if join != "and" or any(before.right is None or before.right != part.left for before, part in pairwise(parts)):
        return ()
    return (*parts[0].sides, *(part.right for part in parts[1:] if part.right is not None))


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it."""
    yield node
    match node:
        case Minus(of) | Root(of):
            yield from walk(of)
        case Power(base):
            yield from walk(base)
        case Operation(_, left, right):
            yield from walk(left)
            yield from walk(right)


def letters(*nodes: Node) -> tuple[str, ...]:
    """The unknowns, in alphabetical order, each once."""
    return tuple(sorted({found.name for node in nodes for found in walk(node) if isinstance(found, Letter)}))


def replaced(node: Node, old: Letter | Number, new: Node) -> Node:
    """The tree with something else wherever the letter or number stands."""
    match node:
        case Letter() | Number():
            return new if node == old else node
        case Minus(of):
            return Minus(replaced(of, old, new))
        case Root(of):
            return Root(replaced(of, old, new))
        case Power(base, exponent):
            return Power(replaced(base, old, new), exponent)
        case Operation(sign, left, right):
            return Operation(sign, replaced(left, old, new), replaced(right, old, new))
