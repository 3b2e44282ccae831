from __future__ import annotations

from labkit.clock import WINDOW_MS, Clock, ClockEstimate


def test_the_fastest_ping_is_believed():
    clock = ClockEstimate()
    assert clock.best is None
    clock.add(100, 1140, 180)
    clock.add(200, 1202, 204)
    clock.add(300, 1350, 400)
    assert clock.best == Clock(1000, 2)


def test_old_pings_are_forgotten():
    clock = ClockEstimate()
    clock.add(0, 1001, 2)
    clock.add(WINDOW_MS + 10, WINDOW_MS + 1025, WINDOW_MS + 20)
    assert clock.best == Clock(1010, 5)
    clock.clear()
    assert clock.best is None


def test_an_impossible_ping_is_ignored():
    clock = ClockEstimate()
    clock.add(100, 1000, 90)
    assert clock.best is None
