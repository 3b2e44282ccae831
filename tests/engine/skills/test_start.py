from __future__ import annotations

from datetime import date, datetime, time

import pytest

from labkit.engine.eyes import Colour, Line, Sight
from labkit.engine.hearing import Hearing, Word
from labkit.engine.skills import Reply, Request, find
from labkit.engine.skills.phrases import expand, normalise, readings
from labkit.engine.skills.spelling import (
    date_words,
    number_value,
    number_words,
    ordinal_words,
    time_words,
    year_words,
)
from labkit.engine.voice import STYLES

NOW = datetime(2026, 11, 20, 9, 30)  # noqa: DTZ001  the person's own wall clock
SKILL = find("labkit-start")
SIGHT = Sight(
    640,
    480,
    (Line("2x + 3 = 11", 0.9, (0, 0, 9, 9)), Line("Hello lab", 0.9, (0, 20, 9, 29))),
    (Colour("white", 0.8, (255, 255, 255)), Colour("red", 0.1, (220, 25, 30))),
    1.0,
)


def ask(text: str, *, hearing=None, understood=True, sight=None, history=(), expected=()) -> Reply:
    return SKILL.reply(Request(text, hearing, understood, sight, history, NOW, "", expected))


def said(text: str, **more) -> str:
    return ask(text, **more).text


def heard(open_text: str, *sure: str) -> Hearing:
    words = tuple(Word(word, 0, 100, word in sure) for word in open_text.split())
    return Hearing(open_text, False, "count to ten", open_text, 30.0, words, 1.0)


def test_an_unknown_model_gets_the_start_skill():
    assert find("gpt-realtime") is find("labkit-start")
    assert find("labkit-start").name == "labkit-start"


def test_the_grammar_is_plain_distinct_and_small():
    sentences = SKILL.sentences()
    assert len(sentences) == len(set(sentences)) <= 250
    assert all(normalise(sentence) == sentence for sentence in sentences)


def test_hardly_a_sentence_begins_another():
    """The ear must wait longer after a sentence that could go on."""
    sentences = SKILL.sentences()
    begun = {one for one in sentences for other in sentences if other.startswith(f"{one} ")}
    assert begun == {"stop"}


@pytest.mark.parametrize("sentence", SKILL.sentences())
def test_every_listed_sentence_has_a_speakable_answer(sentence):
    reply = ask(sentence)
    assert "do not know" not in reply.text
    assert reply.text.isprintable()
    assert reply.text[-1] in ".!?"
    assert reply.style in {None, *STYLES}


def test_what_it_says_one_can_say_is_understood():
    assert set(SKILL.you_can_say) <= set(SKILL.sentences())


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("What time is it?", "It is nine thirty in the morning."),
        ("Hey, what\N{RIGHT SINGLE QUOTATION MARK}s the time please", "It is nine thirty in the morning."),
        ("tell me the date", "Today is Friday, the twentieth of November, twenty twenty six."),
        ("what day is it today?", "Today is Friday."),
        ("What year is it", "It is twenty twenty six."),
        ("What month is it", "It is November."),
        ("Count to 5!", "one, two, three, four, five."),
        ("Could you please count to three?", "one, two, three."),
        ("count from three to seven", "three, four, five, six, seven."),
        ("count from 7 to 5", "seven, six, five."),
        ("count down from three", "three, two, one."),
        ("count to 0", "one, zero."),
        ("GOOD MORNING", "Good morning! Ask me what I can do."),
    ],
)
def test_typed_sentences_are_answered(typed, answer):
    assert said(typed) == answer


@pytest.mark.parametrize("typed", ["count to 1000", "count to 101", "count backwards", "count from here to there"])
def test_what_cannot_be_counted_is_told(typed):
    assert said(typed).startswith("I can count between zero and one hundred.")


def test_it_counts_to_a_hundred():
    assert said("count to a hundred").endswith("ninety eight, ninety nine, one hundred.")


def test_it_remembers_what_the_person_said():
    history = [("user", "count to ten"), ("assistant", "one, two")]
    assert said("what did I say", history=history) == "You said: count to ten"
    assert said("what did I say", history=[*history, ("user", "What did I say?")]) == "You said: count to ten"
    assert said("what did I say") == "This is the first thing you say to me."
    assert said("what did I say", history=[("user", "")]) == "You said something that I did not understand."


def test_it_remembers_only_what_was_heard_of_its_answer():
    assert said("what did you say", history=[("assistant", "one, two")]) == "I said: one, two"
    assert said("what did you say", history=[("assistant", "I said: one")]) == "I said: one"
    assert said("what did you say", history=[("assistant", "")]) == "You heard nothing of my last answer."
    assert said("what did you say") == "I have not said anything yet."


