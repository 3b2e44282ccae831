"""The conversation on the client's side: what is sent, what comes back, what is heard, and barge-in.

Lives on the link's loop. Everything that can be derived (turns, latency) is a function over `log`.
"""

from __future__ import annotations

import asyncio
import base64
import logging
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from labkit import pcm, tools
from labkit.engines import Target
from labkit.errors import ConnectError, LabkitError, ServerError, SessionClosedError, WaitTimeoutError
from labkit.link import now_ms
from labkit.listening import Levels
from labkit.playback import VirtualSpeaker
from labkit.turns import Event, Record, Turn, TurnBuilder
from labkit.wire import Wire, checked

log = logging.getLogger("labkit.session")
MAX_RECORDS = 200_000
"""The log's length: an hour of conversation; older records go."""
MAX_SOUND_BYTES = 64 * 1024 * 1024
"""Answers' sound kept for `sound(turn)`; older answers go."""
BENIGN = {"response_cancel_not_active", "conversation_already_has_active_response", "input_audio_buffer_commit_empty"}
"""Errors that only say that client and server crossed on the wire."""
TURN_END_S = 3.0
"""After a recording, silence is sent until the server ends the turn, at most this long."""


class Output(Protocol):
    """Where answers are heard: the browser's speaker, or a virtual one."""

    def play(self, item_id: str, sound: bytes) -> None: ...
    def end(self, item_id: str) -> None: ...
    async def flush(self) -> dict[str, float]: ...


class ScriptSpeaker:
    """The output of a script: nobody hears it, time passes all the same."""

    def __init__(self, started: Callable[[str, float, float], None]) -> None:
        self._virtual = VirtualSpeaker()
        self._started = started

    def play(self, item_id: str, sound: bytes) -> None:
        """Queue sound."""
        self._virtual.play(item_id, sound, now_ms())

    def end(self, item_id: str) -> None:
        """Nothing to do: what is queued plays out."""

    async def flush(self) -> dict[str, float]:
        """Silent; heard milliseconds by item."""
        return self._virtual.flush(now_ms())


