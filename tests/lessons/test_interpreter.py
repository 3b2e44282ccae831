"""The interpreter's lesson: what it asks of a model, and which pairs of languages it takes."""

import pytest

from labkit.errors import UsageError
from labkit.lessons import Lesson, interpreter
from labkit.phrases import BOOK, told


def test_a_model_is_told_both_languages_and_what_never_changes() -> None:
    lesson = interpreter("en", "de", voices=("coral", "echo"))
    assert lesson.instructions.startswith("You are an interpreter between English and German.")
    assert "never answer a question" in lesson.instructions
    assert "Keep names" in lesson.instructions
    assert "{" not in lesson.instructions
    assert (lesson.languages, lesson.mode, lesson.skill) == (("en", "de"), "interpreter", "labkit-interpreter")
    assert list(lesson.voices.items()) == [("en", "coral"), ("de", "echo")]


def test_chinese_is_spoken_and_not_heard() -> None:
    lesson = interpreter("en", "zh")
    assert lesson.languages == ("en",)
    assert list(lesson.voices) == ["en", "zh"]


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        (("zh", "en"), "the first language is one of en, es, fr, de"),
        (("it", "en"), "the first language is one of"),
        (("en", "it"), "the second language is one of es, fr, de, zh"),
        (("es", "es"), "the second language is one of en, fr, de, zh"),
    ],
)
def test_other_pairs_are_refused(pair: tuple[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        interpreter(*pair)


def test_other_lessons_have_no_mode() -> None:
    assert (Lesson().mode, dict(Lesson().voices)) == ("", {})


NAIL = {"en": "I need {number a|nail|nails}.", "es": "Necesito {number un|clavo|clavos}."}


def test_phrases_of_ones_own_are_told_and_listened_for() -> None:
    lesson = interpreter("en", "es", phrases=[NAIL])
    assert "en: I need two nails." in lesson.expect
    assert "es: Necesito un clavo." in lesson.expect
    book = told.book(lesson.instructions)
    assert len(book) == len(BOOK) + 1
    match = book.match("Necesito 99 clavos", "es")
    assert match
    assert book.translate(match, "en") == "I need ninety-nine nails."


def test_what_cannot_be_a_phrase_is_refused_here_and_left_out_there() -> None:
    with pytest.raises(UsageError, match="needs English"):
        interpreter(phrases=[{"es": "Necesito un clavo."}])
    with pytest.raises(UsageError, match="has no German"):
        interpreter("en", "de", phrases=[NAIL])
    with pytest.raises(UsageError, match="At most 50"):
        interpreter(phrases=[NAIL] * 51)
    assert len(told.book(f'{told.HEADING}\n{{"es": "Necesito un clavo."}}\nnot a phrase\n')) == len(BOOK)
    assert told.book("You are an interpreter.") == BOOK
