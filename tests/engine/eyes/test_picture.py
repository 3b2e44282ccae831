"""Bytes that become pictures, and those that do not."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from labkit import samples
from labkit.engine.eyes import look, picture
from labkit.errors import UsageError


def encoded(whole: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    stream = io.BytesIO()
    whole.save(stream, kind, **options)
    return stream.getvalue()


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
        look(bytes(picture.MAX_IMAGE_BYTES + 1))
    monkeypatch.setattr(picture, "MAX_PIXELS", 99)
    with pytest.raises(UsageError, match="10 x 10"):
        look(encoded(Image.new("RGB", (10, 10))))


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "1", "I;16"])
def test_every_pixel_mode_becomes_colours(mode):
    assert picture.unpack(encoded(Image.new(mode, (20, 20))), 100)[0].mode == "RGB"


def test_a_large_picture_becomes_small_and_its_own_size_is_told():
    for kind in ("JPEG", "PNG"):
        small, size = picture.unpack(encoded(Image.new("RGB", (3000, 1500)), kind), 1000)
        assert (small.size, size) == ((1000, 500), (3000, 1500))


def test_a_picture_that_lies_on_its_side_is_put_upright():
    turned = Image.Exif()
    turned[0x0112] = 6
    small, size = picture.unpack(encoded(Image.new("RGB", (300, 100)), "JPEG", exif=turned), 150)
    assert (small.size, size) == ((50, 150), (100, 300))
