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
from labkit.callbacks import Callbacks
from labkit.engines import Target
from labkit.errors import ConnectError, LabkitError, ServerError, SessionClosedError, WaitTimeoutError
from labkit.link import now_ms
from labkit.listening import Levels
from labkit.playing import Playing, ScriptSpeaker
from labkit.turns import Event, Record, Turn, TurnBuilder, without_media
from labkit.wire import Wire, is_serious

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
        self._callbacks: dict[str, Callbacks[[Event]]] = defaultdict(Callbacks)
        self.on_turn: Callbacks[[Turn]] = Callbacks()
        """Called on the loop whenever a turn has changed."""
        self.on_closed: Callbacks[[LabkitError]] = Callbacks()
        """Called on the loop when the server, not we, ended the conversation."""
        self._changed = asyncio.Condition()
        self._asked_ms: float | None = None
        self._ask_again = False
        """A request to answer crossed with an answer that had begun: ask once more when that is done."""
        self._response_id: str | None = None
        self._cut_responses: set[str] = set()
        """Responses that were interrupted: what still comes of them is not played."""
        self._tasks: set[asyncio.Task[Any]] = set()
        self.recording_speaks = False
        """Whether a recording stands in for the microphone just now."""
        self._ready = asyncio.Event()

    # -- opening and closing ---------------------------------------------------------------------------------

    async def open(self, timeout_s: float) -> None:
        """Connect, and wait until our settings are in force."""
        await self._wire.open(timeout_s)
        try:
            await self._agree(timeout_s)
        except BaseException:  # whatever ends the opening, cancelling included, leaves no connection behind
            await asyncio.shield(self.close())
            raise

    async def _agree(self, timeout_s: float) -> None:
        self._start(self._receive())
        self.send({"type": "session.update", "session": self.settings})
        try:
            await asyncio.wait_for(self._ready.wait(), timeout_s)
        except TimeoutError:
            message = f"{self.target.host} accepted the connection but opened no session in {timeout_s:g} s."
            raise ConnectError(message) from None
        if self.closed:
            raise self.closed
        if self.errors:
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
        if self._wire.send(event):
            self._record(event, sent=True)

    def on(self, kind: str, callback: Callable[[Event], object]) -> Callable[[], None]:
        """Call back on the loop for every server event of this type ("*": all); what is returned ends it."""
        return self._callbacks[kind].add(callback)

    def _record(self, event: Event, *, sent: bool) -> None:
        record = Record(now_ms(), sent, without_media(event))
        self.log.append(record)
        turn = self.builder.add(record)
        if turn:
            self.on_turn(turn)

    async def _receive(self) -> None:
        try:
            async for event in self._wire.events():
                self._take(event)
                await self._notify()
        except LabkitError as error:
            await self._over(error)

    def _take(self, event: Event) -> None:
        try:
            self._record(event, sent=False)
            self._react(event)
        except Exception:  # a server may send anything: one strange event does not end the conversation
            log.exception("the server's event %r was not understood", event.get("type"))
        for kind in (event.get("type", ""), "*"):
            if kind in self._callbacks:
                self._callbacks[kind](event)

    async def _over(self, error: LabkitError) -> None:
        if self.closed is None:
            self.closed = error
            self.on_closed(error)
        self._ready.set()
        await self._notify()
        await self._wire.close()

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def _react(self, event: Event) -> None:
        match event["type"]:
            case "response.created" if event["response"].get("conversation_id", "") is not None:
                self._response_id = event["response"]["id"]
            case "response.output_audio.delta" if event["response_id"] not in self._cut_responses:
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
                self._response_done(event["response"])
            case "session.created":
                # Servers that are not ours send the transcript ahead of the sound.
                self.builder.exact_words = str(event["session"].get("model")).startswith("labkit-")
            case "session.updated":
                self.settings = event["session"]
                self._ready.set()
            case "error":
                self.errors.append(event)
                self._ask_again |= event["error"].get("code") == "conversation_already_has_active_response"
                self._ready.set()

    def _response_done(self, response: Event) -> None:
        if response["id"] == self._response_id:
            self._response_id = None
        if response["id"] in self._cut_responses:  # its sound came too late to be played: nothing of it was heard
            for item in response.get("output") or []:
                if item.get("type") == "message" and not self.playing.known(item["id"]):
                    self._truncate(item["id"], 0)
        if self._ask_again and self._response_id is None:
            self._ask_again = False
            self.send({"type": "response.create"})
        self._start(self._call_functions(response))

    # -- speaking --------------------------------------------------------------------------------------------

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
        times = {"t_ms": t_ms, "output_latency_ms": output_latency_ms}
        self._record({"type": "labkit.playback_started", "item_id": item_id, **times}, sent=False)

    @property
    def turn_detection(self) -> Event | None:
        """Who ends a turn, as it is in force; `None`: the client does."""
        listening: Event = (self.settings.get("audio") or {}).get("input") or {}
        return listening.get("turn_detection")

    async def cut(self) -> None:
        """Silence at the ear, and only what was heard stays in the conversation."""
        newest = self._newest()
        items = newest.item_ids if newest else []
        if self._response_id is not None:
            self._cut_responses.add(self._response_id)
        for item_id, heard_ms in await self.playing.cut(items, more_to_come=self.answering):
            self._truncate(item_id, heard_ms)

    def _truncate(self, item_id: str, heard_ms: int) -> None:
        self._record({"type": "labkit.playback_cut", "item_id": item_id, "heard_ms": heard_ms}, sent=False)
        where = {"item_id": item_id, "content_index": 0, "audio_end_ms": heard_ms}
        self.send({"type": "conversation.item.truncate", **where})

    async def interrupt(self) -> None:
        """Stop the answer that is being generated or heard, if there is one."""
        if self.answering:
            self.send({"type": "response.cancel"})
        await self.cut()

    def _newest(self) -> Turn | None:
        return self.builder.turns[-1] if self.builder.turns else None

    @property
    def answering(self) -> bool:
        """Whether an answer is being generated."""
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
            if turn.status == "failed":
                raise ServerError(f"The answer failed: {turn.error or 'the server does not say why'}.")
            return turn
        if serious := self._serious():
            self._told_errors = len(self.errors)
            raise ServerError(f"The server says: {serious[0]['error']['message']}", serious[0])
        assert self.closed is not None
        raise self.closed

    def _serious(self) -> list[Event]:
        return [event for event in self.errors[self._told_errors :] if is_serious(event)]
