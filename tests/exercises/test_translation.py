import re

import pytest

from labkit.exercises import translation as check
from labkit.phrases import BOOK

NAIL = {"en": "I need {number a|nail|nails}.", "es": "Necesito {number un|clavo|clavos}."}
DOG = {"en": "My dog is hungry.", "es": "Mi perro tiene hambre."}
COPIED = {"en": "I need {number} nails.", "es": "I need {number} nails."}


@pytest.mark.parametrize(
    ("book", "seen", "missing"),
    [
        (BOOK, "labkit's own book", "with_phrase(mine)"),
        (NAIL, "is no book", "with_phrase(mine)"),
        (BOOK.with_phrase(DOG), "has no slot", "{number}"),
        (BOOK.with_phrase(COPIED), "the same in Spanish", "what they would say"),
    ],
)
def test_new_phrase_is_not_there_yet(book: object, seen: str, missing: str) -> None:
    verdict = check.new_phrase(book)
    assert not verdict
    assert seen in verdict.seen
    assert missing in verdict.missing


def test_new_phrase() -> None:
    assert "goes between English and Spanish" in check.new_phrase(BOOK.with_phrase(NAIL)).seen
    assert check.new_phrase(BOOK.with_phrase(NAIL).with_phrase(DOG))


def without_names(text: str, names: list[str]) -> str:
    return "".join(word if word in names else check.literal(word) for word in re.findall(r"\w+|\W+", text))


KNOWN = {(text, *names): spanish for text, names, spanish in check.NAMED}


@pytest.mark.parametrize(
    ("translate", "seen", "missing"),
    [
        (lambda text, names: check.literal(text), "became “Rosa está aquí.”", "“Rose está aquí.”"),
        (lambda text, names: text, "became “Rose is here.”", "“Rose está aquí.”"),
        (lambda text, names: text[99], "failed in line", "returns something"),
        (lambda text, names: None, "nothing (None)", "a text"),
        (lambda text, names: ["Rose"], "['Rose']", "a text"),
        (lambda text, names: KNOWN.get((text, *names), text), "had not seen", "the names that it is given"),
        ("Rose está aquí.", "is no function", "without brackets"),
    ],
)
def test_keeps_names_is_not_there_yet(translate, seen: str, missing: str) -> None:
    verdict = check.keeps_names(translate)
    assert not verdict
    assert seen in verdict.seen
    assert missing in verdict.missing


def test_keeps_names() -> None:
    assert check.keeps_names(without_names)
