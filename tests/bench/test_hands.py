"""Handwriting and photographs made here: the same for the same seed, every sign drawn, different hands different."""

from __future__ import annotations

import numpy as np
import pytest

from labkit.bench import _hands, _photos
from labkit.bench._alphabet import WAYS
from labkit.errors import UsageError

pytest.importorskip("cv2")
LINES = ["x^2 - 5x + 6 = 0", "(x + 1)/2 = 3"]


def ink(page):
    return int((page.min(axis=2) < 200).sum())


@pytest.mark.parametrize("hand", _hands.HANDS)
def test_a_hand_writes_every_sign_and_no_two_alike(hand):
    for sign in WAYS:
        first, second = _hands.strokes(2 * sign, hand, 1), _hands.strokes(2 * sign, hand, 2)
        assert len(first) == len(second) == 2 * len(_hands.strokes(sign, hand, 1))
        assert first != second


def test_a_page_is_the_same_for_the_same_seed_and_another_for_another():
    pages = [_hands.page(LINES, hand, seed) for hand in _hands.HANDS for seed in (1, 2)]
    assert len({page.tobytes() for page in pages}) == len(pages)
    assert all(page.shape == (480, 640, 3) and ink(page) > 2000 for page in pages)
    np.testing.assert_array_equal(pages[0], _hands.page(LINES, next(iter(_hands.HANDS)), 1))


def test_empty_lines_keep_their_places():
    begun, done = _hands.page(["3x + 1 = 4", ""], "round", 4), _hands.page(["3x + 1 = 4", "3x = 3"], "round", 4)
    added = np.flatnonzero((begun != done).any(axis=(1, 2)))
    written = np.flatnonzero((begun.min(axis=2) < 200).any(axis=1))
    assert added.min() > written.max()


def test_an_exponent_is_small_and_raised_and_a_fraction_stacked():
    def height(strokes):
        return max(y for stroke in strokes for _, y in stroke) - min(y for stroke in strokes for _, y in stroke)

    base, power = (_hands.strokes(text, "upright", 1) for text in ("x", "x^2"))
    raised = [y for stroke in power[len(base) :] for _, y in stroke]
    assert -55 < min(raised) < max(raised) < -15  # of a digit that is 40 high
    assert max(raised) - min(raised) < 30
    flat, stacked = (_hands.strokes("12/7", "upright", 1, stacked=stack) for stack in (False, True))
    assert height(stacked) > 1.4 * height(flat)


@pytest.mark.parametrize(("text", "hand"), [("x = €", "round"), ("x = 1", "left")])
def test_what_nobody_here_can_write_is_said(text, hand):
    with pytest.raises(UsageError, match="choose from"):
        _hands.strokes(text, hand, 1)


@pytest.mark.parametrize("condition", _photos.CONDITIONS)
def test_a_photograph_is_the_same_for_the_same_seed_and_keeps_the_ink(condition):
    page = _hands.page(LINES, "round", 1)
    photo = _photos.photograph(page, condition, 7)
    np.testing.assert_array_equal(photo, _photos.photograph(page, condition, 7))
    assert photo.shape == page.shape
    assert photo.dtype == np.uint8
    where = page.min(axis=2) < 128
    if condition != "tilted":
        assert photo[where].mean() < photo[~where].mean() - 20


def test_an_unknown_condition_is_refused_with_all():
    with pytest.raises(UsageError, match="crumpled"):
        _photos.photograph(_hands.page(["1"], "round", 1), "burnt", 1)
