"""Where the browser's clock stands against the kernel's, from ping and pong.

One ping: sent at kernel time a, answered at browser time b, back at kernel time c. The browser's clock then
differs by b - (a + c) / 2, wrong by at most (c - a) / 2. Of the recent pings the fastest is believed.
Left out on purpose: drift fitting; two clocks of one machine or two quartzes drift under 0.1 ms in the window.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

__all__ = ["Clock", "ClockEstimate"]

WINDOW_MS = 30_000.0
"""Older pings are forgotten: 30 s of two quartzes 50 ppm apart are 1.5 ms."""


@dataclass(frozen=True)
class Clock:
    """`browser_ms = kernel_ms + offset_ms`, wrong by at most `uncertainty_ms`."""

    offset_ms: float
    uncertainty_ms: float


class ClockEstimate:
    """Believes the fastest ping of the last `WINDOW_MS`."""

    def __init__(self) -> None:
        self._pings: deque[tuple[float, Clock]] = deque()

    def add(self, sent_ms: float, browser_ms: float, back_ms: float) -> None:
        """One ping: two kernel times and the browser's time between them; impossible ones are ignored."""
        if back_ms < sent_ms:
            return
        clock = Clock(browser_ms - (sent_ms + back_ms) / 2, (back_ms - sent_ms) / 2)
        self._pings.append((back_ms, clock))
        while self._pings[0][0] < back_ms - WINDOW_MS:
            self._pings.popleft()

    def clear(self) -> None:
        """Forget every ping: another browser answers now."""
        self._pings.clear()

    @property
    def best(self) -> Clock | None:
        """The clock of the fastest recent ping; `None` before the first."""
        return min((clock for _, clock in self._pings), key=lambda clock: clock.uncertainty_ms, default=None)
