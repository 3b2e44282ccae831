"""A conversation as the events that would make it anew on another server: settings, items, and what gets lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from labkit.held import Held, pictures
from labkit.turns import Event

MERGED = ("audio", "input", "output", "transcription", "noise_reduction")
"""Settings whose fields merge in an update; every other value is replaced whole."""
KEPT_PICTURES = 8
KEPT_CHARACTERS = 24 * 1024 * 1024
"""Pictures kept for another server, the newest: so many, and no more as base64."""


def merged(settings: Event, update: Event) -> Event:
    """Settings after a `session.update`, by the protocol's rule."""
    both = dict(settings)
    for name, value in update.items():
        old = both.get(name)
        both[name] = (
            merged(old, value) if name in MERGED and isinstance(old, dict) and isinstance(value, dict) else value
        )
    return both


class Pictures:
    """The newest messages with pictures, as they were sent."""

    def __init__(self) -> None:
        self._contents: dict[str, list[Event]] = {}

    def keep(self, item: Any) -> None:
        """An item was sent; one that has pictures is kept, and older ones go."""
        if not isinstance(item, dict) or not any(isinstance(part, dict) for part in item.get("content") or []):
            return
        if pictures(item):
            self._contents[item["id"]] = item["content"]
        while len(self._contents) > KEPT_PICTURES or sum(map(_characters, self._contents.values())) > KEPT_CHARACTERS:
            del self._contents[next(iter(self._contents))]

    def forget(self, item_id: str) -> None:
        """The item was deleted."""
        self._contents.pop(item_id, None)

    def of(self, item_id: str) -> list[Event] | None:
        """An item's content with its pictures; `None` where it is not kept."""
        return self._contents.get(item_id)


def _characters(content: list[Event]) -> int:
    return sum(len(part.get("image_url") or "") for part in content)


def item_of(held: Held, kept: Pictures) -> Event | None:
    """An item to be created with the words that were heard; `None` where there is nothing to make it of."""
    if held.kind == "call":
        fields = {name: held.item.get(name) for name in ("type", "call_id", "name", "arguments")}
        return {"id": held.item_id, **fields}
    if held.kind == "output":
        return {"id": held.item_id, **{name: held.item.get(name) for name in ("type", "call_id", "output")}}
    kind = "output_text" if held.role == "assistant" else "input_text"
    content = [{"type": kind, "text": held.text}] if held.text else []
    if pictures(held.item):
        content = kept.of(held.item_id) or content
    return {"id": held.item_id, "type": "message", "role": held.role, "content": content} if content else None


def dated(item: Event, held: Held, now: datetime, now_ms: float) -> Event:
    """The item with the time at which it first came; only the embedded engine takes that."""
    at = now - timedelta(milliseconds=now_ms - held.t_ms)
    return {**item, "labkit": {"at": at.isoformat()}}


def told(why: str, took_ms: float, *, lost: int, cut: bool) -> str:
    """What happened, in one sentence for the person."""
    tail = ", with all that was said"
    if lost:
        tail = f", without {lost} earlier {'message' if lost == 1 else 'messages'} (pictures, or words not understood)"
    if cut:
        tail += "; the answer under way ends here"
    return f"{why}: after {took_ms / 1000:.1f} s the conversation goes on{tail}."
