import pytest

from labkit import images, samples


def test_the_size_is_read_from_a_photograph_and_from_a_drawing() -> None:
    assert images.size(samples.path("whiteboard").read_bytes()) is not None
    png = images.PNG + b"\0\0\0\rIHDR" + (640).to_bytes(4, "big") + (480).to_bytes(4, "big")
    assert images.size(png) == (640, 480)
    filled = images.JPEG + b"\xff\xd0" + b"\xff\xe0\0\4ab" + b"\xff\xff\xc2\0\x11\x08\1\xe0\2\x80\3"
    assert images.size(filled) == (640, 480)


@pytest.mark.parametrize("broken", [b"", b"GIF89a", images.PNG, images.JPEG, images.JPEG + b"\xff\xe0\xff\xff" * 9])
def test_a_file_that_says_nothing_has_no_size(broken: bytes) -> None:
    assert images.size(broken) is None


def test_a_picture_is_counted_in_tiles() -> None:
    assert images.tokens(640, 480) == 85 + 2 * 170
    assert images.tokens(512, 512) == 85 + 170
