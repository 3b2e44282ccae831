"""Photographs of coloured things, made here: a cup, a ball, a box or a book on a table, in warm, cold and dim light.

Two halves share no paint, no table and no wall: what is tuned on one is reported on the other. The light changes
colours as an eye's cones see it (Bradford), the camera balances its red, green and blue: neither undoes the other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labkit.bench._hands import Picture

__all__ = ["KINDS", "LIGHTS", "PAINTS", "Light", "Thing", "in_light", "linear", "scene", "things"]

Linear = NDArray[np.float64]
"""What comes from a scene in white light, linear sRGB, 1 for white paper, shape (height, width, 3)."""
Chance = np.random.Generator
WIDTH, HEIGHT = 320, 240

PAINTS = {
    "red": ("#c81e26", "#b01824", "#de342d", "#a01624"),
    "orange": ("#f08020", "#e86a10", "#f59a2e", "#dc7420"),
    "yellow": ("#f4d020", "#e8c818", "#fae04a", "#ecd23c"),
    "green": ("#2e9a40", "#1f6a34", "#58b048", "#3c8a30"),
    "blue": ("#1e50b8", "#183a8a", "#3a78d0", "#2c62b0"),
    "purple": ("#6e2e90", "#58247a", "#8a4cb4", "#7a3c9c"),
    "pink": ("#f088b0", "#e870a0", "#f6a8c4", "#ea7ca8"),
    "brown": ("#6b3f20", "#553018", "#7e5230", "#5e3a22"),
    "white": ("#f4f4f2", "#eceae6", "#f8f8fa", "#e8e8e8"),
    "black": ("#141416", "#1e1c1c", "#0e0e10", "#242426"),
    "grey": ("#808082", "#6e6e70", "#929290", "#7a7c80"),
}
"""The eleven basic colour terms (Berlin and Kay), each with paints as things have them; every other one for a half."""

TABLES = {
    "brown": ("#9a6a3c", "#7c4e2a"),
    "white": ("#e9e7e2", "#e2e4e8"),
    "grey": ("#77787a", "#9c9a98"),
    "blue": ("#5f7fae", "#2f4d78"),
    "green": ("#5f8a3c", "#86a884"),
    "beige": ("#cdb891", "#d8c9a8"),
    "black": ("#26262a", "#1d1d1f"),
}
WALLS = (("#e6e2da", "#d6cfc0", "#a9b4bd"), ("#eceae8", "#dccdb2", "#b3bfae"))


@dataclass(frozen=True)
class Light:
    """A light, and what the camera makes of it."""

    kelvin: float
    balanced: bool
    """The camera corrects most of the light's colour."""
    exposure: float = 0.0
    """In stops; below 0 it is dim."""


LIGHTS = {
    **{
        f"{kelvin} K, balance {'on' if balanced else 'off'}": Light(kelvin, balanced)
        for kelvin in (2700, 4000, 6500, 10000)
        for balanced in (True, False)
    },
    **{
        f"dim {stops} EV, balance {'on' if balanced else 'off'}": Light(4000, balanced, stops)
        for stops in (-2, -3)
        for balanced in (True, False)
    },
}


@dataclass(frozen=True)
class Thing:
    """What stands on the table."""

    colour: str
    kind: str
    half: int
    """0 to tune on, 1 to report."""
    seed: int


def things(half: int, count: int) -> list[Thing]:
    """So many things of one half: every colour as every kind, and again in other rooms."""
    kinds = [(colour, kind) for kind in KINDS for colour in PAINTS]
    return [Thing(*kinds[number % len(kinds)], half, 2 * number + half) for number in range(count)]


def scene(thing: Thing) -> Linear:
    """The thing on its table before a wall, in white light."""
    chance = np.random.default_rng(thing.seed)
    picture = _room(thing, chance)
    size = chance.uniform(0.17, 0.3) * HEIGHT
    middle = np.array([WIDTH, HEIGHT]) * [chance.uniform(0.4, 0.6), chance.uniform(0.5, 0.6)]
    _shadow(picture, middle, size, chance)
    paint = _linear(PAINTS[thing.colour][thing.half + 2 * int(chance.integers(2))])
    KINDS[thing.kind](picture, paint, middle, size, chance)
    return picture


def in_light(seen: Linear, light: Light, seed: int) -> Picture:
    """A scene of white light, shape (height, width, 3), as a camera sees it in another light: sRGB."""
    chance = np.random.default_rng(seed + 1_000_000)
    white = _white(light.kelvin)
    lit = seen @ (_TO_CONES.T * ((_TO_CONES @ white) / (_TO_CONES @ np.ones(3)))) @ np.linalg.inv(_TO_CONES).T
    if light.balanced:
        lit = lit / white ** chance.uniform(0.6, 1.0) * chance.uniform(0.95, 1.05, 3)
    bright = np.percentile(lit @ _LUMINANCE, 97)
    lit *= np.clip(0.8 / bright, 0.75, 1.6) * chance.uniform(0.8, 1.1) * 2.0**light.exposure
    grain = np.sqrt(0.0004 * np.clip(lit, 0, 1) + 0.002**2)
    return _encoded(lit + chance.normal(0, 1, lit.shape) * grain)


