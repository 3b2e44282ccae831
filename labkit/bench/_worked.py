"""A learner who solves exercises line by line, and makes one slip when told to; nothing here is the checker's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from random import Random

__all__ = ["Worked", "worked"]

Value = Fraction | int


@dataclass(frozen=True)
class Worked:
    """A learner's lines: the exercise, then the steps; which line has the slip, and of what kind."""

    lines: tuple[str, ...]
    wrong: int | None = None
    kind: str | None = None


@dataclass
class Learner:
    """Writes lines and goes on from what is written, also after a slip; the slip is at one chance of many.

    Lines are written by hand, wrong numbers are computed as the slip would have it.
    """

    random: Random
    slip: tuple[int, str] | None = None
    """The number of the decision at which it happens, and its kind."""
    lines: list[str] = field(default_factory=list)
    chances: list[tuple[int, str]] = field(default_factory=list)
    decisions: int = 0
    wrong: int | None = None

    def write(self, line: str) -> None:
        self.lines.append(line)

    def does(self, right: Value, **wrong: Value) -> Fraction:
        """A number of the next line; `wrong`: what each kind of slip would make of it."""
        off = self.random.choice((-2, -1, 1, 2))
        wrong["arithmetic"] = Fraction(right + off)
        self.decisions += 1
        self.chances += [(self.decisions, kind) for kind, value in wrong.items() if value not in {right, 0}]
        if self.slip is None or self.slip[0] != self.decisions:
            return Fraction(right)
        self.wrong = len(self.lines)
        return Fraction(wrong[self.slip[1]])


# --- how numbers are written ---


def _times(factor: Value, name: str) -> str:
    if abs(factor) == 1:
        return name if factor > 0 else f"-{name}"
    return f"{factor}{name}" if Fraction(factor).denominator == 1 else f"({factor}){name}"


def _plus(value: Value, name: str = "") -> str:
    """What stands after something: " + 3", " - 2x"; nothing for zero."""
    size = _times(max(value, -value), name) if name else f"{abs(value)}"
    return f" {'+' if value > 0 else '-'} {size}" if value else ""


# --- the exercises, as learners solve them ---


def _end(learner: Learner, factor: Value, result: Value, name: str = "x") -> Fraction:
    """From "3x = 6" to "x = 2"."""
    if factor == 1:
        return Fraction(result)
    value = learner.does(
        Fraction(result) / Fraction(factor), one_side=result, sign=-Fraction(result) / Fraction(factor)
    )
    learner.write(f"{name} = {value}")
    return value


def _linear(learner: Learner) -> None:
    a, b, x = learner.random.randint(2, 9), _nonzero(learner), _nonzero(learner)
    learner.write(f"{a}x{_plus(b)} = {a * x + b}")
    result = learner.does(a * x, sign=a * x + 2 * b, dropped_term=a * x + b)
    learner.write(f"{a}x = {result}")
    _end(learner, a, result)


def _both_sides(learner: Learner) -> None:
    c, b, x = learner.random.randint(2, 5), _nonzero(learner), _nonzero(learner)
    a = c + learner.random.randint(2, 5)
    d = (a - c) * x + b
    learner.write(f"{a}x{_plus(b)} = {c}x{_plus(d)}")
    factor = learner.does(a - c, sign=a + c, dropped_term=a)
    learner.write(f"{_times(factor, 'x')}{_plus(b)} = {d}")
    result = learner.does(d - b, sign=d + b, dropped_term=d)
    learner.write(f"{_times(factor, 'x')} = {result}")
    _end(learner, factor, result)


def _brackets(learner: Learner) -> None:
    a, b, x = learner.random.randint(2, 9), _nonzero(learner), _nonzero(learner)
    learner.write(f"{a}(x{_plus(b)}) = {a * (x + b)}")
    rest = learner.does(a * b, distribution=b, sign=-a * b)
    learner.write(f"{a}x{_plus(rest)} = {a * (x + b)}")
    right = a * (x + b)
    result = learner.does(right - rest, sign=right + rest, dropped_term=right)
    learner.write(f"{a}x = {result}")
    _end(learner, a, result)


