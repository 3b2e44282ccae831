"""What to do next with a linear system: put in what is known, solve what has one unknown, or eliminate one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

from labkit.algebra.building import fraction_of
from labkit.algebra.meaning import Meanings
from labkit.algebra.moves import Move, Sides, solve_equation
from labkit.algebra.parsing import Statement, parse
from labkit.algebra.speaking import SpeechWriter, number_words

__all__ = ["solve_system"]


def solve_system(lines: Sequence[Statement], answers: Sequence[Statement]) -> Move | None:
    """The next step of a linear system, from all its right lines; `answers`: those that give an unknown."""
    meanings = Meanings([*lines, *answers])
    known = _known(meanings, answers)
    equations = list(dict.fromkeys(meanings.polynomials(line)[0] for line in lines if len(line.parts) == 1))
    if any(sum(powers) > 1 for found in equations for powers in found.monoms()) or meanings.radicand:
        return None
    rest = [found for found in equations if found and not set(_letters(found)) <= set(known)]
    single = [found for found in rest if len(_letters(found)) == 1]
    if single:
        return solve_equation(_solved_for(single[-1]), ())
    moves = [_put_in(found, known) for found in rest if set(known) & set(_letters(found))]
    new = [move for move in moves if move.line not in {_solved_for(found).text for found in rest}]
    return min(new, key=lambda move: len(parse(move.line).unknowns)) if new else _eliminated(rest)


def _letters(polynomial: Any) -> list[str]:
    powers = [max(column) for column in zip(*polynomial.monoms(), strict=True)]
    return [str(symbol) for symbol, power in zip(polynomial.ring.symbols, powers, strict=True) if power]


def _known(meanings: Meanings, answers: Sequence[Statement]) -> dict[str, Any]:
    found = {}
    for line in answers:
        for polynomial in meanings.polynomials(line):
            found[_letters(polynomial)[0]] = -polynomial.coeff(1) / polynomial.LC
    return found


def _put_in(polynomial: Any, known: dict[str, Any]) -> Move:
    after = polynomial
    names = [name for name in _letters(polynomial) if name in known]
    for name in names:
        gen = polynomial.ring.gens[_place(polynomial, name)]
        after = after.compose(gen, polynomial.ring.ground_new(known[name]))
    spoken = SpeechWriter().line(_solved_for(polynomial).parts, "")
    return Move(
        "Which equation could use what you have found?",
        "Put what you have found into another equation.",
        f"Put what you know about {' and '.join(names)} into the equation {spoken}.",
        _solved_for(after).text,
    )


def _place(polynomial: Any, name: str) -> int:
    return [str(symbol) for symbol in polynomial.ring.symbols].index(name)


def _solved_for(polynomial: Any) -> Statement:
    """The unknowns on the left, the number on the right, the first coefficient positive."""
    polynomial = -polynomial if polynomial.LC < 0 else polynomial
    constant = polynomial.ring.ground_new(polynomial.coeff(1))
    return Sides(polynomial - constant, -constant).line


def _eliminated(equations: Sequence[Any]) -> Move | None:
    known = {found.monic() for found in equations}
    for one, two, symbol in _pairs(equations):
        a, b = one.coeff(symbol), two.coeff(symbol)
        if abs(a) == abs(b):
            after = one - two if a == b else one + two
            if after.monic() not in known:
                return _combined(one, two, after, symbol, subtract=a == b)
    for one, two, symbol in _pairs(equations):
        for line, other in ((one, two), (two, one)):
            factor = abs(fraction_of(other.coeff(symbol) / line.coeff(symbol)).numerator)
            if factor > 1 and line.mul_ground(factor) not in equations:
                return _multiplied(line, factor, symbol)
    return None


def _pairs(equations: Sequence[Any]) -> Iterator[tuple[Any, Any, Any]]:
    """Two equations that are no multiples of each other, and an unknown that both have; fewer unknowns first."""
    found = [
        (one, two, symbol)
        for one, two in combinations(equations, 2)
        for symbol in one.ring.gens
        if one.coeff(symbol) and two.coeff(symbol) and one.monic() != two.monic()
    ]
    yield from sorted(found, key=lambda pair: len(set(_letters(pair[0])) | set(_letters(pair[1]))))


def _combined(one: Any, two: Any, after: Any, symbol: Any, *, subtract: bool) -> Move:
    first, second = (SpeechWriter().line(_solved_for(line).parts, "") for line in (one, two))
    full = f"Subtract {second}, from {first}." if subtract else f"Add {first}, and {second}."
    operation = "Subtract an equation from the other." if subtract else "Add the equations."
    return Move(f"How does {symbol} go away?", operation, full, _solved_for(after).text)


def _multiplied(line: Any, factor: int, symbol: Any) -> Move:
    spoken = SpeechWriter().line(_solved_for(line).parts, "")
    return Move(
        f"How could both equations get the same amount of {symbol}?",
        "Multiply an equation.",
        f"Multiply {spoken}, by {number_words(factor)}.",
        _solved_for(line.mul_ground(factor)).text,
    )
