"""The tree becomes a line again: as text, as LaTeX, as MathML for browsers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from labkit.algebra.syntax import BESIDE, Join, Letter, Minus, Node, Number, Operation, Part, Power, Root, chained

__all__ = ["LatexWriter", "MathMLWriter", "TextWriter", "Writer"]

SUM, MINUS, PRODUCT, BESIDE_EACH_OTHER, POWER, ATOM = range(6)
"""How closely things bind: what binds less closely than its place asks for goes into brackets."""


class Writer(ABC):
    """Walks a tree and joins what its subclass says about each thing; puts brackets where they are needed."""

    equals = " = "
    fractions_are_drawn = False
    """A drawn fraction needs no brackets around it, nor above or below its bar."""

    def line(self, parts: Sequence[Part], join: Join) -> str:
        if sides := chained(parts, join):
            begin = "" if parts[0].left else self.equals.lstrip()
            return begin + self.equals.join(self.node(side) for side in sides)
        return self.joint(join).join(self.part(part) for part in parts)

    def part(self, part: Part) -> str:
        left, right = ("" if side is None else self.node(side) for side in (part.left, part.right))
        return f"{left}{self.equals}{right}".strip() if part.equals else left

    def node(self, node: Node, least: int = SUM) -> str:
        written = self._written(node)
        return self.bracket(written) if self._binds(node) < least else written

    def _binds(self, node: Node) -> int:
        match node:
            case Minus():
                return MINUS
            case Power():
                return POWER
            case Operation("/") if self.fractions_are_drawn:
                return POWER
            case Operation(sign):
                return {"+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, BESIDE: BESIDE_EACH_OTHER}[sign]
        return ATOM

    def _written(self, node: Node) -> str:
        match node:
            case Number(text):
                return self.number(text)
            case Letter(name):
                return self.letter(name)
            case Minus(of):
                return self.minus(self.node(of, PRODUCT))
            case Power(base, exponent):
                return self.power(self.node(base, ATOM), exponent)
            case Root(of):
                return self.root(of)
            case Operation(sign, left, right) if sign in {"+", "-"}:
                return self.sum(self.node(left), sign, self.node(right, PRODUCT))
            case Operation("*", left, right):
                return self.product(self.node(left, PRODUCT), self.node(right, BESIDE_EACH_OTHER))
            case Operation("/", left, right):
                return self.fraction(left, right)
            case Operation(_, left, right):
                return self._beside(left, right)

    def _beside(self, left: Node, right: Node) -> str:
        base = right.base if isinstance(right, Power) else right
        least = ATOM + 1 if isinstance(base, Number) else POWER
        return self.beside(self.node(left, BESIDE_EACH_OTHER), self.node(right, least))

    def minus(self, of: str) -> str:
        return f"-{of}"

    def sum(self, left: str, sign: str, right: str) -> str:
        return f"{left} {sign} {right}"

    def number(self, text: str) -> str:
        return text

    def letter(self, name: str) -> str:
        return name

    def beside(self, left: str, right: str) -> str:
        return f"{left}{right}"

    def bracket(self, inner: str) -> str:
        return f"({inner})"

    @abstractmethod
    def joint(self, join: Join) -> str: ...

    @abstractmethod
    def product(self, left: str, right: str) -> str: ...

    @abstractmethod
    def fraction(self, top: Node, bottom: Node) -> str: ...

    @abstractmethod
    def power(self, base: str, exponent: int) -> str: ...

    @abstractmethod
    def root(self, of: Node) -> str: ...


class TextWriter(Writer):
    """The canonical spelling, in ASCII, which reads as the same tree again."""

    def joint(self, join: Join) -> str:
        return f" {join} "

    def product(self, left: str, right: str) -> str:
        return f"{left}*{right}"

    def fraction(self, top: Node, bottom: Node) -> str:
        return f"{self.node(top, PRODUCT)}/{self.node(bottom, POWER)}"

    def power(self, base: str, exponent: int) -> str:
        return f"{base}^{exponent}"

    def root(self, of: Node) -> str:
        return f"sqrt({self.node(of)})"


class LatexWriter(Writer):
    r"""LaTeX, without the dollar signs: \frac{x + 1}{2} = 3."""

    fractions_are_drawn = True

    def joint(self, join: Join) -> str:
        return rf" \text{{ {join} }} "

    def bracket(self, inner: str) -> str:
        return rf"\left({inner}\right)"

    def product(self, left: str, right: str) -> str:
        return rf"{left} \cdot {right}"

    def fraction(self, top: Node, bottom: Node) -> str:
        return rf"\frac{{{self.node(top)}}}{{{self.node(bottom)}}}"

    def power(self, base: str, exponent: int) -> str:
        return f"{base}^{{{exponent}}}"

    def root(self, of: Node) -> str:
        return rf"\sqrt{{{self.node(of)}}}"


class MathMLWriter(Writer):
    """Presentation MathML, each thing one element."""

    equals = "<mo>=</mo>"
    fractions_are_drawn = True

    def joint(self, join: Join) -> str:
        return f"<mtext>&#xA0;{join}&#xA0;</mtext>"

    def number(self, text: str) -> str:
        return f"<mn>{text}</mn>"

    def letter(self, name: str) -> str:
        return f"<mi>{name}</mi>"

    def minus(self, of: str) -> str:
        return _row(f'<mo form="prefix">&#x2212;</mo>{of}')

    def sum(self, left: str, sign: str, right: str) -> str:
        return _row(f"{left}<mo>{'+' if sign == '+' else '&#x2212;'}</mo>{right}")

    def product(self, left: str, right: str) -> str:
        return _row(f"{left}<mo>&#x22C5;</mo>{right}")

    def beside(self, left: str, right: str) -> str:
        return _row(f"{left}<mo>&#x2062;</mo>{right}")

    def bracket(self, inner: str) -> str:
        return _row(f"<mo>(</mo>{inner}<mo>)</mo>")

    def fraction(self, top: Node, bottom: Node) -> str:
        return f"<mfrac>{self.node(top)}{self.node(bottom)}</mfrac>"

    def power(self, base: str, exponent: int) -> str:
        return f"<msup>{base}<mn>{exponent}</mn></msup>"

    def root(self, of: Node) -> str:
        return f"<msqrt>{self.node(of)}</msqrt>"


def _row(inner: str) -> str:
    return f"<mrow>{inner}</mrow>"
