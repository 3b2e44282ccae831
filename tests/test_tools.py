import json
from typing import Literal

import pytest

from labkit import tools
from labkit.errors import UsageError


def weather(
    city: str, unit: Literal["celsius", "fahrenheit"] = "celsius", days: int | None = None
) -> dict[str, object]:
    """Tell the weather.

    Only for the lesson.
    """
    return {"city": city, "unit": unit, "days": days}


async def later() -> str:
    return "done"


def test_a_signature_becomes_a_schema() -> None:
    assert tools.schema(weather) == {
        "type": "function",
        "name": "weather",
        "description": "Tell the weather.",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string"},
                "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
                "days": {"type": "integer"},
            },
            "required": ["city"],
        },
    }


@pytest.mark.parametrize("tool", [lambda city: city, "weather", lambda *a: a])
def test_what_is_no_named_function_is_refused(tool: object) -> None:
    with pytest.raises(UsageError):
        tools.schema(tool)  # type: ignore[arg-type]


async def test_calls_return_json_or_text() -> None:
    known = tools.by_name([weather, later])
    assert json.loads(await tools.call(known, "weather", '{"city": "Oslo"}'))["city"] == "Oslo"
    assert await tools.call(known, "later", "") == "done"


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("nothing", "{}", "no tool"),
        ("weather", "{}", "city"),
        ("weather", "{", "JSON"),
        ("weather", '{"town": 1}', "town"),
    ],
)
async def test_what_goes_wrong_is_told_to_the_model(name: str, arguments: str, said: str) -> None:
    output = json.loads(await tools.call(tools.by_name([weather]), name, arguments))
    assert said in output["error"]


def stay_silent() -> str:
    return tools.NO_ANSWER


@pytest.mark.parametrize(
    ("called", "asked"),
    [(["stay_silent"], False), (["stay_silent", "stay_silent"], False), (["stay_silent", "later"], True)],
)
async def test_no_answer_is_asked_for_when_every_function_says_so(called: list[str], asked: bool) -> None:
    output = [
        {"type": "function_call", "name": name, "arguments": "{}", "call_id": f"call_{at}"}
        for at, name in enumerate(called)
    ]
    known = tools.by_name([stay_silent, later])
    events = await tools.outputs(known, {"status": "completed", "output": output})
    handed = [event["item"]["output"] for event in events if "item" in event]
    assert handed == [{"stay_silent": "waiting", "later": "done"}[name] for name in called]
    assert (events[-1] == {"type": "response.create"}) is asked
