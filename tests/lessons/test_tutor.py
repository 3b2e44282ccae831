"""The tutor's functions: what a model is told of a step, and what it may show."""

import json

import pytest

from labkit import tools
from labkit.lessons import TUTOR, Lesson

KNOWN = tools.by_name(TUTOR.tools)


async def call(name: str, **arguments: object) -> dict[str, object]:
    found: dict[str, object] = json.loads(await tools.call(KNOWN, name, json.dumps(arguments)))
    return found


async def check(exercise: object, lines: object, after: str) -> dict[str, object]:
    return await call("check_step", exercise=exercise, lines=lines, after=after)


async def test_a_wrong_step_is_named_without_the_right_value() -> None:
    found = await check(["3x + 1 = 4"], [], "3x = 5")
    assert (found["verdict"], found["slip"]) == ("wrong", "sign")
    assert "3" not in str(found["say"])


@pytest.mark.parametrize(
    ("exercise", "lines", "after", "verdict"),
    [
        (["3x + 1 = 4"], [], "3x = 3", "right"),
        (["3x + 1 = 4"], ["3x = 3"], "x = 1", "solved"),
        (["x + y = 5", "x - y = 1"], [], "2x = 6", "right"),
        (["x + y = 4", "x - y = 2"], ["x = 3"], "y = 1", "solved"),
        (["x^2 - 5x + 6 = 0"], ["x = 2"], "x = 3", "solved"),
        (["3x + 1 = 4"], ["3x = 5", "3x = 3"], "x = 2", "wrong"),
    ],
)
async def test_all_lines_so_far_count(exercise: list[str], lines: list[str], after: str, verdict: str) -> None:
    assert (await check(exercise, lines, after))["verdict"] == verdict


@pytest.mark.parametrize(
    ("exercise", "lines", "after"),
    [("3x + 1 = 4", [], "3x = 3"), (["3x + 1 = 4"], "3x = 3", "x = 1"), ([], [], "x = 1")],
)
async def test_what_is_no_list_of_lines_is_told_to_the_model(exercise: object, lines: object, after: str) -> None:
    assert "as lists" in str((await check(exercise, lines, after))["error"])


async def test_a_line_that_is_no_step_is_told_to_the_model() -> None:
    assert "no step" in str((await check(["3x + 1 = 4"], ["3x = 3", "x = 1"], "2y + 3 = 17"))["error"])
    assert "no step" in str((await check(["x + y = 5"], [], "x - y = 1"))["error"])


@pytest.mark.parametrize("text", ["__import__('os')", "", "a face", "3x + = ="])
async def test_nonsense_is_told_to_the_model(text: str) -> None:
    assert (await check(["3x + 1 = 4"], [], text))["verdict"] == "unreadable"
    assert "error" in await check([text], [], "x = 1")
    assert "error" in await call("show_math", equation=text)


async def test_mathematics_is_shown_in_one_spelling() -> None:
    assert await call("show_math", equation="3x+1=4") == {"shown": "3x + 1 = 4"}


@pytest.mark.parametrize(
    ("arguments", "right"),
    [
        ({"line": 2, "kind": "slip", "box": [0.1, 0.2, 0.6, 0.3]}, True),
        ({"line": 1, "kind": "look"}, True),
        ({"line": 0, "kind": "look"}, False),
        ({"line": 1, "kind": "wrong"}, False),
        ({"line": 1, "kind": "slip", "box": [10, 20, 60, 30]}, False),
        ({"line": 1, "kind": "slip", "box": [0.6, 0.2, 0.1, 0.3]}, False),
        ({"line": 1, "kind": "slip", "box": [0.1]}, False),
    ],
)
async def test_marks_are_checked(arguments: dict[str, object], right: bool) -> None:
    assert ("error" not in await call("mark_line", **arguments)) is right


async def test_waiting_asks_for_no_answer() -> None:
    assert await tools.call(KNOWN, "wait_for_user", "{}") is tools.NO_ANSWER


def test_the_lesson_is_ready_for_any_engine() -> None:
    assert TUTOR.skill == "labkit-tutor"
    assert TUTOR.speaks_up
    assert not Lesson().speaks_up
    assert {name for name in KNOWN if name in TUTOR.instructions} == set(KNOWN)
    box = tools.schema(KNOWN["mark_line"])["parameters"]["properties"]["box"]
    assert box == {"type": "array", "items": {"type": "number"}}
