"""An independent witness of what a page hears and plays: the page's clock, none of labkit's stamps.

A script that is injected before the page's own (`_witness.js`) taps what `getUserMedia` gives and what goes to the
loudspeaker. Each piece of sound has its place on its own clock (of the device, of an audio context) and the page's
time of its arrival; the fastest arrival around it places the one on the other. What follows the tap, the output
latency, can only be declared by the browser; it is added to the witness's figures as to ours.
"""

from __future__ import annotations

import base64
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from labkit import pcm
from labkit.errors import LabkitError

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

__all__ = ["Heard", "Tap", "inject", "take", "tap"]

AUDIBLE = 30
"""Samples above it (of 32767, -61 dB) are sound: players are silent to the last bit between two answers."""
JUST_BEFORE_MS = 100.0
AROUND_MS = 1000.0
"""How far away an arrival may be that places a piece: clocks of devices slip when the computer is busy."""


@dataclass(frozen=True)
class Tap:
    """One recording, piece by piece."""

    samples: pcm.Samples
    rate: int
    firsts: NDArray[np.float64]
    """Index of each piece's first sample."""
    times_ms: NDArray[np.float64]
    """The page's time of that sample."""

    def time_ms(self, index: float) -> float:
        """The page's time of a sample."""
        piece = int(np.searchsorted(self.firsts, index, side="right")) - 1
        return float(self.times_ms[piece] + (index - self.firsts[piece]) * 1000 / self.rate)

    def onset_ms(self, after_ms: float, audible: int = AUDIBLE) -> float | None:
        """When the first audible sample at or after `after_ms` is; `None` where silence lasts to the end."""
        begin = self._index(after_ms)
        loud = np.flatnonzero(np.abs(self.samples[begin:].astype(np.int32)) > audible)
        return None if not len(loud) else self.time_ms(begin + int(loud[0]))

    def sounds(self, at_ms: float, audible: int = AUDIBLE) -> bool:
        """Whether there was something to hear in the `JUST_BEFORE_MS` before."""
        piece = self.samples[self._index(at_ms - JUST_BEFORE_MS) : self._index(at_ms)]
        return bool(np.any(np.abs(piece.astype(np.int32)) > audible))

    def _index(self, at_ms: float) -> int:
        piece = max(0, int(np.searchsorted(self.times_ms, at_ms, side="right")) - 1)
        return int(self.firsts[piece] + max(0.0, (at_ms - self.times_ms[piece]) * self.rate / 1000))

    def at_24_khz(self) -> tuple[pcm.Samples, NDArray[np.float64]]:
        """The samples at 24 kHz, and the page's time of the first one of every `pcm.CHUNK_MS`."""
        sound = pcm.resample(self.samples, self.rate)
        count = len(sound) * 1000 // pcm.SAMPLE_RATE // pcm.CHUNK_MS
        return sound, np.array([self.time_ms(n * pcm.CHUNK_MS * self.rate / 1000) for n in range(count)])


@dataclass(frozen=True)
class Heard:
    """What the microphone gave and what went to the loudspeaker."""

    microphone: Tap
    output: Tap
    output_latency_ms: float
    """From the tap to the ear, as the browser declares it (median)."""


def inject(context: BrowserContext) -> None:
    """Have every page of this browser profile watched; call it before the page is opened."""
    context.add_init_script(Path(__file__).with_suffix(".js").read_text("utf-8"))


def take(page: Page) -> Heard:
    """What was heard in the page since it was opened, or since the last call."""
    found = page.evaluate("witness.take()")
    if not found["microphone"]["rate"] or not found["output"]["rate"]:
        raise LabkitError("The witness heard nothing: the page has opened no microphone or no sound output.")
    latencies = found["output"]["latencies"] or [0.0]
    return Heard(tap(found["microphone"]), tap(found["output"]), statistics.median(latencies))


def tap(found: dict[str, Any]) -> Tap:
    """What the page gave for one recording: `rate`, base64 `samples`, `times` (start, due, arrival, length)."""
    starts, due, arrived, lengths = np.array(found["times"], dtype=np.float64).T
    late = arrived - due
    first, last = (np.searchsorted(arrived, arrived + way * AROUND_MS) for way in (-1, 1))
    # A clock that slips is late from then on: the fastest arrival before the slip says nothing about what follows.
    fastest = [max(late[a : i + 1].min(), late[i:b].min()) for i, (a, b) in enumerate(zip(first, last, strict=True))]
    firsts = np.concatenate([[0.0], np.cumsum(lengths)[:-1]])
    samples = np.frombuffer(base64.b64decode(found["samples"]), "<i2")
    return Tap(samples, int(found["rate"]), firsts, starts + np.array(fastest))
