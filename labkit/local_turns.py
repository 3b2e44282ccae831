"""Turns of any server decided here: the embedded engine listens along and says when somebody speaks.

    microphone ─┬─► the decider, a transcription session of the embedded engine: speech_started, speech_stopped
                └─► kept, and from speech_started on sent to the server, whose own turn detection is off

At speech_stopped the server gets our `commit` and `response.create`, at speech_started our `response.cancel`; the
client sees what it would see of a server with turn detection. When the decider takes up a turn that it had ended too
early (`audio_start_ms` lies in that turn), what came of it is cancelled and deleted at the server, and its sound sent
again, so that the next commit has all of it. An answer that has called a function stays: something may have been done.

The decider does not know what is being played, so the browser's echo cancelling has to do.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from typing import Any

from labkit import engines
from labkit.engines import Target
from labkit.errors import LabkitError
from labkit.pcm import BYTES_PER_MS
from labkit.turns import audio_input
from labkit.wire import BENIGN, Event, Wire, is_serious

log = logging.getLogger("labkit.session")
MARK = "labkit_local"
"""Stands in the turn detection that the client sees, which is not the server's; and in the ids of our own events."""
KEPT_MS = 70_000
"""Sound kept: the longest turn that the engine's ear knows, and what lies around it."""
REMEMBERED = 64
"""Items deleted by us that a late event may still name."""
NOT_THE_DECIDERS = {"create_response", "interrupt_response", "idle_timeout_ms", MARK}


@dataclass
class _Turn:
    """A turn that was ended, and what the server made of it."""

    end: int
    """Bytes of sound since the session began."""
    items: list[str] = field(default_factory=list)
    called: bool = False
    """A function was called in the answer."""
    taken_back: bool = False


