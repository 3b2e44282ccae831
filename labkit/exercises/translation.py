"""Checks for `05_live_translation`, and the word-for-word translator that its second exercise improves."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from labkit.errors import UsageError
from labkit.exercises.given import ask, clipped, shown, text
from labkit.exercises.graded import graded
from labkit.exercises.verdict import NotYetError, Verdict, not_yet, passed
from labkit.phrases import BOOK, LANGUAGES, UNDERSTOOD, Book, Phrase
from labkit.phrases.slots import KINDS, Value

WORDS = {
    "and": "y",
    "bill": "factura",
    "coffee": "café",
    "drinks": "bebe",
    "for": "para",
    "from": "de",
    "grace": "gracia",
    "has": "tiene",
    "hello": "hola",
    "here": "aquí",
    "hope": "esperanza",
    "is": "está",
    "likes": "quiere",
    "mark": "marca",
    "pays": "paga",
    "please": "por favor",
    "rose": "rosa",
    "sees": "ve",
    "the": "la",
    "with": "con",
    "writes": "escribe",
}
"""English words and one Spanish word for each: all that `literal` knows."""
_PIECE = re.compile(r"\w+|\W+")

NAMED: tuple[tuple[str, Sequence[str], str], ...] = (
    ("Rose is here.", ("Rose",), "Rose está aquí."),
    ("Hello Grace, hello Mark!", ("Grace", "Mark"), "Hola Grace, hola Mark!"),
    ("The bill, please.", (), "La factura, por favor."),
    ("Bill pays the bill.", ("Bill",), "Bill paga la factura."),
    ("Rose likes the rose.", ("Rose",), "Rose quiere la rosa."),
    ("Mark writes: the mark is here.", ("Mark", "Anna"), "Mark escribe: la marca está aquí."),
    ("Rose is here.", (), "Rosa está aquí."),
    ("Hope drinks coffee with Anna.", ("Hope", "Anna"), "Hope bebe café con Anna."),
)
"""A sentence, the names of who is in the room, and the sentence in Spanish with their names as they are."""
UNSEEN: tuple[tuple[str, Sequence[str], str], ...] = (
    ("Mark sees Grace with the rose.", ("Grace", "Mark"), "Mark ve Grace con la rosa."),
    ("Mark sees Grace with the rose.", ("Grace",), "Marca ve Grace con la rosa."),
    ("Hope has hope; the bill is for Rose.", ("Rose", "Hope"), "Hope tiene esperanza; la factura está para Rose."),
)
"""More of them, of which the learner is told nothing."""


def literal(text: str) -> str:
    """The text with every word that is in `WORDS` replaced by its Spanish one, capitals kept: a bad translation."""

    def word(piece: str) -> str:
        spanish = WORDS.get(piece.lower(), piece)
        return spanish[0].upper() + spanish[1:] if piece[0].isupper() else spanish

    return "".join(map(word, _PIECE.findall(text)))


@graded
def new_phrase(book: Book) -> Verdict:
    """Whether a book has a phrase with a slot that labkit's own has not, and says it both ways with other values."""
    if not isinstance(book, Book):
        return not_yet(f"{shown(book)} is no book.", "the book that BOOK.with_phrase(mine) returns.")
    new = [phrase for phrase in book.phrases if phrase not in BOOK.phrases]
    if not new:
        seen = "this is labkit's own book, without a phrase of yours."
        return not_yet(seen, "one: book = BOOK.with_phrase(mine). A book never changes, a new one is returned.")
    slotted = [phrase for phrase in new if phrase.texts["en"].slots]
    if not slotted:
        hint = "As in {number a|nail|nails}: the word for one, then the noun for one and for many."
        missing = "a slot: {number}, {price}, {time}, {weekday} or {name} in place of what changes."
        return not_yet(f"“{new[-1].english}” has no slot.", missing, hint)
    newest = slotted[-1]
    _check_translated(newest)
    for values in _unseen(newest):
        for language in newest.texts:
            if lost := _lost(book, newest, values, language):
                return not_yet(lost, "a phrase that no other one takes the words from, with a slot that fits.")
    *names, last = (LANGUAGES[language] for language in newest.texts)
    both = f"{', '.join(names)} and {last}"
    return passed(f"“{newest.english}” goes between {both} with values that you did not write down.")


def _check_translated(phrase: Phrase) -> None:
    """Ends the check where another language has the English words."""
    english = phrase.texts["en"].source
    for language, other in phrase.texts.items():
        if language != "en" and other.source == english:
            raise NotYetError(f"“{english}” is the same in {LANGUAGES[language]}.", "what they would say there.")


def _unseen(phrase: Phrase) -> list[dict[str, Value]]:
    """The samples of each slot, from its last one on: not the value that stands in the book's example."""
    slots = phrase.texts["en"].slots
    return [{label: KINDS[slot.kind].samples[-1 - at] for label, slot in slots.items()} for at in range(3)]


def _lost(book: Book, phrase: Phrase, values: dict[str, Value], language: str) -> str:
    """What is wrong when the phrase is said in this language with these values; "" where all is well."""
    if language not in UNDERSTOOD:
        return ""
    said = phrase.texts[language].fill(values)
    try:
        match = book.match(said, language)
    except UsageError as error:
        return f"“{clipped(said)}” is not understood: {error}"
    if match is None or match.phrase is not phrase:
        taken = f": “{match.phrase.english}” takes it" if match else ""
        return f"“{clipped(said)}” is not understood as your phrase{taken}."
    if match.slots != values:
        return f"“{clipped(said)}” was understood with {dict(match.slots)} in place of {values}."
    return ""


@graded
def keeps_names(translate: Callable[[str, Sequence[str]], str]) -> Verdict:
    """Whether a learner's `translate(text, names)` leaves those names alone and translates all the rest."""
    for sentence, names, wanted in NAMED:
        said = _translated(translate, sentence, names)
        if said != wanted:
            room = f"{' and '.join(names)} in the room" if names else "nobody of that name in the room"
            seen = f"“{sentence}” with {room} became “{clipped(said)}”"
            return not_yet(seen, f"“{wanted}”", _why(said, sentence, names))
    for sentence, names, wanted in UNSEEN:
        if _translated(translate, sentence, names) != wanted:
            seen = f"{len(NAMED)} sentences came out right; one that your function had not seen did not."
            return not_yet(seen, "a function that goes by the names that it is given, word for word.")
    return passed(f"{len(NAMED) + len(UNSEEN)} sentences were translated, and nobody got another name.")


def _translated(translate: Callable[[str, Sequence[str]], str], sentence: str, names: Sequence[str]) -> str:
    return text(ask(translate, sentence, list(names), about=f"for “{sentence}” "), "a text: the translation.")


def _why(said: str, sentence: str, names: Sequence[str]) -> str:
    """The mistakes that are made most."""
    if said == sentence:
        return "Nothing was translated: literal(…) does that, for a word or a sentence."
    if any(name not in said for name in names if name in sentence):
        return 'Take the text apart: re.findall(r"\\w+|\\W+", text) gives its words and what is between them.'
    return "Only those in the room are names, written as they write them; every other word is translated."
