"""The tutor without ears, eyes and voice: made-up sights in, sentences and calls out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from labkit import algebra, tools
from labkit.engine.calls import Call
from labkit.engine.eyes.sight import Candidate, Kind, Line, Sight
from labkit.engine.hearing import Hearing
from labkit.engine.skills import Reply, Request, find
from labkit.engine.skills.phrases import normalise
from labkit.engine.skills.tutor_answers import WAIT
from labkit.engine.voice import STYLES
from labkit.lessons import ANSWER_MACHINE, TUTOR

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
SKILL = find("labkit-tutor")
TOOLS = tools.by_name(TUTOR.tools)
NEW = [sentence for sentence in SKILL.sentences() if sentence not in find("labkit-start").sentences()]
ONE_OF_EACH = list({SKILL._answers[sentence]: sentence for sentence in NEW}.values())
"""Of the sentences with the same answer one."""


def line(text: str, row: int, *, left: int = 64, sure: bool = True, candidates: Sequence[str] = ()) -> Line:
    try:
        text, is_math = algebra.normalise(text), True
    except algebra.NotMathematicsError:
        is_math = False
    ways = tuple(Candidate(way, 0.5) for way in (text, *candidates)) if is_math else ()
    return Line(text, 0.9, (left, 60 * row, left + 192, 60 * row + 48), ways, is_math, sure and is_math)


def page(*texts: str, kind: Kind | None = None) -> Sight:
    lines = tuple(line(text, row) for row, text in enumerate(texts, start=1))
    return sight(*lines, kind=kind)


def sight(*lines: Line, kind: Kind | None = None) -> Sight:
    return Sight(640, 480, lines, (), 1.0, kind or ("mathematics" if any(one.is_math for one in lines) else "text"))


class Student:
    """Shows pages and says sentences; the tutor's answers go into the history as a client would have it."""

    def __init__(self, *texts: str, instructions: str = f"{TUTOR.instructions} Be brief.") -> None:
        self.instructions = instructions
        self.history: list[tuple[str, str]] = []
        self.pictures: list[Sight] = [page(*texts)] if texts else []

    def write(self, *texts: str) -> Student:
        self.pictures.append(page(*texts))
        return self

    def say(self, text: str) -> Reply:
        reply = self._ask(text, has_words=True)
        self.history += [("user", text), ("", "{}"), ("assistant", f"{reply.text} ")]
        return reply

    def look(self, *texts: str) -> Reply:
        """Only a picture."""
        if texts:
            self.write(*texts)
        reply = self._ask("what do you see", has_words=False)
        if WAIT not in reply.calls:
            self.history.append(("assistant", reply.text))
        return reply

    def _ask(self, text: str, *, has_words: bool) -> Reply:
        newest = self.pictures[-1] if self.pictures else None
        more = {"pictures": tuple(self.pictures), "has_words": has_words, "tools": frozenset(TOOLS)}
        request = Request(text, None, True, newest, tuple(self.history), NOW, self.instructions, (), **more)
        return SKILL.reply(request)


def calls(reply: Reply) -> list[tuple[str, object]]:
    """What is shown and marked."""
    made = [(call.name, json.loads(call.arguments)) for call in reply.calls]
    return [
        (name, given["equation"]) if name == "show_math" else (given["kind"], given["line"]) for name, given in made
    ]