def _fraction(learner: Learner) -> None:
    b, a, c = learner.random.randint(2, 6), _nonzero(learner), _nonzero(learner)
    learner.write(f"(x{_plus(a)})/{b} = {c}")
    result = learner.does(b * c, one_side=c, sign=-b * c)
    learner.write(f"x{_plus(a)} = {result}")
    learner.write(f"x = {learner.does(result - a, sign=result + a, dropped_term=result)}")


def _term_with_fraction(learner: Learner) -> None:
    a, b, c = learner.random.randint(2, 6), _nonzero(learner), _nonzero(learner)
    learner.write(f"x/{a}{_plus(b)} = {c}")
    if learner.random.random() < 0.5:
        result = learner.does(c - b, sign=c + b, dropped_term=c)
        learner.write(f"x/{a} = {result}")
        learner.write(f"x = {learner.does(a * result, one_side=result)}")
    else:
        rest = learner.does(a * b, distribution=b)
        learner.write(f"x{_plus(rest)} = {a * c}")
        learner.write(f"x = {learner.does(a * c - rest, sign=a * c + rest, dropped_term=a * c)}")


def _quadratic(learner: Learner) -> None:
    r = _nonzero(learner)
    s = learner.random.choice([root for root in range(-9, 10) if root and root != -r and abs(root - r) > 2])
    p, q = -(r + s), r * s
    if learner.random.random() < 0.5:
        learner.write(f"x^2{_plus(p, 'x')} = {-q}")
        moved = learner.does(q, sign=-q)
        learner.write(f"x^2{_plus(p, 'x')}{_plus(moved)} = 0")
        if moved != q:
            return
    else:
        learner.write(f"x^2{_plus(p, 'x')}{_plus(q)} = 0")
    r = int(learner.does(r, sign=-r))
    learner.write(f"(x{_plus(-r)})(x{_plus(-s)}) = 0")
    first = learner.does(r, sign=-r)
    if learner.random.random() < 0.5:
        learner.write(f"x = {first} or x = {s}")
    else:
        learner.write(f"x = {first}")
        learner.write(f"x = {learner.does(s, sign=-s)}")


def _square(learner: Learner) -> None:
    a, b, root = learner.random.randint(2, 4), _nonzero(learner), learner.random.randint(2, 9)
    learner.write(f"{a}x^2{_plus(b)} = {a * root * root + b}")
    result = learner.does(a * root * root, sign=a * root * root + 2 * b, dropped_term=a * root * root + b)
    learner.write(f"{a}x^2 = {result}")
    square = learner.does(result / a, one_side=result)
    learner.write(f"x^2 = {square}")
    if square == root * root:
        root = int(learner.does(root))
        learner.write(f"x = {root} or x = {-root}")


def _added(learner: Learner) -> None:
    """A system whose equations are added."""
    a, b, d = (learner.random.randint(1, 5) for _ in range(3))
    x, y = learner.random.randint(1, 6), learner.random.randint(1, 6)
    c, e = a * x + b * y, d * x - b * y
    learner.write(f"{_times(a, 'x')}{_plus(b, 'y')} = {c}")
    learner.write(f"{_times(d, 'x')}{_plus(-b, 'y')} = {e}")
    result = learner.does(c + e, sign=c - e, dropped_term=c)
    learner.write(f"{a + d}x = {result}")
    x_found = _end(learner, a + d, result)
    rest = learner.does(c - a * x_found, sign=c + a * x_found)
    learner.write(f"{_times(b, 'y')} = {rest}")
    _end(learner, b, rest, "y")


