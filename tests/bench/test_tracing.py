import argparse

from labkit.bench import tracing


def test_every_pair_is_measured_with_and_without() -> None:
    found = tracing.measure(argparse.Namespace(count=2))
    assert [found[side]["n"] for side in ("added", "on", "off")] == [2, 2, 2]
    assert found["unit"] == "ms"
