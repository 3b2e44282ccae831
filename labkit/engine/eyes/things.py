"""Things in a picture: what differs from the table and the wall around it, and its colour in white light.

Left out on purpose: what a thing is. Things of many colours come in parts, and one that looks like its table is missed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from labkit.engine.eyes import colours, light
from labkit.engine.eyes.sight import Colour, Thing

LONGEST = 80
"""Pixels of the longer side of the picture in which things are found."""
FRAME = 0.08
"""Width of the frame in which table and wall are looked up, of the shorter side."""
GROUNDS = 6
"""Different colours in the frame."""
SHADES = np.array([1.0, 0.8, 0.62, 0.45])[:, None]
"""A table in shadow is still the table."""
DIFFERENT = 13.0
"""Distance in LAB, where lightness counts half, from everything that is table or wall."""
REACH = 4
"""Rows beyond those where the frame has a colour in which it may still be table or wall."""
AROUND = 1.9
"""What is table or wall has that much of the picture's edge, of the root of its area (all: 4); a thing has less."""
SMALLEST = 0.01
"""Share of the picture that a thing has at least."""
MIDDLE = 0.08
"""Width of the middle, where a thing is more likely meant: variance, of the picture's sides."""


def seen_in(
    pixels: NDArray[np.uint8], size: tuple[int, int] | None = None
) -> tuple[tuple[Colour, ...], tuple[Thing, ...]]:
    """The colours and the things of an RGB picture, shape (h, w, 3); boxes are in pixels of `size` (width, height)."""
    import cv2

    height, width = pixels.shape[:2]
    scale = min(1.0, LONGEST / max(height, width))
    shape = (max(8, round(width * scale)), max(8, round(height * scale)))
    small = light.to_linear(cv2.resize(pixels, shape, interpolation=cv2.INTER_AREA).astype(np.float64))
    gains = light.gains(small.reshape(-1, 3))
    return colours.main_colours(pixels, gains), find(small * gains, size or (width, height))


def find(linear: light.Linear, size: tuple[int, int]) -> tuple[Thing, ...]:
    """What stands out of a small picture in white light, shape (h, w, 3), the most likely thing first."""
    import cv2

    height, width = linear.shape[:2]
    lab = colours.to_lab(light.to_srgb(linear.reshape(-1, 3))).reshape(height, width, 3)
    away = _away(linear, lab)
    mask = cv2.morphologyEx((away > DIFFERENT).astype(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    count, parts, stats, centres = cv2.connectedComponentsWithStats(mask, connectivity=8)
    found = []
    for part in range(1, count):
        left, top, wide, tall, area = (int(value) for value in stats[part])
        if area >= SMALLEST * height * width:
            x, y = centres[part] / [width, height] - 0.5
            likely = away[parts == part].sum() * np.exp(-(x**2 + y**2) / MIDDLE)
            across, down = size[0] / width, size[1] / height
            box = (
                round(left * across), round(top * down),
                round((left + wide) * across), round((top + tall) * down),
            )  # fmt: skip
            found.append((-float(likely), Thing(colours.of_thing(lab[parts == part]), round(area / mask.size, 3), box)))
    return tuple(thing for _, thing in sorted(found, key=lambda pair: pair[0]))


def _away(linear: light.Linear, lab: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far every pixel is from table and wall, lit or in shadow."""
    import cv2

    height, width = lab.shape[:2]
    rim = max(2, round(FRAME * min(height, width)))
    frame, edge = np.ones((2, height, width), bool)
    frame[rim:-rim, rim:-rim] = edge[1:-1, 1:-1] = False
    cv2.setRNGSeed(1)
    criteria: Any = (cv2.TERM_CRITERIA_MAX_ITER + cv2.TERM_CRITERIA_EPS, 10, 1.0)
    around = lab[frame].astype(np.float32)
    _, owner, _ = cv2.kmeans(around, GROUNDS, np.empty(0), criteria, 1, cv2.KMEANS_PP_CENTERS)
    rows = np.nonzero(frame)[0]
    nearest = np.full((height, width), 200.0)
    for ground in np.unique(owner):
        of_it = owner.ravel() == ground
        first, last = np.percentile(rows[of_it], [2, 98]).astype(int)
        reach = slice(max(0, first - REACH), last + REACH + 1)
        shaded = colours.to_lab(light.to_srgb(linear[frame][of_it].mean(axis=0) * SHADES))
        step = (lab[reach, :, None] - shaded) * [0.7, 1, 1]
        away = np.linalg.norm(step, axis=-1).min(axis=-1)
        alike = away < DIFFERENT
        if (edge[reach] & alike).sum() > AROUND * np.sqrt(alike.sum()):
            nearest[reach] = np.minimum(nearest[reach], away)
    return nearest
