"""One line of writing, cut out of the picture: as it is, and cleaned of paper, ruled lines and its neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, cos, radians, sin

import numpy as np
from numpy.typing import NDArray

from labkit.engine.eyes import ink
from labkit.engine.eyes.finding import Row
from labkit.engine.eyes.ink import Box, Mask
from labkit.engine.eyes.networks import HEIGHT, Pixels
from labkit.engine.eyes.sight import Note

CORE = 60
"""Pixels: how high a row is in its strip."""
ABOVE, BESIDE = 0.35, 1.2
"""How much more than the row is cut out, in heights of the row."""
MARGIN = 0.14
"""Paper left around the ink, in heights of the ink."""
LARGEST = 4.0
"""How much a small line is enlarged at most."""
WIDEST = 1600
"""Pixels of a line that is read at once: what is longer is narrowed."""
WHITE = 0.92
"""Share of the paper's brightness from which on it is white."""


@dataclass(frozen=True)
class Strip:
    """A row made level, with some paper around it."""

    pixels: Pixels
    light: NDArray[np.uint8]
    """Brightness where the paper is 255, light and shadow taken away; ink is dark."""
    marked: Mask
    """All the ink."""
    own: Mask
    """The row's own."""
    box: Box
    """Of the row's ink."""
    note: Note
    core: int
    """Pixels: how high the row is."""
    to_picture: NDArray[np.float64]
    """Affine, shape (2, 3)."""

    def outer(self) -> Box:
        """The ink's box in the picture."""
        (west, north), (east, south) = self.edges(self.box)
        return round(west), round(north), round(east), round(south)

    def edges(self, box: Box) -> NDArray[np.float64]:
        """Left top and right bottom in the picture of what holds a box of the strip; shape (2, 2)."""
        left, top, right, bottom = box
        corners = np.array([[left, top, 1], [right, top, 1], [right, bottom, 1], [left, bottom, 1]])
        places = corners @ self.to_picture.T
        return np.array([places.min(axis=0), places.max(axis=0)])


def cut_out(picture: Pixels, row: Row, core: int = CORE) -> Strip:
    """The row's strip, in which the row is `core` pixels high, or lower where it is small."""
    import cv2

    scale = min(core / max(row.height, 1.0), LARGEST)
    core = max(8, round(row.height * scale))
    left, top = round(BESIDE * core), round(ABOVE * core)
    size = max(8, round(row.width * scale)) + 2 * left, core + 2 * top
    pixels, to_picture = _level(picture, row, scale, size)
    grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    inside = (left, top, size[0] - left, size[1] - top)
    if _is_chalk(grey, inside):
        grey = 255 - grey
    light = np.clip(grey / np.maximum(ink.paper(grey, core), 1) * 255, 0, 255).astype(np.uint8)
    marked = ink.dark(light, inside)
    marks, box, note = ink.own(marked, inside, core)
    return Strip(pixels, light, marked, marks, box, note, core, to_picture)


def _level(picture: Pixels, row: Row, scale: float, size: tuple[int, int]) -> tuple[Pixels, NDArray[np.float64]]:
    """The surroundings of a row without its slope, and the way back.

    They are cut out large and then made smaller: thin lines survive that only when all their pixels count.
    """
    import cv2

    turn, middle = radians(row.slope), np.array([row.x, row.y])
    frame = np.array([[cos(turn), -sin(turn)], [sin(turn), cos(turn)]]) / scale
    finer = ceil(0.8 / scale)
    large = size[0] * finer, size[1] * finer
    pixels = cv2.warpAffine(
        picture,
        np.column_stack([frame / finer, middle - frame / finer @ (np.array(large) / 2)]),
        large,
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=_usual(picture, row),
    )
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), np.column_stack([frame, middle - frame @ (np.array(size) / 2)])


def _usual(picture: Pixels, row: Row) -> tuple[float, float, float]:
    """The colour of the paper around a row: what is beyond the picture's edge."""
    left, top = np.maximum(row.corners().min(axis=0), 0).astype(int)
    right, bottom = row.corners().max(axis=0).astype(int) + 1
    red, green, blue = np.median(picture[top:bottom, left:right].reshape(-1, 3)[::7], axis=0)
    return float(red), float(green), float(blue)


def _is_chalk(grey: NDArray[np.uint8], inside: Box) -> bool:
    """Whether the writing is brighter than what it is on: a few pixels stand out, and these are bright (skewness)."""
    import cv2

    left, top, right, bottom = inside
    row = grey[top:bottom, left:right].astype(np.float32)
    return float(np.mean((row - cv2.GaussianBlur(row, (0, 0), (bottom - top) / 3)) ** 3)) > 0


def as_it_is(strip: Strip) -> Pixels:
    """The line's colours, 48 pixels high."""
    return _fitted(strip.pixels, strip.box, 1.0)


def cleaned(strip: Strip, pen: float, stretch: float) -> Pixels:
    """Only the line's ink, on white: strokes at least `pen` thick (in heights of the line), made wider by `stretch`."""
    import cv2

    grey = alone(strip)
    missing = pen * (strip.box[3] - strip.box[1]) - ink.thickness(strip.own)
    if (more := round(missing / 2)) > 0:
        pen_shape = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * more + 1, 2 * more + 1))
        grey = np.asarray(cv2.erode(grey, pen_shape), np.uint8)
    return _fitted(np.repeat(grey[..., None], 3, axis=2), strip.box, stretch)


def alone(strip: Strip) -> NDArray[np.uint8]:
    """Only the line's ink: black on white."""
    import cv2

    near = cv2.dilate(strip.own, np.ones((5, 5), np.uint8))
    light = strip.light.astype(np.float32) / 255
    darkest = float(np.percentile(light[strip.own > 0], 20)) if strip.own.any() else 0.0
    shown = np.where(near > 0, np.clip((light - darkest) / max(WHITE - darkest, 0.05), 0, 1), 1.0)
    return (shown * 255).astype(np.uint8)


def _fitted(pixels: Pixels, box: Box, stretch: float) -> Pixels:
    """A part of the strip with a margin, 48 pixels high."""
    import cv2

    left, top, right, bottom = box
    space = round(MARGIN * (bottom - top)) + 1
    height, width = pixels.shape[:2]
    above, before = max(0, space - top), max(0, space - left)
    below, after = max(0, bottom + space - height), max(0, right + space - width)
    whole = cv2.copyMakeBorder(pixels, above, below, before, after, borderType=cv2.BORDER_REPLICATE)
    part = whole[top + above - space : bottom + above + space, left + before - space : right + before + space]
    wide = min(WIDEST, max(16, round(stretch * part.shape[1] * HEIGHT / part.shape[0])))
    way = cv2.INTER_AREA if part.shape[0] > HEIGHT else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(part, (wide, HEIGHT), interpolation=way), np.uint8)
