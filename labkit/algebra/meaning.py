"""What lines say: their polynomials, exact and bounded, and what follows from them (`sympy`'s rings; no evaluation).

A line with a division by zero, a root of an unknown, two different roots, or numbers and degrees beyond the bounds
raises `NotMathematicsError`: it is declined rather than waited for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import isqrt
from typing import Any

from labkit.algebra.parsing import NotMathematicsError, Statement
from labkit.algebra.syntax import Letter, Minus, Node, Number, Operation, Part, Power, Root, letters, walk

__all__ = ["DivisionByZeroError", "Meanings", "RootOfUnknownError", "Span", "rational", "square_factor"]

MAX_DEGREE, MAX_TERMS, MAX_BITS, MAX_RADICAND = 10, 60, 256, 10**6


class DivisionByZeroError(NotMathematicsError):
    """The line divides by zero."""


class TooHardError(NotMathematicsError):
    """The line may be right or wrong: it is beyond what is checked here."""

    def __init__(self) -> None:
        super().__init__("This is more than I can check: write a simpler line.")


class RootOfUnknownError(NotMathematicsError):
    """The line has a root of something that is no number, or a negative one."""


class Meanings:
    """The polynomials of a few lines, in one ring: their unknowns, and a square root if they have one."""

    def __init__(self, statements: Iterable[Statement]) -> None:
        from sympy import QQ, sqrt
        from sympy.polys.rings import ring

        nodes = [side for statement in statements for part in statement.parts for side in part.sides]
        self.letters = letters(*nodes)
        radicands = {
            square_factor(_radicand(found))[1] for node in nodes for found in walk(node) if _is_root(found)
        } - {1}
        if len(radicands) > 1:
            raise TooHardError
        self.radicand: int | None = min(radicands, default=None)
        domain = QQ.algebraic_field(sqrt(self.radicand)) if self.radicand else QQ
        self._known: dict[int, tuple[Node, tuple[Any, Any]]] = {}
        self.ring, *_ = ring(self.letters or ("x",), domain)

    def quotient(self, node: Node) -> tuple[Any, Any]:
        """Numerator and denominator, as polynomials; the denominator is 1 where it is a number."""
        if id(node) not in self._known:
            self._known[id(node)] = node, self._quotient(node)
        return self._known[id(node)][1]

    def _quotient(self, node: Node) -> tuple[Any, Any]:
        match node:
            case Number():
                return self._number(node.value), self.ring.one
            case Letter(name):
                if name not in self.letters:
                    raise TooHardError
                return self.ring.gens[self.letters.index(name)], self.ring.one
            case Root():
                return self._root(node), self.ring.one
            case Minus(of):
                top, bottom = self.quotient(of)
                return -top, bottom
            case Power(base, exponent):
                return self._power(self.quotient(base), exponent)
            case Operation(sign, left, right):
                return self._operation(sign, self.quotient(left), self.quotient(right))

    def _number(self, value: Fraction) -> Any:
        top, bottom = (self.ring.domain_new(part) for part in (value.numerator, value.denominator))
        return self.ring.ground_new(top / bottom)

    def _root(self, root: Root) -> Any:
        from sympy import sqrt

        factor, radicand = square_factor(_radicand(root))
        if radicand not in {1, self.radicand}:
            raise TooHardError
        surd = self.ring.domain.from_sympy(sqrt(radicand)) if radicand > 1 else self.ring.domain.one
        return self._number(factor) * self.ring.ground_new(surd)

    def _power(self, base: tuple[Any, Any], exponent: int) -> tuple[Any, Any]:
        result = (self.ring.one, self.ring.one)
        for _ in range(exponent):
            result = self._operation("*", result, base)
        return result

    def _operation(self, sign: str, left: tuple[Any, Any], right: tuple[Any, Any]) -> tuple[Any, Any]:
        (a, b), (c, d) = left, right
        if sign == "/":
            c, d = d, c
            if not d:
                raise DivisionByZeroError("There is a division by zero in this line.")
        if sign in {"+", "-"}:
            same = b == d
            top, bottom = (a, b) if same else (a * d, b * d)
            other = c if same else c * b
            return self._bounded(top + other if sign == "+" else top - other, bottom)
        return self._bounded(a * c, b * d)

    def _bounded(self, top: Any, bottom: Any) -> tuple[Any, Any]:
        if bottom.is_ground:
            top, bottom = top if bottom == 1 else top.quo_ground(bottom.LC), self.ring.one
        for polynomial in (top,) if bottom.is_ground else (top, bottom):
            if len(polynomial) > MAX_TERMS or _degree(polynomial) > MAX_DEGREE:
                raise TooHardError
            if any(_bits(coefficient) > MAX_BITS for coefficient in polynomial.coeffs()):
                raise TooHardError
        return top, bottom

    def difference(self, part: Part) -> tuple[Any, Any]:
        """Left minus right of an equation (an expression as it is), as numerator and denominator."""
        first, *second = (self.quotient(side) for side in part.sides)
        return self._operation("-", first, second[0]) if second else first

    def polynomials(self, statement: Statement) -> list[Any]:
        """What is zero when the line is true: one polynomial, or one for each equation joined by "and"."""
        tops = [self.difference(part)[0] for part in statement.parts]
        if statement.join != "or":
            return tops
        product = self.ring.one
        for top in tops:
            product, _ = self._bounded(product * top, self.ring.one)
        return [product]

    def solutions(self, statement: Statement) -> Any:
        """The polynomial in one unknown with exactly the line's real solutions, each once; 1: none, 0: every number."""
        found = [self._solutions(part) for part in statement.parts]
        joined = found[0]
        for other in found[1:]:
            joined = joined.lcm(other) if statement.join == "or" else joined.gcd(other)
        return joined.monic() if joined else joined

    def _solutions(self, part: Part) -> Any:
        top, bottom = self.difference(part)
        if not top:
            return top
        top = self._with_real_roots(top)
        while not (common := top.gcd(bottom)).is_ground:
            top = top.exquo(common)
        return top.monic()

    def _with_real_roots(self, polynomial: Any) -> Any:
        if polynomial.is_ground:
            return self.ring.one
        if self.radicand:
            return polynomial.sqf_part() if _has_real_roots(polynomial) else self.ring.one
        product = self.ring.one
        for factor, _ in polynomial.factor_list()[1]:
            if _has_real_roots(factor):
                product *= factor
        return product