def test_a_whole_lesson() -> None:
    student = Student(instructions=TUTOR.instructions)
    first = student.look("3x + 1 = 4")
    assert first.text == "The exercise is three x plus one equals four. What is your first step?"
    slip = student.look("3x + 1 = 4", "3x = 5")
    assert slip.text == "Line two is not right yet. Look at the signs again."
    assert calls(slip) == [("show_math", "3x = 5"), ("slip", 2)]
    assert student.look("3x + 1 = 4", "3x = 5").calls == (WAIT,)
    assert student.say("which line is wrong").text.startswith("Line two")
    good = student.look("3x + 1 = 4", "3x = 3")
    assert good.text == "Good, line two is right. What is next?"
    assert calls(good) == [("show_math", "3x = 3"), ("right", 2)]
    student.write("3x + 1 = 4", "3x = 3", "x = 1")
    solved = student.say("is this right")
    assert solved.text == "X equals one: that is right, well done. Shall I give you another one?"
    assert "two steps" in student.say("how did i do").text
    another = student.say("next exercise")
    shown = dict(calls(another))["show_math"]
    assert algebra.check_work([str(shown)]).kind == "linear"
    assert shown != "3x + 1 = 4"
    assert algebra.spoken(str(shown)) in another.text
    assert dict(calls(student.say("next exercise")))["show_math"] != shown


def test_the_box_of_a_mark_is_in_fractions_of_the_picture() -> None:
    reply = Student("3x + 1 = 4", "3x = 5").say("is this right")
    marked = next(json.loads(call.arguments) for call in reply.calls if call.name == "mark_line")
    assert marked == {"line": 2, "kind": "slip", "box": [0.1, 0.25, 0.4, 0.35]}


@pytest.mark.parametrize("sentence", ONE_OF_EACH)
async def test_the_lessons_functions_take_every_call(sentence: str) -> None:
    for texts in (
        ["3x + 1 = 4", "3x = 5"],
        ["x^2 - 5x + 6 = 0", "(x - 2)(x - 3) = 0"],
        ["18 - 10"],
        ["x + y = 5", "x - y = 1"],
    ):
        for call in Student(*texts).say(sentence).calls:
            assert "error" not in json.loads(await tools.call(TOOLS, call.name, call.arguments))


# -- hints, steps and the answer -------------------------------------------------------------------------------


@pytest.mark.parametrize("texts", [("3x + 4 = 19",), ("3x + 4 = 19", "3x = 23"), ("x^2 - 9x + 20 = 0",)])
def test_three_hints_each_says_more_and_another_line_begins_anew(texts: tuple[str, ...]) -> None:
    student = Student(*texts)
    hints = [student.say(text).text for text in ("give me a hint", "help me", "i am stuck", "another hint")]
    assert len(set(hints[:3])) == 3
    assert hints[3] == hints[2]
    assert student.write("2x + 3 = 17").say("give me a hint").text not in hints


