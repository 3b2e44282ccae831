"""How loud the engine's own answer could be in the microphone right now.

What is sent to be played is known; when it is heard again (up to half a second later) and how much of it the
browser's echo canceller leaves over is not. So the gate keeps the loudest level of the last half second of
playback and learns how far below it the microphone stays: the echo path's gain. Somebody who is louder than
that is not the echo. Pure: one call a frame, no clock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from labkit.pcm import SILENCE_DB

DELAY_FRAMES = 50
"""Playback, air and capture together take up to 500 ms."""
MARGIN_DB = 6.0
"""Echo peaks above the learnt gain: loudspeakers and rooms are not flat."""
FIRST_GAIN_DB = -19.0
"""Assumed before anything was learnt."""
LEAST_GAIN_DB, MOST_GAIN_DB = -60.0, -14.0
"""A louder echo cannot be told from a person by its level: better a false interruption than a deaf engine."""
AUDIBLE_DB = -50.0
"""Playback quieter than this teaches nothing."""
_LEARN_FRAMES = 150
_LEARN_AFTER = 50
_ALIKE_FRAMES, _NEWEST, _ALIKE_DB = 60, 8, 3.5
"""The microphone follows the playback: mean deviation over 600 ms (of at most half the playback's own), and excess
of the newest 80 ms, at one delay."""


class EchoGate:
    """Level that the echo may reach, frame by frame."""

    def __init__(self) -> None:
        self._waiting: deque[float] = deque()
        self._played: deque[float] = deque([SILENCE_DB] * DELAY_FRAMES, maxlen=DELAY_FRAMES + _ALIKE_FRAMES)
        self._heard: deque[float] = deque(maxlen=_ALIKE_FRAMES)
        self._distances: deque[float] = deque(maxlen=_LEARN_FRAMES)
        self.gain_db = FIRST_GAIN_DB
        """Learnt: the microphone's level above the loudest recent playback when only the echo is heard."""

    def play(self, levels: Iterable[float]) -> None:
        """These 10 ms levels (dB below full scale) will be played after what is already waiting."""
        self._waiting.extend(levels)

    def cut(self) -> None:
        """Playback was cut off; the last half second may still echo."""
        self._waiting.clear()

    def skip(self, frames: int) -> None:
        """Playback went on while the microphone sent nothing for that many frames."""
        for _ in range(min(frames, len(self._waiting))):
            self._played.append(self._waiting.popleft())

    @property
    def playing(self) -> bool:
        """Something that can be heard is being played now or was within the delay."""
        return self._loudest() > AUDIBLE_DB

    def _loudest(self) -> float:
        return max(list(self._played)[-DELAY_FRAMES:])

    def step(self, level_db: float, speaking: bool) -> float:
        """One microphone frame: the level that its echo may have; `SILENCE_DB` when nothing is played.

        `speaking` frames teach nothing.
        """
        self._played.append(self._waiting.popleft() if self._waiting else SILENCE_DB)
        self._heard.append(level_db)
        loudest = self._loudest()
        if loudest <= AUDIBLE_DB:
            return SILENCE_DB
        if not speaking:
            self._learn(level_db - loudest)
        return loudest + self.gain_db

    def _learn(self, distance: float) -> None:
        """Follow the echo down; louder than the echo may be is somebody, unless it moves like the playback."""
        if distance <= self.gain_db + MARGIN_DB:
            self._distances.append(distance)
            if len(self._distances) >= _LEARN_AFTER:
                learnt = float(np.percentile(self._distances, 98))
                self.gain_db = min(max(learnt, LEAST_GAIN_DB), MOST_GAIN_DB)

    def sounds_alike(self) -> bool:
        """The last 600 ms in the microphone follow the playback: an echo that is louder than was learnt.

        The newest frames must follow it too, or somebody is talking over it. The gain is raised to it.
        """
        if len(self._heard) < _ALIKE_FRAMES or max(self._heard) > self._loudest() + MOST_GAIN_DB + MARGIN_DB:
            return False
        played, heard = _curve(self._played), _curve(self._heard)
        for start in range(len(played) - len(heard) + 1):
            shape = played[start : start + len(heard)]
            above = heard - shape
            gain = float(np.median(above))
            near = min(_ALIKE_DB, float(np.abs(shape - np.median(shape)).mean()) / 2)
            if abs(above - gain).mean() < near and (above[-_NEWEST:] - gain).mean() < _ALIKE_DB:
                self.gain_db = min(MOST_GAIN_DB, max(self.gain_db, gain))
                self._distances.clear()
                return True
        return False


def _curve(levels: Iterable[float]) -> NDArray[np.float64]:
    """Levels without the room's quiet, smoothed over 50 ms."""
    return np.convolve(np.maximum(np.array(list(levels)), -70.0), np.ones(5) / 5, mode="valid")
