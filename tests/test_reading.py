"""Logs that are truncated, edited, or of another version: what can be read is read, the rest is named."""

import json
from pathlib import Path
from typing import Any

import pytest

from labkit.reading import Reading

HEADER = {"format": "labkit-recording", "version": 1, "start_ms": 1000}
ITEM = {"id": "u1", "type": "message", "role": "user", "content": [{"type": "input_text", "text": "hello"}]}
EVENTS: list[dict[str, Any]] = [
    {"type": "session.created", "session": {"model": "labkit-start"}},
    {"type": "conversation.item.added", "item": ITEM},
    {"type": "response.created", "response": {"id": "r1", "conversation_id": "c"}},
    {"type": "response.output_text.delta", "response_id": "r1", "delta": "good day"},
    {"type": "response.done", "response": {"id": "r1", "status": "completed", "output": []}},
]


def entries(*events: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"t_ms": 10.0 * number, "sent": False, "event": event} for number, event in enumerate(events)]


def footer(records: int, **more: Any) -> dict[str, Any]:
    return {"footer": True, "t_ms": 99.0, "records": records, "lost": 0, **more}


@pytest.fixture
def read(tmp_path: Path) -> Any:
    def written(*lines: Any, tail: str = "") -> Reading:
        texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        (tmp_path / "events.jsonl").write_text("".join(f"{text}\n" for text in texts) + tail, "utf-8")
        return Reading(tmp_path / "events.jsonl")

    return written


def test_a_whole_log(read: Any) -> None:
    found = read(HEADER, *entries(*EVENTS), footer(5))
    [turn] = found.turns()
    assert (turn.user, turn.assistant, turn.stamps["begun"]) == ("hello", "good day", 1010.0)
    assert found.problems == []


@pytest.mark.parametrize(
    ("lines", "tail", "said"),
    [
        ([HEADER, *entries(*EVENTS)], "", "not closed"),
        ([HEADER, *entries(*EVENTS)], '{"t_ms": 4', "last line of events.jsonl is cut off"),
        ([HEADER, *entries(*EVENTS), footer(7)], "", "has 5 records where its end says 7: it was edited"),
        ([HEADER, *entries(*EVENTS), footer(5, lost=3)], "", "3 events or pieces of sound were lost"),
        ([HEADER, "not json", *entries(*EVENTS), footer(5)], "", "Line 2 of events.jsonl cannot be read"),
        ([HEADER, "[1, 2]", *entries(*EVENTS), footer(5)], "", "Line 2 of events.jsonl cannot be read"),
        ([HEADER, {"event": "hm"}, *entries(*EVENTS), footer(5)], "", "Line 2 of events.jsonl is no record"),
        ([HEADER, {"t_ms": "x", "event": {"type": "y"}}, *entries(*EVENTS), footer(5)], "", "is no record"),
        ([{**HEADER, "version": 2}, *entries(*EVENTS), footer(5)], "", "format version 2, this labkit knows 1"),
        ([*entries(*EVENTS), footer(5)], "", "header of events.jsonl is missing"),
        ([HEADER, *entries(*EVENTS, {"type": "response.done"}), footer(6)], "", "Line 7 of events.jsonl (response.don"),
    ],
)
def test_what_is_odd_is_said_and_the_turn_is_there(read: Any, lines: list[Any], tail: str, said: str) -> None:
    found = read(*lines, tail=tail)
    [turn] = found.turns()
    assert turn.assistant == "good day"
    assert said in " ".join(found.problems)


def test_a_clock_that_jumps_back_is_said(read: Any) -> None:
    lines = entries(*EVENTS)
    lines[3]["t_ms"] = -500.0
    found = read(HEADER, *lines, footer(5))
    assert "goes back by 520 ms at line 5" in found.problems[0]
    assert found.turns()[0].assistant == "good day"


def test_a_moment_that_is_no_time_is_left_out(read: Any) -> None:
    voiced = {"type": "labkit.last_voiced", "t_ms": "yesterday"}
    found = read(HEADER, *entries(EVENTS[0], EVENTS[1], voiced, *EVENTS[2:]), footer(6))
    assert "last_voiced" not in found.turns()[0].stamps
    assert found.problems == ["Turn 0: its moment 'last_voiced' is no time."]


def test_a_turn_without_an_answer_and_a_barge_in_during_nothing(read: Any) -> None:
    cut = {"type": "labkit.playback_cut", "item_id": "nothing", "heard_ms": 100}
    found = read(HEADER, *entries(EVENTS[0], cut, EVENTS[1]), footer(3))
    [turn] = found.turns()
    assert (turn.user, turn.status, turn.interrupted) == ("hello", "waiting", False)
    assert found.problems == []


def test_fields_that_are_new_do_no_harm(read: Any) -> None:
    lines = [{**line, "new": 1} for line in entries(*EVENTS)]
    assert read({**HEADER, "new": 1}, *lines, footer(5, new=1)).problems == []


def test_no_log_at_all(tmp_path: Path) -> None:
    found = Reading(tmp_path / "events.jsonl")
    assert found.turns() == []
    assert "There is no events.jsonl" in found.problems[0]
