"""The conversation's items: what was said, shown and called, in order, and what each side knows of it.

An item keeps its wire form without the sound; sound, word times and what the eyes saw stand beside it.
Truncating an assistant's item really cuts: unheard sound and unheard words are gone from here.
"""

from __future__ import annotations

import base64
import binascii
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from labkit import pcm
from labkit.engine.effects import MAX_IMAGE_BYTES
from labkit.engine.events import Event, ProtocolError, new_id
from labkit.engine.input_buffer import MAX_APPEND_BYTES

REMEMBERED = 64
"""Items taken back that a late event of a client may still name: more than a minute of going on again and again."""


@dataclass
class TimedWord:
    """A spoken word and where it lies in the item's sound."""

    text: str
    start_ms: float
    end_ms: float


@dataclass
class Item:
    """One item of the conversation."""

    wire: Event
    """The item as the protocol shows it, without audio."""
    audio: bytes = b""
    """24 kHz PCM16: committed (user) or generated and not truncated (assistant)."""
    words: list[TimedWord] = field(default_factory=list)
    sights: dict[int, Any] = field(default_factory=dict)
    """A `labkit.engine.eyes.Sight` for each content part that is a picture, once it was read."""
    hearing: Any = None
    """A `labkit.engine.hearing.Hearing` for spoken user items."""
    truncated: bool = False
    at: datetime | None = None
    """When it came into the conversation; an item that is only given with one request did not."""
    dropped: bool = False
    """No longer in the context: the token limit pushed it out."""

    @property
    def id(self) -> str:
        """The item's identifier."""
        return str(self.wire["id"])

    @property
    def text(self) -> str:
        """What it says, in words; for assistant items only what was not truncated."""
        if self.wire["type"] != "message":
            return str(self.wire.get("output") or self.wire.get("arguments") or "")
        parts = (part.get("text") or part.get("transcript") or "" for part in self.wire["content"])
        return " ".join(part for part in parts if part)

    def with_audio(self) -> Event:
        """The wire form with its sound as base64, as `conversation.item.retrieved` shows it."""
        content = [dict(part) for part in self.wire.get("content", [])]
        for part in content:
            if part["type"] in ("input_audio", "output_audio"):
                part["audio"] = base64.b64encode(self.audio).decode()
        return {**self.wire, "content": content} if content else dict(self.wire)

    def truncate(self, content_index: int, audio_end_ms: int) -> None:
        """Keep the sound up to `audio_end_ms`, and the words of which more than half was heard."""
        content = self.wire.get("content", [])
        kind = content[content_index]["type"] if 0 <= content_index < len(content) else ""
        if self.wire.get("role") != "assistant" or kind != "output_audio":
            raise ProtocolError("invalid_value", "Only an assistant's audio can be truncated.", "item_id")
        have_ms = pcm.duration_ms(self.audio)
        if audio_end_ms < 0 or audio_end_ms > have_ms + 1:
            message = f"Audio content of {have_ms:.0f}ms is already shorter than {audio_end_ms}ms."
            raise ProtocolError("invalid_value", message, "audio_end_ms")
        self.audio = self.audio[: audio_end_ms * pcm.BYTES_PER_MS]
        self.words = [word for word in self.words if (word.start_ms + word.end_ms) / 2 <= audio_end_ms]
        self.wire["content"][content_index]["transcript"] = "".join(word.text for word in self.words).rstrip()
        self.truncated = True


def from_client(wire: Event, path: str = "item") -> Item:
    """An item as a client creates it, checked; raises `ProtocolError`. `path` is what the client called it."""
    item = Item({**wire, "id": wire.get("id") or new_id("item"), "object": "realtime.item", "status": "completed"})
    if wire["type"] == "message":
        item.wire["content"] = [_content(part, item, f"{path}.content.{at}") for at, part in enumerate(wire["content"])]
    elif wire["type"] not in ("function_call", "function_call_output"):
        message = f"The embedded engine has no items of type '{wire['type']}'."
        raise ProtocolError("invalid_value", message, f"{path}.type")
    return item


