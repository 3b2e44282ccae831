"""One client's WebSocket: the I/O shell around a state machine, that of a conversation or of a translation."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

from starlette.websockets import WebSocket, WebSocketDisconnect

from labkit.engine import effects
from labkit.engine.ear import Ear, EarPool
from labkit.engine.events import Event
from labkit.engine.eyes import Sight
from labkit.engine.eyes.process import EYES
from labkit.engine.hearing import EarEvent
from labkit.engine.settings import SESSION_S
from labkit.engine.state import Out
from labkit.engine.voice import Voice
from labkit.errors import LabkitError

log = logging.getLogger("labkit.engine")
EXPIRED = "Your session hit the maximum duration of 60 minutes."
MAX_QUEUED_EVENTS = 20_000
"""A client that does not read for this many events is let go: nothing grows without bound."""
_VOICES = ThreadPoolExecutor(4, "voice")
"""Threads of their own: no word waits for a picture that is being read."""


def _now() -> datetime:
    return datetime.now(UTC).astimezone()


class StateMachine(Protocol):
    """What answers: `conversation.Conversation` or `translation.Translation`, which say what each method is."""

    def open(self) -> Out: ...
    def receive(self, raw: str | bytes, now: datetime) -> Out: ...
    def heard(self, event: EarEvent, now: datetime) -> Out: ...
    def saw(self, look: effects.LookAt, sight: Sight, now: datetime) -> Out: ...
    def spoke(self, response_id: str, text: str, sound: bytes, now: datetime) -> Out: ...
    def finished(self, response_id: str, now: datetime) -> Out: ...
    def failed(self, effect: effects.Effect, error: Exception, now: datetime) -> Out: ...


class Connection:
    """Carries events in and out, and has ears, eyes and voice do what the conversation asks."""

    def __init__(
        self, websocket: WebSocket, conversation: StateMachine, ears: EarPool, warm_up: Callable[[], None]
    ) -> None:
        """`warm_up` loads, in a thread, what answering needs."""
        self._websocket = websocket
        self._ears = ears
        self._warm_up = warm_up
        self._conversation = conversation
        self._out: asyncio.Queue[Event] = asyncio.Queue(MAX_QUEUED_EVENTS)
        self._voice = Voice()
        self._speaking: dict[str, threading.Event] = {}
        """By response: set to have its voice stop."""
        self._looking: dict[effects.LookAt, asyncio.Future[Sight]] = {}
        self._tasks: set[asyncio.Future[None]] = set()
        self._ear: Ear | None = None

    async def run(self) -> None:
        """Until the client leaves or the session expires."""
        self._ear = await self._ears.acquire(self._heard)
        self._start(self._send())
        self._start(asyncio.to_thread(self._warm_up))
        try:
            self._do(self._conversation.open())
            async with asyncio.timeout(SESSION_S):
                await self._receive()
        except TimeoutError:
            await self._websocket.close(1001, EXPIRED)
        finally:
            for stop in self._speaking.values():
                stop.set()
            for task in list(self._tasks):
                task.cancel()
            await self._ear.aclose()

    async def _receive(self) -> None:
        while True:
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            self._do(self._conversation.receive(message.get("text") or message.get("bytes") or "", _now()))
            if self._ear:
                await self._ear.drained()  # a client that sends faster than the ear decodes waits here

    async def _send(self) -> None:
        while True:
            event = await self._out.get()
            try:
                await self._websocket.send_text(json.dumps(event))
                if event["type"] == "session.closed":
                    await self._websocket.close()
            except (WebSocketDisconnect, RuntimeError):  # Starlette's two words for "the client is gone"
                return

    def _heard(self, event: EarEvent) -> None:
        self._do(self._conversation.heard(event, _now()))

    def _do(self, out: Out) -> None:
        for what in out:
            if isinstance(what, dict):
                self._emit(what)
            else:
                self._try(what)

    def _try(self, effect: effects.Effect) -> None:
        try:
            self._carry_out(effect)
        except Exception as error:  # noqa: BLE001 - the client is told, the log too
            self._failed(effect, error)

    def _emit(self, event: Event) -> None:
        if self._out.full():
            self._start(self._websocket.close(1008, "The client does not read its events."))
            return
        self._out.put_nowait(event)

    def _carry_out(self, effect: effects.Effect) -> None:
        assert self._ear is not None
        match effect:
            case effects.ConfigureEar(sentences, turn_detection, so_far):
                self._ear.configure(sentences=sentences, turn_detection=turn_detection, so_far=so_far)
            case effects.HearAudio(sound):
                self._ear.append(sound)
            case effects.CommitEar(item_id):
                self._ear.commit(item_id)
            case effects.ClearEar():
                self._ear.clear()
            case effects.FarEndCut():
                self._ear.silence_far_end()
            case effects.LookAt():
                self._looking[effect] = asyncio.wrap_future(EYES.look(effect.image, self))
                self._start(self._look(effect))
            case effects.LookAway(item_id):
                for look in [look for look in self._looking if look.item_id == item_id]:
                    self._looking[look].cancel()
            case effects.Speak():
                self._speak(effect)
            case effects.StopSpeaking(response_id):
                if stop := self._speaking.get(response_id):
                    stop.set()
                self._ear.silence_far_end()

    def _start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Future[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("A task of a conversation failed.", exc_info=error)

    async def _look(self, effect: effects.LookAt) -> None:
        try:
            sight = await self._looking[effect]
        except Exception as error:  # noqa: BLE001 - the client is told, the log too
            self._failed(effect, error)
        else:
            self._do(self._conversation.saw(effect, sight, _now()))
        finally:
            del self._looking[effect]

    def _speak(self, effect: effects.Speak) -> None:
        """The voice begins at once, while the events before its first word are still on their way out."""
        stop = self._speaking[effect.response_id] = threading.Event()
        loop = asyncio.get_running_loop()
        self._start(self._spoken(effect, loop.run_in_executor(_VOICES, self._speak_words, effect, stop, loop)))

    async def _spoken(self, effect: effects.Speak, speaking: Awaitable[None]) -> None:
        try:
            await speaking
        except Exception as error:  # noqa: BLE001 - the client is told, the log too
            self._failed(effect, error)
        else:
            self._do(self._conversation.finished(effect.response_id, _now()))
        finally:
            del self._speaking[effect.response_id]

    def _failed(self, effect: effects.Effect, error: Exception) -> None:
        """Tell the conversation; what is not said in a sentence of our own goes into the log whole."""
        if not isinstance(error, LabkitError):
            log.error("%s could not be carried out.", type(effect).__name__, exc_info=error)
        self._do(self._conversation.failed(effect, error, _now()))

    def _speak_words(self, effect: effects.Speak, stop: threading.Event, loop: asyncio.AbstractEventLoop) -> None:
        words = self._voice.speak(
            effect.text,
            voice=effect.voice,
            speed=effect.speed,
            style=effect.style,
            language=effect.language,
            stop=stop.is_set,
        )
        for word in words:
            loop.call_soon_threadsafe(partial(self._spoke, effect.response_id, word.text, word.pcm))

    def _spoke(self, response_id: str, text: str, sound: bytes) -> None:
        out = self._conversation.spoke(response_id, text, sound, _now())
        if self._ear and any(isinstance(o, dict) and o["type"] == "response.output_audio.delta" for o in out):
            self._ear.far_end(sound)  # before a cut that the same word may bring
        self._do(out)
