"""What the panel shows of a conversation's memory: how full it is, what the server holds and has lost, and its notes.

The page is told at most twice a second, and only the sum while nobody has opened the view. What there is to tell is put
together beside the link's loop, which has the sound to carry.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from labkit import engines, memory
from labkit.carried import found_in as notes_in
from labkit.context import Budget, Held
from labkit.dialogue import Dialogue
from labkit.errors import UsageError
from labkit.memory import Memory, Note
from labkit.tokens import KINDS
from labkit.turns import Event, Record

TELL_S = 0.5
SHARE = 0.05
"""Of the time, at most, goes into looking: a look at 2000 items took 90 ms on a busy computer, and then comes rarer."""
MOST = 50
"""Items and notes that are shown: the newest."""
MOST_CHARACTERS = 160
"""Of an item's words."""
WHO = {"user": "you", "assistant": "AI", "system": "system"}
GONE = {
    ("dropped", ""): "dropped: no room",
    ("deleted", "picture"): "deleted: newer ones came",
    ("deleted", "spoken"): "taken back: you went on",
}
"""Why an item is gone, by its state and kind."""


class PanelMemory:
    """Follows a conversation, and tells the page what it remembers; runs on the link's loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, tell: Callable[[Event], None], *, can_forget: bool) -> None:
        self._loop = loop
        self._tell = tell
        self._can_forget = can_forget
        self._is_open = False
        self._dialogue: Dialogue | None = None
        self._noting: list[Record] = []
        self._sizes: dict[str, tuple[int, int]] = {}
        self._waits = False
        self._pause_s = TELL_S
        self._coming: asyncio.Task[None] | None = None

    def follow(self, dialogue: Dialogue) -> None:
        """From now on this conversation."""
        self._dialogue, self._noting, self._sizes = dialogue, [], {}
        for record in dialogue.log.records:
            self._on_record(record)
        dialogue.log.on_record.add(self._on_record)

    def view(self, *, is_open: bool) -> None:
        """Somebody opened the view, or closed it."""
        self._is_open = is_open
        self.tell()

    def tell(self) -> None:
        """The page is to know, soon."""
        if self._dialogue is not None and not self._waits:
            self._waits = True
            self._coming = self._loop.create_task(self._tell_soon())

    async def _tell_soon(self) -> None:
        await asyncio.sleep(self._pause_s)
        self._waits, dialogue = False, self._dialogue
        if dialogue is None:
            return
        begun = self._loop.time()
        message = await asyncio.to_thread(self._message, dialogue)
        self._pause_s = max(TELL_S, (self._loop.time() - begun) / SHARE)
        if dialogue is self._dialogue:
            self._tell(message)

    def _on_record(self, record: Record) -> None:
        event = record.event
        match event["type"]:
            case "labkit.picture_sent":
                self._sizes[event["item_id"]] = (event["width"], event["height"])
            case "conversation.item.create" | "response.done":
                self._noting.append(record)
            case "labkit.reconnected":
                pass
            case kind if not kind.startswith("conversation.item.") or kind.endswith(".delta"):
                return
        self.tell()

    def _message(self, dialogue: Dialogue) -> Event:
        context = dialogue.log.context
        told = {"type": "memory", **fill(context.budget, held := context.held), "items": [], "more": "", "notes": []}
        if not self._is_open:
            return told
        notes = memory.of(self._noting).notes[-MOST:]
        shown = [line(item, self._sizes.get(item.item_id)) for item in held[-MOST:]]
        return {
            **told,
            "items": shown,
            "more": left_out(held[:-MOST]),
            "notes": [note_line(note, can_forget=self._can_forget) for note in notes],
        }


def fill(budget: Budget, held: Sequence[Held]) -> Event:
    """How full it is, by kinds of tokens."""
    inside = [item.tokens for item in held if item.state == "held"]
    by_kind = {kind: sum(tokens.get(kind, 0) for tokens in inside) for kind in KINDS}
    return {
        "used": budget.used,
        "limit": budget.limit,
        "keeps": budget.retention_ratio,
        "exact": budget.exact,
        "tokens": by_kind,
    }


def line(item: Held, size: tuple[int, int] | None) -> Event:
    """One item as the page shows it."""
    why = GONE.get((item.state, item.kind)) or GONE.get((item.state, "")) or item.state
    return {
        "who": {"call": "AI calls", "output": "function", "carried": "notes"}.get(item.kind) or WHO.get(item.role, ""),
        "words": words(item, size),
        "lost": _short(item.lost),
        "tokens": item.total,
        "exact": item.exact,
        "state": why,
        "gone": item.state != "held",
    }


def words(item: Held, size: tuple[int, int] | None) -> str:
    """What an item says, in short."""
    if item.kind == "picture":
        return f"picture, {size[0]} x {size[1]}" if size and all(size) else "picture"
    if item.kind == "carried" and (brought := notes_in(item.text)):
        return f"carried from earlier: {brought.summary or len(brought.notes)}"
    return _short(item.text) or ("" if item.lost else "(sound)")


def _short(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1]}…"


def left_out(held: Sequence[Held]) -> str:
    """What is not shown, in words."""
    states = Counter(item.state for item in held)
    counted = ", ".join(f"{number} {state}" for state, number in states.items())
    return f"{len(held)} older: {counted}" if held else ""


def note_line(note: Note, *, can_forget: bool) -> Event:
    """A note, and the sentence that has it forgotten where the lesson understands one."""
    what = note.what if note.kind == "person" else f"the {note.what}"
    return {"line": str(note), "forget": f"forget {what}" if can_forget else ""}


def carried(brought: Memory | None, options: Mapping[str, Any]) -> Event:
    """What goes into the conversation from an earlier one, as the page shows it before; empty for nothing."""
    if brought is None:
        return {}
    lines = brought.lines()
    more = [f"and {len(lines) - MOST} more"] if len(lines) > MOST else []
    return {"sentence": f"Carried from earlier: {_goes(options)}", "lines": [*lines[:MOST], *more]}


def _goes(options: Mapping[str, Any]) -> str:
    """Where the notes go, for a person to know before."""
    names = {name: options.get(name) for name in ("base_url", "api_key", "model")}
    with contextlib.suppress(UsageError):  # which is said when the conversation is started
        target = engines.choose(options.get("engine"), **names, skill=None, environ=os.environ)
        if target.kind != "embedded" and not target.on_this_computer:
            return f"when you start, these notes are sent to {target.host}."
    return "when you start, these notes are given to the model. They stay on the computer that runs the notebook."
