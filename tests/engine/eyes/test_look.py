"""A whole picture: what is read in it, and what kind it is."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from labkit import algebra, samples
from labkit.bench import _hands, _photos
from labkit.engine.eyes import Sight, look


def encoded(picture: Image.Image, kind: str = "PNG") -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind)
    return stream.getvalue()


def shown(lines: Sequence[str], hand: str, condition: str = "clean", *, seed: int = 1) -> Sight:
    page = _hands.page(lines, hand, seed)
    return look(_photos.jpeg(_photos.photograph(page, condition, seed)))


def read(sight: Sight) -> list[str]:
    return [line.text for line in sight.lines if line.is_math]


def test_it_reads_the_whiteboard_and_names_its_colours():
    sight = look(samples.path("whiteboard").read_bytes())
    assert (sight.width, sight.height, sight.kind) == (640, 480, "mathematics")
    assert [line.text for line in sight.lines] == ["2x + 3 = 11", "Hello lab"]
    assert [line.is_math for line in sight.lines] == [True, False]
    assert [colour.name for colour in sight.colours][:2] == ["white", "red"]
    left, top, right, bottom = sight.lines[0].box
    assert 300 < left < right < 600
    assert 60 < top < bottom < 140
    assert json.loads(json.dumps(sight.to_dict()))["lines"][0]["text"] == "2x + 3 = 11"


@pytest.mark.parametrize("hand", ["upright", "slanted", "round", "hasty", "schooled"])
def test_every_hand_is_read(hand):
    lines = ["x^2 - 5x + 6 = 0", "-4x = 12", "390 + 608 - 302"]
    assert read(shown(lines, hand)) == lines


@pytest.mark.parametrize("condition", ["tilted", "shadow", "squared", "crumpled", "whiteboard", "print"])
def test_photographs_are_read(condition):
    lines = ["2x + 3y = 17", "4x - y = 6"]
    assert read(shown(lines, "slanted", condition)) == lines


def test_a_mathematical_line_is_canonical_and_has_other_ways_to_read_it():
    line = shown(["5z - 12 = 3"], "hasty").lines[0]
    assert line.text == algebra.normalise(line.text) == line.candidates[0].text
    assert len(line.candidates) > 1
    assert [way.score for way in line.candidates] == sorted((way.score for way in line.candidates), reverse=True)
    assert sum(way.score for way in line.candidates) <= 1.001


def test_two_columns_are_two_lines():
    left, right = (_hands.page([text], "upright", 1, width=320, height=240) for text in ("3x = 9", "y + 2 = 5"))
    assert read(look(_photos.jpeg(np.hstack([left, right])))) == ["3x = 9", "y + 2 = 5"]


def test_an_equation_with_a_wide_gap_is_one_line():
    left, right = (_hands.page([text], "upright", 1, width=320, height=200, size=34) for text in ("2x + 5", "= 17"))
    assert read(look(_photos.jpeg(np.hstack([left, right])))) == ["2x + 5 = 17"]


def test_print_beside_it_is_no_mathematics():
    sight = shown(["7x - 3 = 18"], "round", "print")
    assert read(sight) == ["7x - 3 = 18"]
    assert len(sight.lines) > 3


def test_white_on_black_is_read_too():
    page = 255 - _hands.page(["3x + 1 = 4"], "schooled", 2)
    assert read(look(_photos.jpeg(page))) == ["3x + 1 = 4"]


def test_a_picture_of_twelve_megapixels_has_its_boxes_in_its_own_pixels():
    page = Image.fromarray(_hands.page(["3x + 1 = 4"], "upright", 1)).resize((4000, 3000))
    sight = look(encoded(page, "JPEG"))
    assert (sight.width, sight.height, read(sight)) == (4000, 3000, ["3x + 1 = 4"])
    left, top, right, bottom = sight.lines[0].box
    assert right - left > 1000
    assert 0 <= top < bottom <= 3000


def face() -> Image.Image:
    picture = Image.new("RGB", (640, 480), (120, 150, 180))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((200, 80, 440, 400), fill=(225, 180, 150))
    draw.ellipse((260, 180, 295, 205), fill=(40, 30, 30))
    draw.ellipse((345, 180, 380, 205), fill=(40, 30, 30))
    draw.arc((270, 250, 370, 340), 20, 160, fill=(150, 50, 50), width=8)
    return picture


def test_other_pictures_say_what_they_are():
    written = Image.fromarray(_hands.page(["3x + 1 = 4", "3x = 3"], "upright", 1))
    assert look(encoded(Image.new("RGB", (640, 480), "black"))).kind == "dark"
    assert look(encoded(Image.new("RGB", (640, 480), (235, 232, 225)))).kind == "blank"
    assert look(encoded(written.filter(ImageFilter.GaussianBlur(14)))).kind == "blurred"
    assert look(encoded(face())).kind == "picture"
    assert not any(line.is_math for line in look(encoded(face())).lines)


@pytest.mark.parametrize("size", [(1, 1), (3, 500), (500, 3), (33, 31)])
def test_pictures_of_odd_sizes_are_no_trouble(size):
    assert look(encoded(Image.new("RGB", size, "red"))).lines == ()


def test_noise_is_no_mathematics():
    noise = np.random.default_rng(1).integers(0, 256, (240, 320, 3), np.uint8)
    assert not any(line.sure for line in look(encoded(Image.fromarray(noise))).lines)


def test_two_threads_can_look_at_once():
    seen: list[Sight] = []
    image = encoded(Image.new("RGB", (64, 64), "red"))
    threads = [threading.Thread(target=lambda: seen.append(look(image))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [sight.lines for sight in seen] == [(), ()]
    assert all(sight.colours[0].name == "red" for sight in seen)


@pytest.mark.parametrize("hand", ["upright", "slanted", "round", "schooled"])
@pytest.mark.parametrize("line", ["x/3 + 2 = 13", "(x + 1)/4 = x/5", "2x - 7 = 8/3"])
def test_stacked_fractions_are_read_as_one_line(line, hand):
    page = _hands.page([line, "3x - 6 = 12"], hand, 4, stacked=True)
    sight = look(_photos.jpeg(page))
    assert read(sight) == [line, "3x - 6 = 12"]
    assert [each.note for each in sight.lines] == ["fraction", ""]


def test_a_root_is_read_and_said_to_be_one():
    line = look(_photos.jpeg(_hands.page(["sqrt(x + 1) = 3"], "upright", 3, stacked=True))).lines[0]
    assert (line.text, line.note, line.sure) == ("sqrt(x + 1) = 3", "root", False)


def test_a_result_that_is_underlined_is_no_fraction():
    page = _hands.page(["x + 4 = 9", "x = 5", "2x = 10"], "upright", 2, size=40)
    inked = np.flatnonzero((page.min(axis=2) < 128).any(axis=1))
    ends = [*inked[:-1][np.diff(inked) > 8], inked[-1]]
    left = int(np.flatnonzero((page[ends[0] + 1 : ends[1] + 1].min(axis=2) < 128).any(axis=0))[0])
    page[ends[1] + 5 : ends[1] + 9, left - 5 : left + 120] = 30
    assert read(look(_photos.jpeg(page))) == ["x + 4 = 9", "x = 5", "2x = 10"]


def test_numbers_of_exercises_are_left_out():
    assert read(shown(["a) x - 7 = 12", "b) 3x = 9"], "round")) == ["x - 7 = 12", "3x = 9"]
    assert read(shown(["x = 2 or x = 3"], "schooled")) == ["x = 2 or x = 3"]


def test_an_exponent_that_stands_apart_is_read():
    page = _hands.page(["x + 9x + 8 = 0"], "schooled", 1, size=50)
    two = _hands.page(["2"], "schooled", 1, width=40, height=60, size=30)
    ink = page.min(axis=2) < 128
    left, top = int(np.flatnonzero(ink.any(axis=0))[0]), int(np.flatnonzero(ink.any(axis=1))[0])
    page[top - 34 : top + 26, left + 26 : left + 66] = np.minimum(page[top - 34 : top + 26, left + 26 : left + 66], two)
    assert read(look(_photos.jpeg(page))) == ["x^2 + 9x + 8 = 0"]


def test_a_strip_of_three_pixels_is_a_picture_too():
    assert look(encoded(Image.new("RGB", (4000, 3), "white"))).kind == "blank"