def test_it_says_the_last_answer_again_in_a_style():
    history = [("user", "hello"), ("assistant", "Hello!")]
    assert ask("say that like a robot", history=history) == Reply("Hello!", "robot")
    assert ask("say that in a whisper", history=history) == Reply("Hello!", "whisper")
    assert ask("say that again", history=history) == Reply("Hello!", None)


def test_a_way_of_speaking_stays_until_it_is_changed():
    assert ask("speak slowly").style == "slow"
    slow = [("user", "Speak slowly."), ("assistant", "I am speaking slowly now.")]
    assert ask("thank you", history=slow).style == "slow"
    assert ask("say that like a robot", history=slow).style == "robot"
    assert ask("speak normally", history=slow).style is None
    assert ask("hello", history=[*slow, ("user", "speak normally"), ("assistant", "This is.")]).style is None
    assert ask("talk like a robot", history=slow).style == "robot"


def test_a_picture_is_described_named_and_read():
    assert said("what do you see", sight=SIGHT) == (
        "I see a picture, mostly white and red. It says: 2x + 3 = 11. Hello lab."
    )
    assert said("What color is it?", sight=SIGHT) == "It is red."
    assert said("read it", sight=SIGHT) == "It says: 2x + 3 = 11. Hello lab."


def test_a_picture_without_text_or_colour_and_none_at_all():
    blank = Sight(9, 9, (), (Colour("white", 1.0, (255, 255, 255)),), 1.0)
    assert said("what do you see", sight=blank) == "I see a picture, mostly white. I see no text in it."
    assert said("what colour is it", sight=blank) == "It is white."
    assert said("read it", sight=blank) == "I see no text in the picture."
    assert said("read it").startswith("You have not shown me a picture yet.")


def test_many_lines_are_cut_short():
    many = Sight(9, 9, tuple(Line(f"line {n}", 1, (0, n, 1, n)) for n in range(9)), (), 1.0)
    assert said("read it", sight=many).endswith("line 5. And 3 more lines.")


def test_a_sentence_that_the_client_expects_is_repeated():
    assert said("A lathe is a big tool", expected=["a lathe is a big tool."]) == "You said: A lathe is a big tool"


def test_what_was_not_understood_is_said_plainly_with_the_sure_words_and_two_offers():
    answer = said("", hearing=heard("what time was the train", "what", "time"), understood=False)
    assert answer.startswith("I heard what … time, but did not understand the rest. You can say: what time is it. Or: ")
    silent = said("", hearing=heard(""), understood=False)
    assert silent.startswith("I did not understand that. You can say: what can you do. Or: what time is it.")


@pytest.mark.parametrize(
    "typed", ["fly me to the moon", "what time is the train", "countdown", "", "🙂", "say", "please"]
)
def test_typed_sentences_that_are_not_listed_are_declined(typed):
    assert said(typed).startswith("I do not know that sentence. You can say: ")


def test_a_heard_sentence_that_was_not_accepted_is_never_guessed():
    assert "did not understand" in said("count to ten", hearing=heard("count to ten"), understood=False)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("stop", ["stop"]),
        ("[please] (stop|wait)", ["please stop", "please wait", "stop", "wait"]),
        ("(what's|what is) the [exact] time", None),
    ],
)
def test_patterns_expand_to_their_readings(pattern, expected):
    expanded = expand(pattern)
    assert expanded == expected if expected else len(expanded) == 4


def test_text_is_normalised():
    assert normalise("  Count to 10, PLEASE! ") == "count to ten please"
    assert normalise("What\N{RIGHT SINGLE QUOTATION MARK}s 42nd?") == "what's forty two nd"
    assert normalise("call 123456 or 007") == "call 123456 or seven"


def test_numbers_dates_and_times_are_spelled():
    assert all(number_value(number_words(number)) == number for number in range(101))
    assert [ordinal_words(day) for day in (1, 2, 3, 12, 20, 21, 30)] == [
        *("first", "second", "third", "twelfth", "twentieth", "twenty first", "thirtieth"),
    ]
    assert [year_words(year) for year in (1900, 1999, 2000, 2005, 2026)] == [
        *("nineteen hundred", "nineteen ninety nine", "two thousand", "two thousand and five", "twenty twenty six"),
    ]
    assert time_words(time(0, 0)) == "twelve o'clock at night"
    assert time_words(time(12, 5)) == "twelve oh five in the afternoon"
    assert time_words(time(18, 42)) == "six forty two in the evening"
    assert date_words(date(2026, 2, 3)) == "Tuesday, the third of February, twenty twenty six"
    with pytest.raises(ValueError, match="101"):
        number_words(101)


def test_a_long_text_is_not_searched_for_polite_words():
    assert list(readings("please count to 3 now")) == [
        "please count to three now",
        "count to three now",
        "count to three",
    ]
    assert len(list(readings("please " * 20_000))) == 1
