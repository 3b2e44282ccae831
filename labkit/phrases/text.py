"""Text as it is compared: words in lower case without accents, punctuation and contractions, each with its place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

LANGUAGES = {"en": "English", "es": "Spanish", "fr": "French", "de": "German", "zh": "Chinese"}
"""Every language of the book; Chinese is only translated into."""
UNDERSTOOD = ("en", "es", "fr", "de")
"""Languages that a text may be in."""


@dataclass(frozen=True)
class Word:
    """A word of a text."""

    plain: str
    start: int
    end: int
    """Where it stands in the text; the two words of a contraction have one place."""


_APOSTROPHES = "'\N{RIGHT SINGLE QUOTATION MARK}"
_WORD = re.compile(
    r"(?:(?<![\w.,:])[-\N{MINUS SIGN}])?\d+(?:[.,:]\d+)*|[€$£¥]|[ap]\.\s?m\b\.?"
    rf"|[^\W\d_]+(?:[{_APOSTROPHES}][^\W\d_]+)*",
    re.IGNORECASE,
)
_ENDINGS = {"n't": "not", "'m": "am", "'re": "are", "'ve": "have", "'ll": "will", "'d": "would", "'s": "is"}
_SPELLINGS = {
    "cannot": "can not", "can't": "can not", "cant": "can not", "won't": "will not", "im": "i am", "dont": "do not",
    "doesnt": "does not", "whats": "what is", "wheres": "where is", "thats": "that is", "hows": "how is",
    "ive": "i have", "wifi": "wi fi", "color": "colour", "center": "centre", "centimeter": "centimetre",
    "centimeters": "centimetres", "canceled": "cancelled", "burned": "burnt",
}  # fmt: skip
_UNFOLDED = str.maketrans({"œ": "oe", "æ": "ae", _APOSTROPHES[1]: "'", "\N{MINUS SIGN}": "-"})


def words(text: str, language: str) -> list[Word]:
    """The words of a text, in order."""
    return [
        Word(plain, match.start() + start, match.start() + end)
        for match in _WORD.finditer(text)
        for plain, start, end in _split(match.group(), language)
    ]


@lru_cache(maxsize=20_000)
def plain(text: str, language: str) -> str:
    """A text as it is compared: "What's your name?" -> "what is your name"."""
    return " ".join(word.plain for word in words(text, language))


def fold(text: str) -> str:
    """Lower case without accents: "Größe" -> "grosse"."""
    letters = unicodedata.normalize("NFKD", text.casefold().translate(_UNFOLDED))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _split(word: str, language: str) -> Iterator[tuple[str, int, int]]:
    if language == "fr":  # l'addition is two words
        for piece in re.finditer(f"[^{_APOSTROPHES}]+", word):
            yield fold(piece.group()), piece.start(), piece.end()
        return
    folded = fold(word)
    if language == "en":
        for part in _whole(folded).split():
            yield part, 0, len(word)
        return
    if language == "de":  # schoen is schön
        folded = re.sub("([aou])e", r"\1", folded)
    yield re.sub("['. ]", "", folded) if folded[0].isalpha() else folded, 0, len(word)


def _whole(word: str) -> str:
    """An English word without contraction, in the spelling of the book."""
    if word in _SPELLINGS:
        return _SPELLINGS[word]
    for ending, full in _ENDINGS.items():
        if word.endswith(ending) and word != ending:
            return f"{word.removesuffix(ending)} {full}"
    return re.sub("['. ]", "", word) if word[0].isalpha() else word