_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
_TO_CONES = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]) @ _TO_XYZ
"""Bradford, of linear sRGB."""


def _white(kelvin: float) -> NDArray[np.float64]:
    """Linear sRGB of light of that temperature, of luminance 1: Planck's below 4000 K, else daylight (CIE)."""
    turn = 1000 / kelvin
    if kelvin < 4000:
        x = np.polyval([-0.2661239, -0.2343589, 0.8776956, 0.179910], turn)  # Kang et al. 2002
        y = np.polyval([-0.9549476, -1.37418593, 2.09137015, -0.16748867], x)
    else:
        curve = [-4.6070, 2.9678, 0.09911, 0.244063] if kelvin <= 7000 else [-2.0064, 1.9018, 0.24748, 0.237040]
        x = np.polyval(curve, turn)
        y = np.polyval([-3.000, 2.870, -0.275], x)
    return np.asarray(np.linalg.solve(_TO_XYZ, np.array([x / y, 1.0, (1 - x - y) / y], np.float64)))


def linear(srgb: NDArray[np.float64]) -> Linear:
    """Turn sRGB 0..1 of any shape into linear 0..1."""
    return np.asarray(np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4))


def _linear(colour: str) -> Linear:
    return linear(np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255)


def _encoded(linear: Linear) -> Picture:
    part = np.clip(linear, 0, 1)
    encoded = np.where(part <= 0.0031308, 12.92 * part, 1.055 * part ** (1 / 2.4) - 0.055)
    return np.asarray(np.round(255 * encoded), np.uint8)


def _room(thing: Thing, chance: Chance) -> Linear:
    """A table of another colour than the thing, seen from above or with a wall behind it."""
    near = {thing.colour, "beige" if thing.colour == "white" else thing.colour}
    others = [name for name in TABLES if name not in near]
    table = others[int(chance.integers(len(others)))]
    texture = _grain if table == "brown" else _checks if table == "blue" else _specks
    picture = texture(chance)[..., None] * _linear(TABLES[table][thing.half])
    if chance.uniform() < 0.5:
        wall = _linear(WALLS[thing.half][int(chance.integers(3))])
        edge = int(HEIGHT * chance.uniform(0.2, 0.4))
        picture[:edge] = _specks(chance)[:edge, :, None] ** 0.5 * wall
    across, down = _places()
    slope = chance.uniform(-0.3, 0.3) * (across / WIDTH - 0.5) + chance.uniform(-0.3, 0.3) * (down / HEIGHT - 0.5)
    return np.asarray(picture * (0.85 + slope)[..., None])


def _specks(chance: Chance) -> NDArray[np.float64]:
    """Felt, stone or paint: a little lighter and darker all over."""
    return 1 + 0.12 * _waves(chance, 8) + 0.1 * _waves(chance, 80)


def _grain(chance: Chance) -> NDArray[np.float64]:
    return 1 + 0.3 * _waves(chance, 40, 4) + 0.15 * _waves(chance, 100, 10)


def _checks(chance: Chance) -> NDArray[np.float64]:
    """A woven cloth with darker stripes both ways."""
    across, down = _places()
    wide = chance.uniform(18, 30)
    return (1 - 0.3 * (across % wide < wide / 2) - 0.3 * (down % wide < wide / 2)) * _specks(chance)


def _waves(chance: Chance, rows: int, columns: int | None = None) -> NDArray[np.float64]:
    """Smooth noise about -1..1."""
    import cv2

    coarse = chance.normal(0, 0.5, (rows, columns or rows))
    return np.asarray(cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC))


def _places() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    down, across = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float64)
    return across, down


def _shadow(picture: Linear, middle: NDArray[np.float64], size: float, chance: Chance) -> None:
    across, down = _places()
    x, y = across - middle[0] - chance.uniform(-0.6, 0.6) * size, down - middle[1] - 0.85 * size
    dark = np.exp(-(((x / (1.15 * size)) ** 2 + (y / (0.45 * size)) ** 2) ** 2))
    picture *= (1 - chance.uniform(0.35, 0.65) * dark)[..., None]


def _ball(picture: Linear, paint: Any, middle: Any, size: float, chance: Chance) -> None:
    across, down = _places()
    x, y = (across - middle[0]) / size, (down - middle[1]) / size
    towards = np.sqrt(np.clip(1 - x**2 - y**2, 0, 1))
    _laid(picture, x**2 + y**2 < 1, paint, _lit(x, y, towards, chance))


