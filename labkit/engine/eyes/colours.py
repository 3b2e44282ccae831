"""Names of colours: of a picture, by the nearest name in LAB, and of a thing, by its hue first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from labkit.engine.eyes.light import to_linear, to_srgb
from labkit.engine.eyes.sight import Colour

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

COLOURFUL = 14.0
"""Chroma in LAB above which a pixel is no grey."""
FEWEST = 0.3
"""Share of a thing's pixels that are no grey above which its colour is theirs: print and highlights are grey."""
BLACK, WHITE = 33.0, 72.0
"""Lightness below and above which grey is called so."""
HUES = ((12, "pink"), (45, "red"), (78, "orange"), (108, "yellow"), (200, "green"), (307, "blue"), (337, "purple"))
"""Names of hues up to an angle in LAB, in degrees; beyond the last it is pink again."""
ORANGE, BROWN, DARK = 71.0, 79.0, 42.0
"""Where light red is orange, orange too dark to be called so, and pink too."""
PALE, STRONG = 0.8, 1.2
"""Chroma for its lightness below which red is pink, and above which dark pink is not."""

_RED_GREEN_BLUE_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
"""sRGB primaries, D65 (IEC 61966-2-1)."""
_WHITE_POINT = np.array([0.95047, 1.0, 1.08883])
"""D65."""


def main_colours(pixels: NDArray[np.uint8], gains: NDArray[np.float64] | float = 1.0) -> tuple[Colour, ...]:
    """The named colours of an RGB picture, shape (h, w, 3), in a light that `gains` makes white; largest first."""
    rows, columns = (np.arange(PATCH_SIDE) * side // PATCH_SIDE for side in pixels.shape[:2])
    few = pixels[rows[:, None], columns].reshape(-1, 3)  # no pixels are blended: that would invent colours
    small = to_srgb(to_linear(few.astype(np.float64)) * gains)
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


def of_thing(lab: NDArray[np.float64]) -> str:
    """The basic name of the colour of a thing with these pixels, shape (n, 3); shade and highlights do not count."""
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    coloured = chroma > COLOURFUL
    if coloured.mean() < FEWEST:
        lightness = float(np.percentile(lab[:, 0], 65))
        return "black" if lightness < BLACK else "grey" if lightness < WHITE else "white"
    hue = np.degrees(np.arctan2(lab[:, 2], lab[:, 1])) % 360
    often = np.bincount((hue[coloured] // 15).astype(int), chroma[coloured], minlength=24)
    peak = 15 * int((often + np.roll(often, 1) + np.roll(often, -1)).argmax()) + 7.5
    group = lab[coloured & (np.abs((hue - peak + 180) % 360 - 180) < 30)]
    lit = group[group[:, 0] >= np.median(group[:, 0])]
    return _basic(*np.median(lit, axis=0))


def _basic(lightness: float, a: float, b: float) -> str:
    """The name of a colour that is no grey: light red is pink, dark orange brown."""
    hue, chroma = np.degrees(np.arctan2(b, a)) % 360, float(np.hypot(a, b))
    name = next((name for until, name in HUES if hue < until), "pink")
    if name == "red" and hue + 0.5 * lightness > ORANGE:
        return "orange"
    if name in {"orange", "yellow"} and lightness + 0.5 * chroma < BROWN:
        return "brown"
    if name == "red" and chroma < PALE * lightness:
        return "pink"
    if name == "pink" and lightness < DARK and chroma > STRONG * lightness:
        return "red" if hue < 90 else "purple"
    return name


def to_lab(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn sRGB 0..255 of shape (n, 3) into CIE L*a*b* (D65)."""
    ratio = to_linear(rgb) @ _RED_GREEN_BLUE_TO_XYZ.T / _WHITE_POINT
    delta = 6 / 29
    root = np.where(ratio > delta**3, np.cbrt(ratio), ratio / (3 * delta**2) + 4 / 29)
    lightness = 116 * root[:, 1] - 16
    return np.stack([lightness, 500 * (root[:, 0] - root[:, 1]), 200 * (root[:, 1] - root[:, 2])], axis=1)
