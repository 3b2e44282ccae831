"""How much of each item has left the loudspeaker, from the samples that the page says it rendered."""

from __future__ import annotations

from dataclasses import dataclass

from labkit.pcm import SAMPLE_RATE

__all__ = ["HeardItem"]


@dataclass
class HeardItem:
    """How far one item is, as the page last said; counts are samples at 24 kHz."""

    item_id: str
    received: int = 0
    rendered: int = 0
    last_frame: int = 0
    """Context frame of its last rendered sample."""
    closed: bool = False

    def heard_ms(self, frame: float, latency_ms: float) -> float:
        """Milliseconds that have left the loudspeaker when the context is at `frame`: the newest are on their way."""
        on_their_way = max(0.0, latency_ms - max(0.0, frame - 1 - self.last_frame) * 1000 / SAMPLE_RATE)
        return max(0.0, min(self.rendered, self.received) * 1000 / SAMPLE_RATE - on_their_way)
