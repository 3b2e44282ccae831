"""Draw the pictures of lesson 06: a red iced coffee in an oddly shaped glass on a wooden table, and a ball on grass."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.float32]
"""Linear in 0..1, shape (height, width, 3), RGB."""
WIDTH, HEIGHT = 640, 480
SCALE = 2
"""Drawn so many times larger, then made small: smooth edges."""
TABLE = 0.34
"""Where the table's far edge is, from the top, of the height."""
BASE, RIM = 0.86, 0.2
"""The glass stands here and ends here, of the height."""
FACETS = 9
"""Cuts around the glass."""
FLATNESS = 0.2
"""Height of a level circle as a share of its width."""
SURFACE = 0.83
"""How full the glass is."""


def coffee() -> Image.Image:
    """A red iced coffee in a glass that winds upwards, 640 x 480."""
    chance = np.random.default_rng(6)
    picture = _room(chance)
    _shade_below(picture)
    _straw(picture, (0.492, 0.44), (0.592, 0.03))
    _glass(picture, chance)
    return _finished(picture, chance)


def ball() -> Image.Image:
    """A blue ball on grass, 640 x 480."""
    chance = np.random.default_rng(3)
    down, across = _places()
    blades = sum(_waves(chance, (2, 9 * size), size) for size in (1, 2, 4)) / 3
    picture = _coloured(blades, (0.10, 0.26, 0.05), (0.42, 0.62, 0.22)) * (0.65 + 0.45 * down)[..., None]
    x, y = (across - 0.52) * WIDTH / HEIGHT, down - 0.55
    radius = 0.27
    _blend(picture, (0.02, 0.06, 0.01), 0.75 * _soft(_disc(x - 0.07, (y - 0.24) / 0.42, radius), 14))
    height = np.sqrt(np.clip(1 - (x**2 + y**2) / radius**2, 0, 1))
    light = np.clip((-0.45 * x / radius - 0.6 * y / radius + 0.66 * height), 0, 1)
    sphere = np.array([0.05, 0.22, 0.75])[None, None] * (0.25 + 0.85 * light)[..., None]
    stripe = np.abs(y + 0.35 * x) < 0.03
    sphere = np.where(stripe[..., None], (0.25 + 0.7 * light)[..., None] * np.array([0.75, 0.85, 0.97]), sphere)
    sphere += (light**40 * 0.7)[..., None]
    _blend(picture, sphere, _disc(x, y, radius))
    return _finished(picture, chance)


def _places() -> tuple[Picture, Picture]:
    """Every pixel's y and x, 0..1."""
    down, across = np.mgrid[0 : HEIGHT * SCALE, 0 : WIDTH * SCALE].astype(np.float32)
    return (down + 0.5) / (HEIGHT * SCALE), (across + 0.5) / (WIDTH * SCALE)


def _room(chance: np.random.Generator) -> Picture:
    """A table of planks that run away from us, and lights out of focus behind it."""
    down, across = _places()
    picture = np.empty((*down.shape, 3), np.float32)
    picture[:] = np.array([0.30, 0.27, 0.25]) + 0.16 * (1 - down[..., None]) * np.array([1.0, 0.9, 0.75])
    for _ in range(16):
        x, y, radius = chance.uniform(0, 1.33), chance.uniform(0, 0.27), chance.uniform(0.02, 0.055)
        glow = np.array([1.0, chance.uniform(0.72, 0.95), chance.uniform(0.5, 0.8)])
        _blend(picture, glow, chance.uniform(0.08, 0.3) * _soft(_disc(across * 4 / 3 - x, down - y, radius), 5))
    depth = 1 / np.clip(down - TABLE + 0.22, 0.01, None)
    side = (across - 0.5) * depth
    grain = _grain(chance, side, depth)
    plank = np.floor(side * 2.1 + 0.3)
    tone = 0.86 + 0.22 * np.sin(plank * 12.9898) + 0.36 * (grain - 0.5)
    gap = np.abs(side * 2.1 + 0.3 - np.round(side * 2.1 + 0.3)) < 0.012 * np.clip(1.4 - 0.1 * depth, 0.5, 2)
    wood = tone[..., None] * np.array([0.60, 0.40, 0.235]) * np.where(gap, 0.4, 1)[..., None]
    lit = 0.62 + 0.55 * np.exp(-(((across - 0.42) / 0.5) ** 2) - ((down - 0.7) / 0.4) ** 2)
    table = _soft((down > TABLE).astype(np.float32), 2)
    _blend(picture, wood * lit[..., None], table)
    return picture