def _cup(picture: Linear, paint: Any, middle: Any, size: float, chance: Chance) -> None:
    """A cylinder with a handle; what one sees of its inside is white, or the outside's colour."""
    across, down = _places()
    x, y = (across - middle[0]) / (0.75 * size), (down - middle[1]) / size
    side = np.sign(chance.uniform(-1, 1))
    ring = np.hypot((across - middle[0] - side * 0.85 * size) / (0.42 * size), y / 0.5)
    _laid(picture, (np.abs(ring - 0.85) < 0.18) & (side * x > 0.9), paint, _lit(0 * x, 0 * x, 1 + 0 * x, chance))
    bulge = np.sqrt(np.clip(1 - x**2, 0, 1))
    body = (np.abs(x) < 1) & (y + 0.8 > 0) & (y - 0.75 < 0.25 * bulge)
    _laid(picture, body, paint, _lit(x, 0 * x, bulge, chance))
    inner = paint if chance.uniform() < 0.6 else np.array([0.85, 0.85, 0.83])
    mouth = x**2 + ((y + 0.8) / 0.25) ** 2
    _laid(picture, mouth < 1, paint, 0.9 + 0 * x)
    _laid(picture, mouth < 0.85, inner, 0.6 - 0.25 * x)


def _box(picture: Linear, paint: Any, middle: Any, size: float, chance: Chance) -> None:
    """Three faces, each in its own light."""
    wide, tall, deep = size * chance.uniform(0.6, 0.9, 3)
    split = chance.uniform(-0.4, 0.4) * wide
    top = np.array([[0, -tall - 0.8 * deep], [wide, -tall - 0.4 * deep], [split, -tall], [-wide, -tall - 0.4 * deep]])
    front = np.array([[-wide, -tall - 0.4 * deep], [split, -tall], [split, tall], [-wide, tall - 0.4 * deep]])
    right = np.array([[split, -tall], [wide, -tall - 0.4 * deep], [wide, tall - 0.4 * deep], [split, tall]])
    shades = chance.permuted(np.array([1.0, 0.75, 0.5]))
    for corners, shade in zip((top, front, right), shades, strict=True):
        _laid(picture, _inside(corners + middle), paint, shade + 0.05 * _waves(chance, 6))


def _book(picture: Linear, paint: Any, middle: Any, size: float, chance: Chance) -> None:
    """Lying there: a cover with a line or two of print, and white pages below its edge."""
    lean, wide, tall = chance.uniform(-0.3, 0.3) * size, 1.2 * size, 0.8 * size
    cover = np.array([[lean - 0.85 * wide, -tall], [lean + 0.85 * wide, -tall], [wide, tall], [-wide, tall]])
    thick = np.array([0, 0.2 * size])
    _laid(picture, _inside(np.array([cover[3], cover[2], cover[2] + thick, cover[3] + thick]) + middle), 0.8, 0.75)
    _laid(picture, _inside(cover + middle), paint, 0.9 + 0.06 * _waves(chance, 6))
    ink = 0.9 if paint.mean() < 0.4 else 0.03
    for row in range(int(chance.integers(1, 3))):
        strip = np.array([[-0.5, 0], [0.5, 0], [0.5, 0.12], [-0.5, 0.12]]) * size + [lean / 2, (0.3 * row - 0.5) * size]
        _laid(picture, _inside(strip + middle), ink, 0.9)


KINDS: dict[str, Callable[[Linear, Any, Any, float, Chance], None]] = {
    "ball": _ball, "cup": _cup, "box": _box, "book": _book,
}  # fmt: skip


def _lit(x: Any, y: Any, towards: Any, chance: Chance) -> Any:
    """Shade of a surface that faces (x, y, towards), with a highlight of the light's own colour beyond 2."""
    lamp = np.array([chance.uniform(-0.7, 0.7), chance.uniform(-0.8, -0.3), 0.7])
    lamp /= np.linalg.norm(lamp)
    facing = np.clip(x * lamp[0] + y * lamp[1] + towards * lamp[2], 0, 1)
    gloss = chance.uniform(0, 0.8) * facing ** chance.uniform(20, 60)
    return np.stack([0.3 + 0.7 * facing, gloss], axis=-1)


def _inside(corners: NDArray[np.float64]) -> NDArray[np.bool_]:
    import cv2

    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.fillPoly(mask, [np.round(corners).astype(np.int32)], 1)
    return mask.astype(bool)


def _laid(picture: Linear, mask: NDArray[np.bool_], paint: Any, shade: Any) -> None:
    """Paint the pixels of the mask; `shade` is a factor, or for each pixel a factor and a highlight."""
    import cv2

    soft = cv2.GaussianBlur(mask.astype(np.float64), (0, 0), 0.8)[..., None]
    shaded = np.asarray(shade, np.float64)
    factor, gloss = (shaded[..., :1], shaded[..., 1:]) if shaded.ndim == 3 else (shaded[..., None], 0.0)
    picture += (factor * paint + gloss - picture) * soft
