"""What the panel tells of a conversation's memory."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from labkit import panel_memory
from labkit.context import Budget, Held
from labkit.event_log import EventLog
from labkit.memory import Memory, Note
from labkit.panel_memory import MOST, MOST_CHARACTERS, PanelMemory, carried, fill, left_out, line, note_line


def held(kind: str = "typed", role: str = "user", **more: Any) -> Held:
    fields = {"text": "my train leaves at nine", "lost": "", "tokens": {"text": 6}, "state": "held", "exact": True}
    return Held("item_1", role, kind, t_ms=0.0, item={}, **{**fields, **more})


def test_an_item_is_a_line_of_who_what_tokens_and_state() -> None:
    expected = {"who": "you", "words": "my train leaves at nine", "lost": "", "tokens": 6, "exact": True}
    assert line(held(), None) == {**expected, "state": "held", "gone": False}
    cut = line(held("answer", "assistant", text="It is", lost="a red cup", exact=False), None)
    assert (cut["who"], cut["words"], cut["lost"], cut["exact"]) == ("AI", "It is", "a red cup", False)
    assert line(held("answer", "assistant", text="", lost="all of it"), None)["words"] == ""
    assert line(held("spoken", text=""), None)["words"] == "(sound)"
    assert len(line(held(text="x" * 9999), None)["words"]) == MOST_CHARACTERS


def test_a_picture_is_its_size() -> None:
    assert line(held("picture", text=""), (640, 480))["words"] == "picture, 640 x 480"
    assert line(held("picture", text=""), (None, None))["words"] == line(held("picture"), None)["words"] == "picture"


@pytest.mark.parametrize(
    ("kind", "state", "why"),
    [
        ("typed", "dropped", "dropped: no room"),
        ("picture", "deleted", "deleted: newer ones came"),
        ("spoken", "deleted", "taken back: you went on"),
        ("typed", "deleted", "deleted"),
    ],
)
def test_what_is_gone_says_why(kind: str, state: str, why: str) -> None:
    shown = line(held(kind, state=state), None)
    assert shown["gone"]
    assert shown["state"] == why


def test_only_what_is_held_fills_the_bar() -> None:
    items = [held(state="dropped"), held(tokens={"audio": 10}), held("picture", tokens={"image": 425, "text": 1})]
    shown = fill(Budget(436, 28_672, 0.8, exact=True), items)
    assert shown["tokens"] == {"text": 1, "audio": 10, "image": 425}
    assert (shown["used"], shown["limit"], shown["keeps"]) == (436, 28_672, 0.8)


def test_what_is_not_shown_is_counted() -> None:
    assert left_out([held(state="dropped"), held(), held(state="dropped")]) == "3 older: 2 dropped, 1 held"
    assert left_out([]) == ""


def test_notes_say_how_to_forget_them_where_the_lesson_understands_that() -> None:
    note = Note("fact", "train", "my train leaves at nine")
    assert note_line(note, can_forget=True)["forget"] == "forget the train"
    assert note_line(Note("person", "Anna", ""), can_forget=True)["forget"] == "forget Anna"
    assert note_line(note, can_forget=False)["forget"] == ""
    assert "my train leaves at nine" in note_line(note, can_forget=False)["line"]


def test_what_is_carried_is_shown_with_where_it_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    notes = tuple(Note("fact", f"thing {number}", "it is here") for number in range(MOST + 3))
    brought = carried(Memory(notes), {"engine": "embedded"})
    assert "stay on the computer" in brought["sentence"]
    assert len(brought["lines"]) == MOST + 1
    assert brought["lines"][-1] == "and 3 more"
    assert "sent to api.openai.com" in carried(Memory(notes), {"engine": "hosted", "api_key": "key"})["sentence"]
    assert carried(None, {}) == {}


async def test_many_changes_are_told_once_and_items_only_to_an_open_view(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panel_memory, "TELL_S", 0.0)
    told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    dialogue = SimpleNamespace(log=EventLog())
    memory = PanelMemory(asyncio.get_running_loop(), told.put_nowait, can_forget=False)
    dialogue.log.add(added(0), 0.0, sent=False)
    memory.follow(dialogue)  # type: ignore[arg-type]  # all of a dialogue that it needs
    for number in range(1, 60):
        dialogue.log.add(added(number), 0.0, sent=False)
    closed = await told.get()
    assert (closed["items"], closed["used"]) == ([], 60 * 2)
    assert told.empty()
    memory.view(is_open=True)
    opened = await told.get()
    assert [item["words"] for item in opened["items"]] == [f"word {number}" for number in range(10, 60)]
    assert opened["more"] == "10 older: 10 held"
    assert not opened["exact"]


def added(number: int) -> dict[str, Any]:
    content = [{"type": "input_text", "text": f"word {number}"}]
    item = {"id": f"item_{number}", "type": "message", "role": "user", "content": content}
    return {"type": "conversation.item.added", "item": item}