def _content(part: Event, item: Item, path: str) -> Event:
    if part.get("type") is None:
        raise ProtocolError("missing_required_parameter", f"Missing required parameter: '{path}.type'.", f"{path}.type")
    kept = {k: v for k, v in part.items() if k != "audio"}
    if part["type"] in ("input_audio", "output_audio"):
        item.audio += decoded_sound(part.get("audio") or "", f"{path}.audio")
        kept.setdefault("transcript", None)
    return kept


def picture(part: Event) -> bytes:
    """The bytes of an `input_image` part; raises `ProtocolError` when it is not a data URI of a bounded size."""
    head, comma, body = (part.get("image_url") or "").partition(",")
    if not comma or not head.startswith("data:image/") or not head.endswith(";base64"):
        message = "Give the picture as a data URI (data:image/jpeg;base64,…): this engine fetches nothing."
        raise ProtocolError("invalid_value", message, "item.content.image_url")
    image = decoded(body, "item.content.image_url")
    if len(image) > MAX_IMAGE_BYTES:
        message = f"The picture has {len(image)} bytes: send at most {MAX_IMAGE_BYTES // 1_000_000} MB."
        raise ProtocolError("invalid_value", message, "item.content.image_url")
    return image


def decoded(text: str, param: str) -> bytes:
    """Base64 as bytes; raises `ProtocolError` naming the parameter."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ProtocolError("invalid_value", f"Invalid '{param}': not base64.", param) from error


def decoded_sound(text: str, param: str) -> bytes:
    """Base64 as PCM16 of a bounded size; raises `ProtocolError` naming the parameter."""
    sound = decoded(text, param)
    if len(sound) > MAX_APPEND_BYTES:
        raise ProtocolError("invalid_value", f"'{param}' holds at most {MAX_APPEND_BYTES} bytes of sound.", param)
    if len(sound) % 2:
        raise ProtocolError("invalid_value", f"Invalid '{param}': PCM16 has two bytes a sample.", param)
    return sound


class Items:
    """The conversation's items in order."""

    def __init__(self) -> None:
        self._items: list[Item] = []
        self._taken_back: deque[str] = deque(maxlen=REMEMBERED)

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def find(self, item_id: str) -> Item | None:
        """The item; `None` where there is none."""
        return next((item for item in self._items if item.id == item_id), None)

    def get(self, item_id: str, code: str, param: str = "item_id") -> Item:
        """The item; a `ProtocolError` with the given code where there is none."""
        if (item := self.find(item_id)) is not None:
            return item
        raise ProtocolError(code, f"Item with item_id '{item_id}' does not exist.", param)

    def after(self, item_id: str) -> list[Item]:
        """What came after an item; nothing when it is not there."""
        item = self.find(item_id)
        return self._items[self._items.index(item) + 1 :] if item else []

    def add(self, item: Item, previous_item_id: str | None = None) -> str | None:
        """Insert after `previous_item_id` ("root": first; None: last); returns the id it stands after."""
        if self.find(item.id) is not None:
            message = f"An item with id '{item.id}' already exists."
            raise ProtocolError("item_create_duplicate_item_id", message, "item.id")
        at = len(self._items)
        if previous_item_id == "root":
            at = 0
        elif previous_item_id is not None and previous_item_id not in self._taken_back:
            at = 1 + self._items.index(self.get(previous_item_id, "item_create_invalid_previous_item_id"))
        self._items.insert(at, item)
        return self._items[at - 1].id if at else None

    def delete(self, item_id: str) -> None:
        """Forget an item."""
        self._items.remove(self.get(item_id, "item_delete_invalid_item_id"))

    def take_back(self, item_id: str) -> bool:
        """Forget an item although no client asked for it; false where it is not there."""
        if (item := self.find(item_id)) is None:
            return False
        self._items.remove(item)
        self._taken_back.append(item_id)
        return True

    def was_taken_back(self, item_id: object) -> bool:
        """Whether a client may still speak of an item that is gone, because it could not know."""
        return item_id in self._taken_back
