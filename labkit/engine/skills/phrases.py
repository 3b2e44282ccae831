"""Phrases: short patterns expanded to sentences, and typed text brought to the same form.

A pattern such as "(what's|what is) the [exact] time" stands for all its readings; no nesting.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

from labkit.engine.skills.spelling import number_words

_CHOICE = re.compile(r"\(([^)]*)\)|\[([^\]]*)\]")
_BEFORE = re.compile(r"^(?:hey|hi|hello|okay|ok|so|well|now|please|(?:can|could|would|will) you)\s+(?=\S)")
_AFTER = re.compile(r"(?<=\S)\s+(?:please|now|then|today|for me|to me|very much|a lot)$")
_SPELLINGS = {"color": "colour", "colors": "colours", "bye-bye": "bye bye", "ok": "okay"}


LONGEST = 300
"""Characters of a sentence from which polite words are taken off, which takes squared time: none listed is longer."""


def expand(pattern: str) -> list[str]:
    """All readings of a pattern: "[please] (stop|wait)" -> please stop, please wait, stop, wait."""
    parts: list[list[str]] = []
    end = 0
    for choice in _CHOICE.finditer(pattern):
        parts.append([pattern[end : choice.start()]])
        parts.append(choice[1].split("|") if choice[1] is not None else [*choice[2].split("|"), ""])
        end = choice.end()
    parts.append([pattern[end:]])
    return [" ".join("".join(reading).split()) for reading in product(*parts)]


def normalise(text: str) -> str:
    """Lower case, no punctuation, numbers to 100 in words: "Count to 10, please!" -> "count to ten please"."""
    plain = text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    plain = re.sub(r"\d+", lambda digits: _in_words(digits[0]), plain)
    words = re.findall(r"[^\W_]+(?:'[^\W_]+)*", plain)
    return " ".join(_SPELLINGS.get(word, word) for word in words)


def _in_words(digits: str) -> str:
    return f" {number_words(int(digits))} " if len(digits) <= 3 and int(digits) <= 100 else digits


def readings(text: str) -> Iterator[str]:
    """The normalised text, then without the polite words around it, one taken off at a time."""
    said = normalise(text)
    yield said
    if len(said) > LONGEST:
        return
    for edge in (_BEFORE, _AFTER):
        while (shorter := edge.sub("", said, count=1)) != said:
            said = shorter
            yield said
