"""One response: what it was asked to be, how far it is, and its events in the protocol's order."""

from __future__ import annotations

import base64
from collections import Counter
from typing import Any

from labkit import pcm, tokens
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
        self.output: list[Item] = []
        """What it says and calls, in the order of `output_index`."""
        self.context: Counter[str] = Counter()
        self.cached: Counter[str] = Counter()
        self.thinking = False
        self.done = False
        self.text = ""

    @property
    def item(self) -> Item | None:
        """The newest of its items: what is being said, or was called."""
        return self.output[-1] if self.output else None

    @property
    def _spoken_ms(self) -> float:
        return sum(pcm.duration_ms(item.audio) for item in self.output)

    def to_wire(self, status: str, details: Event | None = None, **more: Any) -> Event:
        """The `response` object; `more` are fields of ours."""
        counts = usage.report(self.context, self.cached, tokens.of_text(self.text), self._spoken_ms)
        voice = {"format": self.output_format["format"], "voice": self.output_format["voice"]}
        return {
            "object": "realtime.response",
            "id": self.id,
            "status": status,
            "status_details": details,
            "output": [item.wire for item in self.output],
            "conversation_id": self.conversation_id,
            "output_modalities": self.modalities,
            "max_output_tokens": self.max_output_tokens,
            "audio": {"output": voice},
            "usage": counts if status != "in_progress" else None,
            "metadata": self.metadata,
            **more,
        }

    def created(self) -> Event:
        """The response exists."""
        return server_event("response.created", response=self.to_wire("in_progress"))

    def _of_item(self, kind: str, **fields: Any) -> Event:
        assert self.item is not None
        where = {"item_id": self.item.id, "output_index": len(self.output) - 1}
        return server_event(kind, response_id=self.id, **where, **fields)

    def _output_item(self, kind: str) -> Event:
        assert self.item is not None
        index = len(self.output) - 1
        return server_event(kind, response_id=self.id, output_index=index, item=dict(self.item.wire))

    def open_item(self, item: Item) -> list[Event]:
        """The next item begins, a message or a call; `conversation.item.added` comes from the conversation."""
        self.output.append(item)
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
        used = tokens.of_text(self.text) + self._spoken_ms / tokens.ANSWER_MS_PER_TOKEN
        return self.max_output_tokens != "inf" and used >= int(self.max_output_tokens)

    def _close_part(self) -> list[Event]:
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
        self.text += call.arguments
        self.item.wire["arguments"] = call.arguments
        return [
            self._of_item("response.function_call_arguments.delta", delta=call.arguments, **fields),
            self._of_item("response.function_call_arguments.done", arguments=call.arguments, name=call.name, **fields),
        ]

    def close_item(self, *, complete: bool = True) -> list[Event]:
        """An item that is open is complete, or as complete as it will be; the conversation knows first."""
        if self.item is None or self.item.wire["status"] != "in_progress":
            return []
        closing = self._close_part()
        self.item.wire["status"] = "completed" if complete else "incomplete"
        if self.in_conversation:
            closing.append(server_event("conversation.item.done", item=dict(self.item.wire)))
        return [*closing, self._output_item("response.output_item.done")]

    def finish(self, status: str, details: Event | None, context: Event) -> list[Event]:
        """The response is over, its items were closed before; `context` is what there is to say of the context."""
        self.done = True
        return [server_event("response.done", response=self.to_wire(status, details, labkit={"context": context}))]
