from __future__ import annotations

from types import SimpleNamespace

from labkit import algebra
from labkit.bench import _worked, worked_solutions


def test_planted_slips_are_found_and_right_solutions_are_left_alone():
    found = worked_solutions.measure(SimpleNamespace(count=15))
    assert found["right line named"]["value"] == 100
    assert found["kind named"]["value"] >= 80
    assert found["false alarms"]["value"] == 0
    assert found["one step"]["n"] > 60


def test_a_solution_and_its_slip_agree_up_to_the_slip():
    for number in range(25):
        right, wrong = _worked.worked(number)
        assert right.lines[: wrong.wrong] == wrong.lines[: wrong.wrong]
        assert right.lines[wrong.wrong] != wrong.lines[wrong.wrong]
        assert all(algebra.normalise(line) for line in right.lines)