def _grain(chance: np.random.Generator, side: Picture, depth: Picture) -> Picture:
    """Fibres of wood along the planks, 0..1."""
    fine = _waves(chance, (40, 620), 1, (512, 2048))
    coarse = _waves(chance, (6, 90), 1, (512, 2048))
    columns = np.mod((side + 3) * 400, 2047).astype(np.float32)
    rows = np.abs(np.mod(depth * 60 + np.floor(side * 2.1 + 0.3) * 77, 1022) - 511).astype(np.float32)
    return np.asarray(cv2.remap(0.6 * fine + 0.4 * coarse, columns, rows, cv2.INTER_LINEAR), np.float32)


def _waves(
    chance: np.random.Generator, cells: tuple[int, int], grow: int, shape: tuple[int, int] | None = None
) -> Picture:
    """Smooth noise 0..1 with so many cells down and across."""
    rows, columns = cells
    height, width = shape or (HEIGHT * SCALE, WIDTH * SCALE)
    coarse = chance.uniform(0, 1, (max(2, rows * grow), columns)).astype(np.float32)
    return np.asarray(np.clip(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), 0, 1), np.float32)


def _profile(height: Any) -> tuple[Any, Any]:
    """The glass's middle (of the picture's width) and half its width, at a height 0 (base) .. 1 (rim)."""
    middle = 0.47 + 0.05 * np.sin(2 * np.pi * (0.88 * height + 0.1)) + 0.025 * height
    half = 0.078 + 0.034 * height + 0.013 * np.cos(2 * np.pi * (1.05 * height - 0.1))
    return middle, half


def _glass(picture: Picture, chance: np.random.Generator) -> None:
    """The glass with what is in it."""
    down, across = _places()
    behind = picture.copy()
    inside, height, turn = _solid(down, across, 0.0, 1.0)
    _blend(picture, behind * 0.82 + 0.16, inside)
    drink, level, around = _solid(down, across, 0.05, SURFACE, narrower=0.9)
    _blend(picture, _liquid(level, around), drink)
    _surface(picture, down, across)
    _ice(picture, chance)
    _cuts(picture, inside, height, turn)
    _rim(picture, down, across)


def _solid(
    down: Picture, across: Picture, low: float, high: float, narrower: float = 1.0
) -> tuple[Picture, Picture, Picture]:
    """Where the glass is between two heights; every pixel's height in it, and place across it, -1..1."""
    height = (BASE - down) / (BASE - RIM)
    bent = height
    for _ in range(4):  # circles seen from above: the front of a level is lower than its sides
        middle, half = _profile(np.clip(bent, 0, 1))
        place = np.clip((across - middle) / half, -1, 1)
        bent = height + FLATNESS * half * WIDTH / HEIGHT / (BASE - RIM) * np.sqrt(1 - place**2)
    middle, half = _profile(np.clip(bent, 0, 1))
    place = (across - middle) / (half * narrower)
    mask = (np.abs(place) < 1) & (bent > low) & (bent < high)
    return _soft(mask.astype(np.float32), 1.2), np.clip(bent, 0, 1), np.clip(place, -1, 1)


