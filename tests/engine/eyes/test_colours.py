"""Colours, their names, and things in any light."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from labkit import samples
from labkit.engine.eyes import light
from labkit.engine.eyes.colours import main_colours, nearest_names, of_thing, to_lab
from labkit.engine.eyes.picture import unpack
from labkit.engine.eyes.things import seen_in
from labkit.engine.skills.pictures import colour_of

LAMP = np.array([1.0, 0.66, 0.29])
"""About 3000 K."""
SKY = np.array([0.75, 0.85, 1.0])


def photo(thing, table=(150, 150, 152), lamp=(1, 1, 1), share=0.4):
    """A disc on a table, shape (120, 160, 3), in a light, with some noise."""
    picture = Image.new("RGB", (160, 120), table)
    radius = 60 * share
    ImageDraw.Draw(picture).ellipse((80 - radius, 60 - radius, 80 + radius, 60 + radius), fill=thing)
    lit = light.to_srgb(light.to_linear(np.asarray(picture, float)) * np.array(lamp))
    noise = np.random.default_rng(1).normal(0, 2, lit.shape)
    return np.clip(np.round(lit + noise), 0, 255).astype(np.uint8)


def said(pixels):
    colours, things = seen_in(pixels)
    return colour_of(things, colours)


def test_what_is_transparent_is_white(tmp_path):
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    picture, _ = unpack((tmp_path / "clear.png").read_bytes(), 20)
    assert main_colours(np.asarray(picture))[0].name == "white"


@pytest.mark.parametrize(
    ("rgb", "name"),
    [
        ((250, 250, 250), "white"),
        ((10, 10, 12), "black"),
        ((200, 30, 40), "red"),
        ((255, 140, 0), "orange"),
        ((255, 230, 0), "yellow"),
        ((0, 128, 0), "green"),
        ((0, 0, 255), "blue"),
        ((128, 0, 128), "purple"),
        ((255, 105, 180), "pink"),
        ((101, 67, 33), "brown"),
        ((130, 130, 130), "grey"),
    ],
)
def test_colours_have_the_names_that_people_give(rgb, name):
    colour = np.array([rgb], dtype=np.float64)
    assert nearest_names(colour)[0] == name
    assert of_thing(to_lab(colour)) == name


def test_colours_come_largest_first_and_specks_are_left_out():
    picture = Image.new("RGB", (100, 100), "blue")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 99, 29), fill="red")
    draw.rectangle((0, 90, 5, 95), fill="yellow")
    colours = main_colours(np.asarray(picture))
    assert [colour.name for colour in colours] == ["blue", "red"]
    assert colours[1].share == pytest.approx(0.3, abs=0.02)
    assert colours[1].rgb == (255, 0, 0)


@pytest.mark.parametrize("lamp", [(1, 1, 1), LAMP, SKY, LAMP / 8], ids=["white", "lamp", "sky", "dim lamp"])
@pytest.mark.parametrize(
    ("rgb", "name"),
    [((200, 30, 40), "red"), ((40, 140, 60), "green"), ((30, 80, 190), "blue"), ((240, 240, 240), "white")],
)
def test_a_thing_keeps_its_colour_in_warm_cold_and_dim_light(rgb, name, lamp):
    assert said(photo(rgb, lamp=lamp)) == name


def test_white_light_is_left_alone_and_warm_light_found():
    assert light.colour_of_light(light.to_linear(photo((200, 30, 40)).reshape(-1, 3) * 1.0)) == pytest.approx(
        1, abs=0.06
    )
    found = light.colour_of_light(light.to_linear(photo((200, 30, 40), lamp=LAMP).reshape(-1, 3) * 1.0))
    assert found[2] / found[0] == pytest.approx(LAMP[2], rel=0.5)


@pytest.mark.parametrize("rgb", [(200, 30, 40), (20, 60, 200), (30, 150, 60)])
def test_a_picture_full_of_one_colour_keeps_it(rgb):
    full = np.broadcast_to(np.array(rgb, np.uint8), (60, 80, 3))
    assert said(np.ascontiguousarray(full)) == nearest_names(np.array([rgb], float))[0]


def test_table_and_wall_and_their_shadow_are_not_the_thing():
    pixels = photo((200, 30, 40), table=(60, 110, 60))
    pixels[:40] = (90, 90, 200)
    pixels[95:110, 60:120] = pixels[95:110, 60:120] * 0.75
    _, things = seen_in(pixels, (1600, 1200))
    assert things[0].colour == "red"
    left, _, right, bottom = things[0].box
    assert (left, right) == pytest.approx((560, 1040), abs=60)
    assert bottom == pytest.approx(840, abs=60)
    assert len(things) == 1


def test_a_black_thing_is_black_and_a_plain_wall_shows_none():
    assert said(photo((20, 20, 22))) == "black"
    assert seen_in(photo((150, 150, 152)))[1] == ()


@pytest.mark.parametrize(("name", "colour"), [("coffee", "red"), ("ball", "blue"), ("whiteboard", "red")])
def test_the_thing_in_a_sample_has_its_colour(name, colour):
    picture, size = unpack(samples.path(name).read_bytes(), 1280)
    colours, things = seen_in(np.asarray(picture), size)
    assert colour_of(things, colours) == colour
