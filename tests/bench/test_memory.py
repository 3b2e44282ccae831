import argparse
import sys

import pytest

from labkit.bench import memory


@pytest.mark.skipif(sys.platform != "linux", reason="the resident memory is read from /proc")
def test_growth_is_in_megabytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "WARM_UP_TURNS", 1)
    found = memory.measure(argparse.Namespace(count=2))
    assert (found["unit"], found["goal"]) == ("MB", 20.0)
    assert "after 2 turns" in found["how"]
    assert found["value"] < 100
