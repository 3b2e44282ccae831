import pytest
from talks import Talk

import labkit
from labkit import samples
from labkit.exercises import first_conversation as check

COUNT = "one, two, three, four, five, six, seven, eight"
DICE = {"name": "roll_dice", "description": "Roll one die."}


def interrupted(heard: int) -> Talk:
    return Talk().speaks("count to twenty", COUNT).cut(heard).speaks("stop")


@pytest.mark.parametrize(
    ("session", "seen", "missing"),
    [
        (Talk().speaks("count to twenty", COUNT), "no answer was interrupted", "while an answer is sounding"),
        (Talk().speaks("count to twenty", COUNT).cut(2).types("stop"), "nobody spoke over it", "speak(), not say()"),
        (Talk().speaks("count to twenty", COUNT).cut(2), "nobody spoke over it", "close()"),
        (Talk().speaks("count", COUNT).cut(2).passes(1).speaks("stop"), "nobody spoke over it", "interrupt()"),
        (interrupted(6), "6 words were heard", "at most 4 words"),
        (None, "None is no conversation", "what labkit.connect() returned"),
        (check.conversation(Talk().speaks("hello")).turns, "these are turns", "what labkit"),
        (3, "3 is no conversation", "what labkit.connect() returned"),
        (Talk, "no conversation", "what labkit.connect() returned"),
        (labkit.replay(samples.path("conversation")), "comes with labkit", "what labkit.connect() returned"),
    ],
)
def test_early_barge_in_is_not_there_yet(session: object, seen: str, missing: str) -> None:
    verdict = check.early_barge_in(session)
    assert not verdict
    assert seen in verdict.seen
    assert missing in verdict.missing


@pytest.mark.parametrize(("heard", "said"), [(1, "1 word was heard"), (4, "4 words were heard")])
def test_early_barge_in(heard: int, said: str) -> None:
    assert repr(check.early_barge_in(interrupted(heard))).startswith(f"passed: {said}")


def test_turns_that_were_changed_afterwards_do_not_count() -> None:
    session = interrupted(6)
    session.turns = check.conversation(session).turns
    session.turns[0].heard_ms = 0.0
    assert not check.early_barge_in(session)


@pytest.mark.parametrize(
    ("session", "seen", "missing"),
    [
        (Talk().types("roll dice"), "no function of yours was offered", "tools=[…]"),
        (Talk(tools=({"name": "remember", "description": "Note."},)).calls("remember", "{}"), "of yours", "tools=[…]"),
        (Talk(tools=({"name": "roll_dice"},)).types("x"), "without a word", "a docstring"),
        (Talk(tools=(DICE,)).types("hello"), "was offered, and never called. What was said: “hello”", "a call"),
        (Talk(tools=(DICE,)).types("roll dice", None).calls("roll_dice", None), "not returned yet", "wait()"),
        (Talk(tools=(DICE,)).types("roll dice", None).calls("roll_dice", '{"error": "no"}'), "failed", "by itself"),
        (Talk(tools=(DICE,)).types("roll dice", None).calls("roll_dice", "null"), "returned nothing", "a return value"),
        (Talk(tools=(DICE,)).types("roll dice", None).calls("roll_dice", "4", None), "no answer", "wait()"),
    ],
)
def test_own_tool_is_not_there_yet(session: Talk, seen: str, missing: str) -> None:
    verdict = check.own_tool(session)
    assert not verdict
    assert seen in verdict.seen
    assert missing in verdict.missing


def test_own_tool() -> None:
    session = Talk(tools=(DICE,)).types("roll dice", None).calls("roll_dice", "4")
    assert repr(check.own_tool(session)) == "passed: roll_dice returned 4, and the answer was “The answer is 4.”"
