"""Dots between digits: where they are, and what they mean."""

from __future__ import annotations

import numpy as np
import pytest

from labkit.engine.eyes import dots
from labkit.engine.eyes.dots import Dot

ROW = (0, 0, 200, 60)


def drawn(*marks: tuple[int, int, int, int]) -> np.ndarray:
    """A strip with these marks: left, top, width, height."""
    mask = np.zeros((60, 200), np.uint8)
    for left, top, width, height in marks:
        mask[top : top + height, left : left + width] = 1
    return mask


TALL = [(10, 5, 5, 50), (30, 5, 5, 50), (70, 5, 5, 50)]


@pytest.mark.parametrize(
    ("marks", "found"),
    [
        ([(50, 27, 5, 5)], Dot(2, 3, "*")),
        ([(50, 50, 5, 5)], Dot(2, 3, ".")),
        ([(50, 5, 5, 5)], None),
        ([(50, 27, 2, 2)], None),
        ([(50, 20, 5, 5), (50, 40, 5, 5)], None),
        ([(45, 27, 5, 5), (58, 27, 5, 5)], None),
        ([(100, 27, 5, 5)], None),
        ([], None),
    ],
    ids=["raised", "on the line", "an accent", "a speck", "a colon", "two", "behind all", "none"],
)
def test_where_the_dot_is(marks, found):
    assert dots.found(drawn(*TALL, *marks), ROW) == found


def test_two_bars_are_one_sign():
    equals = [(90, 20, 20, 4), (90, 36, 20, 4)]
    assert dots.found(drawn(*TALL, (50, 27, 5, 5), *equals), ROW) == Dot(2, 4, "*")


@pytest.mark.parametrize(
    ("text", "dot", "with_dot"),
    [
        ("124", Dot(2, 3, "*"), "12*4"),
        ("12.4", Dot(2, 3, "*"), "12*4"),
        ("12*4", Dot(2, 3, "*"), "12*4"),
        ("25x", Dot(1, 3, "."), "2.5x"),
        ("0.5x", Dot(1, 3, "*"), "0.5x"),
        ("05x", Dot(1, 3, "*"), "0.5x"),
        ("10.5", Dot(2, 3, "*"), "10*5"),
        ("x-4", Dot(1, 3, "*"), "x-4"),
        ("1244", Dot(2, 3, "*"), "1244"),
    ],
)
def test_the_dot_stands_between_two_digits(text, dot, with_dot):
    assert dots.seen({text: -1.0}, dot) == {with_dot: -1.0}


def test_of_two_spellings_the_likelier_counts():
    assert dots.seen({"12*4": -1.0, "12.4": -3.0, "124": -2.0}, Dot(2, 3, "*")) == {"12*4": -1.0}
