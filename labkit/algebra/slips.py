"""Kinds of slips: each is a function from a line to the wrong lines that such a slip makes of it.

A slip explains a wrong line when it makes that line, or an equivalent one, of the line before. To teach another one,
write a function and put it first: `check_step(before, after, slips=[SlipRule("mine", "Look …", function), *SLIPS])`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Literal

from labkit.algebra.building import number, total
from labkit.algebra.parsing import Statement
from labkit.algebra.rewriting import changed, factors, is_sum, opposite, sides_changed, terms
from labkit.algebra.syntax import Letter, Minus, Node, Number, Operation, Part, Power, letters, replaced, walk

__all__ = ["LOST_SOLUTION", "OTHER", "SLIPS", "Slip", "SlipRule", "explain_slip"]


SOME_FACTORS = {Fraction(factor) for factor in range(2, 5)}
"""An equation of a system is multiplied by what the other one needs."""


class Slip(StrEnum):
    """The kinds that are known here."""

    SIGN = "sign"
    DROPPED_TERM = "dropped_term"
    ONE_SIDE = "one_side"
    DISTRIBUTION = "distribution"
    ARITHMETIC = "arithmetic"
    LOST_SOLUTION = "lost_solution"
    OTHER = "other"


@dataclass(frozen=True)
class SlipRule:
    """A kind of slip, what to say about it (never with a number in it), and the wrong lines it leads to."""

    kind: str
    sentence: str
    leads_to: Callable[[Statement], Iterable[Statement | str]]
    explanation: str = ""
    tried_on: Literal["before", "after", "both"] = "before"
    """After: the change is made to the wrong line, and explains it when that puts it right."""


def _sign(statement: Statement) -> Iterator[Statement]:
    """A term with the other sign, wherever it stands; moved without changing its sign, it is the same."""

    def other_sign(node: Node) -> Iterator[Node]:
        match node:
            case Operation("+" | "-" as sign, left, right):
                yield Operation("-" if sign == "+" else "+", left, right)
            case Minus(of):
                yield of

    yield from changed(statement, other_sign)
    yield from sides_changed(statement, lambda side, _: [total([opposite(terms(side)[0]), *terms(side)[1:]])])
    if len(statement.unknowns) == 1:
        x = Letter(statement.unknowns[0])
        yield from changed(statement, lambda node: [replaced(node, x, Minus(x))] if letters(node) else [])


def _dropped_term(statement: Statement) -> Iterator[Statement]:
    def without(node: Node) -> Iterator[Node]:
        if isinstance(node, Operation) and node.sign in {"+", "-"}:
            yield node.left
            yield node.right if node.sign == "+" else Minus(node.right)

    yield from changed(statement, without)
    if statement.kind == "equation":
        yield from sides_changed(statement, lambda _, __: [Number("0")])


def _one_side(statement: Statement) -> Iterator[Statement]:
    """One side multiplied, divided, or less what the other side has of an unknown; the other side left as it was."""
    if statement.kind == "expression":
        return
    numbers = sorted(factors(statement))

    def alone(side: Node, other: Node | None) -> Iterator[Node]:
        for factor in numbers:
            yield Operation("*", number(factor), side)
            yield Operation("/", side, number(factor))
        for term in terms(other) if other is not None else ():
            if letters(term):
                yield Operation("-", side, term)

    yield from sides_changed(statement, alone)


def _distribution(statement: Statement) -> Iterator[Statement]:
    """A factor, a divisor or a square that did not reach every term."""
    yield from changed(statement, _half_multiplied_out)
    count = sum(len(terms(side)) for part in statement.parts for side in part.sides)
    if statement.kind == "equation" and count > 2:
        scales = {scale for factor in factors(statement) for scale in (factor, 1 / factor)}
        if len(statement.unknowns) > 1:
            scales |= SOME_FACTORS
        yield from sides_changed(statement, lambda side, _: _without_one_term(side, sorted(scales)))


def _half_multiplied_out(node: Node) -> Iterator[Node]:
    match node:
        case Operation("*" | "" as sign, factor, whole) if is_sum(whole):
            yield from _reaching_some(whole, lambda term: Operation(sign or "*", factor, term))
        case Operation("*" | "" as sign, whole, factor) if is_sum(whole):
            yield from _reaching_some(whole, lambda term: Operation(sign or "*", factor, term))
        case Operation("/", whole, divisor) if is_sum(whole):
            yield from _reaching_some(whole, lambda term: Operation("/", term, divisor))
        case Power(whole, exponent) if is_sum(whole):
            first, *others = terms(whole)
            squares = [Power(term, exponent) for term in others]
            yield total([Power(first, exponent), *squares])
            yield total([Power(first, exponent), *(Minus(square) for square in squares)])


def _reaching_some(whole: Node, reach: Callable[[Node], Node]) -> Iterator[Node]:
    *most, last = terms(whole)
    yield total([reach(most[0]), *most[1:], last])
    yield total([*most, reach(last)])
    yield total([*(reach(term) for term in most), last])


def _without_one_term(side: Node, scales: Sequence[Fraction]) -> Iterator[Node]:
    """As if everything were multiplied or divided but one term: that term is then too small or too large."""
    parts = terms(side)
    for place, term in enumerate(parts):
        for scale in scales:
            yield total([*parts[:place], Operation("*", number(scale), term), *parts[place + 1 :]])


def _arithmetic(statement: Statement) -> Iterator[Statement]:
    """One number off: by up to ten, or ten times too large or too small."""

    def near(node: Node) -> Iterator[Node]:
        if isinstance(node, Number):
            yield from _near(node)

    yield from changed(statement, near)
    everywhere = Counter(node for part in statement.parts for side in part.sides for node in walk(side))
    for old, count in everywhere.items():
        if isinstance(old, Number) and count > 1:
            yield from (_everywhere(statement, old, new) for new in _near(old))


def _everywhere(statement: Statement, old: Number, new: Number) -> Statement:
    def put(side: Node | None) -> Node | None:
        return replaced(side, old, new) if side else None

    parts = (Part(put(part.left), put(part.right), part.equals) for part in statement.parts)
    return Statement(tuple(parts), statement.join)


def _near(old: Number) -> Iterator[Number]:
    if old.text.isdigit():
        value = int(old.text)
        near = {value + step for step in range(-10, 11)} | {value * 10, value // 10}
        yield from (Number(str(other)) for other in sorted(near - {value}) if other >= 0)


SLIPS: tuple[SlipRule, ...] = (
    SlipRule(
        Slip.SIGN,
        "Look at the signs again.",
        _sign,
        tried_on="both",
        explanation="A plus became a minus, or the other way round. What moves to the other side changes its sign.",
    ),
    SlipRule(
        Slip.DROPPED_TERM,
        "A term got lost on the way.",
        _dropped_term,
        explanation="A term is gone. Whatever goes away on the left must be taken away on the right too.",
    ),
    SlipRule(
        Slip.ONE_SIDE,
        "You changed only the left or only the right side.",
        _one_side,
        explanation="An equation is a pair of scales: what is done to the left must be done to the right.",
    ),
    SlipRule(
        Slip.DISTRIBUTION,
        "What you do to a sum must reach every term of it.",
        _distribution,
        explanation="A factor before a bracket multiplies every term inside, and a division divides every term.",
    ),
    SlipRule(
        Slip.ARITHMETIC,
        "The idea is right. Calculate the numbers again.",
        _arithmetic,
        tried_on="after",
        explanation="The step is the right step, but a number in it is not what it should be.",
    ),
)
"""Simple kinds first: the first that explains a line names it."""

LOST_SOLUTION = SlipRule(
    Slip.LOST_SOLUTION,
    "You divided by the unknown. Think about what you must not divide by.",
    lambda _: (),
    explanation="Dividing by the unknown can lose a solution. Take it out as a factor instead.",
)
OTHER = SlipRule(
    Slip.OTHER,
    "This line does not follow from the line before.",
    lambda _: (),
    explanation="Something happened that I cannot name. Compare this line with the line before, term by term.",
)


def explain_slip(slip: str) -> str:
    """What a kind of slip is, without any number; the words of "other" for a kind that is not known."""
    return next((rule.explanation for rule in (*SLIPS, LOST_SOLUTION) if rule.kind == slip), OTHER.explanation)
