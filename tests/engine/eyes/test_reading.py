"""Lines in order, and what is worth a second look."""

from __future__ import annotations

import pytest

from labkit.engine.eyes.finding import Row, joined
from labkit.engine.eyes.reading import in_reading_order, may_be_mathematics
from labkit.engine.eyes.sight import Line


def test_lines_are_ordered_by_rows_then_from_the_left():
    lines = [Line("c", 1, (0, 60, 10, 80)), Line("b", 1, (50, 8, 90, 28)), Line("a", 1, (0, 10, 40, 30))]
    assert [line.text for line in in_reading_order(lines)] == ["a", "b", "c"]


@pytest.mark.parametrize("text", ["2x+3=11", "L23-461", "47"])
def test_what_has_few_letters_may_be_mathematics(text):
    assert may_be_mathematics(text)


@pytest.mark.parametrize("text", ["", "x", "Hello lab", "Solve the equation.", "Page 17", "Уравнение", "第三課題"])
def test_words_are_not(text):
    assert not may_be_mathematics(text)


def test_boxes_in_a_row_become_one_and_rows_stay_apart():
    pieces = [Row(50, 20, 80, 30, 2), Row(120, 22, 50, 28, 0), Row(60, 70, 100, 30, 2), Row(400, 20, 100, 30, 2)]
    first, apart, second = sorted(joined(pieces), key=lambda row: (row.y > 40, row.x))
    assert (first.x - first.width / 2, first.x + first.width / 2) == pytest.approx((10, 145), abs=2)
    assert apart.x == 400
    assert second.y == 70
