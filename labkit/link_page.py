"""One browser tab as the kernel sees it: its outbox, and the carrier that empties it.

A page outlives its connection: when a socket breaks and the same tab comes back, what waited goes on.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from labkit.frames import HEADER_BYTES, Frame, Kind, message_bytes

__all__ = ["Carrier", "CarrierGoneError", "Page"]

log = logging.getLogger("labkit.link")


class CarrierGoneError(Exception):
    """The way to the browser is closed."""


class Carrier(Protocol):
    """A way to the browser: a WebSocket, or the widget's comm."""

    transport: str
    """`websocket` or `comm`."""
    via: str
    """Words for the panel, such as `labkit proxy`."""
    at_once: int
    """So many frames it takes at most in one `carry`: all of them go, or none."""

    async def carry(self, frames: list[Frame]) -> None:
        """Send these frames in order, then wait until there is room; `CarrierGoneError` when the way is closed."""

    async def close(self) -> None:
        """Close the way; closing twice is fine."""


class Page:
    """One browser tab; every method runs on the link's loop."""

    def __init__(self, tab: str) -> None:
        self.tab = tab
        self.carrier: Carrier | None = None
        self.queued_bytes = 0
        self.heard_from_ms = 0.0
        """Kernel time of the last frame from this page."""
        self._outbox: deque[Frame] = deque()
        self._seqs: dict[tuple[Kind, int], int] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def connected(self) -> bool:
        """Whether a carrier is attached."""
        return self.carrier is not None

    def put(self, kind: Kind, stream: int, payload: bytes, stamp_ms: float, item: int = 0) -> None:
        """Queue one frame; the next number of its stream is given here."""
        seq = self._seqs.get((kind, stream), 0)
        self._seqs[kind, stream] = seq + 1
        self._outbox.append(Frame(kind, stream, seq, stamp_ms, payload, item))
        self.queued_bytes += HEADER_BYTES + len(payload)
        self._wake.set()

    def put_message(self, stream: int, message: dict[str, Any], stamp_ms: float) -> None:
        """Queue one JSON message."""
        self.put(Kind.MESSAGE, stream, message_bytes(message), stamp_ms)

    def forget_sound(self, stream: int) -> int:
        """Drop the queued speaker frames of one stream; how many there were."""
        kept = [frame for frame in self._outbox if not (frame.kind == Kind.SPEAKER and frame.stream == stream)]
        dropped = len(self._outbox) - len(kept)
        self._outbox = deque(kept)
        self.queued_bytes = size(kept)
        return dropped

    def attach(self, carrier: Carrier, on_gone: Callable[[Page, Carrier], None]) -> None:
        """Send through this carrier from now on; `on_gone` when it broke while sending."""
        self.detach()
        self.carrier = carrier
        self._task = asyncio.get_running_loop().create_task(self._empty(carrier, on_gone))
        self._wake.set()

    def detach(self) -> None:
        """Stop sending; what waits is kept."""
        self.carrier = None
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _empty(self, carrier: Carrier, on_gone: Callable[[Page, Carrier], None]) -> None:
        while True:
            await self._wake.wait()
            batch = [self._outbox.popleft() for _ in range(min(len(self._outbox), carrier.at_once))]
            if not self._outbox:
                self._wake.clear()
            self.queued_bytes -= size(batch)
            try:
                await carrier.carry(batch)
            except CarrierGoneError:
                log.info("the way to tab %s closed while sending", self.tab)
                self._outbox.extendleft(reversed(batch))
                self.queued_bytes += size(batch)
                on_gone(self, carrier)
                return


def size(frames: Iterable[Frame]) -> int:
    """How many bytes these frames are when packed."""
    return sum(HEADER_BYTES + len(frame.payload) for frame in frames)
