from __future__ import annotations

import json
from argparse import Namespace

import numpy as np
import pytest
from PIL import Image

from labkit.bench import _objects, colours


def test_the_halves_share_no_paint_and_the_same_thing_looks_the_same():
    first, second = (_objects.things(half, 44) for half in (0, 1))
    assert {thing.colour for thing in first} == {thing.colour for thing in second} == set(_objects.PAINTS)
    assert not {thing.seed for thing in first} & {thing.seed for thing in second}
    assert np.array_equal(_objects.scene(first[7]), _objects.scene(first[7]))
    assert not np.array_equal(_objects.scene(first[7]), _objects.scene(second[7]))


def test_lights_are_warm_cold_and_dim_and_the_camera_balances_them():
    paper = np.full((20, 20, 3), 0.8)
    shots = {name: _objects.in_light(paper, light, 1).mean(axis=(0, 1)) for name, light in _objects.LIGHTS.items()}
    assert shots["2700 K, balance off"][0] > shots["2700 K, balance off"][2] + 60
    assert shots["10000 K, balance off"][2] > shots["10000 K, balance off"][0] + 20
    assert np.ptp(shots["2700 K, balance on"]) < np.ptp(shots["2700 K, balance off"])
    assert np.ptp(shots["6500 K, balance off"]) < 8
    assert shots["dim -3 EV, balance on"].max() < shots["dim -2 EV, balance on"].min() < 140


def test_the_figure_counts_things_by_light_and_by_colour():
    figures = colours.measure(Namespace(count=3, shared=None))
    rendered = figures["rendered things"]
    assert rendered["named right"]["n"] == 3 * len(_objects.LIGHTS)
    assert rendered["of it red"]["n"] == len(_objects.LIGHTS)
    assert rendered["of it 2700 K, balance off"]["n"] == 3
    assert rendered["named right"]["value"] >= 75
    assert "photos/index.json" in figures["photographs"]["skipped"]


def test_a_folder_s_photographs_are_seen_as_they_are_and_in_every_light(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "index.json").write_text(json.dumps({"ball.png": ["blue"]}))
    thing = _objects.Thing("blue", "ball", 0, 4)
    shot = _objects.in_light(_objects.scene(thing), _objects.LIGHTS["6500 K, balance off"], 4)
    Image.fromarray(shot).save(tmp_path / "photos" / "ball.png")
    found = colours.measure(Namespace(count=1, shared=tmp_path))["photographs"]
    assert found["named right"]["n"] == 1 + len(_objects.LIGHTS)
    assert found["of it as it is"]["value"] == pytest.approx(100)
