"""The light in a picture: the factors for red, green and blue that make its white white and its exposure normal.

Lamps and daylight differ along one line, from candle to blue sky. Each light on it says which surfaces would be
there, and the most usual surfaces win: grey is common, above all where it is bright, anything else is possible. No
light makes grey of a picture full of red, so it stays red.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Linear = NDArray[np.float64]
"""Linear red, green and blue, 0..1, shape (n, 3)."""

LIGHTS = np.array([
    [1.00, 0.44, 0.07], [1.00, 0.51, 0.12], [1.00, 0.58, 0.20], [1.00, 0.66, 0.29], [1.00, 0.73, 0.41],
    [1.00, 0.80, 0.55], [1.00, 0.87, 0.70], [1.00, 0.93, 0.84], [1.00, 1.00, 1.00], [0.92, 0.96, 1.00],
    [0.83, 0.90, 1.00], [0.75, 0.85, 1.00], [0.66, 0.80, 1.00],
])  # fmt: skip
"""Colours of light from 2200 K to 13 000 K (Planck, then daylight), linear sRGB."""
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])

# The numbers up to SURE were found by random search on rendered things (the half of `bench._objects` for that).
GREY, GREY_SHARE = (0.15, 0.17), 0.4
"""Width of greys in ln(red/green) and ln(blue/green), and how common they are beside all other surfaces."""
OTHERS = (1.0, 1.3)
"""Width of all other surfaces."""
RAREST = 0.015
UNUSUAL = 0.9
"""What a light loses for every unit of ln(blue/green) away from white: most cameras correct most of it."""
AREA, BRIGHTNESS = 0.25, 2.5
"""Powers with which the area and the brightness of a colour count."""
SURE = 8.0
"""How much the best light counts more than the others."""

DARKEST, CLIPPED = 0.012, 0.97
"""Pixels beyond say little about the light."""
STEP = 0.1
"""Colours nearer than that, in ln, are one."""
ENOUGH, BRIGHT, MOST = 0.29, 0.6, 12.0
"""A picture whose brightest pixels are darker than the first is dim; they become the second, up to so many times."""


def to_linear(rgb: NDArray[np.float64]) -> Linear:
    """Turn sRGB 0..255 into linear 0..1."""
    part = rgb / 255.0
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)


def to_srgb(linear: Linear) -> NDArray[np.float64]:
    """Turn linear 0..1 into sRGB 0..255; what is beyond white is white."""
    part = np.clip(linear, 0, 1)
    return 255 * np.where(part <= 0.0031308, 12.92 * part, 1.055 * part ** (1 / 2.4) - 0.055)


def gains(linear: Linear) -> NDArray[np.float64]:
    """The factors, shape (3,), by which these pixels become those of a well lit picture in white light."""
    balance = 1 / colour_of_light(linear)
    bright = float(np.percentile((linear * balance).max(axis=1), 99))
    return balance if bright > ENOUGH else balance * min(BRIGHT / max(bright, 1e-4), MOST)


def colour_of_light(linear: Linear) -> NDArray[np.float64]:
    """The light's colour, shape (3,), luminance 1."""
    brightest = linear.max(axis=1)
    kept = linear[(brightest > DARKEST) & (brightest < CLIPPED)]
    if not len(kept):
        return np.ones(3)
    lights = np.log(LIGHTS / (LIGHTS @ LUMINANCE)[:, None])
    toward = lights[:, ::2] - lights[:, 1:2]
    colours, weights = _colours(np.clip(kept, 1e-3, None))
    score = _usual(colours - toward[:, None]) @ weights - UNUSUAL * np.abs(toward[:, 1])
    belief = np.exp(SURE * (score - score.max()))
    return np.asarray(np.exp(belief @ lights / belief.sum()))


def _colours(linear: Linear) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The different colours, as ln(red/green) and ln(blue/green), shape (n, 2), and how much each counts, sum 1."""
    steps = np.round(np.log(linear[:, ::2] / linear[:, 1:2]) / STEP).astype(int)
    cells, cell, count = np.unique(steps, axis=0, return_inverse=True, return_counts=True)
    light = np.bincount(cell.ravel(), linear[:, 1]) / count / np.percentile(linear[:, 1], 98)
    weights = (count / len(linear)) ** AREA * np.minimum(light, 1.5) ** BRIGHTNESS
    return cells * STEP, weights / weights.sum()


def _usual(colours: NDArray[np.float64]) -> NDArray[np.float64]:
    """How usual surfaces of these colours are, as a logarithm."""
    grey, others = (np.exp(-0.5 * ((colours / width) ** 2).sum(axis=-1)) / np.prod(width) for width in (GREY, OTHERS))
    return np.asarray(np.log(GREY_SHARE * grey + others + RAREST))
