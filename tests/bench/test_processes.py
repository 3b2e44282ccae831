from __future__ import annotations

import os
import subprocess
import sys

import psutil
import pytest

from labkit.bench import _processes
from labkit.bench._processes import Memory

SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]


def test_the_peak_has_the_largest_sum_with_its_parts():
    peak = _processes.Peak()
    for now in (Memory(5, 20, {"kernel": 5}), Memory(9, 12, {"kernel": 4, "ears": 5}), Memory(7, 30, {"kernel": 7})):
        peak.add(now)
    assert (peak.shared_fairly.shared_fairly, peak.resident, peak.looks) == (9, 30, 3)
    assert peak.shared_fairly.parts == {"kernel": 4, "ears": 5}


def test_it_is_looked_at_before_anything_happens():
    with _processes.watching(1, look=lambda _: Memory(1, 2)) as peak:
        assert peak.looks >= 1


@pytest.mark.skipif(not psutil.LINUX, reason="only Linux tells what processes share")
def test_children_count_and_end_with_their_parent():
    child = subprocess.Popen(SLEEPER, stdout=subprocess.PIPE)
    assert child.stdout
    try:
        assert child.stdout.readline() == b"up\n"
        both = _processes.of_tree(os.getpid())
        assert both.resident > psutil.Process().memory_info().rss / _processes.MB
        assert both.shared_fairly == pytest.approx(sum(both.parts.values()))
    finally:
        _processes.end_tree(child.pid)
        child.stdout.close()
    assert not psutil.pid_exists(child.pid)
    _processes.end_tree(child.pid)  # gone: nothing to do
