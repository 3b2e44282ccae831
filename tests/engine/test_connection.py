"""The shell around the state machine: whatever an effect raises is said, and the connection lives on."""

import asyncio
import json
from typing import Any, Self

import pytest
from engine.test_conversation import NOW, Echo

from labkit.engine import connection
from labkit.engine.conversation import Conversation
from labkit.engine.hearing import SpeechStarted
from labkit.errors import MissingPartError


class Nothing:
    """An ear that does nothing, whatever it is told."""

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **fields: None

    async def drained(self) -> None: ...

    async def aclose(self) -> None: ...


class Ears:
    def __init__(self) -> None:
        self.ear = Nothing()

    async def acquire(self, on_event: Any) -> Nothing:
        self.heard = on_event
        return self.ear


class Socket:
    """A WebSocket of two queues."""

    def __init__(self) -> None:
        self.coming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def receive(self) -> dict[str, Any]:
        return await self.coming.get()

    async def send_text(self, text: str) -> None:
        self.sent.put_nowait(json.loads(text))

    def send(self, kind: str, **fields: Any) -> None:
        self.coming.put_nowait({"type": "websocket.receive", "text": json.dumps({"type": kind, **fields})})

    async def event(self, kind: str) -> dict[str, Any]:
        async with asyncio.timeout(60):
            while (event := await self.sent.get())["type"] != kind:
                pass
            return event


class Running:
    """A connection that is open for the length of a block."""

    async def __aenter__(self) -> Self:
        self.socket, self.ears = Socket(), Ears()
        conversation = Conversation(Echo(), NOW)
        self.connection = connection.Connection(self.socket, conversation, self.ears, lambda: None)  # type: ignore[arg-type]
        self.task = asyncio.create_task(self.connection.run())
        await self.socket.event("session.created")
        return self

    async def __aexit__(self, *_: object) -> None:
        self.socket.coming.put_nowait({"type": "websocket.disconnect"})
        await self.task

    async def answers(self) -> None:
        self.socket.send("response.create", response={"output_modalities": ["text"]})
        assert (await self.socket.event("response.done"))["response"]["status"] == "completed"


def picture() -> dict[str, Any]:
    content = [{"type": "input_image", "image_url": "data:image/png;base64,AAAA"}]
    return {"type": "message", "role": "user", "content": content}


def raising(error: Exception) -> Any:
    def work(*_: object, **__: object) -> None:
        raise error

    return work


@pytest.mark.parametrize("error", [MissingPartError("Run pip install."), RuntimeError("a bug"), MemoryError()])
async def test_an_eye_that_fails_leaves_nothing_pending(monkeypatch, error: Exception) -> None:
    monkeypatch.setattr(connection.EYES, "look", raising(error))
    async with Running() as running:
        running.socket.send("conversation.item.create", item=picture())
        assert (await running.socket.event("error"))["error"]["type"] == "server_error"
        await running.answers()


async def test_a_voice_that_fails_fails_the_response(monkeypatch) -> None:
    async with Running() as running:
        monkeypatch.setattr(running.connection._voice, "speak", raising(RuntimeError("no voice")))
        running.socket.send("response.create")
        assert (await running.socket.event("error"))["error"]["type"] == "server_error"
        assert (await running.socket.event("response.done"))["response"]["status"] == "failed"
        assert running.connection._speaking == {}
        await running.answers()


async def test_an_ear_that_takes_no_sound_is_said(monkeypatch) -> None:
    async with Running() as running:
        running.ears.ear.append = raising(RuntimeError("full"))
        running.socket.send("input_audio_buffer.append", audio="AAAAAAAA")
        assert (await running.socket.event("error"))["error"]["type"] == "server_error"
        await running.answers()


async def test_a_commit_that_the_ear_refuses_is_not_waited_for() -> None:
    async with Running() as running:
        running.ears.ear.commit = raising(RuntimeError("gone"))
        running.socket.send(
            "session.update", session={"type": "realtime", "audio": {"input": {"turn_detection": None}}}
        )
        running.socket.send("input_audio_buffer.append", audio="A" * 12_800)
        running.socket.send("input_audio_buffer.commit")
        assert (await running.socket.event("error"))["error"]["type"] == "server_error"
        await running.answers()


async def test_a_report_that_cannot_be_dealt_with_does_not_reach_the_ear(monkeypatch) -> None:
    async with Running() as running:
        monkeypatch.setattr(running.connection._conversation._speech, "_started", raising(KeyError("x")))
        running.ears.heard(SpeechStarted(0))
        assert (await running.socket.event("error"))["error"]["type"] == "server_error"
        await running.answers()