class Span:
    """What follows from equations in several unknowns: their combinations; when not all are linear, their ideal."""

    def __init__(self, polynomials: Sequence[Any]) -> None:
        self.is_linear = all(_degree(polynomial) <= 1 for polynomial in polynomials)
        self.rows: list[Any] = []
        if self.is_linear:
            for polynomial in polynomials:
                self._add(polynomial)
        elif polynomials:
            self.rows = _basis(polynomials)

    def _add(self, polynomial: Any) -> None:
        rest = self.rest(polynomial)
        if rest:
            self.rows.append(rest.monic())

    def rest(self, polynomial: Any) -> Any:
        """What is left of it when the rows are taken out (linear: constants count as one more unknown)."""
        if not self.is_linear:
            return polynomial.rem(self.rows)
        for row in self.rows:
            polynomial -= row.mul_ground(polynomial.get(row.LM, row.ring.domain.zero))
        return polynomial

    def implies(self, polynomial: Any) -> bool:
        return not self.rest(polynomial)

    def implies_all(self, polynomials: Iterable[Any]) -> bool:
        return all(map(self.implies, polynomials))

    @property
    def is_contradiction(self) -> bool:
        """Nothing solves all the equations."""
        return any(row.is_ground for row in self.rows)


def _basis(polynomials: Sequence[Any]) -> list[Any]:
    from sympy.polys.groebnertools import groebner

    if any(_degree(polynomial) > 2 for polynomial in polynomials) or len(polynomials[0].ring.gens) > 2:
        raise TooHardError
    found: list[Any] = groebner([polynomial for polynomial in polynomials if polynomial], polynomials[0].ring)
    return found


def _degree(polynomial: Any) -> int:
    return max((sum(powers) for powers in polynomial.monoms()), default=0)


def _has_real_roots(polynomial: Any) -> bool:
    if _degree(polynomial) % 2:
        return True
    if _degree(polynomial) == 2:
        a, b, c = (polynomial.coeff(polynomial.ring.gens[0] ** power if power else 1) for power in (2, 1, 0))
        return bool(polynomial.ring.domain.to_sympy(b * b - 4 * a * c) >= 0)
    return not polynomial.ring.domain.is_QQ or bool(polynomial.as_expr().as_poly().count_roots())


def _bits(coefficient: Any) -> int:
    if hasattr(coefficient, "to_list"):
        return max(map(_bits, coefficient.to_list()), default=0)
    return max(int(coefficient.numerator).bit_length(), int(coefficient.denominator).bit_length())


def _is_root(node: Node) -> bool:
    return isinstance(node, Root)


def _radicand(root: Node) -> Fraction:
    assert isinstance(root, Root)
    value = rational(root.of)
    if value is None or value < 0:
        raise RootOfUnknownError("This has a root that I cannot check: write it without.")
    return value


def square_factor(value: Fraction) -> tuple[Fraction, int]:
    """The square root of a number as a factor and a root without squares in it: of 12, 2 and 3."""
    product = value.numerator * value.denominator
    if product > MAX_RADICAND:
        raise TooHardError
    if not product:
        return Fraction(0), 1
    largest = max(factor for factor in range(1, isqrt(product) + 1) if product % (factor * factor) == 0)
    return Fraction(largest, value.denominator), product // (largest * largest)


def rational(node: Node) -> Fraction | None:
    """The value of an expression without unknowns and roots, else None; `NotMathematicsError` as for any line."""
    if any(isinstance(found, Letter | Root) for found in walk(node)):
        return None
    nothing = Meanings(())
    top, _ = nothing.quotient(node)
    value = top.coeff(1)
    return Fraction(int(value.numerator), int(value.denominator))
