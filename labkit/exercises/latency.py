"""Checks for `03_latency`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from labkit.exercises import Verdict
from labkit.trace import trace
from labkit.turns import Turn

MOST_CUT_PERCENT = 5.0
"""Turns that may be ended too early."""
SEEDED = (150.0, 232.0, 233.0, 320.0, 900.0)
"""Voice-to-voice of made-up turns, milliseconds, on both sides of the limits that a learner may choose."""


class Point(Protocol):
    """One setting on the endpointing curve."""

    @property
    def hangover_ms(self) -> int | None: ...
    @property
    def cut_percent(self) -> float: ...


def hangover(points: Sequence[Point], chosen_ms: float) -> Verdict:
    """Whether a hangover cuts at most one turn in twenty, and no shorter one on the curve does."""
    by_ms = {point.hangover_ms: point.cut_percent for point in points if point.hangover_ms is not None}
    if chosen_ms not in by_ms:
        return Verdict(False, f"{chosen_ms:g} ms is not on the curve: choose one of {', '.join(map(str, by_ms))}.")
    percent, allowed = by_ms[round(chosen_ms)], f"{MOST_CUT_PERCENT:.0f} %"
    if percent > MOST_CUT_PERCENT:
        return Verdict(False, f"{chosen_ms:g} ms cuts {percent:.0f} % of the turns: {allowed} are allowed.")
    shorter = [ms for ms, cut in by_ms.items() if ms < chosen_ms and cut <= MOST_CUT_PERCENT]
    if shorter:
        return Verdict(False, f"{chosen_ms:g} ms cuts {percent:.0f} %, but {min(shorter)} ms cuts few enough, too.")
    return Verdict(True, f"{chosen_ms:g} ms is the shortest that cuts at most {allowed} ({percent:.0f} %).")


def share_within(function: Callable[[Sequence[Turn], float], float]) -> Verdict:
    """Whether a function of the learner's counts the share of turns that were answered within a limit, at the ear."""
    turns = [_turn(number, ms) for number, ms in enumerate(SEEDED)]
    unanswered = Turn(len(turns), spoken=True, stamps={"last_voiced": 0.0})
    for limit_ms in (200.0, 232.0, 500.0):
        heard = [trace(turn).voice_to_voice_ms for turn in turns]
        expected = sum(ms is not None and ms <= limit_ms for ms in heard) / (len(turns) + 1)
        try:
            found = function([*turns, unanswered], limit_ms)
        except Exception as error:  # noqa: BLE001 - a learner's function may raise anything
            return Verdict(False, f"the function failed with {type(error).__name__}: {error}")
        if not isinstance(found, int | float):
            return Verdict(False, f"the function returned {found!r}: a share between 0 and 1 is wanted.")
        if abs(found - expected) > 1e-6:
            hint = "five were answered, one never was" if found > expected else "count again"
            return Verdict(False, f"within {limit_ms:g} ms it finds {found:.2f}, there are {expected:.2f}: {hint}.")
    return Verdict(True, "the share is right for three limits, and a turn without an answer counts as too late.")


def _turn(number: int, voice_to_voice_ms: float) -> Turn:
    stamps = {"last_voiced": 0.0, "first_audio": voice_to_voice_ms - 40, "rendered": voice_to_voice_ms - 20}
    return Turn(number, spoken=True, stamps={**stamps, "output_latency": 20.0})
