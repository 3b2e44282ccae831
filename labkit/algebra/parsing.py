"""Text becomes a tree: a whitelist, a tokenizer and a recursive descent, all bounded; nothing is evaluated."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from labkit.algebra.spelling import plain
from labkit.algebra.syntax import (
    BESIDE,
    Join,
    Letter,
    Minus,
    Node,
    Number,
    Operation,
    Part,
    Power,
    Root,
    chained,
    letters,
)
from labkit.algebra.writing import TextWriter
from labkit.errors import UsageError

__all__ = ["NotMathematicsError", "Statement", "normalise", "parse"]

MAX_CHARACTERS, MAX_TOKENS, MAX_DIGITS, MAX_EXPONENT, MAX_DEPTH, MAX_UNKNOWNS = 200, 60, 12, 20, 10, 3

PLUS_MINUS = "\u00b1"
TOKEN = re.compile(r" *([0-9]+\.[0-9]+|[0-9]+|[a-z]+|[-+*/^=(),])")


class NotMathematicsError(UsageError):
    """The text is not a line of mathematics that is understood here; the message says why, to a person."""


@dataclass(frozen=True)
class Statement:
    """One line: an expression, an equation, or several equations joined by "or" or "and" ("a = b = c": "and")."""

    parts: tuple[Part, ...]
    join: Join = ""

    @cached_property
    def text(self) -> str:
        """The line in its canonical spelling."""
        return TextWriter().line(self.parts, self.join)

    @cached_property
    def unknowns(self) -> tuple[str, ...]:
        return letters(*(side for part in self.parts for side in part.sides))

    @property
    def each(self) -> tuple[Statement, ...]:
        """The equations that all hold: those joined by "and", else the line itself."""
        return tuple(Statement((part,)) for part in self.parts) if self.join == "and" else (self,)

    @property
    def chain(self) -> tuple[Node, ...]:
        """What "a = b = c" says to be equal, in order; empty for anything else."""
        return chained(self.parts, self.join)

    @property
    def outcome(self) -> Statement:
        """What a chain comes to, from its first to its last: "a = c"; else the line itself."""
        return Statement((Part(self.parts[0].left, self.parts[-1].right),)) if self.chain else self

    @property
    def shorter(self) -> Statement:
        """A chain without its end: "a = b"."""
        return Statement(self.parts[:-1], self.join if len(self.parts) > 2 else "")

    @property
    def kind(self) -> Literal["equation", "expression"]:
        return "equation" if self.parts[0].is_equation else "expression"


def normalise(text: str) -> str:
    """The canonical spelling ("3x + 1 = 4"); `NotMathematicsError` for anything else than one line of mathematics."""
    return parse(text).text


def parse(text: str) -> Statement:
    """One line of mathematics: at most 200 characters, 60 tokens, 12 digits a number, exponents to 20, 3 unknowns.

    Around it a number ("1)"), an arrow, a full stop and "| -1" go; "x1 = 2" is "x = 2", and "≈" is "=".
    "x = 2, x = 3" is read as "x = 2 or x = 3", "x = 1, y = 2" as "x = 1 and y = 2", and what is plus or minus
    something as both: "x = 3 or x = -3". Raises `NotMathematicsError`.
    """
    if len(text) > MAX_CHARACTERS:
        raise NotMathematicsError("This is too long for a line: write at most 200 characters.")
    spelled = plain(text)
    if PLUS_MINUS in spelled:
        spelled = f"{spelled.replace(PLUS_MINUS, '+')} or {spelled.replace(PLUS_MINUS, '-')}"
    statement = _Parser(_tokens(spelled)).statement()
    if len(_tokens(statement.text)) > MAX_TOKENS or len(statement.text) > MAX_CHARACTERS:
        raise NotMathematicsError("This line is too long: write it in two.")
    return statement


def _tokens(spelled: str) -> list[str]:
    found: list[str] = []
    position = 0
    while position < len(spelled):
        token = TOKEN.match(spelled, position)
        if token is None or len(found) == MAX_TOKENS:
            raise NotMathematicsError(
                "This line is too long: write it in two."
                if token
                else "There is something that is no mathematics: use digits, letters and + - * / ^ = ( )."
            )
        found += _checked(token[1])
        position = token.end()
    return found


def _checked(token: str) -> list[str]:
    """A number or sign as it is, a word as its letters."""
    if token[0].isdigit() and len(token) > MAX_DIGITS:
        raise NotMathematicsError(f"A number has too many digits: write at most {MAX_DIGITS}.")
    if not token[0].isalpha() or token in {"sqrt", "or", "and"}:
        return [token]
    if len(token) > 2:
        raise NotMathematicsError("This looks like a word: an unknown is one letter.")
    return [*token]


class _Parser:
    """Recursive descent over the tokens of one line: "or", "and" or a comma between parts, or a chain "a = b = c".

    sum = term (("+" | "-") term)*; term = ["-"] product; product = beside (("*" | "/") ["-"] beside)*;
    beside = power power*; power = atom ["^" whole number]; atom = number | letter | "(" sum ")" | "sqrt" atom.
    Side by side binds closer than / ("x/2y" is "x/(2y)"); a fraction of two numbers closer still ("1/2x": "(1/2)x").
    """

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.position = 0
        self.depth = 0

    @property
    def next(self) -> str:
        return self._ahead(0)

    def _ahead(self, count: int) -> str:
        place = self.position + count
        return self.tokens[place] if place < len(self.tokens) else ""

    def _take(self) -> str:
        token = self.next
        self.position += 1
        return token

    def _takes(self, *tokens: str) -> str:
        return self._take() if self.next in tokens and self.next else ""

    def statement(self) -> Statement:
        parts, joins = [self._part()], set()
        while self.next == "=":
            joins.add(self._take())
            parts.append(Part(parts[-1].right, self._sum()))
        while joint := self._takes("or", "and", ","):
            joins.add(joint)
            parts.append(self._again(parts[-1], self._part()))
        if self.next == "=":
            raise NotMathematicsError("There is a second equals sign: write another line.")
        if self.next:
            raise NotMathematicsError(_unexpected(self.next))
        return _statement(tuple(parts), joins)

    def _part(self) -> Part:
        left = None if self.next == "=" else self._sum()
        if not self._takes("="):
            return Part(left, None, equals=False)
        right = None if self.next in {"", "or", "and", ","} else self._sum()
        if left is None and right is None:
            raise NotMathematicsError("There is nothing beside the equals sign: write both sides.")
        return Part(left, right)

    @staticmethod
    def _again(before: Part, part: Part) -> Part:
        """In "x = 2 or 3" the second number is about x too."""
        return part if part.equals or not before.is_equation else Part(before.left, part.left)

    def _sum(self) -> Node:
        node = self._term()
        while sign := self._takes("+", "-"):
            node = Operation(sign, node, self._term())
        return node

    def _term(self) -> Node:
        if self._takes("-"):
            return Minus(self._product())
        self._takes("+")
        return self._product()

    def _product(self) -> Node:
        node = self._beside()
        while sign := self._takes("*", "/"):
            node = Operation(sign, node, Minus(self._beside()) if self._takes("-") else self._beside())
        return node

    def _beside(self) -> Node:
        node = self._power()
        if isinstance(node, Number) and self.next == "/" and self._ahead(1)[:1].isdigit() and _opens(self._ahead(2)):
            self._take()
            node = Operation("/", node, Number(self._take()))
        while _opens(self.next):
            node = Operation(BESIDE, node, self._power())
        if self.next[:1].isdigit():
            raise NotMathematicsError("A number stands where a sign should be: write 2x, x^2, x_2 or 2*3.")
        return node

    def _power(self) -> Node:
        base = self._atom()
        if not self._takes("^"):
            return base
        bracket = self._takes("(")
        exponent = self._take()
        if not exponent.isdigit() or int(exponent) > MAX_EXPONENT or (bracket and not self._takes(")")):
            raise NotMathematicsError(f"An exponent is a whole number of at most {MAX_EXPONENT}.")
        if self.next == "^":
            raise NotMathematicsError("There is a power of a power: use brackets.")
        return Power(base, int(exponent))

    def _atom(self) -> Node:
        if self._takes("("):
            return self._bracket()
        if self._takes("sqrt"):
            return Root(self._deeper(self._atom))
        token = self._take()
        if token[:1].isdigit():
            return Number(token)
        if len(token) == 1 and token.isalpha():
            return Letter(token)
        raise NotMathematicsError(_unexpected(token))

    def _bracket(self) -> Node:
        node = self._deeper(self._sum)
        if not self._takes(")"):
            raise NotMathematicsError("A bracket is not closed.")
        return node

    def _deeper(self, read: Callable[[], Node]) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise NotMathematicsError("There are too many brackets in one another.")
        node = read()
        self.depth -= 1
        return node


def _opens(token: str) -> bool:
    """Whether a factor that stands beside another may begin so."""
    return token in {"(", "sqrt"} or (len(token) == 1 and token.isalpha())


def _unexpected(token: str) -> str:
    return f"There is a {token} where it does not fit." if token else "The line stops too early."


def _statement(parts: tuple[Part, ...], joins: set[str]) -> Statement:
    unknowns = Statement(parts).unknowns
    if len(unknowns) > MAX_UNKNOWNS:
        raise NotMathematicsError(f"There are too many unknowns: use at most {MAX_UNKNOWNS}.")
    if "=" in joins and len(joins) > 1:
        raise NotMathematicsError("There is more beside a chain of equals signs: write two lines.")
    if "=" in joins:
        return Statement(parts, "and")
    if len(parts) > 1 and not all(part.is_equation for part in parts):
        raise NotMathematicsError("Only equations can be joined: write the = in each of them.")
    if not parts[0].equals and _is_bare(parts[0].sides[0]):
        raise NotMathematicsError("These are letters alone: write an equation.")
    if {"or", "and"} <= joins:
        raise NotMathematicsError("There is an or beside an and: write two lines.")
    if len(parts) == 1:
        return Statement(parts)
    return Statement(parts, "or" if "or" in joins or len(unknowns) == 1 else "and")


def _is_bare(node: Node) -> bool:
    """Letters and nothing else, as in a word."""
    return isinstance(node, Letter) or (
        isinstance(node, Operation) and node.sign == BESIDE and _is_bare(node.left) and _is_bare(node.right)
    )
