"""On which side of the interpreter's panel what was said stands."""

from __future__ import annotations

import pytest

from labkit.lessons import TUTOR, Lesson, interpreter
from labkit.panel_interpreter import columns, sides
from labkit.phrases import BOOK, UNDERSTOOD
from labkit.turns import Turn


def test_the_columns_are_the_two_languages_in_their_own_names() -> None:
    english = {"language": "en", "name": "English", "heard": True}
    assert columns(interpreter("de", "en")) == [{"language": "de", "name": "Deutsch", "heard": True}, english]
    assert columns(interpreter("en", "zh"))[1] == {"language": "zh", "name": "中文", "heard": False}
    assert columns(TUTOR) == columns(Lesson()) == []


def test_what_the_server_heard_is_not_guessed() -> None:
    assert sides(Turn(0, user="Hotel Berlin", language="es"), ("en", "es")) == ("es", "en")
    assert sides(Turn(0, user="the station", language="fr"), ("en", "es")) == ("en", "es")


@pytest.mark.parametrize("foreign", [language for language in UNDERSTOOD if language != "en"])
def test_typed_phrases_and_translations_find_their_sides(foreign: str) -> None:
    for said, wanted in (("en", foreign), (foreign, "en")):
        for phrase in BOOK.sentences(said)[::7]:
            match = BOOK.match(phrase, said)
            turn = Turn(0, user=phrase, assistant=BOOK.translate(match, wanted) if match else "")
            assert sides(turn, ("en", foreign)) == (said, wanted), phrase


def test_a_name_alone_stands_opposite_its_answer() -> None:
    assert sides(Turn(0, user="Xyzzy", assistant="¿Dónde está la estación?"), ("en", "es")) == ("en", "es")


def test_who_is_not_understood_is_answered_in_their_own_column() -> None:
    turn = Turn(0, language="es", assistant="No lo he entendido. Dígalo otra vez, por favor.")
    assert sides(turn, ("en", "es")) == ("es", "es")


def test_what_is_not_known_is_not_said() -> None:
    assert sides(Turn(0), ("en", "es")) == ("", "")
    assert sides(Turn(0, assistant="I did not understand that."), ("en", "es")) == ("", "en")
