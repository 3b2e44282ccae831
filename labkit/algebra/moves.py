"""What to do next with an equation: the question that leads there, the operation, and the line it gives."""

from __future__ import annotations

from collections.abc import Sequence
from math import lcm
from typing import Any, NamedTuple

from labkit.algebra.building import equation, expression, fraction_of, is_reduced, number, polynomial_node, text_of
from labkit.algebra.meaning import Meanings, rational
from labkit.algebra.parsing import Statement
from labkit.algebra.rewriting import is_sum, terms
from labkit.algebra.speaking import SpeechWriter, number_words
from labkit.algebra.syntax import BESIDE, Minus, Node, Number, Operation, Power, Root, letters

__all__ = ["Move", "Sides", "calculate", "solve_equation"]


class Move(NamedTuple):
    """One step, told in four ways, each telling more than the one before; the line is text."""

    question: str
    operation: str
    in_full: str
    line: str


SIMPLIFY = "Can you make each side simpler?"
ALONE = "What keeps the unknown from standing alone?"


def calculate(line: Statement) -> Move | None:
    """The next operation of an expression: what stands deepest, from the left."""
    node = line.parts[0].sides[0]
    found = _first_operation(node)
    if found is None:
        return None
    value = rational(found)
    if value is None:
        return None
    names = {"+": "addition", "-": "subtraction", "*": "multiplication", BESIDE: "multiplication", "/": "division"}
    name = names[found.sign] if isinstance(found, Operation) else "power" if isinstance(found, Power) else "simple part"
    after = expression(_swapped(node, found, number(value)))
    return Move(
        "Which part has to be calculated first?",
        f"Do the {name} first." if found != node else f"Do the {name}.",
        f"Calculate {SpeechWriter().node(found)}.",
        after.text,
    )


def _first_operation(node: Node) -> Node | None:
    if is_reduced(node):
        return None
    match node:
        case Minus(of) | Power(of) | Root(of):
            return _first_operation(of) or node
        case Operation(_, left, right):
            return _first_operation(left) or _first_operation(right) or node
    return None


def _swapped(node: Node, old: Node, new: Node) -> Node:
    """The tree with one thing (the very same object) in place of another."""
    if node is old:
        return new
    match node:
        case Minus(of):
            return Minus(_swapped(of, old, new))
        case Power(base, exponent):
            return Power(_swapped(base, old, new), exponent)
        case Operation(sign, left, right):
            return Operation(sign, _swapped(left, old, new), _swapped(right, old, new))
    return node


class Sides(NamedTuple):
    """An equation as two polynomials."""

    left: Any
    right: Any

    @property
    def line(self) -> Statement:
        return equation(polynomial_node(self.left), polynomial_node(self.right))


def solve_equation(line: Statement, solutions: Sequence[str]) -> Move | None:
    """The next step of an equation in one unknown, linear or quadratic; None where none is known."""
    if len(line.parts) > 1:
        return Move(
            "What makes each part true?", "Solve each part by itself.", "Solve each part by itself.", _all(solutions)
        )
    meanings = Meanings([line])
    (left, bottom), (right, divisor) = (meanings.quotient(side) for side in line.parts[0].sides)
    if meanings.radicand:
        return None
    if not (bottom.is_ground and divisor.is_ground):
        after = Sides(left * divisor, right * bottom).line.text
        return Move(
            "How does the unknown get out of the fraction?",
            "Multiply both sides.",
            "Multiply both sides by what is below the line.",
            after,
        )
    product = _zero_product(line, right)
    if product is not None:
        return product
    sides = Sides(left, right)
    degree = max((left - right).degree(), 0)
    tidy = _cleared(sides) or _tidied(line, sides)
    if tidy is not None:
        return tidy
    if degree == 0:
        return _without_unknown(sides)
    return _isolated(sides, 1) if degree == 1 else _quadratic(sides, solutions) if degree == 2 else None


def _without_unknown(sides: Sides) -> Move:
    """The unknown is the same on both sides, or gone."""
    if not sides.left.is_ground:
        (x,) = sides.left.ring.gens
        power = sides.left.degree()
        return _moved(*sides, sides.left.coeff(x**power) * x**power)
    full = "Compare both sides: is the line true, whatever the unknown is?"
    return Move("The unknown is gone. Is the line true?", "Compare both sides.", full, "")


def _all(solutions: Sequence[str]) -> str:
    return " or ".join(solutions)


def _zero_product(line: Statement, right: Any) -> Move | None:
    """A product of brackets that is zero."""
    left = line.parts[0].left
    if right or not isinstance(left, Operation) or left.sign not in {BESIDE, "*"}:
        return None
    factors = [factor for factor in _factors(left) if letters(factor)]
    if len(factors) < 2:
        return None
    after = " or ".join(equation(factor, Number("0")).text for factor in factors)
    return Move("When is a product zero?", "Look at each factor by itself.", "Set each factor equal to zero.", after)


