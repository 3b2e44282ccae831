"""When it happened: from the stamps of a turn to where its time went.

Voice-to-voice is measured at the ear: from the person's last voiced sample (captured) to the answer's first
sample rendered, plus the output latency that the browser states. A live "last voiced" is an estimate: the last
10 ms whose level is within 24 dB of the speech's; trailing noise or a soft word end move it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from labkit.turns import Turn

VOICED_BELOW_PEAK_DB = 24.0
"""A frame counts as voiced when it is at most this far below the speech level (the benches' definition)."""
FRAME_MS = 10
LOUD_PERCENTILE = 0.95
"""The speech level is this quantile of the frames, not the loudest one: a click is not speech."""


@dataclass(frozen=True)
class Parts:
    """Where a spoken turn's time went, milliseconds; missing is `None`."""

    voice_to_voice_ms: int | None
    end_of_turn_ms: int | None
    """Last voiced sample → the server said that speech had stopped."""
    engine_ms: int | None
    """Speech stopped → first sound of the answer in the session."""
    link_ms: int | None
    """First sound in the session → first sample rendered by the browser."""
    playing_ms: int | None
    """The browser's own output latency."""


def last_voiced(levels_db: Sequence[float]) -> int | None:
    """Index of the last voiced frame in the levels of an utterance (10 ms frames), `None` where there is none."""
    if not len(levels_db):
        return None
    loud = sorted(levels_db)[min(len(levels_db) - 1, int(LOUD_PERCENTILE * len(levels_db)))]
    return max(i for i, level in enumerate(levels_db) if level >= loud - VOICED_BELOW_PEAK_DB)


def _between(stamps: dict[str, float], start: str, end: str) -> int | None:
    return round(stamps[end] - stamps[start]) if start in stamps and end in stamps else None


def parts(turn: Turn) -> Parts:
    """Where the turn's time went; without a browser the last two parts and the total are `None`."""
    stamps = turn.stamps
    total = _between(stamps, "last_voiced", "rendered")
    latency = round(stamps["output_latency"]) if "output_latency" in stamps else None
    return Parts(
        voice_to_voice_ms=None if total is None or latency is None else total + latency,
        end_of_turn_ms=_between(stamps, "last_voiced", "speech_stopped"),
        engine_ms=_between(stamps, "speech_stopped", "first_audio"),
        link_ms=_between(stamps, "first_audio", "rendered"),
        playing_ms=latency,
    )
