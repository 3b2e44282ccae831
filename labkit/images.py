"""What a JPEG or PNG file says of itself, without decoding it: its size, and about how many tokens it is."""

from __future__ import annotations

import math
import struct

PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8"
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""The JPEG markers after which a frame's height and width stand (ITU-T T.81, table B.1)."""
ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
"""The JPEG markers that no length follows."""
TILE = 512


def size(image: bytes) -> tuple[int, int] | None:
    """Width and height in pixels, before any turning that EXIF asks for; `None` where the file does not say."""
    if image.startswith(PNG):
        return struct.unpack_from(">II", image, 16) if len(image) >= 24 else None
    return _jpeg_size(image) if image.startswith(JPEG) else None


def _jpeg_size(image: bytes) -> tuple[int, int] | None:
    at = len(JPEG)
    while at + 9 <= len(image) and image[at] == 0xFF:
        marker = image[at + 1]
        if marker in FRAMES:
            height, width = struct.unpack_from(">HH", image, at + 5)
            return width, height
        if marker == 0xFF:  # a filling byte
            at += 1
        else:
            at += 2 if marker in ALONE else 2 + struct.unpack_from(">H", image, at + 2)[0]
    return None


def tokens(width: int, height: int) -> int:
    """About how many tokens a picture is to a model: 85, and 170 a tile of 512 pixels (published for GPT-4o)."""
    return 85 + 170 * math.ceil(width / TILE) * math.ceil(height / TILE)
