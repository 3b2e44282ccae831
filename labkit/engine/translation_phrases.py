"""What the phrase book makes of words while they are said: a translation as soon as no other one can follow."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import product

from labkit.engine.grammar import normalise
from labkit.phrases import BOOK, LANGUAGES, UNDERSTOOD, Match

__all__ = ["certain", "sentences", "translation", "warm_up"]

Translations = Mapping[str, str]
"""Normalised sentence → its translation, in the order of the alphabet."""


@cache
def sentences(language: str) -> Sequence[str]:
    """Everything that can be heard of the book in a language, with sample values in the slots."""
    return tuple(BOOK.sentences(language, also=True))


@cache
def _translations(language: str, to: str) -> Translations:
    found: dict[str, str] = {}
    for phrase in BOOK.phrases:
        ways = [pattern for of, pattern in phrase.patterns if of == language and to in phrase.texts]
        for pattern, values in ((way, values) for way in ways for values in way.examples()):
            plain = normalise(pattern.fill(values), language)
            found.setdefault(plain, BOOK.translate(Match(phrase, language, values), to))
    return dict(sorted(found.items()))


@cache
def _in_order(language: str, to: str) -> Sequence[str]:
    return tuple(_translations(language, to))


def translation(text: str, language: str, to: str) -> str | None:
    """A sentence of the book in another language; `None` where it is not in the book, or another number is in it."""
    return _translations(language, to).get(normalise(text, language))


def certain(words: str, language: str, to: str) -> str | None:
    """The translation of every sentence that can still follow these normalised words; `None` where there are two."""
    listed = _in_order(language, to)
    # A space comes before every letter: what begins with these words stands together.
    first, end = bisect_left(listed, words), bisect_left(listed, f"{words}!")
    if not words or first == end:
        return None
    known = _translations(language, to)
    wanted = known[listed[first]]
    return wanted if all(known[sentence] == wanted for sentence in listed[first:end]) else None


def warm_up() -> None:
    """Work out what is kept, some 50 ms a pair of languages, so that nobody waits for it in the middle of a phrase."""
    for language, to in product(UNDERSTOOD, LANGUAGES):
        _in_order(language, to)
