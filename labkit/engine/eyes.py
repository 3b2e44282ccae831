"""What a picture shows: its lines of text (rapidocr) and its main colours (nearest name in LAB).

Left out on purpose: objects and faces. No general detector comes inside a package that needs no download.
"""

from __future__ import annotations

import io
import logging
import threading
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from labkit.engine.effects import MAX_IMAGE_BYTES
from labkit.errors import MissingPartError, UsageError

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_PIXELS = 50_000_000
"""A larger picture is refused before it is unpacked."""
LONGEST_SIDE = 1280
"""Pixels; larger pictures are made smaller before reading: time grows with area, printed text stays legible."""
PATCH_SIDE = 64
"""Pixels per side when colours are counted; takes 1 to 2 ms."""
SMALLEST_SHARE = 0.02
"""Colours that cover less of the picture are not named."""

NAMED = {
    "white": ((255, 255, 255), (225, 222, 215)),
    "black": ((0, 0, 0), (35, 35, 38)),
    "grey": ((128, 128, 128), (185, 185, 185), (80, 80, 82)),
    "red": ((220, 25, 30), (165, 20, 25)),
    "orange": ((245, 135, 20), (220, 105, 30)),
    "yellow": ((250, 220, 40), (235, 235, 90)),
    "green": ((40, 160, 60), (20, 95, 40), (130, 200, 90)),
    "turquoise": ((40, 190, 190),),
    "blue": ((30, 80, 200), (20, 35, 120), (110, 170, 230)),
    "purple": ((125, 45, 155), (150, 100, 200)),
    "pink": ((240, 130, 180), (230, 40, 130)),
    "brown": ((110, 65, 30), (145, 95, 55)),
    "beige": ((215, 190, 150),),
}
"""Colour names, each with the sRGB examples that stand for it."""

_RED_GREEN_BLUE_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
"""sRGB primaries, D65 (IEC 61966-2-1)."""
_WHITE_POINT = np.array([0.95047, 1.0, 1.08883])
"""D65."""


@dataclass(frozen=True)
class Line:
    """One line of text."""

    text: str
    score: float
    """0..1, the reader's own confidence."""
    box: tuple[int, int, int, int]
    """Left, top, right, bottom in pixels of the picture as it came."""


@dataclass(frozen=True)
class Colour:
    """One colour name and how much of the picture it covers."""

    name: str
    share: float
    """0..1."""
    rgb: tuple[int, int, int]
    """The mean of its pixels, sRGB 0..255."""


@dataclass(frozen=True)
class Sight:
    """Everything seen in one picture."""

    width: int
    height: int
    lines: tuple[Line, ...]
    """From top to bottom, and from left to right within a row."""
    colours: tuple[Colour, ...]
    """Largest first."""
    took_ms: float

    def to_dict(self) -> dict[str, Any]:
        """Plain lists and numbers, ready for JSON."""
        return asdict(self)


def look(image: bytes) -> Sight:
    """See what JPEG or PNG bytes show; `UsageError` when they are too large or no such picture.

    Takes 0.2 to 0.6 s on one core; calls from several threads take turns.
    """
    started = time.perf_counter()
    picture = unpack(image)
    small = picture.copy()
    small.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    colours = main_colours(small)
    lines = read_lines(np.asarray(small), picture.width / small.width)
    return Sight(picture.width, picture.height, lines, colours, round((time.perf_counter() - started) * 1000, 1))


def unpack(image: bytes) -> Image:
    """JPEG or PNG bytes as an upright RGB picture."""
    try:
        from PIL import Image, ImageOps
    except ImportError as error:
        raise _missing() from error
    if len(image) > MAX_IMAGE_BYTES:
        raise UsageError(f"The picture has {len(image)} bytes: send at most {MAX_IMAGE_BYTES // 1_000_000} MB.")
    try:
        picture = Image.open(io.BytesIO(image), formats=["JPEG", "PNG"])
        if picture.width * picture.height > MAX_PIXELS:
            raise UsageError(f"The picture is {picture.width} x {picture.height} pixels: make it smaller.")
        upright = ImageOps.exif_transpose(picture)
        if upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info:
            upright = Image.alpha_composite(Image.new("RGBA", upright.size, "white"), upright.convert("RGBA"))
        return upright.convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        if isinstance(error, UsageError):
            raise
        raise UsageError("These bytes are not a picture that can be read: send a whole JPEG or PNG.") from error