def _put_in(learner: Learner) -> None:
    """A system in which one equation gives an unknown already."""
    m, n, a, b = (
        learner.random.randint(2, 4),
        _nonzero(learner),
        learner.random.randint(1, 4),
        learner.random.randint(2, 4),
    )
    x = learner.random.randint(1, 6)
    c = a * x + b * (m * x + n)
    learner.write(f"y = {m}x{_plus(n)}")
    learner.write(f"{_times(a, 'x')} + {b}y = {c}")
    learner.write(f"{_times(a, 'x')} + {b}({m}x{_plus(n)}) = {c}")
    rest = learner.does(b * n, distribution=n, sign=-b * n)
    learner.write(f"{_times(a, 'x')} + {b * m}x{_plus(rest)} = {c}")
    factor = a + b * m
    result = learner.does(c - rest, sign=c + rest, dropped_term=c)
    learner.write(f"{factor}x = {result}")
    found = _end(learner, factor, result)
    learner.write(f"y = {learner.does(m * found + n, sign=m * found - n, dropped_term=m * found)}")


def _three(learner: Learner) -> None:
    """Three equations with three unknowns, of which two are alike."""
    x, y, z = (learner.random.randint(1, 6) for _ in range(3))
    learner.write(f"x + y + z = {x + y + z}")
    learner.write(f"x - y + z = {x - y + z}")
    learner.write(f"2x + y - z = {2 * x + y - z}")
    twice = learner.does(2 * y, sign=2 * x + 2 * z)
    learner.write(f"2y = {twice}")
    y_found = _end(learner, 2, twice, "y")
    total = learner.does(x + y + z + (2 * x + y - z), dropped_term=x + y + z)
    learner.write(f"3x + 2y = {total}")
    result = learner.does(total - 2 * y_found, sign=total + 2 * y_found, dropped_term=total)
    learner.write(f"3x = {result}")
    x_found = _end(learner, 3, result)
    learner.write(f"z = {learner.does(x + y + z - x_found - y_found, sign=x + y + z - x_found + y_found)}")


def _arithmetic(learner: Learner) -> None:
    a, b, c, d = (learner.random.randint(2, 12) for _ in range(4))
    learner.write(f"{a} + {b}*{c} - {d}")
    product = learner.does(b * c)
    learner.write(f"= {a} + {product} - {d}")
    total = learner.does(a + product, dropped_term=product)
    learner.write(f"= {total} - {d}")
    learner.write(f"= {learner.does(total - d, sign=total + d, dropped_term=total)}")


def _bracket_first(learner: Learner) -> None:
    a, b, c = (learner.random.randint(2, 12) for _ in range(3))
    learner.write(f"{a}*({b} + {c}) =")
    if learner.random.random() < 0.5:
        total = learner.does(b + c, sign=b - c, dropped_term=b)
        learner.write(f"{a}*{total}" if total > 0 else f"{a}*({total})")
        learner.write(f"{learner.does(a * total)}")
    else:
        rest = learner.does(a * c, distribution=c, sign=-a * c)
        learner.write(f"{a * b}{_plus(rest)}")
        learner.write(f"{learner.does(a * b + rest, sign=a * b - rest)}")


def _nonzero(learner: Learner) -> int:
    return learner.random.choice([value for value in range(-9, 10) if value])


EXERCISES: dict[str, Sequence[Callable[[Learner], None]]] = {
    "linear": (_linear, _both_sides, _brackets),
    "fraction": (_fraction, _term_with_fraction),
    "quadratic": (_quadratic, _square),
    "system": (_added, _put_in, _three),
    "arithmetic": (_arithmetic, _bracket_first),
}


def worked(number: int) -> tuple[Worked, Worked]:
    """The solution of that number, right and with one slip; the kinds of exercise take turns."""
    kinds = list(EXERCISES.values())
    solve = Random(f"exercise {number}").choice(kinds[number % len(kinds)])
    right = Learner(Random(number))
    solve(right)
    wrong = Learner(Random(number), Random(f"slip {number}").choice(right.chances))
    solve(wrong)
    assert wrong.slip is not None
    return Worked(tuple(right.lines)), Worked(tuple(wrong.lines), wrong.wrong, wrong.slip[1])
