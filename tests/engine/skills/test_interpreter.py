"""The interpreter without ears and voice: what was heard in, what is said to whom out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from labkit.engine.hearing import Hearing
from labkit.engine.skills import Moment, Reply, Request, find
from labkit.engine.skills import interpreter_sayings as sayings
from labkit.lessons import interpreter
from labkit.phrases import BOOK, UNDERSTOOD

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
SKILL = find("labkit-interpreter")


class People:
    """Two people who talk through the interpreter; its answers join the conversation as far as they were heard."""

    def __init__(self, first: str = "en", second: str = "es") -> None:
        self.lesson = interpreter(first, second)
        self.moments: list[Moment] = []
        self.instructions = self.lesson.instructions

    def type(self, text: str) -> Reply:
        return self._ask(Moment("user", text, NOW))

    def speak(
        self, text: str, language: str, *, accepted: bool = True, open_text: str = "", nearest: Sequence[str] = ()
    ) -> Reply:
        """Say something that is heard as this listed sentence, surely or not."""
        near = tuple(nearest)
        hearing = Hearing(text if accepted else "", accepted, text, open_text, language=language, nearest=near)
        return self._ask(Moment("user", hearing.text, NOW, accepted, hearing=hearing))

    def greet(self) -> Reply:
        return SKILL.reply(self._request("hello"))

    def cut(self, heard: str) -> None:
        """Only this was heard of the last answer."""
        self.moments[-1] = Moment("assistant", heard, NOW)

    def _ask(self, moment: Moment) -> Reply:
        self.moments.append(moment)
        reply = SKILL.reply(self._request(moment.text, moment.hearing))
        self.moments.append(Moment("assistant", reply.text, NOW))
        return reply

    def _request(self, text: str, hearing: Hearing | None = None) -> Request:
        return Request(
            text=text,
            hearing=hearing,
            understood=hearing is None or hearing.accepted,
            sight=None,
            history=[],
            now=NOW,
            instructions=self.instructions,
            expected=(),
            languages=self.lesson.languages,
            moments=list(self.moments),
        )


@pytest.mark.parametrize(
    ("pair", "said", "language", "wanted"),
    [
        (("en", "es"), "Where is the station?", "en", "¿Dónde está la estación de tren?"),
        (("en", "es"), "¿Cuánto cuesta?", "es", "How much does it cost?"),
        (("en", "es"), "Me llamo Carlos.", "es", "My name is Carlos."),
        (("en", "fr"), "Je m'appelle Thomas.", "fr", "My name is Thomas."),
        (("en", "de"), "The train leaves at half past nine.", "en", "Der Zug fährt um halb zehn ab."),
        (("de", "en"), "Wo ist der Bahnhof?", "de", "Where is the train station?"),
        (("es", "fr"), "¡Buenos días!", "es", "Bonjour !"),
        (("en", "zh"), "It costs twenty euros.", "en", "这个要二十欧元。"),
    ],
)
@pytest.mark.parametrize("way", ["typed", "spoken"])
def test_each_language_is_said_in_the_other_one_and_its_voice(
    pair: tuple[str, str], said: str, language: str, wanted: str, way: str
) -> None:
    people = People(*pair)
    reply = people.type(said) if way == "typed" else people.speak(said, language)
    other = pair[1] if language == pair[0] else pair[0]
    assert reply == Reply(wanted, language=other, voice=people.lesson.voices[other])


def test_names_stay_as_they_are() -> None:
    assert People().type("My name is Rose Snow.").text == "Me llamo Rose Snow."


def test_without_the_lessons_instructions_the_session_says_which_languages() -> None:
    people = People("en", "fr")
    people.instructions = "Never translate names."
    assert people.type("Where is the station?") == Reply("Où est la gare ?", language="fr")


def test_nobody_has_spoken_yet() -> None:
    reply = People("fr", "en").greet()
    assert reply.text.startswith("J'interprète entre le français et l'anglais.")
    assert reply.language == "fr"


# -- what is not understood -------------------------------------------------------------------------------------


def test_an_unknown_sentence_is_declined_in_its_own_language_and_the_nearest_phrase_offered() -> None:
    people = People()
    first = people.type("Where can my luggage go?")
    assert first.text.startswith("That is not in the phrase book. Did you mean “")
    assert first.language == "en"
    assert people.type("yes").language == "es"
    assert BOOK.match(people.moments[-1].text, "es") is not None


def test_refusing_offers_leads_to_the_next_and_then_to_other_words() -> None:
    people = People()
    near = BOOK.nearest("Dónde está mi bolsa", "es")
    replies = [people.type("Dónde está mi bolsa"), *(people.type("no") for _ in near)]
    asked = [re.search("«(.*)»", reply.text) for reply in replies]
    assert [found and found[1] for found in asked] == [*(phrase.strip("¡!¿?. ") for phrase in near), None]
    assert replies[-1].text == sayings.OTHERWISE["es"]
    assert {reply.language for reply in replies} == {"es"}


def test_what_the_ear_guessed_is_offered_first_and_a_guessed_yes_takes_it() -> None:
    people = People()
    reply = people.speak("tengo hambre", "es", accepted=False)
    assert reply.text == "No he entendido eso. ¿Quería decir «Tengo hambre»? Diga sí o no."
    assert people.speak("sí", "es", accepted=False) == Reply("I am hungry.", language="en", voice="marin")


def test_what_sounds_alike_is_offered_as_the_book_says_it() -> None:
    people = People()
    alike = ["Hello!", "No.", "Hi!", "It costs two euros."]
    assert "“Hi”" in people.speak("hi", "en", accepted=False, nearest=alike).text
    assert people.speak("No.", "en").text == "Did you mean “It costs two euros”? Say yes or no."


def test_an_offer_is_taken_before_it_was_heard_to_its_end() -> None:
    people = People()
    people.speak("i am hungry", "en", accepted=False)
    people.cut("I did not understand that. Did you")
    assert people.speak("Yes.", "en").text == "Tengo hambre."


def test_yes_and_no_are_interpreted_when_nothing_is_on_offer() -> None:
    people = People()
    assert people.speak("Yes.", "en").text == "Sí."
    people.type("Where is the station?")
    assert people.speak("No.", "es") == Reply("No.", language="en", voice="marin")


def test_who_is_not_understood_twice_is_told_what_is_understood() -> None:
    people = People()
    people.speak("hallo", "en", accepted=False, open_text="hello")
    assert people.speak("hallo", "en", accepted=False).text.startswith("I interpret between English and Spanish.")


def test_silence_is_said() -> None:
    assert People().speak("", "en", accepted=False).text == "I heard nothing."


def test_a_number_that_cannot_be_is_said_in_the_language_of_the_sentence() -> None:
    reply = People().type("El tren sale a las 25:70.")
    assert (reply.text, reply.language) == ("«las 25:70» no es una hora del día.", "es")
    assert People().speak("El tren sale a las 25:70.", "es") == reply
    assert People().speak("El tren sale a las 25:70.", "es", accepted=False).language == "es"


def test_who_talks_over_an_answer_and_is_not_understood_is_asked_to_take_turns() -> None:
    people = People()
    people.speak("Where is the station?", "en")
    people.cut("¿Dónde está")
    assert people.speak("cuánto cuesta", "es", accepted=False).text.startswith(sayings.ONE_AT_A_TIME["es"])


def test_what_was_cut_off_by_the_same_person_going_on_is_said_again() -> None:
    people = People()
    people.speak("Good morning!", "en")
    people.cut("")
    people.speak("My name is Anna.", "en")
    people.cut("¡Buenos días! Me")
    assert people.speak("I am hungry.", "en").text == "¡Buenos días! Me llamo Anna. Tengo hambre."
    assert people.speak("¿Cuánto cuesta?", "es").text == "How much does it cost?"


def test_a_third_language_is_named_in_that_language() -> None:
    people = People()
    for said in ("Wo ist der Bahnhof?", "Ich weiß nicht, wo ich bin."):
        assert people.type(said) == Reply(
            "Das war Deutsch. Ich dolmetsche zwischen Englisch und Spanisch.", language="de"
        )
    assert people.type("你好").text == "That was Chinese. I interpret between English and Spanish."
    assert People("en", "zh").type("你好").text == "I speak Chinese, but I do not understand it."


def test_when_both_speak_the_same_language_the_other_person_is_told_once() -> None:
    people = People()
    said = ["Good morning!", "How are you?", "I am hungry.", "I am cold.", "Where is the station?", "Goodbye!", "Yes."]
    told = [" solo he oído inglés" in people.speak(text, "en").text for text in said]
    assert told == [False, False, False, False, True, False, False]


# -- what it listens for ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", UNDERSTOOD)
def test_everything_that_it_listens_for_it_interprets(language: str) -> None:
    listed = SKILL.sentences() if language == "en" else SKILL.sentences_in(language)
    people = People(language, "es" if language == "en" else "en")
    other = list(people.lesson.voices)[1]
    for sentence in listed[::25]:
        people.moments.clear()
        assert people.speak(sentence, language).language == other, sentence


@pytest.mark.parametrize("language", UNDERSTOOD)
def test_it_can_say_everything_in_every_language_that_it_hears(language: str) -> None:
    tables = {name: table for name, table in vars(sayings).items() if name.isupper() and isinstance(table, dict)}
    said = {name: table[language] for name, table in tables.items() if name not in {"LANGUAGES", "NAMES", "SHORT"}}
    assert len(said) > 8
    assert {name for name, text in said.items() if BOOK.language_of(re.sub(r"{.+?}", "", text)) != language} == set()
