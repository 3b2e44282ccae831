"""The conversation on the client's side: what is sent, what comes back, what is heard, and barge-in.

Lives on the link's loop. Everything that can be derived (turns, latency) is a function over `log`.
"""

from __future__ import annotations

import asyncio
import base64
import logging
from collections import defaultdict
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from labkit import tools
from labkit.callbacks import Callbacks
from labkit.cost import Meter
from labkit.engines import Target
from labkit.errors import ConnectError, LabkitError, ServerError, SessionClosedError
from labkit.event_log import EventLog
from labkit.link import now_ms
from labkit.listening import Levels
from labkit.playing import Playing, ScriptSpeaker
from labkit.reconnecting import ReconnectingWire
from labkit.seeing import Seeing
from labkit.turns import Event, Turn, audio_input
from labkit.waiting import Waiting
from labkit.wire import Wire

log = logging.getLogger("labkit.session")
CAP_REACHED = "The conversation has reached its spending cap ({cost}): connect again with a higher spending_cap_usd."


class Dialogue:
    """One conversation with a server; every method runs on the link's loop."""

    def __init__(
        self,
        target: Target,
        settings: Event,
        functions: Sequence[Callable[..., Any]],
        *,
        wire: Wire | ReconnectingWire | None = None,
        meter: Meter | None = None,
    ) -> None:
        self.target = target
        self.settings = settings
        """What we ask of the server, then what it says is in force."""
        self.functions = tools.by_name(functions)
        self.log = EventLog()
        self.errors: list[Event] = []
        self.closed: LabkitError | None = None
        self.playing = Playing(ScriptSpeaker(self.playback_started))
        self.levels = Levels()
        self.meter = meter or Meter(target.model)
        """What the conversation costs."""
        self._wire = wire or Wire(target)
        self._callbacks: dict[str, Callbacks[[Event]]] = defaultdict(Callbacks)
        self.on_sound: Callbacks[[bytes, float]] = Callbacks()
        """Called on the loop with every chunk that is sent and the kernel's time of its first sample."""
        self.on_closed: Callbacks[[LabkitError]] = Callbacks()
        """Called on the loop when the server or the spending cap, not we, ended the conversation."""
        self.on_end: Callbacks[[]] = Callbacks()
        """Called on the loop, once, when the conversation is over, whoever ended it."""
        self.at_close: list[Callable[[], object]] = []
        """What `close` waits for, in a thread: a recording that is still being written."""
        self._waiting = Waiting(self.log, self.errors, lambda: self.closed)
        self._ask_again = False
        """A request crossed with an answer that had begun: ask once more when that is done."""
        self._response_id: str | None = None
        self._taken_back: set[str] = set()  # items that the server deleted unasked: nothing is left to truncate
        self._cut_responses: set[str] = set()
        """Responses that were interrupted: what still comes of them is not played."""
        self._tasks: set[asyncio.Task[Any]] = set()
        self.seeing = Seeing(self)
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
        self.start(self._receive())
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
        self._end(SessionClosedError("The conversation was closed: connect again to go on."))
        for task in list(self._tasks):
            if task is not asyncio.current_task():
                task.cancel()
        await self._wire.close()
        await self._waiting.notify()
        for finish in self.at_close:
            await asyncio.to_thread(finish)

    def _end(self, why: LabkitError) -> bool:
        if self.closed is not None:
            return False
        self.closed = why
        self.on_end()
        return True

    def start(self, work: Any) -> None:
        """Run something beside; it ends with the conversation at the latest."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, LabkitError):  # ours: the conversation says so
            log.error("a task of the conversation failed", exc_info=error)

    # -- events ----------------------------------------------------------------------------------------------

    def send(self, event: Event) -> None:
        """Queue a client event; raises what ended the conversation, if it has ended."""
        if self.closed:
            raise self.closed
        if self._wire.send(event):
            self.log.add(event, now_ms(), sent=True)

    def on(self, kind: str, callback: Callable[[Event], object]) -> Callable[[], None]:
        """Call back on the loop for every server event of this type ("*": all); what is returned ends it."""
        return self._callbacks[kind].add(callback)

    def note(self, kind: str, **fields: Any) -> None:
        """Something that happened on our side."""
        self.log.add({"type": f"labkit.{kind}", **fields}, now_ms(), sent=False)

    async def _receive(self) -> None:
        try:
            async for event in self._wire.events():
                self._take(event)
                await self._waiting.notify()
        except LabkitError as error:
            await self._over(error)

    def _take(self, event: Event) -> None:
        try:
            now, half_trip = now_ms(), self._wire.half_trip_ms
            self.log.add(event, now, sent=False, wire_ms=None if half_trip is None else now - half_trip)
            self._react(event)
            if self.meter.add(event):
                self.start(self._over(SessionClosedError(CAP_REACHED.format(cost=self.meter.cost))))
        except Exception:  # a server may send anything: one strange event does not end the conversation
            log.exception("the server's event %r was not understood", event.get("type"))
        for kind in (event.get("type", ""), "*"):
            if kind in self._callbacks:
                self._callbacks[kind](event)

    async def _over(self, error: LabkitError) -> None:
        if self._end(error):
            self.on_closed(error)
            self._ready.set()
        await self._waiting.notify()
        await self._wire.close()

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
                    self.start(self.cut())
            case "input_audio_buffer.speech_stopped":
                if voiced := self.levels.voiced_ms(event["audio_end_ms"]):
                    self.note("last_voiced", t_ms=voiced[1], first_ms=voiced[0])
            case "response.done":
                self._response_done(event["response"])
            case "conversation.item.deleted":
                self._taken_back.add(event["item_id"])
            case "session.updated":
                self.settings, self.target = event["session"], self._wire.target
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
        self.start(self._call_functions(response))

    # -- speaking --------------------------------------------------------------------------------------------

    def expect_answer(self) -> None:
        """What is said from now on is what `wait` waits for the answer to."""
        self._waiting.expect()

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
        self.on_sound(chunk, stamp_ms)
        self.send({"type": "input_audio_buffer.append", "audio": base64.b64encode(chunk).decode()})

    # -- hearing and barge-in --------------------------------------------------------------------------------

    def playback_started(self, item_id: str, t_ms: float, output_latency_ms: float, **more: float | None) -> None:
        """An item's first sample was rendered at `t_ms`; if known: `arrived_ms` in the page, `clock_uncertainty_ms`."""
        self.note("playback_started", item_id=item_id, t_ms=t_ms, output_latency_ms=output_latency_ms, **more)

    @property
    def turn_detection(self) -> Event | None:
        """Who ends a turn, as it is in force; `None`: the client does."""
        return audio_input(self.settings).get("turn_detection")

    def cut(self) -> Coroutine[Any, Any, None]:
        """Silence at the ear, and only what was heard stays in the conversation.

        What is cut is settled by the call, whenever what it returns is awaited: a new answer may begin before.
        """
        newest = self.log.newest
        if self._response_id is not None:
            self._cut_responses.add(self._response_id)
        return self._cut(newest.item_ids if newest else [], more_to_come=self.answering)

    async def _cut(self, items: Sequence[str], *, more_to_come: bool) -> None:
        for item_id, heard_ms in await self.playing.cut(items, more_to_come=more_to_come):
            self._truncate(item_id, heard_ms)

    def _truncate(self, item_id: str, heard_ms: int) -> None:
        if item_id in self._taken_back:
            return
        self.note("playback_cut", item_id=item_id, heard_ms=heard_ms, silent_ms=self.playing.output.silenced_ms)
        where = {"item_id": item_id, "content_index": 0, "audio_end_ms": heard_ms}
        self.send({"type": "conversation.item.truncate", **where})

    async def interrupt(self) -> None:
        """Stop the answer that is being generated or heard, if there is one."""
        if self.answering:
            self.send({"type": "response.cancel"})
        await self.cut()

    @property
    def answering(self) -> bool:
        """Whether an answer is being generated."""
        newest = self.log.newest
        return newest is not None and newest.status == "answering"

    def sound(self, turn: Turn) -> bytes:
        """The answer's sound as it was generated, 24 kHz PCM16."""
        return self.playing.sound(turn.item_ids)

    # -- tools and waiting -----------------------------------------------------------------------------------

    async def _call_functions(self, response: Mapping[str, Any]) -> None:
        for event in await tools.outputs(self.functions, response):
            if event["type"] != "response.create" or not self.seeing.hearing:  # who speaks now is answered anyway
                self.send(event)

    async def wait(self, timeout_s: float, *, heard: bool = False) -> Turn:
        """The turn that answers what was said last (or the next one); see `RealtimeSession.wait`."""
        return await self._waiting.answer(timeout_s, heard=heard)