def _liquid(height: Picture, place: Picture) -> Picture:
    """Red, deeper at the bottom and where there is more of it to look through."""
    through = np.sqrt(1 - place**2)
    deep, bright = np.array([0.40, 0.005, 0.02]), np.array([0.93, 0.09, 0.07])
    up = np.clip((height - 0.05) / (SURFACE - 0.05), 0, 1)[..., None] ** 0.9
    colour = deep + (bright - deep) * (0.2 + 0.8 * up)
    lit = 1.12 - 0.42 * through + 0.35 * np.exp(-(((place + 0.35) / 0.22) ** 2))
    return np.asarray(colour * lit[..., None], np.float32)


def _cuts(picture: Picture, inside: Picture, height: Picture, place: Picture) -> None:
    """Facets that wind around the glass: each catches the light in its own way, with a bright edge between them."""
    angle = np.arcsin(place) / np.pi * FACETS + 3.2 * height
    facet, within = np.floor(angle), np.mod(angle, 1)
    glint = (0.5 + 0.5 * np.sin(facet * 2.4 + 1)) * (1 - within)
    edge = np.exp(-((np.minimum(within, 1 - within) / 0.045) ** 2))
    wall = np.clip((np.abs(place) - 0.86) / 0.14, 0, 1) ** 2
    window = np.exp(-(((place + 0.55) / 0.09) ** 2)) * (height > 0.12) * (height < 0.95)
    picture *= 1 - (inside * 0.24 * np.mod(facet, 2))[..., None]
    shine = inside * (0.10 * glint + 0.16 * edge + 0.32 * wall + 0.5 * _soft(window.astype(np.float32), 3))
    _blend(picture, np.array([1.0, 0.97, 0.95]), np.clip(shine, 0, 0.85))
    foot = np.exp(-(((height - 0.025) / 0.022) ** 2)) * inside
    _blend(picture, np.array([1.0, 0.93, 0.92]), 0.45 * foot)


def _surface(picture: Picture, down: Picture, across: Picture) -> None:
    """What one sees of the drink from above."""
    middle, half = _profile(SURFACE)
    level = BASE - SURFACE * (BASE - RIM)
    x = (across - middle) / (half * 0.9)
    y = (down - level) / (half * 0.9 * FLATNESS * WIDTH / HEIGHT)
    _blend(picture, np.array([0.96, 0.26, 0.2]), _soft((x**2 + y**2 < 1).astype(np.float32), 1.2))
    edge = _soft((np.abs(x**2 + y**2 - 0.93) < 0.07).astype(np.float32), 1.5)
    _blend(picture, np.array([1.0, 0.62, 0.5]), 0.6 * edge)


def _ice(picture: Picture, chance: np.random.Generator) -> None:
    """Cubes of ice that swim, some half out of the drink."""
    for x, y, size, angle in (
        (0.505, 0.42, 0.042, 12), (0.448, 0.395, 0.044, 38), (0.52, 0.335, 0.04, 60), (0.462, 0.315, 0.046, 20),
        (0.43, 0.3, 0.03, 75),
    ):  # fmt: skip
        tilt = np.radians(angle + chance.uniform(-6, 6))
        corner = np.array([[np.cos(tilt + turn), 0.9 * np.sin(tilt + turn)] for turn in np.arange(4) * np.pi / 2])
        top = np.array([x, y]) * [WIDTH, HEIGHT] + corner * size * WIDTH * 0.8
        body = np.concatenate([top, top + np.array([0, size * WIDTH * 0.62])])
        _blend(picture, np.array([1.0, 0.72, 0.68]), 0.34 * _polygon(cv2.convexHull(body.astype(np.float32))[:, 0]))
        _blend(picture, np.array([1.0, 0.93, 0.92]), 0.5 * _polygon(top))
        for start, end in zip(top, np.roll(top, 1, axis=0), strict=True):
            _blend(picture, np.array([1.0, 1.0, 1.0]), 0.5 * _line(start, end, 1.3))


