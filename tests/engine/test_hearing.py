from __future__ import annotations

import json

import pytest

from labkit.engine.hearing import (
    EarFailed,
    Heard,
    Hearing,
    IdleTimedOut,
    SpeechContinued,
    SpeechStarted,
    SpeechStopped,
    Word,
    from_dict,
    to_dict,
)

HEARING = Hearing("Go on.", True, "go on", "go on", 92.5, (Word("go", 10, 90, True), Word("on", 100, 180, False)), 3.5)


@pytest.mark.parametrize(
    "event",
    [
        SpeechStarted(20),
        SpeechStopped(20, 400, 200, HEARING),
        SpeechContinued(20),
        Heard("item_1", HEARING),
        Heard("item_2", Hearing()),
        IdleTimedOut(1000, 6000),
        EarFailed("it died"),
    ],
)
def test_events_survive_json(event):
    assert from_dict(json.loads(json.dumps(to_dict(event)))) == event


def test_an_unknown_event_is_refused():
    with pytest.raises(KeyError):
        from_dict({"kind": "Sneezed"})
