"""Cuts the quiet out of an utterance, frame by frame, and knows where what is left was.

A model of silence fits foreign speech nearly as well as the wrong phones do, and swallows whole words: where
there is no quiet to hear, the decoder needs no silence.
"""

from __future__ import annotations

import numpy as np

from labkit.engine.decoder import RATE, speech_level
from labkit.pcm import Samples, levels_db

FRAME = RATE // 100
"""Samples of 10 ms."""
BELOW_DB = 28.0
"""A frame so much quieter than the voice is quiet."""
ABOVE_FLOOR_DB, VOICED_DB = 10.0, 12.0
"""In noise a frame is, that is not so much louder than the quietest part, unless it is that near to the voice."""
EDGE, CLOSED = 3, 12
"""Frames of quiet that are kept around the voice, and within it: a stop consonant is silent before its burst."""


class QuietCut:
    """One utterance."""

    def __init__(self, voice: Samples) -> None:
        """`voice` is its beginning, or a part of it that is loud."""
        self._level = speech_level(voice)
        self._floor = float("inf")
        self._rest = np.zeros(0, np.int16)
        self._seen = 0
        self._quiet: int | None = None
        """Frames of quiet since the last loud one; None before the first."""
        self._held: list[tuple[int, Samples]] = []
        self.places: list[int] = []
        """Of every frame that was passed on, which one of the utterance it was."""

    def push(self, samples: Samples) -> Samples:
        """More of the utterance; what of it, and of what was held back, is not quiet."""
        sound = np.concatenate([self._rest, samples])
        whole = len(sound) // FRAME * FRAME
        self._rest = sound[whole:]
        passed: list[Samples] = []
        for at, level in enumerate(levels_db(sound[:whole], FRAME).tolist()):
            self._held.append((self._seen, sound[at * FRAME : (at + 1) * FRAME]))
            self._seen += 1
            if self._passes(level):
                passed += [frame for _, frame in self._held]
                self.places += [place for place, _ in self._held]
                self._held.clear()
        return np.concatenate(passed) if passed else np.zeros(0, np.int16)

    def _passes(self, level: float) -> bool:
        """Whether the newest frame is passed on, with all that is held; some quiet is held, the rest forgotten."""
        self._floor = min(self._floor, level)
        least = max(self._level - BELOW_DB, min(self._floor + ABOVE_FLOOR_DB, self._level - VOICED_DB))
        if level > least:
            self._quiet = 0
            return True
        if self._quiet is None:
            del self._held[:-EDGE]
            return False
        self._quiet += 1
        if self._quiet > CLOSED:
            self._held.pop()
        return self._quiet <= EDGE

    def place(self, frame: int) -> int:
        """Which frame of the utterance was passed on as that one."""
        return self.places[min(frame, len(self.places) - 1)] if self.places else frame
