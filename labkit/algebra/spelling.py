"""How people write a line becomes plain ASCII; what stands around the mathematics goes.

Around it are a number ("1)", "a)"), an arrow before it, a full stop behind it, and what is done to both sides ("| -1").
"""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["plain", "with_second_answers"]

SIGNS = str.maketrans(
    {
        **dict.fromkeys("\u2212\u2013\u2014\u2010\u2011", "-"),
        **dict.fromkeys("\u00d7\u00b7\u22c5\u2219\u2217", "*"),
        **dict.fromkeys(":\u00f7\u2215\u2044", "/"),
        **dict.fromkeys("[{", "("),
        **dict.fromkeys("]}", ")"),
        **{chr(0x2080 + digit): f"_{digit}" for digit in range(10)},
        "\u221a": " sqrt ",
        "\u2248": "=",
        "\u03b4": "d",
        ";": ",",
    }
)
SUPERSCRIPTS = "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"
BEFORE = re.compile(r"^(?:(?:[0-9]{1,2}(?:\)|\.(?= ))|[a-h]\)|<?[-=]{1,2}>|[\u2192\u2194\u21d2\u21d4\u27f9\u27fa]) *)+")
DONE_TO_BOTH_SIDES = re.compile(r"^([^|]*=[^|]*)\|[^|=]*$")
FIRST_ANSWER = re.compile(r"(^|, *|\bor +|\band +)([a-z])(?:_?1(?:,_?2)?|_[2-9])(?= *=)")
"""Solutions are numbered: "x1 = 2", "x_2 = 3", "x1,2 = 1 ± 3"."""
SECOND_ANSWER = re.compile(r"(^|, *|\bor +|\band +)([a-z])(2)(?= *=)")
"""It may also be a square that is badly written; below or beside a first answer it is none."""


def plain(text: str) -> str:
    """Lower case, in ASCII as far as it has a spelling there, without what stands around it."""
    found = " ".join(text.lower().translate(SIGNS).split())
    found = DONE_TO_BOTH_SIDES.sub(r"\1", BEFORE.sub("", found))
    found = re.sub(r" *[.,]? *$", "", found)
    if FIRST_ANSWER.search(found):
        found = FIRST_ANSWER.sub(r"\1\2", SECOND_ANSWER.sub(r"\1\2", found))
    found = re.sub(f"[{SUPERSCRIPTS}]+", _power, found)
    return re.sub(r"(?<=[0-9]),(?=[0-9])", ".", found)


def _power(found: re.Match[str]) -> str:
    return "^" + "".join(str(SUPERSCRIPTS.index(sign)) for sign in found[0])


def with_second_answers(lines: Sequence[str]) -> list[str]:
    """The lines of a board, where "x2 = 3" below "x1 = 2" is the second answer, and no square."""
    made: list[str] = []
    for line in lines:
        spelled = " ".join(line.lower().split())
        below_first = any(FIRST_ANSWER.search(above) for above in made)
        made.append(SECOND_ANSWER.sub(r"\1\2_\3", spelled) if below_first else line)
    return made