class Dialogue:
    """One conversation with a server; every method runs on the link's loop."""

    def __init__(self, target: Target, settings: Event, functions: Sequence[Callable[..., Any]]) -> None:
        self.target = target
        self.settings = settings
        """What we ask of the server, then what it says is in force."""
        self.functions = tools.by_name(functions)
        self.log: deque[Record] = deque(maxlen=MAX_RECORDS)
        self.builder = TurnBuilder(exact_words=target.kind == "embedded")
        self.errors: list[Event] = []
        self.closed: LabkitError | None = None
        self.output: Output = ScriptSpeaker(self.playback_started)
        self.levels = Levels()
        self._wire = Wire(target)
        self._sound: dict[str, bytearray] = {}
        self._callbacks: dict[str, list[Callable[[Event], object]]] = defaultdict(list)
        self._turn_callbacks: list[Callable[[Turn], object]] = []
        self._changed = asyncio.Condition()
        self._asked_ms: float | None = None
        self._cut: set[str] = set()
        """Items whose remaining sound is not to be played."""
        self._tasks: set[asyncio.Task[Any]] = set()
        self._speaking = False
        self._ready = asyncio.Event()

    # -- opening and closing ---------------------------------------------------------------------------------

    async def open(self, timeout_s: float) -> None:
        """Connect, and wait until our settings are in force."""
        await self._wire.open(timeout_s)
        self._start(self._receive())
        self.send({"type": "session.update", "session": self.settings})
        waiting = asyncio.create_task(self._ready.wait())
        try:
            await asyncio.wait_for(waiting, timeout_s)
        except TimeoutError:
            await self.close()
            raise ConnectError(
                f"{self.target.host} accepted the connection but opened no session in {timeout_s:g} s."
            ) from None
        if self.closed:
            raise self.closed
        if self.errors:
            await self.close()
            raise ServerError(
                f"The server refused the settings: {self.errors[-1]['error']['message']}", self.errors[-1]
            )

    async def close(self) -> None:
        """End the conversation; its turns and log stay readable."""
        self.closed = self.closed or SessionClosedError("The conversation was closed: connect again to go on.")
        for task in list(self._tasks):
            if task is not asyncio.current_task():
                task.cancel()
        await self._wire.close()
        await self._notify()

    def _start(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -- events ----------------------------------------------------------------------------------------------

    def send(self, event: Event) -> None:
        """Queue a client event; raises what ended the conversation, if it has ended."""
        if self.closed:
            raise self.closed
        self._wire.send(checked(event))
        self._record(event, sent=True)

    def on(self, kind: str, callback: Callable[[Event], object]) -> Callable[[], None]:
        """Call back on the loop for every server event of this type ("*": all); what is returned ends it."""
        self._callbacks[kind].append(callback)
        return lambda: self._callbacks[kind].remove(callback)

    def on_turn(self, callback: Callable[[Turn], object]) -> None:
        """Call back on the loop whenever a turn has changed."""
        self._turn_callbacks.append(callback)

    def _record(self, event: Event, *, sent: bool) -> None:
        kept = _without_media(event)
        record = Record(now_ms(), sent, kept)
        self.log.append(record)
        turn = self.builder.add(record)
        if turn:
            for callback in self._turn_callbacks:
                callback(turn)

    async def _receive(self) -> None:
        try:
            async for event in self._wire.events():
                self._record(event, sent=False)
                self._react(event)
                for callback in [*self._callbacks[event["type"]], *self._callbacks["*"]]:
                    self._call_back(callback, event)
                await self._notify()
        except LabkitError as error:
            self.closed = self.closed or error
            self._ready.set()
            await self._notify()

    def _call_back(self, callback: Callable[[Event], object], event: Event) -> None:
        try:
            callback(event)
        except Exception:  # noqa: BLE001 - a learner's callback must not end the conversation
            log.exception("a callback for %s failed", event["type"])

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def _react(self, event: Event) -> None:
        match event["type"]:
            case "response.output_audio.delta":
                self._play(event["item_id"], base64.b64decode(event["delta"]))
            case "response.output_audio.done":
                self.output.end(event["item_id"])
            case "input_audio_buffer.speech_started":
                self.levels.started(event["audio_start_ms"])
                if self._interrupts():
                    self._start(self.cut())
            case "input_audio_buffer.speech_stopped":
                if (voiced := self.levels.last_voiced_ms(event["audio_end_ms"])) is not None:
                    self._record({"type": "labkit.last_voiced", "t_ms": voiced}, sent=False)
            case "response.done":
                self._start(self._call_functions(event["response"]))
            case "session.updated":
                self.settings = event["session"]
                self._ready.set()
            case "error":
                self.errors.append(event)
                self._ready.set()

    # -- speaking and showing --------------------------------------------------------------------------------

    async def say(self, text: str) -> None:
        """Say something by typing it; what is being answered is interrupted."""
        await self.interrupt()
        self._add_user([{"type": "input_text", "text": text}])
        self._ask()

    async def show(self, jpeg_or_png: bytes, text: str | None) -> None:
        """Put a picture into the conversation; with a text, ask about it."""
        kind = "png" if jpeg_or_png.startswith(b"\x89PNG") else "jpeg"
        url = f"data:image/{kind};base64,{base64.b64encode(jpeg_or_png).decode()}"
        content: list[Event] = [{"type": "input_image", "image_url": url}]
        if text is None:
            self._add_user(content)
            return
        await self.interrupt()
        self._add_user([*content, {"type": "input_text", "text": text}])
        self._ask()

    def _add_user(self, content: list[Event]) -> None:
        self.send({"type": "conversation.item.create", "item": {"type": "message", "role": "user", "content": content}})

    def _ask(self) -> None:
        self._asked_ms = now_ms()
        self.send({"type": "response.create"})

    async def speak(self, samples: pcm.Samples) -> None:
        """Speak a recording at real-time pace, then silence until the server ends the turn."""
        self._speaking, self._asked_ms = True, now_ms()
        ended = self._count("input_audio_buffer.speech_stopped")
        manual = (self.settings.get("audio") or {}).get("input", {}).get("turn_detection", {}) is None
        begun = now_ms()
        try:
            pieces = [
                *pcm.chunks(pcm.to_bytes(samples)),
                *[pcm.silence(pcm.CHUNK_MS)] * int(TURN_END_S * 1000 / pcm.CHUNK_MS),
            ]
            spoken = -(-len(samples) * 2 // (pcm.CHUNK_MS * pcm.BYTES_PER_MS))
            for number, chunk in enumerate(pieces[:spoken] if manual else pieces):
                if number >= spoken and self._count("input_audio_buffer.speech_stopped") > ended:
                    break
                self._append(chunk, now_ms())
                await asyncio.sleep(max(0.0, begun + (number + 1) * pcm.CHUNK_MS - now_ms()) / 1000)
            if manual:
                self.send({"type": "input_audio_buffer.commit"})
                self._ask()
        finally:
            self._speaking = False

    def _count(self, kind: str) -> int:
        return sum(record.event["type"] == kind for record in self.log)

    def hear(self, chunk: bytes, stamp_ms: float) -> None:
        """One microphone chunk, stamped on the kernel's clock; ignored while a recording speaks."""
        if not self._speaking and self.closed is None:
            self._append(chunk, stamp_ms)

    def _append(self, chunk: bytes, stamp_ms: float) -> None:
        self.levels.add(chunk, stamp_ms)
        self.send({"type": "input_audio_buffer.append", "audio": base64.b64encode(chunk).decode()})

    # -- hearing and barge-in --------------------------------------------------------------------------------

    def _play(self, item_id: str, sound: bytes) -> None:
        self._sound.setdefault(item_id, bytearray()).extend(sound)
        while sum(map(len, self._sound.values())) > MAX_SOUND_BYTES and len(self._sound) > 1:
            del self._sound[next(iter(self._sound))]
        if item_id not in self._cut:
            self.output.play(item_id, sound)

    def playback_started(self, item_id: str, t_ms: float, output_latency_ms: float) -> None:
        """The first sample of an item was rendered at `t_ms` of the kernel's clock."""
        event = {
            "type": "labkit.playback_started",
            "item_id": item_id,
            "t_ms": t_ms,
            "output_latency_ms": output_latency_ms,
        }
        self._record(event, sent=False)

    def _interrupts(self) -> bool:
        detection = ((self.settings.get("audio") or {}).get("input") or {}).get("turn_detection") or {}
        return bool(detection.get("interrupt_response", True))

    async def cut(self) -> None:
        """Silence at the ear, and only what was heard stays in the conversation."""
        answering = self.builder.turns[-1] if self.builder.turns else None
        if answering:
            self._cut.update(answering.item_ids)
        for item_id, heard_ms in (await self.output.flush()).items():
            have_ms = pcm.duration_ms(bytes(self._sound.get(item_id, b"")))
            end_ms = int(max(0.0, min(heard_ms, have_ms)))
            self._record({"type": "labkit.playback_cut", "item_id": item_id, "heard_ms": end_ms}, sent=False)
            where = {"item_id": item_id, "content_index": 0, "audio_end_ms": end_ms}
            self.send({"type": "conversation.item.truncate", **where})

    async def interrupt(self) -> None:
        """Stop the answer that is being generated or heard, if there is one."""
        if self.builder.turns and self.builder.turns[-1].status == "answering":
            self.send({"type": "response.cancel"})
        await self.cut()

    def sound(self, turn: Turn) -> bytes:
        """The answer's sound as it was generated, 24 kHz PCM16."""
        return b"".join(bytes(self._sound.get(item_id, b"")) for item_id in turn.item_ids)

    # -- tools and waiting -----------------------------------------------------------------------------------

    async def _call_functions(self, response: Mapping[str, Any]) -> None:
        called = [item for item in response.get("output") or [] if item.get("type") == "function_call"]
        if response.get("status") != "completed" or not called:
            return
        for item in called:
            output = await tools.call(self.functions, item["name"], item["arguments"])
            answer = {"type": "function_call_output", "call_id": item["call_id"], "output": output}
            self.send({"type": "conversation.item.create", "item": answer})
        self.send({"type": "response.create"})

    async def wait(self, timeout_s: float) -> Turn:
        """The turn that answers what was said last (or the next one); see `RealtimeSession.wait`."""
        since = self._asked_ms if self._asked_ms is not None else now_ms()
        errors = len(self.errors)

        def answered() -> bool:
            newest = self.builder.turns[-1] if self.builder.turns else None
            told = newest is not None and newest.done and newest.stamps.get("response_done", 0) >= since
            return told or self.closed is not None or bool(self._serious(errors))

        try:
            async with asyncio.timeout(timeout_s), self._changed:
                await self._changed.wait_for(answered)
        except TimeoutError:
            message = f"No answer came within {timeout_s:g} s: nothing may have been said, or the server is slow."
            raise WaitTimeoutError(message) from None
        self._asked_ms = None
        newest = self.builder.turns[-1] if self.builder.turns else None
        if newest is not None and newest.done and newest.stamps.get("response_done", 0) >= since:
            return newest
        if serious := self._serious(errors):
            raise ServerError(f"The server says: {serious[0]['error']['message']}", serious[0])
        assert self.closed is not None
        raise self.closed

    def _serious(self, since: int) -> list[Event]:
        return [event for event in self.errors[since:] if event["error"].get("code") not in BENIGN]


def _without_media(event: Event) -> Event:
    """The event without its sound and pictures, which would fill the log."""
    kind = event["type"]
    if kind == "response.output_audio.delta":
        return {**event, "delta": "", "audio_ms": pcm.duration_ms(base64.b64decode(event["delta"]))}
    if kind == "input_audio_buffer.append":
        return {"type": kind, "audio_ms": len(event["audio"]) * 3 / 4 / pcm.BYTES_PER_MS}
    content = (event.get("item") or {}).get("content") or []
    if any(part.get("image_url") or part.get("audio") for part in content):
        slim = [
            {k: v if k not in ("image_url", "audio") else f"({len(v or '')} characters)" for k, v in part.items()}
            for part in content
        ]
        return {**event, "item": {**event["item"], "content": slim}}
    return event
