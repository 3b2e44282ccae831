from __future__ import annotations

import pytest

from labkit.widgets.heard import HeardItem


def item(rendered, last_frame, received=100_000):
    return HeardItem("x", received=received, rendered=rendered, last_frame=last_frame)


@pytest.mark.parametrize(
    ("rendered", "last_frame", "frame", "latency_ms", "heard"),
    [
        (0, 0, 24_000, 30, 0),
        (24_000, 23_999, 24_000, 30, 970),  # the newest 30 ms are on their way
        (240, 239, 240, 30, 0),  # never below 0
        (24_000, 23_999, 24_000 + 360, 30, 985),  # half of them has arrived
        (24_000, 23_999, 48_000, 30, 1000),  # all of it
        (24_000, 23_999, 24_000, 0, 1000),
    ],
)
def test_rendered_less_what_is_on_its_way(rendered, last_frame, frame, latency_ms, heard):
    assert item(rendered, last_frame).heard_ms(frame, latency_ms) == pytest.approx(heard)


def test_never_more_than_was_received():
    assert item(24_000, 0, received=12_000).heard_ms(1e9, 0) == 500