def _factors(node: Node) -> list[Node]:
    if isinstance(node, Operation) and node.sign in {BESIDE, "*"}:
        return [*_factors(node.left), *_factors(node.right)]
    return [node.base] if isinstance(node, Power) else [node]


def _cleared(sides: Sides) -> Move | None:
    """Fractions multiplied away."""
    if sides.left.is_ground or sides.right.is_ground:
        whole, other = (sides.left, sides.right) if sides.right.is_ground else (sides.right, sides.left)
        if len(whole) == 1 and whole.LC == 1 and other.is_ground:
            return None
    factor = lcm(*(fraction_of(value).denominator for side in sides for value in side.coeffs()))
    if factor == 1:
        return None
    after = Sides(*(side.mul_ground(factor) for side in sides)).line.text
    return Move(
        "How do the fractions go away?",
        "Multiply both sides.",
        f"Multiply both sides by {number_words(factor)}.",
        after,
    )


def _tidied(line: Statement, sides: Sides) -> Move | None:
    """Brackets multiplied out, and what belongs together collected."""
    pairs = list(zip(line.parts[0].sides, (polynomial_node(side) for side in sides), strict=True))
    untidy = [written for written, tidy in pairs if _spellings(written) != _spellings(tidy)]
    if not untidy:
        return None
    operation = "Collect what belongs together."
    if any(_multiplies_sum(side) for side in untidy):
        operation = "Multiply out the brackets."
    elif not letters(*untidy):
        operation = "Calculate the numbers."
    return Move(SIMPLIFY, operation, operation, sides.line.text)


def _spellings(node: Node) -> list[str]:
    """The terms of a sum, in whatever order they stand."""
    return sorted(text_of(term) for term in terms(node))


def _multiplies_sum(node: Node) -> bool:
    match node:
        case Operation(sign, left, right) if sign in {BESIDE, "*", "/"}:
            return is_sum(left) or is_sum(right) or _multiplies_sum(left) or _multiplies_sum(right)
        case Operation(_, left, right):
            return _multiplies_sum(left) or _multiplies_sum(right) or is_sum(right)
        case Minus(of) | Power(of):
            return is_sum(of) or _multiplies_sum(of)
    return False


def _isolated(sides: Sides, power: int) -> Move | None:
    """The next step towards the unknown (or its square) alone on the left."""
    ring = sides.left.ring
    unknown = ring.gens[0] ** power
    left, right = sides if sides.left.coeff(unknown) >= sides.right.coeff(unknown) else sides[::-1]
    if left.degree() < power:
        left, right = right, left
    for rest in ([right.coeff(unknown) * unknown] if right.degree() == power else []), [ring.ground_new(left.coeff(1))]:
        for term in rest:
            if term:
                return _moved(left, right, term)
    coefficient = fraction_of(left.LC)
    if coefficient == 1:
        return None
    after = Sides(left.quo_ground(left.LC), right.quo_ground(left.LC)).line.text
    if coefficient == -1:
        return Move(ALONE, "Change the sign of both sides.", "Multiply both sides by minus one.", after)
    return Move(ALONE, "Divide both sides.", f"Divide both sides by {number_words(coefficient)}.", after)


def _moved(left: Any, right: Any, term: Any) -> Move:
    is_positive = term.LC > 0
    spoken = SpeechWriter().node(polynomial_node(term if is_positive else -term))
    after = Sides(left - term, right - term).line.text
    do, of = ("Subtract", "from") if is_positive else ("Add", "to")
    return Move(ALONE, f"{do} something {of} both sides.", f"{do} {spoken} {of} both sides.", after)


def _quadratic(sides: Sides, solutions: Sequence[str]) -> Move | None:
    ring = sides.left.ring
    (x,) = ring.gens
    whole = sides.left - sides.right
    if not whole.coeff(x):
        step = _isolated(sides, 2)
        if step is not None:
            return step
        if not solutions:
            return Move(
                "Can a square be negative?", "Look at the sign.", "Think about whether a square can be negative.", ""
            )
        full = "Take the square root of both sides, and think of both signs."
        return Move("What undoes a square?", "Take the square root.", full, _all(solutions))
    if sides.right:
        full = "Bring everything to the left side, so that zero is on the right."
        return Move(
            "What should stand on the right?", "Get zero on the right side.", full, Sides(whole, ring.zero).line.text
        )
    if any("sqrt" in solution for solution in solutions) or not solutions:
        return Move("Can you factor it?", "Use the quadratic formula.", "Use the quadratic formula.", _all(solutions))
    full = "Write the left side as a product of two brackets."
    return Move("Can you write the left side as a product?", "Factor the left side.", full, _factored(whole))


def _factored(polynomial: Any) -> str:
    constant, factors = polynomial.factor_list()
    node: Node | None = None if constant == 1 else number(fraction_of(constant))
    for factor, count in sorted(factors, key=lambda found: len(found[0])):
        single = polynomial_node(factor)
        new: Node = Power(single, count) if count > 1 else single
        node = new if node is None else Operation(BESIDE, node, new)
    return equation(node or Number("1"), Number("0")).text
