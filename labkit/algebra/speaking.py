"""The tree becomes words: "three x plus one equals four"."""

from __future__ import annotations

from fractions import Fraction

from labkit.algebra.syntax import Join, Letter, Minus, Node, Number, Operation, Power
from labkit.algebra.writing import BESIDE_EACH_OTHER, POWER, PRODUCT, Writer

__all__ = ["SpeechWriter", "number_words"]

SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
SCALES = ((10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred"))
PART_NAMES = ("half", "third", "quarter", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
PARTS = dict(enumerate(PART_NAMES, start=2))


def number_words(number: Fraction | int | str) -> str:
    """Any number in words: "minus two thirds", "zero point two five" (for a decimal given as text)."""
    if isinstance(number, str) and "." in number:
        whole, _, decimals = number.partition(".")
        return f"{number_words(whole)} point {' '.join(SMALL[int(digit)] for digit in decimals)}"
    value = Fraction(number)
    if value < 0:
        return f"minus {number_words(-value)}"
    if value.denominator == 1:
        return _whole(value.numerator)
    if value.denominator in PARTS:
        part = PARTS[value.denominator]
        plural = part if value.numerator == 1 else "halves" if part == "half" else f"{part}s"
        return f"{_whole(value.numerator)} {plural}"
    return f"{_whole(value.numerator)} over {_whole(value.denominator)}"


def _whole(number: int) -> str:
    for scale, name in SCALES:
        if number >= scale:
            rest = f" {_whole(number % scale)}" if number % scale else ""
            return f"{_whole(number // scale)} {name}{rest}"
    if number < 20:
        return SMALL[number]
    return TENS[number // 10 - 2] + (f" {SMALL[number % 10]}" if number % 10 else "")


class SpeechWriter(Writer):
    """What a teacher would say at the board."""

    equals = " equals "

    def _binds(self, node: Node) -> int:
        """A minus and a named fraction are said without brackets."""
        return POWER if isinstance(node, Minus) or _is_named_fraction(node) else super()._binds(node)

    def joint(self, join: Join) -> str:
        return f", {join} "

    def number(self, text: str) -> str:
        return number_words(text)

    def minus(self, of: str) -> str:
        return f"minus {of}"

    def sum(self, left: str, sign: str, right: str) -> str:
        return f"{left} {'plus' if sign == '+' else 'minus'} {right}"

    def product(self, left: str, right: str) -> str:
        return f"{left} times {right}"

    def beside(self, left: str, right: str) -> str:
        return f"{left} times {right}" if "bracket" in right else f"{left} {right}"

    def bracket(self, inner: str) -> str:
        return f"open bracket {inner} close bracket"

    def fraction(self, top: Node, bottom: Node) -> str:
        if isinstance(top, Number) and isinstance(bottom, Number) and _is_named_fraction(Operation("/", top, bottom)):
            return number_words(top.value / bottom.value)
        over = self.node(bottom, BESIDE_EACH_OTHER)
        if isinstance(top, Operation) and top.sign in {"+", "-"}:
            return f"{self.node(top)}, all over {over}"
        return f"{self.node(top, PRODUCT)} over {over}"

    def power(self, base: str, exponent: int) -> str:
        named = {2: "squared", 3: "cubed"}.get(exponent)
        return f"{base} {named}" if named else f"{base} to the power of {number_words(exponent)}"

    def root(self, of: Node) -> str:
        inner = self.node(of)
        return f"the square root of {inner if isinstance(of, Number | Letter | Power) else self.bracket(inner)}"


def _is_named_fraction(node: Node) -> bool:
    """A fraction in lowest terms that has a name: two thirds."""
    match node:
        case Operation("/", Number(top), Number(bottom)) if top.isdigit() and bottom.isdigit() and int(bottom) in PARTS:
            return Fraction(int(top), int(bottom)).denominator == int(bottom)
    return False
