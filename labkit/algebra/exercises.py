"""New exercises with small whole solutions, by kind and seed."""

from __future__ import annotations

from random import Random

from labkit.algebra.building import equation, total
from labkit.algebra.judging import Kind
from labkit.algebra.syntax import BESIDE, Letter, Minus, Node, Number, Operation, Power
from labkit.algebra.work import Work

__all__ = ["exercise", "exercise_like"]


def exercise_like(work: Work, seed: int) -> str:
    """Another exercise of the same kind, the same for the same seed; a system is several equations joined by "and"."""
    return exercise(work.kind, seed, unknowns=len(work.exercise))


def exercise(kind: Kind, seed: int, unknowns: int = 2) -> str:
    """An exercise of a kind; what is of no kind becomes a linear equation."""
    random = Random(f"{kind} {seed}")
    if kind == "arithmetic":
        return f"{random.randint(11, 30)} {random.choice('+-')} {random.randint(2, 10)}"
    if kind == "quadratic":
        return _quadratic(random)
    if kind == "system":
        return " and ".join(_system(random, "xyz"[: min(max(unknowns, 2), 3)]))
    return _linear(random)


def _linear(random: Random) -> str:
    x, factor, shift = random.randint(2, 9), random.randint(2, 6), _nonzero(random, 9)
    return equation(_sum({"x": factor}, shift), _number(factor * x + shift)).text


def _quadratic(random: Random) -> str:
    one, two = random.sample([root for root in range(-5, 7) if root], 2)
    terms: list[Node] = [Power(Letter("x"), 2), *_terms({"x": -one - two}), _number(one * two)]
    return equation(total(terms), Number("0")).text


def _system(random: Random, names: str) -> list[str]:
    """Each equation brings a new leading unknown, so that they are independent."""
    values = {name: random.randint(1, 6) for name in names}
    lines = []
    for place, leading in enumerate(names):
        others = {name: random.choice((-1, 1)) for name in names if name != leading}
        factors = {name: others.get(name, 2 + place) for name in names}
        factors[names[0]] = abs(factors[names[0]])
        result = sum(factor * values[name] for name, factor in factors.items())
        lines.append(equation(total(_terms(factors)), _number(result)).text)
    return lines


def _nonzero(random: Random, most: int) -> int:
    return random.choice([value for value in range(-most, most + 1) if value])


def _sum(factors: dict[str, int], shift: int) -> Node:
    return total([*_terms(factors), _number(shift)])


def _terms(factors: dict[str, int]) -> list[Node]:
    return [_term(name, factor) for name, factor in factors.items() if factor]


def _term(name: str, factor: int) -> Node:
    size: Node = Letter(name) if abs(factor) == 1 else Operation(BESIDE, Number(str(abs(factor))), Letter(name))
    return Minus(size) if factor < 0 else size


def _number(value: int) -> Node:
    return Minus(Number(str(-value))) if value < 0 else Number(str(value))
