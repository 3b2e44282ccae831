"""When somebody begins to speak, and when their turn is over. Pure: frames in, decisions out.

    quiet ── two windows of speech, louder than floor and echo ──► speaking
    speaking ── silent for as long as the patience of the moment ──► quiet

`server_vad` has a fixed patience, `semantic_vad` one that depends on whether the words so far are a whole
listed sentence, and without turn detection only the client ends a turn. The constants come from 600 spoken
orders and 120 s of read speech; they trade the delay of an answer against cutting people off.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from labkit.engine.echo_gate import MARGIN_DB
from labkit.engine.grammar import State
from labkit.engine.voice_activity import FRAME_MS, Frame
from labkit.errors import UsageError
from labkit.pcm import SILENCE_DB

LONGEST_TURN_MS = 60_000
"""Speech without a pause is cut here: memory and decoding stay bounded."""
NOISY_DB = 30.0
"""A voice less than this above the noise floor is in noise."""
_ABOVE_FLOOR_DB, _BELOW_PEAK_DB = 8.0, 28.0
_SURE_ABOVE_FLOOR_DB, _SURE_BELOW_PEAK_DB = 4.0, 32.0
_KEEP, _SURE = 0.7, 0.9
"""Probability that keeps a turn going, as a share of the onset's threshold; and one that needs less energy."""
ONSET_FRAMES = 4
"""Frames of speech that have passed when its onset is certain."""
_AGO = 4
"""Frames since the last voiced one at which nobody is speaking any more, whatever the detector still says."""
_EAGERNESS = {"low": 1.6, "medium": 1.0, "auto": 1.0, "high": 0.8}
_LIMITS = {
    "threshold": (0.0, 1.0),
    "prefix_padding_ms": (0, 10_000),
    "silence_duration_ms": (20, 10_000),
    "idle_timeout_ms": (1_000, 60_000),
}


@dataclass(frozen=True)
class TurnDetection:
    """A session's `turn_detection` as the protocol names it."""

    type: str = "manual"
    """server_vad, semantic_vad, or manual: the protocol's null."""
    threshold: float = 0.5
    prefix_padding_ms: int = 300
    silence_duration_ms: int = 200
    idle_timeout_ms: int | None = None
    eagerness: str = "auto"

    @classmethod
    def of(cls, fields: Mapping[str, Any] | None) -> TurnDetection:
        """From the protocol's object; what concerns responses is not the ear's. Raises `UsageError`."""
        if fields is None:
            return cls()
        known = {name: fields[name] for name in cls.__dataclass_fields__ if fields.get(name) is not None}
        wanted = cls(**known)
        if wanted.type not in ("server_vad", "semantic_vad", "manual"):
            raise UsageError(f"turn_detection.type {wanted.type!r} is not known: use server_vad, semantic_vad or null.")
        if wanted.eagerness not in _EAGERNESS:
            raise UsageError(f"turn_detection.eagerness is one of {', '.join(_EAGERNESS)}.")
        for name, (least, most) in _LIMITS.items():
            value = getattr(wanted, name)
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if value is not None and not (number and least <= value <= most):
                raise UsageError(f"turn_detection.{name} is a number from {least} to {most}, not {value!r}.")
        return wanted


class Heard(Protocol):
    """What the words so far look like, as far as turn taking cares (`recogniser.Partial`)."""

    @property
    def state(self) -> State: ...
    @property
    def agreement(self) -> float: ...
    @property
    def closed_text(self) -> str: ...
    @property
    def open_words(self) -> int: ...
    @property
    def may_burst(self) -> bool: ...


def patience_ms(partial: Heard, stable_ms: int, noisy: bool, eagerness: str = "auto") -> int:
    """How long a silence has to be, after these words, for the turn to be over.

    `stable_ms` is for how long the words have not changed. A sentence that ends in a stop ("milk") is silent
    before its burst: waiting 40 ms more for it ends 1.7 % of 239 spoken orders too early instead of 4.6 %.
    """
    agrees = partial.agreement >= (25 if noisy else 45) and stable_ms >= 40
    whole = partial.state is State.TERMINAL
    if whole and agrees:
        wait = 100 + (60 if noisy else 0) + (40 if partial.may_burst else 0)
    elif (whole and stable_ms >= 120) or (partial.state is State.EXTENSIBLE and agrees):
        wait = 300
    elif partial.agreement < 50 and partial.open_words >= 3:
        wait = 600
    else:
        wait = 1000
    return round(wait * _EAGERNESS[eagerness])


class TurnTaker:
    """Follows the frames and knows who has the floor."""

    def __init__(self, detection: TurnDetection | None = None) -> None:
        self.detection = detection or TurnDetection()
        self.speaking = False
        self.start = 0
        """First frame of the speech."""
        self.last_voiced = -_AGO
        """Newest frame with voice in it."""
        self._loud: deque[bool] = deque(maxlen=3)
        self._over_echo: deque[bool] = deque(maxlen=5)
        self._now = -1
        self._noisy = False

    def listen(self, frame: Frame, echo_db: float = SILENCE_DB, is_echo: Callable[[], bool] = lambda: False) -> bool:
        """One frame; True when speech begins with it.

        `echo_db` is what the echo may reach; `is_echo` has the last word on speech that is louder.
        """
        self._now = frame.index
        self._noisy = frame.peak_db - frame.floor_db < NOISY_DB
        if self._is_voiced(frame, echo_db):
            self.last_voiced = frame.index
        self._over_echo.append(frame.level_db > echo_db + MARGIN_DB)
        if self.speaking or not self._begins(frame, echo_db) or is_echo():
            return False
        self.speaking = True
        self.start = max(0, frame.index - ONSET_FRAMES)
        return True

    def _is_voiced(self, frame: Frame, echo_db: float) -> bool:
        level, keep = frame.level_db, self.detection.threshold * _KEEP
        self._loud.append(level > max(frame.floor_db + _ABOVE_FLOOR_DB, frame.peak_db - _BELOW_PEAK_DB, echo_db))
        if sum(self._loud) >= 2 and frame.probability >= keep:
            return True
        least = max(frame.floor_db + _SURE_ABOVE_FLOOR_DB, frame.peak_db - _SURE_BELOW_PEAK_DB, echo_db)
        return frame.probability >= max(_SURE, keep) and level > least

    def _begins(self, frame: Frame, echo_db: float) -> bool:
        if min(frame.windows) < self.detection.threshold or frame.index - self.last_voiced >= _AGO:
            return False
        return echo_db <= SILENCE_DB or sum(self._over_echo) >= 3

    @property
    def silence_ms(self) -> int:
        """For how long nobody has been heard, while speaking."""
        return (self._now - max(self.last_voiced, self.start)) * FRAME_MS

    def over(self, partial: Heard | None, stable_ms: int) -> bool:
        """The turn ends with the newest frame. `partial` is needed for semantic_vad only."""
        if not self.speaking or self.detection.type == "manual":
            return False
        if (self._now - self.start) * FRAME_MS >= LONGEST_TURN_MS:
            return True
        if self.detection.type == "server_vad":
            return self.silence_ms >= self.detection.silence_duration_ms
        if partial is None:
            return False
        return self.silence_ms >= patience_ms(partial, stable_ms, self._noisy, self.detection.eagerness)

    def end(self) -> None:
        """The turn is over, whoever said so."""
        self.speaking = False
        self.last_voiced = -_AGO
        self._loud.clear()
        self._over_echo.clear()
