"""Books of one's own: adding a phrase, and what is said about wrong ones."""

from __future__ import annotations

import pytest

from labkit.errors import UsageError
from labkit.phrases import BOOK, LANGUAGES, UNDERSTOOD
from labkit.phrases.book import load

NAIL = {"en": "I need {number a|nail|nails}.", "es": "Necesito {number un|clavo|clavos}."}


def test_adding_a_phrase_with_a_slot():
    book = BOOK.with_phrase(NAIL, group="workshop")
    found = book.match("I need 21 nails")
    assert found is not None
    assert book.translate(found, "es") == "Necesito veintiún clavos."
    assert "I need one hundred and twenty nails." in book.sentences("en", "workshop")
    assert len(book) == len(BOOK) + 1
    assert BOOK.match("I need 21 nails") is None


def test_a_phrase_without_a_language():
    book = BOOK.with_phrase(NAIL)
    found = book.match("I need a nail")
    assert found is not None
    with pytest.raises(UsageError, match="has no French text"):
        book.translate(found, "fr")
    assert book.groups[-1] == "your own"


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"en": "Nails!"}, "English \\(en\\) and at least one more"),
        ({"es": "¡Clavos!", "de": "Nägel!"}, "English \\(en\\)"),
        ({"en": "Hi!", "es": "¡Buenas!"}, '"Hi!" is in the book already'),
        ({"en": "Nails!", "it": "Chiodi!"}, '"it" is not known'),
        ({"en": "Nails!", "es": 3}, "Spanish text is not in quotes"),
        ({"en": "Nails!", "es": "¡!"}, "no words"),
        ({"en": "{number} nails", "es": "clavos"}, "Spanish text has no slot, but the English text has {number}"),
        ({"en": "{number} nails", "es": "{number:n} clavos"}, "has {number:n}, but"),
        ({"en": "{count} nails", "es": "clavos"}, "the kinds are number, time"),
        ({"en": "{number nails", "es": "clavos"}, "a brace is open"),
        ({"en": "{number} and {number}", "es": "clavos"}, "two slots number"),
        ({"en": "{number} nails", "es": "{number un|clavo}"}, "needs a word for one"),
        ({"en": "{number} nails", "es": "{number une} clavos"}, "one of: uno, un, una"),
        ({"en": "{time at|at}", "es": "{time es|son}"}, "takes two words in Spanish"),
        ({"en": "{name x}", "es": "{name}"}, "takes no words"),
        ({**NAIL, "also": {"en": "Nails!"}}, "are a list"),
        ({**NAIL, "also": {"en": ["Nails!"]}}, "English text has no slot"),
        ({**NAIL, "also": {"fr": ["Clous !"]}}, "a language that the phrase does not have"),
        ({**NAIL, "also": "Nails!"}, 'write "also" with its language'),
        ({**NAIL, "gloss": {"es": "Necesito: I need"}}, "the pieces of the gloss"),
        ({**NAIL, "gloss": {"es": "Necesito"}}, "a gloss looks like"),
        ({**NAIL, "gloss": {"es": 1}}, "a gloss looks like"),
        ({**NAIL, "register": "rude"}, "one of: polite, friend"),
    ],
)
def test_a_wrong_phrase_is_explained(entry, message):
    with pytest.raises(UsageError, match=message):
        BOOK.with_phrase(entry)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '[[a]]\nen = "Yes"\nes = "Sí"\n\n[[a]]\nen = "No"\n# no\nfr = "{x} non"\n',
            "my.toml, line 8: the French text",
        ),
        ('[[a]]\nen = "Yes"\nes = "Sí"\n[[b]]\nen = "Yes"\nes = "Eso"\n', 'line 5: "Yes" is in the book already'),
        ('[[a]]\nen = "Yes"\n', "line 1: a phrase needs"),
        ('[[a]]\nen = "Yes"\nes = "Sí"\nalso.es = "Eso"\n', "line 4: other ways"),
        ('[[a]]\nen = "Yes\n', "my.toml cannot be read.*line 2"),
        ('[a]\nen = "Yes"\n', r"begin every phrase with \[\[a\]\]"),
        ('en = "Yes"\n', r"in double brackets"),
    ],
)
def test_a_wrong_file_says_which_line(text, message):
    with pytest.raises(UsageError, match=message):
        load(text, "my.toml")


def test_a_file_of_ones_own():
    book = load('[[shop]]\nen = "Nails, please."\nde = "Nägel, bitte."\nalso.en = ["Some nails, please."]\n')
    found = book.match("some nails please")
    assert found is not None
    assert book.translate(found, "de") == "Nägel, bitte."
    assert book.match("Naegel, bitte") is not None
    assert load("").phrases == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_tells_its_language(language):
    assert {BOOK.language_of(sentence) for sentence in BOOK.sentences(language, also=True)} == {language}


def test_a_text_that_is_not_in_the_book_has_a_language_too():
    assert BOOK.language_of("I have no idea where they went.") == "en"
    assert BOOK.language_of("Lo siento, no puedo hacer eso.", ["en", "es"]) == "es"
    assert BOOK.language_of("Xyzzy!") is None


@pytest.mark.parametrize("language", UNDERSTOOD)
def test_other_ways_of_saying_it_are_listed_when_asked_for(language):
    listed, also = set(BOOK.sentences(language)), set(BOOK.sentences(language, also=True))
    assert listed < also
    assert all(BOOK.match(sentence, language) for sentence in also - listed)
