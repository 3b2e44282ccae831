from dataclasses import dataclass

import pytest

from labkit.exercises import latency as check
from labkit.trace import trace
from labkit.turns import Turn


@dataclass
class Point:
    hangover_ms: int | None
    cut_percent: float


CURVE = [Point(100, 40.0), Point(300, 5.0), Point(500, 1.0), Point(None, 0.0)]


@pytest.mark.parametrize(
    ("points", "chosen", "seen", "missing"),
    [
        (CURVE, 100, "cuts 40 %", "at most 5 %"),
        (CURVE, 123, "not on the curve", "one of 100, 300, 500 ms"),
        (CURVE, 500, "few enough", "the shortest"),
        (CURVE, "300", "'300'", "one of the waits"),
        (CURVE, None, "None", "one of the waits"),
        (CURVE, float("nan"), "nan", "one of the waits"),
        ([Point(1, 0.0)], 1, "no choice", "curve.points"),
        ([], 300, "no points", "curve.points"),
        (300, CURVE, "300 are no points", "curve.points"),
    ],
)
def test_hangover_is_not_there_yet(points: object, chosen: object, seen: str, missing: str) -> None:
    verdict = check.hangover(points, chosen)
    assert not verdict
    assert seen in verdict.seen
    assert missing in verdict.missing


def test_hangover() -> None:
    assert check.hangover(CURVE, 300)
    assert "300" not in repr(check.hangover(CURVE, 500)).partition("Missing")[2]  # it does not give the answer away


def within(turns: list[Turn], limit_ms: float) -> float:
    heard = [trace(turn).voice_to_voice_ms for turn in turns]
    return sum(ms is not None and ms <= limit_ms for ms in heard) / len(heard)


KNOWN = {200.0: 1 / 6, 232.0: 2 / 6, 500.0: 4 / 6}


@pytest.mark.parametrize(
    ("function", "seen", "missing"),
    [
        (lambda turns, limit: None, "nothing (None)", "between 0 and 1"),
        (lambda turns, limit: float("nan"), "nan", "between 0 and 1"),
        (lambda turns, limit: 1 / 0, "ZeroDivisionError", "returns something"),
        (lambda turns, limit: [trace(turn).voice_to_voice_ms <= limit for turn in turns], "TypeError", "returns"),
        (lambda turns, limit: within(turns[:-1], limit), "0.20", "0.17"),
        (lambda turns, limit: 100 * within(turns, limit), "16.67", "0.17"),
        (lambda turns, limit: KNOWN.get(limit, 0.5), "other 8 turns", "the turns that it is given"),
        (None, "None is no function", "without brackets"),
    ],
)
def test_share_within_is_not_there_yet(function, seen: str, missing: str) -> None:
    verdict = check.share_within(function)
    assert not verdict
    assert seen in verdict.seen
    assert missing in verdict.missing


def test_share_within() -> None:
    assert check.share_within(within)
