"""Everything that happened in a conversation, and the turns that it makes."""

from __future__ import annotations

from collections import deque

from labkit.callbacks import Callbacks
from labkit.context import Context
from labkit.turn_builder import TurnBuilder
from labkit.turns import Event, Record, Turn, without_media

MAX_RECORDS = 50_000
"""The log's length: hours of conversation; older records go."""
SOUND = "input_audio_buffer.append"


def together(sound: Record, more: Record) -> Record:
    """Two records of the microphone's sound as one, with the first one's time."""
    chunks = sound.event.get("chunks", 1) + more.event.get("chunks", 1)
    audio_ms = sound.event["audio_ms"] + more.event["audio_ms"]
    return Record(sound.t_ms, True, {"type": SOUND, "audio_ms": audio_ms, "chunks": chunks})


class EventLog:
    """Records in, turns out; whoever wants to know is called back."""

    def __init__(self) -> None:
        self.records: deque[Record] = deque(maxlen=MAX_RECORDS)
        self._builder = TurnBuilder()
        self.context = Context()
        """What the server holds; right even where older records are gone."""
        self.on_record: Callbacks[[Record]] = Callbacks()
        """Called with every record, in order."""
        self.on_turn: Callbacks[[Turn]] = Callbacks()
        """Called whenever a turn has changed."""

    def add(self, event: Event, t_ms: float, *, sent: bool, wire_ms: float | None = None) -> None:
        """One event, at `t_ms` of the kernel's clock."""
        record = Record(t_ms, sent, without_media(event), wire_ms)
        self._keep(record)
        turn = self._builder.add(record)
        self.context.add(record)
        self.on_record(record)
        if turn:
            self.on_turn(turn)

    def _keep(self, record: Record) -> None:
        """Chunks of the microphone that follow each other become one record: there are a hundred a second."""
        last = self.records[-1] if self.records else None
        if last is None or not record.event["type"] == last.event["type"] == SOUND:
            self.records.append(record)
            return
        self.records[-1] = together(last, record)

    @property
    def turns(self) -> list[Turn]:
        """The conversation so far, oldest first; always up to date."""
        return self._builder.turns

    @property
    def newest(self) -> Turn | None:
        """The latest turn."""
        return self.turns[-1] if self.turns else None
