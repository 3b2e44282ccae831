"""The conversation on the client's side: what is sent, what comes back, what is heard, and barge-in.

Lives on the link's loop. Everything that can be derived (turns, latency) is a function over `log`.
"""

from __future__ import annotations

import asyncio
import base64
import logging
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from labkit import tools
from labkit.engines import Target
from labkit.errors import ConnectError, LabkitError, ServerError, SessionClosedError, WaitTimeoutError
from labkit.link import now_ms
from labkit.listening import Levels
from labkit.playing import Playing, ScriptSpeaker
from labkit.turns import Event, Record, Turn, TurnBuilder, without_media
from labkit.wire import Wire, checked, is_serious

log = logging.getLogger("labkit.session")
MAX_RECORDS = 200_000
"""The log's length: an hour of conversation; older records go."""


class Dialogue:
    """One conversation with a server; every method runs on the link's loop."""

    def __init__(self, target: Target, settings: Event, functions: Sequence[Callable[..., Any]]) -> None:
        self.target = target
        self.settings = settings
        """What we ask of the server, then what it says is in force."""
        self.functions = tools.by_name(functions)
        self.log: deque[Record] = deque(maxlen=MAX_RECORDS)
        self.builder = TurnBuilder()
        self.errors: list[Event] = []
        self._told_errors = 0
        self.closed: LabkitError | None = None
        self.playing = Playing(ScriptSpeaker(self.playback_started))
        self.levels = Levels()
        self._wire = Wire(target)
        self._callbacks: dict[str, list[Callable[[Event], object]]] = defaultdict(list)
        self._turn_callbacks: list[Callable[[Turn], object]] = []
        self._closed_callbacks: list[Callable[[LabkitError], object]] = []
        self._changed = asyncio.Condition()
        self._asked_ms: float | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self.recording_speaks = False
        """Whether a recording stands in for the microphone just now."""
        self._ready = asyncio.Event()

    # -- opening and closing ---------------------------------------------------------------------------------

    async def open(self, timeout_s: float) -> None:
        """Connect, and wait until our settings are in force."""
        await self._wire.open(timeout_s)
        self._start(self._receive())
        self.send({"type": "session.update", "session": self.settings})
        try:
            await asyncio.wait_for(self._ready.wait(), timeout_s)
        except TimeoutError:
            await self.close()
            message = f"{self.target.host} accepted the connection but opened no session in {timeout_s:g} s."
            raise ConnectError(message) from None
        if self.closed:
            raise self.closed
        if self.errors:
            await self.close()
            refusal = self.errors[-1]
            raise ServerError(f"The server refused the settings: {refusal['error']['message']}", refusal)

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
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, LabkitError):  # ours: the conversation is over, and says so
            log.error("a task of the conversation failed", exc_info=error)

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

    def on_closed(self, callback: Callable[[LabkitError], object]) -> None:
        """Call back on the loop when the server, not we, ended the conversation."""
        self._closed_callbacks.append(callback)

    def on_turn(self, callback: Callable[[Turn], object]) -> None:
        """Call back on the loop whenever a turn has changed."""
        self._turn_callbacks.append(callback)

    def _record(self, event: Event, *, sent: bool) -> None:
        kept = without_media(event)
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
            if self.closed is None:
                self.closed = error
                for tell in self._closed_callbacks:
                    tell(error)
            self._ready.set()
            await self._notify()

    def _call_back(self, callback: Callable[[Event], object], event: Event) -> None:
        try:
            callback(event)
        except Exception:
            log.exception("a callback for %s failed", event["type"])

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def _react(self, event: Event) -> None:
        match event["type"]:
            case "response.output_audio.delta":
                self.playing.play(event["item_id"], base64.b64decode(event["delta"]))
            case "response.output_audio.done":
                self.playing.output.end(event["item_id"])
            case "input_audio_buffer.speech_started":
                self.levels.started(event["audio_start_ms"])
                if (self.turn_detection or {}).get("interrupt_response", True):
                    self._start(self.cut())
            case "input_audio_buffer.speech_stopped":
                if (voiced := self.levels.last_voiced_ms(event["audio_end_ms"])) is not None:
                    self._record({"type": "labkit.last_voiced", "t_ms": voiced}, sent=False)
            case "response.done":
                self._start(self._call_functions(event["response"]))
            case "session.created":
                # Servers that are not ours send the transcript ahead of the sound.
                self.builder.exact_words = str(event["session"].get("model")).startswith("labkit-")
            case "session.updated":
                self.settings = event["session"]
                self._ready.set()
            case "error":
                self.errors.append(event)
                self._ready.set()

    # -- speaking and showing --------------------------------------------------------------------------------

    async def say(self, text: str) -> None:
        """Say something by typing it; what is being answered is interrupted."""
        await self._make_way()
        self._add_user([{"type": "input_text", "text": text}])
        self.ask()

    async def show(self, jpeg_or_png: bytes, text: str | None) -> None:
        """Put a picture into the conversation; with a text, ask about it."""
        kind = "png" if jpeg_or_png.startswith(b"\x89PNG") else "jpeg"
        url = f"data:image/{kind};base64,{base64.b64encode(jpeg_or_png).decode()}"
        content: list[Event] = [{"type": "input_image", "image_url": url}]
        if text is None:
            self._add_user(content)
            return
        await self._make_way()
        self._add_user([*content, {"type": "input_text", "text": text}])
        self.ask()

    async def _make_way(self) -> None:
        if isinstance(self.playing.output, ScriptSpeaker) and not self._answering():
            self.playing.output.skip()
        else:
            await self.interrupt()

    def _add_user(self, content: list[Event]) -> None:
        self.send({"type": "conversation.item.create", "item": {"type": "message", "role": "user", "content": content}})

    def expect_answer(self) -> None:
        """What is said from now on is what `wait` waits for the answer to."""
        self._asked_ms = now_ms()
        self._told_errors = len(self.errors)

    def ask(self) -> None:
        """Have the server answer."""
        self.expect_answer()
        self.send({"type": "response.create"})

    def hear(self, chunk: bytes, stamp_ms: float) -> None:
        """One microphone chunk, stamped on the kernel's clock; ignored while a recording speaks."""
        if not self.recording_speaks and self.closed is None:
            self.append(chunk, stamp_ms)

    def append(self, chunk: bytes, stamp_ms: float) -> None:
        """Send sound whose first sample belongs to `stamp_ms` of the kernel's clock."""
        self.levels.add(chunk, stamp_ms)
        self.send({"type": "input_audio_buffer.append", "audio": base64.b64encode(chunk).decode()})

    # -- hearing and barge-in --------------------------------------------------------------------------------

    def playback_started(self, item_id: str, t_ms: float, output_latency_ms: float) -> None:
        """The first sample of an item was rendered at `t_ms` of the kernel's clock."""
        event = {
            "type": "labkit.playback_started",
            "item_id": item_id,
            "t_ms": t_ms,
            "output_latency_ms": output_latency_ms,
        }
        self._record(event, sent=False)

    @property
    def turn_detection(self) -> Event | None:
        """Who ends a turn, as it is in force; `None`: the client does."""
        listening: Event = (self.settings.get("audio") or {}).get("input") or {}
        return listening.get("turn_detection")

    async def cut(self) -> None:
        """Silence at the ear, and only what was heard stays in the conversation."""
        newest = self._newest()
        items = newest.item_ids if newest else []
        for item_id, heard_ms in await self.playing.cut(items, more_to_come=self._answering()):
            self._record({"type": "labkit.playback_cut", "item_id": item_id, "heard_ms": heard_ms}, sent=False)
            where = {"item_id": item_id, "content_index": 0, "audio_end_ms": heard_ms}
            self.send({"type": "conversation.item.truncate", **where})

    async def interrupt(self) -> None:
        """Stop the answer that is being generated or heard, if there is one."""
        if self._answering():
            self.send({"type": "response.cancel"})
        await self.cut()

    def _newest(self) -> Turn | None:
        return self.builder.turns[-1] if self.builder.turns else None

    def _answering(self) -> bool:
        newest = self._newest()
        return newest is not None and newest.status == "answering"

    def sound(self, turn: Turn) -> bytes:
        """The answer's sound as it was generated, 24 kHz PCM16."""
        return self.playing.sound(turn.item_ids)

    # -- tools and waiting -----------------------------------------------------------------------------------

    async def _call_functions(self, response: Mapping[str, Any]) -> None:
        for event in await tools.outputs(self.functions, response):
            self.send(event)

    async def wait(self, timeout_s: float) -> Turn:
        """The turn that answers what was said last (or the next one); see `RealtimeSession.wait`."""
        since = self._asked_ms if self._asked_ms is not None else now_ms()

        def answer() -> Turn | None:
            newest = self._newest()
            return newest if newest and newest.done and newest.stamps.get("response_done", 0) >= since else None

        try:
            async with asyncio.timeout(timeout_s), self._changed:
                await self._changed.wait_for(lambda: answer() or self.closed or self._serious())
        except TimeoutError:
            message = f"No answer came within {timeout_s:g} s: nothing may have been said, or the server is slow."
            raise WaitTimeoutError(message) from None
        self._asked_ms = None
        if turn := answer():
            return turn
        if serious := self._serious():
            self._told_errors = len(self.errors)
            raise ServerError(f"The server says: {serious[0]['error']['message']}", serious[0])
        assert self.closed is not None
        raise self.closed

    def _serious(self) -> list[Event]:
        return [event for event in self.errors[self._told_errors :] if is_serious(event)]
