"""Bytes of a JPEG or PNG become an upright RGB picture, or a sentence that says why not."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from labkit.engine.effects import MAX_IMAGE_BYTES
from labkit.errors import MissingPartError, UsageError

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_PIXELS = 50_000_000
"""A larger picture is refused before it is unpacked."""


def unpack(image: bytes, longest: int) -> tuple[Image, tuple[int, int]]:
    """JPEG or PNG bytes as an upright RGB picture of at most `longest` pixels a side, and its size as it came."""
    try:
        from PIL import Image, ImageOps
    except ImportError as error:
        raise missing() from error
    if len(image) > MAX_IMAGE_BYTES:
        raise UsageError(f"The picture has {len(image)} bytes: send at most {MAX_IMAGE_BYTES // 1_000_000} MB.")
    try:
        picture = Image.open(io.BytesIO(image), formats=["JPEG", "PNG"])
        width, height = picture.size
        if width * height > MAX_PIXELS:
            raise UsageError(f"The picture is {width} x {height} pixels: make it smaller.")
        picture.draft("RGB", (longest, longest))  # a large JPEG is unpacked at a half or a quarter of its size
        upright = ImageOps.exif_transpose(picture)
        if (upright.width < upright.height) != (picture.width < picture.height):
            width, height = height, width
        if upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info:
            upright = Image.alpha_composite(Image.new("RGBA", upright.size, "white"), upright.convert("RGBA"))
        whole = upright.convert("RGB")
        whole.thumbnail((longest, longest))
        return whole, (width, height)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        if isinstance(error, UsageError):
            raise
        raise UsageError("These bytes are not a picture that can be read: send a whole JPEG or PNG.") from error


def missing() -> MissingPartError:
    """What is raised where the packages for seeing are not there."""
    return MissingPartError('The embedded engine\'s eyes are not installed: run  pip install "labkit[engine]".')
