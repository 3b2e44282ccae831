"""A server that is a script: it sits in the place of the wire, so that the client's own work can be measured."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Iterator
from itertools import count
from typing import cast

from labkit import pcm
from labkit.dialogue import Dialogue
from labkit.engines import Target
from labkit.turns import Event
from labkit.wire import Wire

__all__ = ["ANSWER_MS", "ScriptedWire", "answered", "dialogue"]

ANSWER_MS = 6000
"""How long an answer sounds; a word has 400 ms of it, in two deltas."""
WORD_MS = 400
SESSION = {
    "type": "realtime",
    "model": "labkit-script",
    "audio": {"input": {"turn_detection": {"type": "semantic_vad"}}},
}
_numbers = count()
USAGE = {
    "total_tokens": 300,
    "input_tokens": 150,
    "output_tokens": 150,
    "input_token_details": {"text_tokens": 20, "audio_tokens": 130, "cached_tokens": 0},
    "output_token_details": {"text_tokens": 30, "audio_tokens": 120},
}


class ScriptedWire:
    """What `Dialogue` needs of a wire; `say` is the server's voice."""

    half_trip_ms: float | None = 0.1

    def __init__(self, target: Target) -> None:
        self.target = target
        self._events: asyncio.Queue[Event] = asyncio.Queue()

    async def open(self, timeout_s: float) -> None:
        """At once."""
        self.say({"type": "session.created", "session": SESSION})

    def send(self, event: Event) -> bool:
        """Only settings are answered."""
        if event["type"] == "session.update":
            self.say({"type": "session.updated", "session": SESSION})
        return True

    def say(self, event: Event) -> None:
        """A server event."""
        numbered = {"event_id": f"event_{next(_numbers):016x}", **event}
        self._events.put_nowait(json.loads(json.dumps(numbered)))  # with strings of its own, as from a socket

    async def events(self) -> AsyncIterator[Event]:
        """All that was said, for ever."""
        while True:
            event = await self._events.get()
            try:
                yield event
            finally:
                self._events.task_done()

    async def drained(self) -> None:
        """When everything that was said has been taken in."""
        await self._events.join()

    async def close(self) -> None:
        """Nothing to do."""


async def dialogue(api_key: str = "") -> tuple[Dialogue, ScriptedWire]:
    """An open conversation with the script."""
    target = Target("other", "http://127.0.0.1/v1", "labkit-script", api_key)
    wire = ScriptedWire(target)
    opened = Dialogue(target, dict(SESSION), [], wire=cast(Wire, wire))
    await opened.open(5)
    return opened, wire


def answered(end_ms: float) -> Iterator[Event]:
    """The events of one spoken turn whose speech ended at `end_ms` of all sound sent."""
    number = next(_numbers)
    user, item, response = f"item_u{number:016x}", f"item_a{number:016x}", f"resp_{number:016x}"
    of = {"response_id": response, "item_id": item, "output_index": 0, "content_index": 0}
    message = {"id": item, "object": "realtime.item", "type": "message", "role": "assistant"}
    heard = {"id": user, "type": "message", "role": "user", "content": [{"type": "input_audio", "transcript": None}]}
    voice = base64.b64encode(pcm.silence(WORD_MS / 2)).decode()
    yield {"type": "input_audio_buffer.speech_stopped", "audio_end_ms": end_ms, "item_id": user}
    yield {"type": "input_audio_buffer.committed", "item_id": user}
    yield {"type": "conversation.item.added", "item": heard}
    said = {"item_id": user, "transcript": "what time is it", "usage": {"type": "duration", "seconds": 2.0}}
    yield {"type": "conversation.item.input_audio_transcription.completed", **said}
    yield {"type": "response.created", "response": {"id": response, "conversation_id": "conv", "status": "in_progress"}}
    yield {"type": "response.output_item.added", "response_id": response, "item": message}
    for _ in range(ANSWER_MS // WORD_MS):
        yield {"type": "response.output_audio_transcript.delta", "delta": "words ", **of}
        yield {"type": "response.output_audio.delta", "delta": voice, **of}
        yield {"type": "response.output_audio.delta", "delta": voice, **of}
    yield {"type": "response.output_audio.done", **of}
    done = {"id": response, "status": "completed", "output": [message], "usage": USAGE, "conversation_id": "conv"}
    yield {"type": "response.done", "response": done}
