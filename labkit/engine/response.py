"""One response: what it was asked to be, how far it is, and its events in the protocol's order."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterable
from typing import Any

from labkit import pcm
from labkit.engine import usage
from labkit.engine.calls import Call
from labkit.engine.events import Event, new_id, server_event
from labkit.engine.items import Item, TimedWord

PART_TYPE = {"output_audio": "audio", "output_text": "text"}
"""Content parts go by another name in `content_part` events than in items."""


class Response:
    """A response from `response.created` to `response.done`; every method returns the events that it causes."""

    def __init__(self, conversation_id: str, settings: Event, params: Event, context: list[Item] | None) -> None:
        self.id = new_id("resp")
        self.in_conversation = params.get("conversation") != "none"
        self.conversation_id = conversation_id if self.in_conversation else None
        self.instructions: str = settings["instructions"]
        self.tools: list[Event] = settings["tools"]
        self.tool_choice: Any = settings["tool_choice"]
        self.max_output_tokens: Any = settings["max_output_tokens"]
        self.modalities: list[str] = settings["output_modalities"]
        self.output_format: Event = settings["audio"]["output"]
        self.input = context
        """What it answers to; `None` is the conversation."""
        self.metadata = params.get("metadata")
        self.item: Item | None = None
        self.context: Counter[str] = Counter()
        self.cached: Counter[str] = Counter()
        self.thinking = False
        self.done = False
        self.text = ""

    def to_wire(self, status: str, details: Event | None = None) -> Event:
        """The `response` object."""
        spoken_ms = pcm.duration_ms(self.item.audio) if self.item else 0.0
        counts = usage.report(self.context, self.cached, usage.text_tokens(self.text), spoken_ms)
        voice = {"format": self.output_format["format"], "voice": self.output_format["voice"]}
        return {
            "object": "realtime.response",
            "id": self.id,
            "status": status,
            "status_details": details,
            "output": [self.item.wire] if self.item else [],
            "conversation_id": self.conversation_id,
            "output_modalities": self.modalities,
            "max_output_tokens": self.max_output_tokens,
            "audio": {"output": voice},
            "usage": counts if status != "in_progress" else None,
            "metadata": self.metadata,
        }

    def created(self) -> Event:
        """The response exists."""
        return server_event("response.created", response=self.to_wire("in_progress"))

    def _of_item(self, kind: str, **fields: Any) -> Event:
        assert self.item is not None
        return server_event(kind, response_id=self.id, item_id=self.item.id, output_index=0, **fields)

    def _output_item(self, kind: str) -> Event:
        assert self.item is not None
        return server_event(kind, response_id=self.id, output_index=0, item=dict(self.item.wire))

    def open_message(self, item: Item) -> list[Event]:
        """The answer's message begins; `conversation.item.added` comes from the conversation."""
        self.item = item
        return [self._output_item("response.output_item.added")]

    def open_part(self) -> list[Event]:
        """The message's only content part begins."""
        kind = "output_audio" if self.modalities == ["audio"] else "output_text"
        assert self.item is not None
        self.item.wire["content"] = [{"type": kind, "transcript" if kind == "output_audio" else "text": ""}]
        return [self._of_item("response.content_part.added", content_index=0, part=self._part())]

    def _part(self) -> Event:
        assert self.item is not None
        part = dict(self.item.wire["content"][0])
        return {**part, "type": PART_TYPE[part["type"]]}

    def word(self, text: str, audio: bytes) -> list[Event]:
        """The next word, with its sound; transcript and sound stay in step so that heard words are known."""
        item = self.item
        if item is None or self.done:
            return []
        self.text += text
        if self.modalities == ["text"]:
            item.wire["content"][0]["text"] = self.text
            return [self._of_item("response.output_text.delta", content_index=0, delta=text)]
        if not item.truncated:
            start_ms = pcm.duration_ms(item.audio)
            item.audio += audio
            item.words.append(TimedWord(text, start_ms, pcm.duration_ms(item.audio)))
            item.wire["content"][0]["transcript"] = self.text
        said = self._of_item("response.output_audio_transcript.delta", content_index=0, delta=text)
        sound = base64.b64encode(audio).decode()
        return [said, self._of_item("response.output_audio.delta", content_index=0, delta=sound)] if audio else [said]

    def over_budget(self) -> bool:
        """Whether `max_output_tokens` is used up."""
        spoken_ms = pcm.duration_ms(self.item.audio) if self.item else 0.0
        used = usage.text_tokens(self.text) + spoken_ms / usage.ANSWER_MS_PER_TOKEN
        return self.max_output_tokens != "inf" and used >= int(self.max_output_tokens)

    def close_part(self) -> list[Event]:
        """The content part is complete, or as complete as it will be."""
        if self.item is None or not self.item.wire.get("content"):
            return []
        if self.modalities == ["text"]:
            done = [self._of_item("response.output_text.done", content_index=0, text=self.text)]
        else:
            said = self._of_item("response.output_audio_transcript.done", content_index=0, transcript=self.text)
            done = [self._of_item("response.output_audio.done", content_index=0), said]
        return [*done, self._of_item("response.content_part.done", content_index=0, part=self._part())]

    def call_events(self, call: Call) -> list[Event]:
        """The arguments of a function call, whole in one delta."""
        assert self.item is not None
        fields = {"call_id": self.item.wire["call_id"]}
        self.text = call.arguments
        self.item.wire["arguments"] = call.arguments
        return [
            self._of_item("response.function_call_arguments.delta", delta=call.arguments, **fields),
            self._of_item("response.function_call_arguments.done", arguments=call.arguments, name=call.name, **fields),
        ]

    def finish(self, status: str, details: Event | None, item_done: Iterable[Event]) -> list[Event]:
        """`output_item.done` after the conversation's own `item.done`, then `response.done`."""
        self.done = True
        events = [*item_done]
        if self.item is not None:
            events.append(self._output_item("response.output_item.done"))
        return [*events, server_event("response.done", response=self.to_wire(status, details))]