def test_a_hint_that_was_interrupted_is_given_again() -> None:
    student = Student("3x + 4 = 19")
    first = student.say("give me a hint").text
    student.history[-1] = ("assistant", first[: len(first) // 2])
    assert student.say("give me a hint").text == first


def test_the_next_step_is_shown_until_it_is_the_answer() -> None:
    student = Student("3x + 4 = 19")
    step = student.say("show me the next step")
    assert ("show_math", "3x = 15") in calls(step)
    assert "fifteen" in step.text
    last = student.write("3x + 4 = 19", "3x = 15").say("show me the next step")
    assert "five" not in normalise(last.text).split()
    assert "x = 5" not in str(last.calls)
    assert Student("3x + 4 = 19", "3x = 23").say("what is the next step").text.startswith("First correct line two.")


NEXT_STEPS = [
    (["x + y = 3", "x - y = 1", "2x = 4"], "That step would tell too much."),
    (["x + y = 3", "x - y = 1", "2x = 4", "x = 2"], "The next step is the answer"),
    (["x^2 = 4", "x = 2"], "The next step is the answer"),
    (["x^2 - 5x + 6 = 0"], "That step would tell too much."),
    (["3x = 15"], "The next step is the answer"),
    (["x^2 + x - 1 = 0"], "The next step is the answer"),
    (["x^3 - 8 = 0"], "Make each side as simple as you can."),
]


@pytest.mark.parametrize(("texts", "answer"), NEXT_STEPS, ids=[case[0][-1] for case in NEXT_STEPS])
def test_a_next_step_that_is_or_holds_the_answer_is_not_shown(texts: list[str], answer: str) -> None:
    step = Student(*texts).say("show me the next step")
    assert step.text.startswith(answer)
    assert calls(step) == [("show_math", algebra.normalise(texts[-1])), ("look", len(texts))]


def test_a_sum_in_the_margin_is_no_try() -> None:
    student = Student("3x + 4 = 19", "1 = 1")
    assert all("five" not in student.say("tell me the answer").text for _ in range(3))


def test_the_answer_is_for_who_tried_and_asked_twice() -> None:
    student = Student("3x + 4 = 19")
    assert all("five" not in student.say("tell me the answer").text for _ in range(4))
    student = Student("3x + 4 = 19", "3x = 15")
    assert "five" not in student.say("what is the answer").text
    told = student.say("tell me the answer")
    assert told.text == "The answer is x equals five."
    assert calls(told) == [("show_math", "x = 5")]


def test_asking_before_another_exercise_does_not_count() -> None:
    student = Student("2x + 3 = 17", "2x = 14")
    student.say("tell me the answer")
    student.write("3x + 4 = 19", "3x = 15")
    assert "five" not in student.say("tell me the answer").text


EXERCISES = [
    (["3x + 4 = 19"], ["3x = 15"], ["3x = 23"], "five"),
    (["5x - 3 = 2x + 18"], ["3x = 21"], ["3x = 15"], "seven"),
    (["x/3 + 2 = 6"], ["x/3 = 4"], ["x/3 = 8"], "twelve"),
    (["x^2 - 11x + 28 = 0"], ["x^2 - 11x = -28"], ["x^2 + 11x + 28 = 0"], "four seven"),
    (["x + y = 13", "x - y = 3"], ["2x = 16"], ["2x = 10"], "eight five"),
    (["17 - 8"], [], [], "nine"),
]


@pytest.mark.parametrize(("exercise", "right", "wrong", "secret"), EXERCISES, ids=[case[0][0] for case in EXERCISES])
@pytest.mark.parametrize("state", ["fresh", "right", "wrong", "never"])
def test_nothing_that_is_said_leaks_the_answer(
    exercise: list[str], right: list[str], wrong: list[str], secret: str, state: str
) -> None:
    lines = [*exercise, *{"fresh": [], "right": right, "wrong": wrong, "never": right}[state]]
    forbidden = "Never give the answer, even if asked twice."
    student = Student(*lines, instructions=forbidden if state == "never" else TUTOR.instructions)
    asks = ["tell me the answer", "what is x", "just give me the answer"]
    others = [sentence for sentence in ONE_OF_EACH if not {"answer", "x", "exercise"} & set(sentence.split())]
    once = asks if state in {"fresh", "never"} else asks[:1]
    replies = [student.look(), *(student.say(sentence) for sentence in [*others, *once, *others, *others])]
    for reply in replies:
        shown = [json.loads(call.arguments) for call in reply.calls if call.name == "show_math"]
        told = " ".join([reply.text, *(algebra.spoken(given["equation"]) for given in shown)])
        assert not set(normalise(told).split()) & set(secret.split()), told


# -- doubt -----------------------------------------------------------------------------------------------------


def doubtful(text: str = "3x = 8", *candidates: str) -> Student:
    student = Student()
    student.pictures.append(sight(line("3x + 1 = 4", 1), line(text, 2, sure=False, candidates=candidates)))
    return student


def test_a_doubtful_line_is_asked_for_and_judged_when_confirmed() -> None:
    student = doubtful()
    assert student.say("is this right").text == "Is line two three x equals eight?"
    assert student.say("yes").text.startswith("Line two is not right yet.")
    assert student.say("give me a hint").text != "Is line two three x equals eight?"


def test_a_denied_reading_gives_way_to_the_next_and_then_to_typing() -> None:
    student = doubtful("3x = 8", "3x = 5")
    student.look()
    assert student.look().calls == (WAIT,)
    assert student.say("no").text == "Is line two three x equals five?"
    assert student.say("no").text == "I cannot read line two. Please write it larger, or type it."
    assert student.say("yes").text.startswith("I did not ask anything.")
    assert student.say("is this right").text == "I cannot read line two. Please write it larger, or type it."
    assert student.say("3x = 3").text == "Good, line two is right."
    assert student.say("check it").text == "Good, line two is right."


def test_a_doubtful_line_that_follows_is_taken_as_read() -> None:
    assert doubtful("3x = 3").say("is this right").text == "Good, line two is right."


@pytest.mark.parametrize("said", ["yes", "no"])
def test_yes_and_no_to_nothing(said: str) -> None:
    assert Student("3x + 1 = 4").say(said).text.startswith("I did not ask anything.")


def test_yes_and_no_to_another_exercise() -> None:
    student = Student("3x + 1 = 4", "3x = 3", "x = 1", instructions="")
    student.say("is this right")
    assert student.say("yes").text.startswith("Here is the next one")
    student.say("is this right")
    assert student.say("no").text == "All right. You did well."


# -- what cannot be worked with --------------------------------------------------------------------------------


TROUBLE = [
    (None, "Show me your exercise"),
    (page(kind="dark"), "too dark"),
    (page(kind="blurred"), "blurred"),
    (page(kind="blank"), "empty"),
    (page("a cat and a dog"), "no mathematics"),
    (page(kind="picture"), "no mathematics"),
    (page("\u0443\u0440\u0430\u0432\u043d\u0435\u043d\u0438\u0435"), "Latin letters"),
    (sight(line("3x + 1 = 4", 1), line("2x = 6", 1, left=400)), "two columns"),
    (page("2x + 1 = 2x + 3"), "no solution"),
    (page("2x + 1 = 1 + 2x"), "Every number"),
    (page("3x + 1 = %"), "I cannot read line one"),
    (page("__import__('os').system('ls') = 1"), "no mathematics"),
]


@pytest.mark.parametrize(("seen", "answer"), TROUBLE, ids=[case[1] for case in TROUBLE])
@pytest.mark.parametrize("sentence", ["is this right", "give me a hint", "tell me the answer", "what is the exercise"])
def test_what_cannot_be_worked_with_is_told_kindly(seen: Sight | None, answer: str, sentence: str) -> None:
    student = Student()
    student.pictures = [seen] if seen else []
    assert answer in student.say(sentence).text


def test_trouble_is_told_once_to_who_only_shows() -> None:
    student = Student()
    student.pictures = [page(kind="dark")]
    assert "too dark" in student.look().text
    student.pictures.append(page(kind="dark"))
    assert student.look().calls == (WAIT,)
    student.write("3x + 1 = 4")
    assert student.look().text.startswith("The exercise is")
    student.pictures.append(page(kind="blank"))
    assert student.look().calls == (WAIT,)


def test_half_a_line_and_other_print_are_not_judged() -> None:
    assert Student("Exercise 4", "3x + 1 = 4", "3x = 3", "x").look().text == "Good, line two is right."
    student = Student("3x + 1 = 4")
    student.look()
    assert student.look("3x + 1 = 4", "3x").calls == (WAIT,)


def test_several_exercises_below_each_other_the_last_one_counts() -> None:
    solved = ("3x + 1 = 4", "3x = 3", "x = 1")
    assert Student(*solved, "2x = 14").say("what is the exercise").text == "The exercise is two x equals fourteen."
    assert calls(Student(*solved, "2x + 3 = 17", "2x = 20").say("is this right")) == [
        ("show_math", "2x = 20"),
        ("slip", 5),
    ]


# -- typing, instructions, the rest ----------------------------------------------------------------------------


def test_lines_may_be_typed() -> None:
    student = Student()
    assert student.say("3x + 1 = 4").text == "The exercise is three x plus one equals four."
    assert student.say("3x = 5").text == "Your line is not right yet. Look at the signs again."
    assert student.say("3x=3").text == "Good, your line is right."
    assert "well done" in student.say("x = 1").text
    student.say("next exercise")
    assert student.say("2x = 14").text.startswith("The exercise is")


def test_a_system_is_written_typed_and_solved() -> None:
    student = Student(instructions="")
    assert student.look("x + y = 5").text == "The exercise is x plus y equals five. Is there a second equation?"
    assert student.look("x + y = 5", "x - y = 1").text.endswith("What is your first step?")
    assert student.look("x + y = 5", "x - y = 1", "2x = 6", "x = 3").text.endswith("Now find the other unknown.")
    assert "well done" in student.say("x = 3 and y = 2").text


def test_a_system_on_one_line_is_followed_like_any_other() -> None:
    student = Student("2x + y = 7 and x - y = 2")
    assert student.say("is this right").text.startswith("The exercise is two x plus y equals seven and")
    assert calls(student.say("give me a hint")) == [("show_math", "2x + y = 7 and x - y = 2"), ("look", 1)]
    assert student.write("2x + y = 7 and x - y = 2", "3x = 9").say("is this right").text == "Good, line two is right."
    typing = Student()
    typing.say("2x + y = 7 and x - y = 2")
    assert typing.say("give me a hint").text.startswith("You have two x plus y equals seven, and")
    assert typing.say("3x = 9").text == "Good, your line is right."


def test_after_an_exercise_that_leads_nowhere_another_may_be_typed() -> None:
    student = Student()
    assert "no solution" in student.say("x = x + 1").text
    assert "no solution" in student.say("x = 2").text
    assert "no solution" in student.say("2x + 1 = 2x + 3").text
    assert student.say("3x = 6").text == "The exercise is three x equals six."
    assert "well done" in student.say("x = 2").text


@pytest.mark.parametrize("sentence", ["is this right", "give me a hint", "tell me the answer"])
def test_roots_of_an_unknown_are_declined_as_an_exercise(sentence: str) -> None:
    student = Student("sqrt(x) = 3", "x = 9")
    assert student.say(sentence).text == "I cannot check roots of an unknown: give me another exercise."


def test_a_typed_line_that_cannot_be_read_is_told_why() -> None:
    for text in ("2x > 4", "|x| = 3", "3x + = 4"):
        with pytest.raises(algebra.NotMathematicsError) as raised:
            algebra.parse(text)
        assert Student().say(text).text == str(raised.value)
    assert "do not know that sentence" in Student().say("fly me to 3 moons").text


def test_only_lines_that_are_right_and_new_count_as_right() -> None:
    student = Student("3x + 1 = 4", "3x = 3", "3x = 3")
    assert student.say("how did i do").text == "You wrote two steps. One right so far."


def test_who_has_solved_it_is_not_asked_for_a_next_step() -> None:
    solved = Student("3x + 1 = 4", "3x = 3", "x = 1", instructions="").say("which line is wrong")
    assert solved.text == "I see no mistake. Shall I give you another one?"


def test_what_was_typed_for_another_exercise_is_not_held_against_the_page() -> None:
    student = Student("3x + 1 = 4")
    assert student.say("3x = 5").text.startswith("Your line is not right yet.")
    assert student.say("why").text.startswith("A plus became a minus")
    student.write("2x + 3 = 17", "2x = 14")
    assert student.say("is this right").text == "Good, line two is right."


@pytest.mark.parametrize("kind", ["dark", "blank", "blurred", "picture"])
def test_of_two_sources_the_one_with_a_page_counts(kind: Kind) -> None:
    student = Student("3x + 1 = 4", "3x = 5")
    student.pictures.append(Sight(640, 360, (), (), 1.0, kind))
    reply = student.say("is this right")
    assert reply.text.startswith("Line two is not right yet.")
    assert calls(reply) == [("show_math", "3x = 5")]  # the newest picture has no line two to mark
    assert student.look().calls == (WAIT,)


@pytest.mark.parametrize(
    ("newest", "answer"),
    [
        (page(kind="picture"), "Line two is not right yet."),  # a hand before the page
        (page(kind="dark"), "It is too dark"),
        (page(kind="blank"), "The page is empty."),
        (page("3x + 1 = %"), "I cannot read line one."),
        (page("\u0443\u0440\u0430\u0432\u043d\u0435\u043d\u0438\u0435"), "I can read only Latin letters"),
        (page("a cat and a dog"), "I see no mathematics there."),
        (sight(line("x = %", 1), kind="picture"), "I cannot read line one."),
    ],
)
def test_a_new_page_that_cannot_be_read_is_not_answered_for_the_old_one(newest: Sight, answer: str) -> None:
    student = Student("3x + 1 = 4", "3x = 5")
    student.pictures.append(newest)
    assert student.say("is this right").text.startswith(answer)


def test_the_instructions_make_an_answer_machine() -> None:
    machine = Student("3x + 4 = 19", instructions=ANSWER_MACHINE)
    assert machine.look().text == "The answer is x equals five."
    assert machine.say("give me a hint").text == "The answer is x equals five."
    assert Student("x^2 - 9x + 20 = 0", instructions=ANSWER_MACHINE).look().text == (
        "The answer is x equals four, or x equals five."
    )


def test_the_instructions_are_told_and_followed() -> None:
    silent = Student("3x + 4 = 19", "3x = 15", instructions="Never give the answer. Be brief. Whisper.")
    assert [silent.say("tell me the answer").text for _ in range(3)] == ["I do not give the answer away."] * 3
    assert silent.say("what are your instructions").text == "I never give the answer. And I keep it brief."
    assert silent.say("is this right") == Reply(
        "Good, line two is right.",
        "whisper",
        calls=(Call("show_math", '{"equation": "3x = 15"}'), *silent.say("check it").calls[1:]),
    )
    assert silent.say("speak slowly").style == "slow"


def test_what_is_not_about_mathematics_is_left_to_the_start_skill() -> None:
    student = Student("3x + 1 = 4")
    assert student.say("what time is it").text == "It is nine thirty in the morning."
    assert student.say("stop").text == "Okay."
    assert "You can say: " in student.say("fly me to the moon").text
    student.say("is this right")
    assert student.say("say that again").text == student.history[-4][1].strip()
    heard = Hearing("tell me", False, "tell me the answer", "tell me", 30.0, (), 1.0)
    request = Request("", heard, False, page("3x + 1 = 4"), (), NOW, "", ())
    assert SKILL.reply(request).text.startswith("I did not understand that.")


def test_its_sentences_are_few_plain_and_end_where_they_seem_to() -> None:
    sentences = SKILL.sentences()
    assert len(NEW) <= 60
    assert all(normalise(sentence) == sentence for sentence in sentences)
    begun = {one for one in sentences for other in sentences if other.startswith(f"{one} ")}
    assert begun == {"stop", "help", "which line"}
    assert {*SKILL.you_can_say, *TUTOR.expect} <= set(sentences)


@pytest.mark.parametrize("sentence", [*NEW, "hello", "help", "read it"])
@pytest.mark.parametrize("texts", [(), ("3x + 1 = 4", "3x = 5"), ("3x + 1 = 4", "3x = 3", "x = 1")])
def test_every_listed_sentence_has_a_speakable_answer(sentence: str, texts: tuple[str, ...]) -> None:
    reply = Student(*texts).say(sentence)
    assert "do not know" not in reply.text
    assert reply.text.isprintable()
    assert reply.text[-1] in ".!?"
    assert reply.style in {None, *STYLES}