class LocalTurnsWire(Wire):
    """A `Wire` to `target` with the embedded engine's turn detection in place of the server's own."""

    def __init__(self, target: Target, decider: Target) -> None:
        """`decider` is an embedded engine; it is started by `open` when it does not run."""
        super().__init__(target)
        self._decider_target = decider
        self._decider = Wire(decider)
        self._detection: Event | None = {"type": "semantic_vad"}
        self._speaking = False
        self._sound = bytearray()
        self._dropped = 0
        """Bytes of sound that came before `_sound`."""
        self._turn: _Turn | None = None
        self._uncommitted: deque[_Turn] = deque()
        self._unanswered: deque[_Turn | None] = deque()
        """What `response.created` will be about; `None`: what the client asked for itself."""
        self._responses: dict[str, _Turn | None] = {}
        """In flight."""
        self._gone: deque[str] = deque(maxlen=REMEMBERED)
        self._events: asyncio.Queue[Event | LabkitError] = asyncio.Queue()

    async def open(self, timeout_s: float) -> None:
        """Connect to both; raises as `Wire.open` does, and `EngineError` where no engine starts."""
        decider = await engines.reach(self._decider_target, timeout_s)
        self._decider = Wire(replace(decider, base_url=f"{decider.base_url}?intent=transcription"))
        await self._decider.open(timeout_s)
        try:
            await super().open(timeout_s)
        except BaseException:
            await self._decider.close()
            raise

    async def close(self) -> None:
        """End both connections."""
        await asyncio.gather(self._decider.close(), super().close())

    # -- from the client -------------------------------------------------------------------------------------

    def send(self, event: Any) -> bool:
        """As `Wire.send`; what concerns turn detection and sound goes where it belongs."""
        kind = event.get("type") if isinstance(event, dict) else None
        if kind == "input_audio_buffer.append":
            return self._append(event)
        if kind == "conversation.item.truncate" and event.get("item_id") in self._gone:
            return False  # it crossed with our delete
        if kind == "session.update" and isinstance(event.get("session"), dict):
            event = self._configure(event)
        elif kind == "input_audio_buffer.clear":
            self._forget()
        elif kind == "input_audio_buffer.commit":
            if not self._speaking:
                self._send_sound(self._turn.end if self._turn else 0)
            self._forget()
        elif kind == "response.create":
            self._unanswered.append(None)
        return super().send(event)

    def _configure(self, event: Event) -> Event:
        """The server's own detection is off whatever the client asks for: that is the decider's."""
        session = event["session"]
        listening = audio_input(session)
        self._detection = listening.get("turn_detection", self._detection)
        self._speaking &= self._detection is not None
        fields = {k: v for k, v in (self._detection or {}).items() if k not in NOT_THE_DECIDERS}
        ours: Event = {"turn_detection": fields or None}
        if hints := listening.get("transcription"):
            ours["transcription"] = {k: v for k, v in hints.items() if k in ("prompt", "keywords")}
        deciding = {"type": "transcription", "audio": {"input": ours}}
        self._decider.send({"type": "session.update", "session": deciding})
        return {**event, "session": _with_detection(session, None)}

    def _append(self, event: Event) -> bool:
        try:
            sound = base64.b64decode(event.get("audio") or "", validate=True)
        except (binascii.Error, TypeError, ValueError):
            return super().send(event)  # the server says what is wrong with it
        self._decider.send(event)
        self._sound += sound
        surplus = len(self._sound) - max(KEPT_MS * BYTES_PER_MS, len(sound))
        if surplus > 0:
            del self._sound[:surplus]
            self._dropped += surplus
        return super().send(event) if self._speaking or self._detection is None else True

    def _forget(self) -> None:
        """The client has ended the turn itself, one way or the other."""
        self._decider.send({"type": "input_audio_buffer.clear"})
        self._speaking, self._turn = False, None
        self._dropped += len(self._sound)
        self._sound.clear()

    # -- from the decider ------------------------------------------------------------------------------------

    def _decided(self, event: Event) -> list[Event]:
        match event["type"]:
            case "input_audio_buffer.speech_started":
                self._begin(event["audio_start_ms"] * BYTES_PER_MS)
                return [event]
            case "input_audio_buffer.speech_stopped":
                self._end(event["audio_end_ms"] * BYTES_PER_MS)
                return [event]
            case "error" if event["error"].get("code") not in BENIGN:
                return [event]
        return []

    def _begin(self, start: int) -> None:
        turn, self._turn = self._turn, None
        interrupts = (self._detection or {}).get("interrupt_response", True)
        if interrupts and (self._responses or self._unanswered):
            self._tell("response.cancel")
        if turn is not None and start < turn.end:
            if turn.called or not interrupts:
                start = turn.end
            else:
                turn.taken_back = True
                self._delete(turn)
        self._speaking = True
        self._send_sound(start)

    def _end(self, end: int) -> None:
        self._speaking = False
        self._turn = _Turn(end)
        self._uncommitted.append(self._turn)
        super().send({"type": "input_audio_buffer.commit"})
        if (self._detection or {}).get("create_response", True):
            self._unanswered.append(self._turn)
            super().send({"type": "response.create"})

    def _send_sound(self, start: int) -> None:
        """Sound that was kept, from a position on."""
        if self._detection is not None and (sound := bytes(self._sound[max(0, start - self._dropped) :])):
            super().send({"type": "input_audio_buffer.append", "audio": base64.b64encode(sound).decode()})

    def _tell(self, kind: str, **fields: Any) -> None:
        """An event of our own; errors that it causes are not the client's."""
        super().send({"type": kind, "event_id": f"{MARK}_{kind}", **fields})

    def _delete(self, turn: _Turn) -> None:
        while turn.items:
            self._gone.append(turn.items[-1])
            self._tell("conversation.item.delete", item_id=turn.items.pop())

    # -- from the server -------------------------------------------------------------------------------------

    def _answered(self, event: Event) -> list[Event]:
        kind = event["type"]
        if kind in ("session.created", "session.updated") and self._detection is not None:
            return [{**event, "session": _with_detection(event["session"], {**self._detection, MARK: True})}]
        if kind.startswith("conversation.item.input_audio_transcription.") and event["item_id"] in self._gone:
            return []
        if kind == "error":
            return self._wrong(event)
        self._follow(event)
        return [event]

    def _follow(self, event: Event) -> None:
        """What the server makes of each turn; of one taken back, it is deleted as soon as it is known."""
        match event["type"]:
            case "input_audio_buffer.committed" if self._uncommitted:
                self._belongs(self._uncommitted.popleft(), event["item_id"])
            case "response.created":
                self._created(event["response"])
            case "response.output_item.added":
                if (turn := self._responses.get(event["response_id"])) is not None:
                    turn.called |= event["item"]["type"] != "message"
                    self._belongs(turn, event["item"]["id"])
            case "response.done":
                self._responses.pop(event["response"]["id"], None)

    def _created(self, response: Event) -> None:
        turn = self._unanswered.popleft() if self._unanswered else None
        if response.get("conversation_id", "") is not None:
            self._responses[response["id"]] = turn
            if turn is not None and turn.taken_back:
                self._tell("response.cancel", response_id=response["id"])

    def _belongs(self, turn: _Turn, item_id: str) -> None:
        turn.items.append(item_id)
        if turn.taken_back:
            self._delete(turn)

    def _wrong(self, event: Event) -> list[Event]:
        code = event["error"].get("code")
        if code == "conversation_already_has_active_response" and self._unanswered:
            self._unanswered.popleft()
        if code == "input_audio_buffer_commit_empty" and self._uncommitted:
            self._uncommitted.popleft()
        mine = str(event["error"].get("event_id")).startswith(MARK)
        return [] if mine and not is_serious(event) else [event]

    # -- to the client ---------------------------------------------------------------------------------------

    async def events(self) -> AsyncIterator[Event]:
        """Events of both as those of one server; raises as `Wire.events` does, whichever connection ends."""
        pumps = [
            asyncio.create_task(self._pump(super().events(), self._answered)),
            asyncio.create_task(self._pump(self._decider.events(), self._decided)),
        ]
        try:
            while not isinstance(event := await self._events.get(), LabkitError):
                yield event
            raise event
        finally:
            for pump in pumps:
                pump.cancel()

    async def _pump(self, events: AsyncIterator[Event], treat: Callable[[Event], list[Event]]) -> None:
        try:
            async for event in events:
                for shown in self._treated(event, treat):
                    self._events.put_nowait(shown)
        except LabkitError as error:
            self._events.put_nowait(error)

    @staticmethod
    def _treated(event: Event, treat: Callable[[Event], list[Event]]) -> list[Event]:
        try:
            return treat(event)
        except (AttributeError, KeyError, TypeError):  # a server may send anything: the client decides
            log.exception("the server's event %r was not understood", event["type"])
            return [event]


def _with_detection(session: Event, detection: Event | None) -> Event:
    audio = session.get("audio") or {}
    return {**session, "audio": {**audio, "input": {**(audio.get("input") or {}), "turn_detection": detection}}}
