from __future__ import annotations

import io
import json
import threading

import numpy as np
import pytest
from PIL import Image, ImageDraw

from labkit import samples
from labkit.engine import eyes
from labkit.engine.eyes import Line, in_reading_order, look, main_colours, nearest_names
from labkit.errors import UsageError


def encoded(picture: Image.Image, kind: str = "PNG") -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind)
    return stream.getvalue()


def test_it_reads_the_whiteboard_and_names_its_colours():
    sight = look(samples.path("whiteboard").read_bytes())
    assert (sight.width, sight.height) == (640, 480)
    assert [line.text for line in sight.lines] == ["2x + 3 = 11", "Hello lab"]
    assert [colour.name for colour in sight.colours][:2] == ["white", "red"]
    left, top, right, bottom = sight.lines[0].box
    assert 300 < left < right < 600
    assert 60 < top < bottom < 140
    assert json.loads(json.dumps(sight.to_dict()))["lines"][0]["text"] == "2x + 3 = 11"


def test_two_threads_can_look_at_once():
    seen = []
    image = encoded(Image.new("RGB", (64, 64), "red"))
    threads = [threading.Thread(target=lambda: seen.append(look(image))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [sight.lines for sight in seen] == [(), ()]
    assert all(sight.colours[0].name == "red" for sight in seen)


@pytest.mark.parametrize("image", [b"", b"not a picture", encoded(Image.new("RGB", (400, 400)))[:60]])
def test_bytes_that_are_no_picture_are_refused(image):
    with pytest.raises(UsageError, match="JPEG or PNG"):
        look(image)


def test_other_formats_are_refused():
    with pytest.raises(UsageError, match="JPEG or PNG"):
        look(encoded(Image.new("RGB", (8, 8)), "GIF"))


def test_a_cut_picture_is_refused():
    whole = samples.path("whiteboard").read_bytes()
    with pytest.raises(UsageError):
        look(whole[: len(whole) // 2])


def test_too_many_bytes_or_pixels_are_refused_before_unpacking(monkeypatch):
    with pytest.raises(UsageError, match="MB"):
        look(bytes(eyes.MAX_IMAGE_BYTES + 1))
    monkeypatch.setattr(eyes, "MAX_PIXELS", 99)
    with pytest.raises(UsageError, match="10 x 10"):
        look(encoded(Image.new("RGB", (10, 10))))


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "1", "I;16"])
def test_every_pixel_mode_becomes_colours(mode):
    assert eyes.unpack(encoded(Image.new(mode, (20, 20)))).mode == "RGB"


def test_what_is_transparent_is_white():
    assert main_colours(eyes.unpack(encoded(Image.new("RGBA", (20, 20), (0, 0, 0, 0)))))[0].name == "white"


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
    assert nearest_names(np.array([rgb], dtype=np.float64))[0] == name


def test_colours_come_largest_first_and_specks_are_left_out():
    picture = Image.new("RGB", (100, 100), "blue")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 99, 29), fill="red")
    draw.rectangle((0, 90, 5, 95), fill="yellow")
    colours = main_colours(picture)
    assert [colour.name for colour in colours] == ["blue", "red"]
    assert colours[1].share == pytest.approx(0.3, abs=0.02)
    assert colours[1].rgb == (255, 0, 0)


def test_lines_are_ordered_by_rows_then_from_the_left():
    lines = [Line("c", 1, (0, 60, 10, 80)), Line("b", 1, (50, 8, 90, 28)), Line("a", 1, (0, 10, 40, 30))]
    assert [line.text for line in in_reading_order(lines)] == ["a", "b", "c"]
