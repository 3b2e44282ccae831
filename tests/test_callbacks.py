from __future__ import annotations

from labkit.callbacks import Callbacks


def test_callbacks_are_called_in_order_until_they_end():
    called = []
    callbacks: Callbacks[[int]] = Callbacks()
    end = callbacks.add(lambda number: called.append(("first", number)))
    callbacks.add(lambda number: called.append(("second", number)))
    callbacks(1)
    end()
    end()
    callbacks(2)
    assert called == [("first", 1), ("second", 1), ("second", 2)]


def test_one_that_fails_is_logged_and_stops_no_other(caplog):
    called = []
    callbacks: Callbacks[[]] = Callbacks()
    callbacks.add(lambda: 1 / 0)
    callbacks.add(lambda: called.append("second"))
    callbacks()
    assert called == ["second"]
    assert "a callback failed" in caplog.text
