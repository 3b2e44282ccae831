"""A speaker without a sound card: plays in the order given, at real-time pace, and knows what was heard.

Scripts, tests and headless notebooks have no browser; this stands in for one so that a barge-in truncates at
the right place there too. It does no I/O and takes the time as an argument.
"""

from __future__ import annotations

from dataclasses import dataclass

from labkit import pcm

KEEP_MS = 60_000
"""What was played longer ago is forgotten."""


@dataclass
class _Piece:
    item_id: str
    start_ms: float
    end_ms: float


class VirtualSpeaker:
    """What a listener would have heard by a given time."""

    def __init__(self) -> None:
        self._pieces: list[_Piece] = []

    def play(self, item_id: str, sound: bytes, now_ms: float) -> float:
        """Queue 24 kHz PCM16 behind what is playing; when it is heard, on the same clock."""
        self._pieces = [piece for piece in self._pieces if piece.end_ms > now_ms - KEEP_MS]
        start = max(now_ms, self._pieces[-1].end_ms if self._pieces else now_ms)
        self._pieces.append(_Piece(item_id, start, start + pcm.duration_ms(sound)))
        return start

    def heard_ms(self, item_id: str, now_ms: float) -> float:
        """How much of an item has been played by now."""
        return sum(max(0.0, min(p.end_ms, now_ms) - p.start_ms) for p in self._pieces if p.item_id == item_id)

    def unfinished(self, now_ms: float) -> list[str]:
        """Items of which something is still to be heard, oldest first."""
        return list(dict.fromkeys(p.item_id for p in self._pieces if p.end_ms > now_ms))

    def flush(self, now_ms: float) -> dict[str, float]:
        """Silent from now on; heard milliseconds of the items that were cut."""
        heard = {item_id: self.heard_ms(item_id, now_ms) for item_id in self.unfinished(now_ms)}
        self._pieces = [p for p in self._pieces if p.item_id not in heard]
        return heard