class Reader:
    """rapidocr, loaded when it first reads (about 0.6 s); its direction classifier stays off, pages are upright."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._engine: Any = None

    def read(self, pixels: NDArray[np.uint8]) -> list[tuple[str, float, NDArray[np.float64]]]:
        """(text, score, four corners of shape (4, 2) in pixels) of every line in RGB pixels of shape (h, w, 3)."""
        with self._lock:
            if self._engine is None:
                self._engine = self._load()
            found = self._engine(np.ascontiguousarray(pixels[:, :, ::-1]), use_cls=False)
        if found is None or found.boxes is None or found.txts is None:
            return []
        return [
            (text.strip(), float(score), np.asarray(corners, dtype=np.float64))
            for text, score, corners in zip(found.txts, found.scores, found.boxes, strict=True)
            if text.strip()
        ]

    def _load(self) -> Any:
        try:
            from rapidocr import RapidOCR
        except ImportError as error:
            raise _missing() from error
        logging.getLogger("RapidOCR").setLevel(logging.ERROR)
        return RapidOCR(
            params={
                "Global.log_level": "error",
                "EngineConfig.onnxruntime.intra_op_num_threads": 1,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )


_reader = Reader()


def read_lines(pixels: NDArray[np.uint8], scale: float = 1.0) -> tuple[Line, ...]:
    """The lines of text in RGB pixels of shape (h, w, 3), in reading order; boxes are multiplied by `scale`."""
    lines = []
    for text, score, corners in _reader.read(pixels):
        left, top = corners.min(axis=0) * scale
        right, bottom = corners.max(axis=0) * scale
        lines.append(Line(text, round(score, 3), (round(left), round(top), round(right), round(bottom))))
    return tuple(in_reading_order(lines))


def in_reading_order(lines: list[Line]) -> list[Line]:
    """Rows from top to bottom (a line belongs to a row when its middle lies in the row's first box), then by x."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda each: each.box[1]):
        middle = (line.box[1] + line.box[3]) / 2
        if rows and middle < rows[-1][0].box[3]:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda each: each.box[0])]


def main_colours(picture: Image) -> tuple[Colour, ...]:
    """The named colours of a picture, largest first."""
    nearest = picture.resize((PATCH_SIDE, PATCH_SIDE), resample=0)  # 0 is "nearest": blending would invent colours
    small = np.asarray(nearest, dtype=np.float64).reshape(-1, 3)
    names = nearest_names(small)
    found = []
    for name in NAMED:
        of_name = small[names == name]
        if len(of_name) >= SMALLEST_SHARE * len(small):
            red, green, blue = (round(float(value)) for value in of_name.mean(axis=0))
            found.append(Colour(name, round(len(of_name) / len(small), 3), (red, green, blue)))
    return tuple(sorted(found, key=lambda colour: -colour.share))


def nearest_names(rgb: NDArray[np.float64]) -> NDArray[np.str_]:
    """The nearest colour name for sRGB 0..255 of shape (n, 3), by distance in LAB."""
    owners = np.array([name for name, examples in NAMED.items() for _ in examples])
    examples = np.array([example for each in NAMED.values() for example in each], dtype=np.float64)
    distance = np.linalg.norm(to_lab(rgb)[:, None, :] - to_lab(examples)[None, :, :], axis=2)
    return np.asarray(owners[distance.argmin(axis=1)])


def to_lab(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn sRGB 0..255 of shape (n, 3) into CIE L*a*b* (D65)."""
    part = rgb / 255.0
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    ratio = linear @ _RED_GREEN_BLUE_TO_XYZ.T / _WHITE_POINT
    delta = 6 / 29
    root = np.where(ratio > delta**3, np.cbrt(ratio), ratio / (3 * delta**2) + 4 / 29)
    lightness = 116 * root[:, 1] - 16
    return np.stack([lightness, 500 * (root[:, 0] - root[:, 1]), 200 * (root[:, 1] - root[:, 2])], axis=1)


def _missing() -> MissingPartError:
    return MissingPartError('The embedded engine\'s eyes are not installed: run  pip install "labkit[engine]".')
