"""The newest of the sound that was sent, and which of it the server has not understood yet."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass

from labkit.pcm import BYTES_PER_MS
from labkit.turns import Event

KEPT_MS = 60_000
"""Sound kept, 2.9 MB: what is said in an outage, and the words before it; of what is longer the beginning is lost."""
LEAD_MS = 300
"""What a voice detector likes to hear before speech begins."""
UNNOTICED_MS = 1000
"""Speech that has begun so recently may not have been noticed."""
PIECE_MS = 1000
TIMES = ("audio_start_ms", "audio_end_ms")
"""Where the events of the input buffer say when in all sound something was."""


@dataclass
class _Speech:
    """A piece of speech that the server told of, in bytes of all sound."""

    start: int
    end: int | None = None
    item_id: str | None = None
    understood: bool = False


class Spoken:
    """Positions are bytes of all the sound that the client ever sent."""

    def __init__(self) -> None:
        self.end = 0
        """How much was sent."""
        self.begin = 0
        """Where the sound begins that the server of now was sent: its times count from there."""
        self._kept = bytearray()
        self._done = 0
        """Before this, all was committed or cleared by the client."""
        self._speeches: list[_Speech] = []

    def append(self, encoded: object) -> None:
        """Sound that the client sent, as base64; what is none counts nothing."""
        try:
            sound = base64.b64decode(encoded or "", validate=True)  # type: ignore[arg-type]
        except (binascii.Error, TypeError, ValueError):
            return
        self.end += len(sound)
        self._kept += sound
        del self._kept[: max(0, len(self._kept) - KEPT_MS * BYTES_PER_MS)]

    def on_clock(self, event: Event) -> Event:
        """A server's event with its times counted from the first sound that the client ever sent."""
        if not event["type"].startswith("input_audio_buffer."):
            return event
        moved = {name: event[name] + self.begin // BYTES_PER_MS for name in TIMES if event.get(name) is not None}
        return {**event, **moved}

    # -- what the server tells -------------------------------------------------------------------------------

    def started(self, audio_start_ms: int) -> None:
        """Speech begins; of what was understood only the last may still be taken up again."""
        first = self.end - len(self._kept)
        ended = [speech for speech in self._speeches if speech.end is not None and speech.end > first]
        self._speeches = [speech for speech in ended if not speech.understood or speech is ended[-1]]
        self._speeches.append(_Speech(audio_start_ms * BYTES_PER_MS))

    def stopped(self, audio_end_ms: int) -> None:
        """Speech is over."""
        if self._speeches:
            self._speeches[-1].end = audio_end_ms * BYTES_PER_MS

    def committed(self, item_id: str, by_client_at: int | None) -> None:
        """Sound has become an item; where the client did that: all that had been sent by then."""
        if by_client_at is not None:
            self._speeches = [_Speech(self._done, by_client_at)]
            self._done = by_client_at
        if self._speeches:
            self._speeches[-1].item_id = item_id

    def cleared(self, at: int) -> None:
        """The client took back what it had sent by then."""
        self._done, self._speeches = at, []

    def understood(self, item_id: str | None = None) -> None:
        """It is known what an item says (`None`: what all of them say)."""
        for speech in self._speeches:
            speech.understood |= speech.end is not None and item_id in (None, speech.item_id)

    def taken_back(self, item_id: str) -> None:
        """The speech goes on: what is said now began with that item."""
        first = next((speech for speech in self._speeches if speech.item_id == item_id), None)
        if first is not None:
            self._speeches.remove(first)
            for speech in self._speeches:
                speech.start = min(speech.start, first.start)

    # -- what to send again ----------------------------------------------------------------------------------

    @property
    def open_items(self) -> list[str]:
        """Items of which it is not known what they say."""
        return [s.item_id for s in self._speeches if s.item_id is not None and not s.understood]

    @property
    def missing(self) -> bool:
        """Whether something was or is being said that was not understood."""
        return any(not speech.understood for speech in self._speeches)

    def lost(self, *, detected: bool) -> None:
        """The server is gone: all that it had not understood is wanted; `detected`: it decides when somebody speaks."""
        missing = [speech for speech in self._speeches if not speech.understood]
        quiet = max(self._done, self.end - UNNOTICED_MS * BYTES_PER_MS) if detected else self._done
        lead = LEAD_MS * BYTES_PER_MS if detected else 0
        self.begin = min([quiet, *(speech.start - lead for speech in missing)])

    def begin_again(self) -> None:
        """Another server is there, and will be sent what is wanted, as far as it is kept."""
        self.begin = max(0, self.begin, self.end - len(self._kept))
        self._done, self._speeches = self.begin, []

    def pieces(self, start: int, end: int) -> Iterator[str]:
        """The sound between two positions as base64, a second each."""
        first = self.end - len(self._kept)
        for at in range(max(start, first), end, PIECE_MS * BYTES_PER_MS):
            piece = self._kept[at - first : min(at + PIECE_MS * BYTES_PER_MS, end) - first]
            yield base64.b64encode(piece).decode()
