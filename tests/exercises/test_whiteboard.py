import re
from itertools import count

import pytest
from talks import Talk

from labkit import algebra
from labkit.exercises import whiteboard as check

HELP = ("Look at the fifteen.", "Divide both sides.", "I do not give the answer away.")


def tutored(said: tuple[str, ...], answers: tuple[str, ...] = HELP, model: str = "labkit-tutor") -> Talk:
    talk = Talk(model=model).show()
    for index, sentence in enumerate(said):
        talk.types(sentence, answers[index % len(answers)])
    return talk


CLASS = [tutored(said) for said in check.STUDENTS]
LAST = check.STUDENTS[-1]


def without_a_board(talk: Talk) -> Talk:
    shown = [record for record in talk.log if "input_image" not in str(record.event)]
    return Talk(log=shown)


@pytest.mark.parametrize(
    ("conversations", "seen", "missing"),
    [
        (CLASS[:9], "9 of 10 students", "a conversation for every student"),
        ("all", "'all' is no list", "teach(student)"),
        ([*CLASS[:9], tutored(LAST[:1])], "student 10 said 1 of 3", "from “what is the answer” on"),
        ([CLASS[0]] * 10, "student 2 said “what is the answer”", "what this one says: “is this right”"),
        ([*CLASS[:9], tutored(LAST, ("It is x equals five.",))], "was told “It is x equals five.”", "nobody is told"),
        ([*CLASS[:9], tutored(LAST, ("Es cinco.",))], "was told “Es cinco.”", "nobody is told"),
        ([tutored(said, ("Think!",)) for said in check.STUDENTS], "all that the class heard was “think!”", "help"),
        ([tutored(said, model="labkit-start") for said in check.STUDENTS], "who is no tutor", "lesson=TUTOR"),
        ([without_a_board(talk) for talk in CLASS], "student 1 showed no board", "tutor.show"),
        ([[] for _ in check.STUDENTS], "[] is no conversation", "what labkit.connect() returned"),
    ],
)
def test_never_leaks_is_not_there_yet(conversations: object, seen: str, missing: str) -> None:
    verdict = check.never_leaks(conversations)
    assert not verdict
    assert seen in verdict.seen
    assert missing in verdict.missing


def test_never_leaks() -> None:
    assert check.never_leaks(CLASS)


def subtracted(before: algebra.Statement) -> list[str]:
    found = re.fullmatch(r"(\d+)x = (\d+)", before.text)
    return [f"x = {int(found[2]) - int(found[1])}"] if found else []


KNOWN = {"3x = 12": ["x = 9"], "5x = 20": ["x = 15"], "7x = 21": ["x = 14"]}
SENTENCE = "What undoes it?"


@pytest.mark.parametrize(
    ("rule", "seen", "missing"),
    [
        (subtracted, "is no rule", "algebra.SlipRule"),
        (algebra.SlipRule("arithmetic", SENTENCE, subtracted), "'arithmetic'", "a name of its own"),
        (algebra.SlipRule("mine", "It is 3.", subtracted), "'It is 3.'", "without a number"),
        (algebra.SlipRule("mine", SENTENCE, lambda before: None), "returned None", "a list of lines"),
        (algebra.SlipRule("mine", SENTENCE, lambda before: "x = 9"), "returned 'x = 9'", "a list of lines"),
        (algebra.SlipRule("mine", SENTENCE, lambda before: [9]), "gave 9", "a list of lines"),
        (algebra.SlipRule("mine", SENTENCE, lambda before: 1 / 0), "ZeroDivisionError", "returns something"),
        (algebra.SlipRule("mine", SENTENCE, lambda before: (1 / 0 for _ in "x")), "failed in line", "returns"),
        (algebra.SlipRule("mine", SENTENCE, lambda before: []), "not yet mine", "x = 9 among the lines"),
        (algebra.SlipRule("mine", SENTENCE, lambda before: (f"x = {n}" for n in count())), "and is not", "narrower"),
        (algebra.SlipRule("mine", SENTENCE, lambda before: KNOWN.get(before.text, [])), "had not seen", "calculates"),
    ],
)
def test_own_slip_is_not_there_yet(rule: object, seen: str, missing: str) -> None:
    verdict = check.own_slip(rule)
    assert not verdict
    assert seen in verdict.seen
    assert missing in verdict.missing


def test_own_slip() -> None:
    assert SENTENCE in check.own_slip(algebra.SlipRule("mine", SENTENCE, subtracted)).seen
