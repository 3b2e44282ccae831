"""A voice as a longer throat would have it: the same sound played slower, every formant that much lower.

The acoustic model knows grown-up voices. One whose formants lie a fifth higher is heard as other vowels, and a
foreign phrase, whose sounds fit badly anyhow, as another phrase: so two decoders listen, one of them to this.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from labkit.pcm import Samples

SLOWER = 1.2
"""How much longer the sound becomes."""
_FROM, _TO = 5, 6
_TAPS = 16


def _filters() -> NDArray[np.float64]:
    """For each of the samples that five become six of, the weights of the `_TAPS` samples around its place."""
    places = np.arange(_TO) * _FROM / _TO
    away = np.arange(_TAPS) - (_TAPS // 2 - 1) - (places % 1)[:, None]
    weights = np.sinc(away) * np.cos(np.pi * away / (_TAPS + 2)) ** 2
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=np.float64)


_FILTERS = _filters()
_BEFORE = np.arange(_TO) * _FROM // _TO


class Stretch:
    """One utterance: int16 in, six samples for every five out, half a millisecond behind."""

    def __init__(self) -> None:
        self._rest: Samples = np.zeros(_TAPS // 2 - 1, dtype=np.int16)

    def push(self, samples: Samples) -> Samples:
        """More of the utterance, stretched."""
        sound = np.concatenate([self._rest, samples])
        groups = max(0, len(sound) - _TAPS + 1) // _FROM
        if not groups:
            self._rest = sound
            return np.zeros(0, dtype=np.int16)
        self._rest = sound[groups * _FROM :]
        windows = np.lib.stride_tricks.sliding_window_view(sound, _TAPS)[: groups * _FROM]
        around = windows.reshape(groups, _FROM, _TAPS)[:, _BEFORE].astype(np.float64)
        out = np.einsum("gpt,pt->gp", around, _FILTERS).reshape(-1)
        return np.clip(np.rint(out), -32768, 32767).astype(np.int16)
