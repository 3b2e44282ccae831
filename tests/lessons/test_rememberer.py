"""The rememberer's functions: they acknowledge, and keep nothing."""

import json

import pytest

from labkit import tools
from labkit.lessons import rememberer

KNOWN = tools.by_name(rememberer().tools)


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        (
            "remember",
            {"kind": "person", "what": "Anna", "about": "from Spain"},
            {"noted": "Anna", "about": "from Spain"},
        ),
        ("remember", {"kind": "secret", "what": "Anna", "about": ""}, {"error": "The kind is person, object or fact."}),
        ("remember", {"kind": "fact", "what": " ", "about": ""}, {"error": "Say what it is about."}),
        ("forget", {"what": "train"}, {"forgot": ["train"]}),
        ("forget", {"what": ""}, {"error": "Say what to forget, or everything."}),
    ],
)
async def test_a_call_is_acknowledged(name: str, arguments: dict[str, str], said: dict[str, object]) -> None:
    assert json.loads(await tools.call(KNOWN, name, json.dumps(arguments))) == said


def test_the_lesson_is_ready_for_any_engine() -> None:
    lesson = rememberer()
    assert (lesson.skill, lesson.mode) == ("labkit-memory", "memory")
    assert {name for name in KNOWN if name in lesson.instructions} == set(KNOWN)
    assert tools.schema(KNOWN["remember"])["parameters"]["properties"]["kind"]["enum"] == ["person", "object", "fact"]
