"""Checks for `03_latency`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from labkit.exercises.given import ask, number, shown
from labkit.exercises.graded import graded
from labkit.exercises.verdict import NotYetError, Verdict, not_yet, passed
from labkit.trace import trace
from labkit.turns import Turn

MOST_CUT_PERCENT = 5.0
"""Turns that may be ended too early."""
FEWEST_POINTS = 3
"""A curve with fewer leaves nothing to choose."""
SEEDED = (150.0, 232.0, 233.0, 320.0, 900.0)
"""Voice-to-voice of made-up turns, milliseconds, on both sides of the limits that a learner may choose."""
UNSEEN = (480.0, 90.0, 610.0, 260.0, 1200.0, 300.0, 301.0)
"""The same of turns of which the learner is told nothing, so that nobody answers from memory."""
NEAR = 1e-6


class Point(Protocol):
    """One setting on the endpointing curve."""

    @property
    def hangover_ms(self) -> int | None: ...
    @property
    def cut_percent(self) -> float: ...


@graded
def hangover(points: Sequence[Point], chosen_ms: float) -> Verdict:
    """Whether a hangover cuts at most one turn in twenty, and no shorter one on the curve does."""
    by_ms = _by_ms(getattr(points, "points", points))
    chosen = number(chosen_ms, f"one of the waits on the curve: {', '.join(map(str, by_ms))} ms.")
    if chosen not in by_ms:
        return not_yet(f"{chosen:g} ms is not on the curve.", f"one of {', '.join(map(str, by_ms))} ms.")
    percent, allowed = by_ms[round(chosen)], f"{MOST_CUT_PERCENT:.0f} %"
    if percent > MOST_CUT_PERCENT:
        hint = "Go up the curve: print point.hangover_ms and point.cut_percent of each of its points."
        return not_yet(
            f"{chosen:g} ms cuts {percent:.0f} % of the turns.", f"a wait that cuts at most {allowed}.", hint
        )
    if any(ms < chosen and cut <= MOST_CUT_PERCENT for ms, cut in by_ms.items()):
        seen = f"{chosen:g} ms cuts {percent:.0f} %, which is few enough."
        hint = "Everybody waits so long after every sentence: go down the curve as far as you may."
        return not_yet(seen, f"the shortest: a shorter one on the curve cuts at most {allowed}, too.", hint)
    return passed(f"{chosen:g} ms is the shortest that cuts at most {allowed} ({percent:.0f} %).")


def _by_ms(points: Any) -> dict[int, float]:
    """What each wait of the curve cuts, percent; ends the check where that is no curve with a choice in it."""
    wanted = "the learner's curve: curve.points."
    listed = list(points) if isinstance(points, Iterable) else []
    if not listed or not all(hasattr(point, "hangover_ms") and hasattr(point, "cut_percent") for point in listed):
        raise NotYetError(f"{shown(points)} are no points of a curve.", wanted)
    by_ms = {point.hangover_ms: point.cut_percent for point in listed if point.hangover_ms is not None}
    enough = [cut <= MOST_CUT_PERCENT for cut in by_ms.values()]
    if len(by_ms) < FEWEST_POINTS or all(enough) or not any(enough):
        seen = f"among {len(by_ms)} waits, {sum(enough)} cut few enough: that is no choice."
        raise NotYetError(seen, wanted)
    return by_ms


@graded
def share_within(function: Callable[[Sequence[Turn], float], float]) -> Verdict:
    """Whether a function of the learner's counts the share of turns that were answered within a limit, at the ear."""
    for limit_ms in (200.0, 232.0, 500.0):
        found, expected = _shares(function, SEEDED, limit_ms)
        if abs(found - expected) > NEAR:
            seen = f"of 6 turns, one never answered, your function finds {found:.2f} within {limit_ms:g} ms."
            return not_yet(seen, f"the share that is right: {expected:.2f}.", _why(found, expected, limit_ms))
    for limit_ms in (300.0, 700.0):
        found, expected = _shares(function, UNSEEN, limit_ms)
        if abs(found - expected) > NEAR:
            seen = f"six turns came out right; of other {len(UNSEEN) + 1} turns it finds {found:.2f}, which is not."
            return not_yet(seen, "a function that counts the turns that it is given.")
    return passed("the share is right for every limit, and a turn without an answer counts as too late.")


def _shares(
    function: Callable[[Sequence[Turn], float], float], answered_ms: Sequence[float], limit_ms: float
) -> tuple[float, float]:
    """What the function finds, and what is right, for turns that were answered so late and one that never was."""
    turns = [_turn(index, ms) for index, ms in enumerate(answered_ms)]
    heard = [trace(turn).voice_to_voice_ms for turn in turns]
    expected = sum(ms is not None and ms <= limit_ms for ms in heard) / (len(turns) + 1)
    unanswered = Turn(len(turns), spoken=True, stamps={"last_voiced": 0.0})
    found = ask(function, [*turns, unanswered], limit_ms, about=f"for 6 turns and {limit_ms:g} ms ")
    return number(found, "a share: a number between 0 and 1."), expected


def _why(found: float, expected: float, limit_ms: float) -> str:
    """The mistakes that are made most."""
    count = len(SEEDED) + 1
    if abs(found - 100 * expected) <= NEAR:
        return "A share lies between 0 and 1; this is a percentage."
    if abs(found - expected * count) <= NEAR:
        return "That is how many; divide by how many there are."
    if abs(found - expected * count / (count - 1)) <= NEAR:
        return "The turn that was never answered (None) is one of those that you divide by."
    if limit_ms in SEEDED and found < expected:
        return "Exactly at the limit is within it."
    return "trace.trace(turn).voice_to_voice_ms is None where no answer was heard."


def _turn(index: int, voice_to_voice_ms: float) -> Turn:
    stamps = {"last_voiced": 0.0, "first_audio": voice_to_voice_ms - 40, "rendered": voice_to_voice_ms - 20}
    return Turn(index, spoken=True, stamps={**stamps, "output_latency": 20.0})
