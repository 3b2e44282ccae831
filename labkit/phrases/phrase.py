"""One phrase of the book: the same sentence in several languages, checked when it is made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from labkit.errors import UsageError
from labkit.phrases.pattern import Pattern, parse
from labkit.phrases.text import LANGUAGES, plain

REGISTERS = ("polite", "friend")
_KEYS = (*LANGUAGES, "also", "gloss", "register")
_GLOSS = 'a gloss looks like "Tengo: I have | hambre: hunger"'


@dataclass(frozen=True)
class Phrase:
    """A sentence in several languages."""

    group: str
    texts: Mapping[str, Pattern]
    """By language."""
    also: Mapping[str, Sequence[Pattern]] = field(default_factory=dict)
    """Other ways of saying it, which are understood and never said."""
    glosses: Mapping[str, Sequence[tuple[Pattern, Pattern]]] = field(default_factory=dict)
    """Word by word, where a literal translation fails: what stands there, and what it means in English."""
    register: str = "polite"
    """`polite` (usted, vous, Sie), or `friend` (tú, tu, du)."""

    @property
    def english(self) -> str:
        """The English text with its slots, which names the phrase."""
        return self.texts["en"].source

    @property
    def patterns(self) -> Iterator[tuple[str, Pattern]]:
        """Everything by which it is understood, with the language."""
        yield from self.texts.items()
        yield from ((language, pattern) for language, also in self.also.items() for pattern in also)

    def __repr__(self) -> str:
        return f"<phrase {self.english!r}>"


class Wrong(Exception):  # noqa: N818
    """What is wrong with a phrase, and under which key of it."""

    def __init__(self, message: str, key: str = "") -> None:
        super().__init__(message)
        self.key = key


def make(entry: Mapping[str, Any], group: str) -> Phrase:
    """A phrase of {"en": "…", "es": "…", "also": {"en": ["…"]}, "gloss": {"es": "…"}, "register": "friend"}."""
    for key in entry:
        if key not in _KEYS:
            raise Wrong(f'"{key}" is not known here; known are {", ".join(_KEYS)}', key)
    texts = {language: _pattern(entry[language], language, language) for language in LANGUAGES if language in entry}
    if "en" not in texts or len(texts) < 2:
        raise Wrong("a phrase needs English (en) and at least one more language")
    also = {
        language: [_pattern(source, language, "also") for source in _list(sources)]
        for language, sources in _by_language(entry, "also", texts)
    }
    glosses = {language: _gloss(source, texts[language]) for language, source in _by_language(entry, "gloss", texts)}
    register = entry.get("register", "polite")
    if register not in REGISTERS:
        raise Wrong(f"the register is one of: {', '.join(REGISTERS)}", "register")
    phrase = Phrase(group, texts, also, glosses, register)
    for language, pattern in phrase.patterns:
        if _kinds(pattern) != _kinds(texts["en"]):
            here, there = _shown(pattern), _shown(texts["en"])
            raise Wrong(f"the {LANGUAGES[language]} text has {here}, but the English text has {there}", language)
    return phrase


def _by_language(entry: Mapping[str, Any], key: str, texts: Mapping[str, Pattern]) -> Iterator[tuple[str, Any]]:
    """The entries of also and gloss."""
    found = entry.get(key, {})
    if not isinstance(found, Mapping):
        raise Wrong(f'write "{key}" with its language, as in {key}.es', key)
    for language, value in found.items():
        if language not in texts:
            raise Wrong(f"{key}.{language} is of a language that the phrase does not have", key)
        yield language, value


def _list(sources: Any) -> Sequence[Any]:
    if not isinstance(sources, list | tuple):
        raise Wrong('other ways of saying it are a list, as in also.en = ["…"]', "also")
    return sources


def _pattern(source: Any, language: str, key: str) -> Pattern:
    if not isinstance(source, str):
        raise Wrong(f"the {LANGUAGES[language]} text is not in quotes", key)
    try:
        return parse(source, language)
    except UsageError as error:
        raise Wrong(f"the {LANGUAGES[language]} text is wrong: {error}", key) from error


def _kinds(pattern: Pattern) -> dict[str, str]:
    return {label: slot.kind for label, slot in pattern.slots.items()}


def _shown(pattern: Pattern) -> str:
    slots = (
        f"{{{slot.kind}:{label}}}" if label != slot.kind else f"{{{label}}}" for label, slot in pattern.slots.items()
    )
    return " and ".join(slots) or "no slot"


def _gloss(source: Any, text: Pattern) -> Sequence[tuple[Pattern, Pattern]]:
    """A gloss "Tengo: I have | hambre: hunger" as pairs."""
    pairs = [piece.split(": ", 1) for piece in source.split(" | ")] if isinstance(source, str) else [[]]
    if any(len(pair) != 2 for pair in pairs):
        raise Wrong(_GLOSS, "gloss")
    found = [(_pattern(piece, text.language, "gloss"), _pattern(literal, "en", "gloss")) for piece, literal in pairs]
    together = " ".join(plain(piece.source, text.language) for piece, _ in found)
    if together != plain(text.source, text.language):
        raise Wrong(f'the pieces of the gloss are "{together}" and not the {LANGUAGES[text.language]} text', "gloss")
    if any(not _kinds(literal).items() <= _kinds(text).items() for _, literal in found):
        raise Wrong("the gloss has a slot that the text does not have", "gloss")
    return found
