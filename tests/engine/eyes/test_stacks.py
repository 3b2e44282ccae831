"""Fractions and roots among the marks of a strip."""

from __future__ import annotations

import numpy as np
import pytest

from labkit.engine.eyes import stacks

CORE = 60


def strip(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    """Ink in boxes: left, top, right, bottom."""
    marked = np.zeros((110, 260), np.uint8)
    for left, top, right, bottom in boxes:
        marked[top:bottom, left:right] = 1
    return marked


def found(*boxes: tuple[int, int, int, int]) -> list[tuple[str, list[int]]]:
    """Of each stack its kind, and how many marks each part has."""
    _, marks = stacks.marks(strip(*boxes), CORE)
    return [(stack.kind, [len(part) for part in stack.parts]) for stack in stacks.found(marks, CORE)]


OVER, BAR, UNDER = (90, 20, 104, 46), (84, 52, 126, 55), (98, 62, 112, 88)


def test_a_bar_between_two_parts_is_a_fraction():
    assert found(OVER, (108, 20, 122, 46), BAR, UNDER) == [("fraction", [2, 1])]


def test_a_bar_that_is_touched_is_one_too():
    stem = (98, 20, 102, 54)
    assert found(stem, BAR, UNDER) == [("fraction", [1, 1])]


@pytest.mark.parametrize(
    "boxes",
    [
        [(90, 45, 120, 48), (90, 58, 120, 61)],  # "="
        [OVER, BAR],  # underlined
        [OVER, BAR, UNDER, (122, 62, 136, 88), (140, 62, 154, 88), (70, 62, 84, 88)],  # and a line below it
        [OVER, (0, 52, 260, 55), UNDER],  # a ruled line
        [OVER, BAR, (98, 96, 112, 110)],  # too far below
        [(100, 20, 104, 90), (84, 52, 126, 55)],  # "+"
    ],
)
def test_other_level_strokes_are_no_bars(boxes):
    assert found(*boxes) == []


def test_a_roof_with_ink_below_it_is_a_root():
    sign = [(60, 60, 64, 90), (64, 20, 68, 90), (68, 20, 130, 23)]
    assert found(*sign, (80, 34, 94, 86), (100, 34, 114, 86)) == [("root", [2])]


def test_what_stands_in_line_is_told_from_what_is_above_and_below():
    _, marks = stacks.marks(strip(OVER, BAR, UNDER, (140, 40, 154, 66), (200, 2, 214, 8)), CORE)
    (stack,) = stacks.found(marks, CORE)
    assert [mark.left for mark in stacks.in_line([stack], marks)] == [140]