def _straw(picture: Picture, start: tuple[float, float], end: tuple[float, float]) -> None:
    """A white straw with thin grey rings."""
    down, across = _places()
    x, y = across * WIDTH, down * HEIGHT
    first, last = (np.array(point) * [WIDTH, HEIGHT] for point in (start, end))
    along = (last - first) / np.linalg.norm(last - first)
    far = (x - first[0]) * along[0] + (y - first[1]) * along[1]
    aside = (x - first[0]) * along[1] - (y - first[1]) * along[0]
    mask = (far > 0) & (far < np.linalg.norm(last - first)) & (np.abs(aside) < 7)
    colour = np.where(np.mod(far, 26) < 8, 0.32, 0.93) * (1 - 0.35 * np.clip(aside / 7, -0.2, 1) ** 2)
    _blend(picture, colour[..., None] * np.array([1.0, 0.98, 0.96]), _soft(mask.astype(np.float32), 1.0))


def _rim(picture: Picture, down: Picture, across: Picture) -> None:
    """The glass's upper edge."""
    middle, half = _profile(1.0)
    x, y = (across - middle) / half, (down - RIM) / (half * FLATNESS * WIDTH / HEIGHT)
    ring = _soft((np.abs(np.hypot(x, y) - 0.98) < 0.03).astype(np.float32), 1.0)
    _blend(picture, np.array([1.0, 0.98, 0.97]), np.clip(ring * (0.5 + 0.35 * np.sign(y)), 0, 1))


def _shade_below(picture: Picture) -> None:
    """The glass's shadow on the table, and the red light that falls through it."""
    down, across = _places()
    x, y = (across - 0.5) * WIDTH / HEIGHT, down - BASE
    turned = x * 0.94 + y * 0.6, (y * 0.94 - x * 0.22) / 0.3
    _blend(picture, np.array([0.07, 0.035, 0.02]), 0.62 * _soft(_disc(turned[0] - 0.08, turned[1] - 0.02, 0.24), 16))
    _blend(picture, np.array([0.85, 0.1, 0.08]), 0.5 * _soft(_disc(turned[0] - 0.15, turned[1] - 0.02, 0.12), 14))
    _blend(picture, np.array([0.04, 0.02, 0.01]), 0.7 * _soft(_disc(x + 0.02, (y + 0.002) / 0.28, 0.13), 5))


def _disc(x: Any, y: Any, radius: float) -> Picture:
    return _soft((x**2 + y**2 < radius**2).astype(np.float32), 1.2)


def _polygon(corners: NDArray[Any]) -> Picture:
    mask = np.zeros((HEIGHT * SCALE, WIDTH * SCALE), np.uint8)
    cv2.fillPoly(mask, [np.round(corners * SCALE).astype(np.int32)], 255)
    return _soft(mask.astype(np.float32) / 255, 1.5)


def _line(start: NDArray[Any], end: NDArray[Any], wide: float) -> Picture:
    mask = np.zeros((HEIGHT * SCALE, WIDTH * SCALE), np.uint8)
    ends = [tuple(int(value * SCALE) for value in point) for point in (start, end)]
    cv2.line(mask, ends[0], ends[1], 255, round(wide * SCALE))
    return _soft(mask.astype(np.float32) / 255, 1.0)


def _coloured(tone: Any, dark: tuple[float, ...], light: tuple[float, ...]) -> Picture:
    return np.asarray(np.array(dark) + (np.array(light) - np.array(dark)) * tone[..., None], np.float32)


def _soft(values: Any, by: float) -> Picture:
    return np.asarray(cv2.GaussianBlur(np.asarray(values, np.float32), (0, 0), by), np.float32)


def _blend(picture: Picture, colour: Any, share: Picture) -> None:
    """Lay a colour, or another picture, over the picture."""
    picture += (np.asarray(colour, np.float32) - picture) * share[..., None]


def _finished(picture: Picture, chance: np.random.Generator) -> Image.Image:
    small = cv2.resize(picture, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    grain = chance.normal(0, 0.004, (HEIGHT, WIDTH, 1))
    return Image.fromarray(np.clip(np.round((small + grain) * 255), 0, 255).astype(np.uint8))
