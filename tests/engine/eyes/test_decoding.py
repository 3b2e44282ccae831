"""Probabilities become texts."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from labkit.engine.eyes import decoding
from labkit.engine.eyes.decoding import SIGNS, as_signs, likelihoods, plain, search

CHARACTERS = ("", "1", "l", "x", "Z", "家", " ")


def steps(*rows: dict[str, float]) -> np.ndarray:
    return np.array([[row.get(character, 0.0) for character in CHARACTERS] for row in rows], np.float32)


def test_the_plain_text_has_each_character_once_for_all_its_steps():
    seen = steps({"家": 0.9}, {"家": 0.9}, {"": 1}, {"家": 0.8}, {" ": 0.9}, {"x": 0.5})
    text, score = plain(seen, CHARACTERS)
    assert text == "家家 x"
    assert score == pytest.approx((0.9 + 0.8 + 0.9 + 0.5) / 4)
    assert plain(steps({"": 1}), CHARACTERS) == ("", 0.0)


def test_look_alikes_count_for_a_sign_and_a_space_for_nothing():
    signs = as_signs(steps({"1": 0.3, "l": 0.6, "": 0.1}, {" ": 1.0}, {"Z": 1.0}), CHARACTERS)
    assert signs[0, 1 + SIGNS.index("1")] == pytest.approx(0.9)
    assert signs[1, 0] == 1
    assert signs[2, 1 + SIGNS.index("z")] == 1
    assert 0 < signs[2, 1 + SIGNS.index("2")] < 1


def test_the_likelihood_is_the_sum_over_all_alignments():
    chance = np.random.default_rng(3)
    one, other = 1 + SIGNS.index("1"), 1 + SIGNS.index("x")
    signs = np.full((4, 1 + len(SIGNS)), 1e-12)
    signs[:, [0, one, other]] = chance.dirichlet([1, 1, 1], 4)
    total: dict[str, float] = {}
    for path in product([0, one, other], repeat=4):
        kept = [sign for at, sign in enumerate(path) if sign and (at == 0 or path[at - 1] != sign)]
        text = "".join(SIGNS[sign - 1] for sign in kept)
        total[text] = total.get(text, 0.0) + float(np.prod(signs[np.arange(4), path]))
    assert np.exp(likelihoods(signs, list(total))) == pytest.approx(list(total.values()), rel=1e-6)
    assert search(signs)[0] == max(total, key=lambda text: total[text])


def test_the_search_keeps_no_more_than_the_beam():
    signs = np.full((12, 1 + len(SIGNS)), 1 / (1 + len(SIGNS)))
    assert len(search(signs)) == decoding.BEAM
