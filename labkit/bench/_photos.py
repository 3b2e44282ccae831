"""Photographs of pages, made here: what light, paper, camera and other people's print do to handwriting.

A photograph has the size of its page, and is the same for the same seed.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labkit.bench._hands import Picture
from labkit.errors import UsageError

__all__ = ["CONDITIONS", "jpeg", "photograph"]

Shade = NDArray[np.float64]
"""Light or paper: factors 0..1 for every pixel, shape (height, width) or (height, width, 3)."""
Chance = np.random.Generator
PARAGRAPH = (
    "Solve each of the equations below and show your work. Check every solution by putting it in the place of "
    "the unknown on both sides. Where two terms are alike, collect them first. Hand in this sheet on Friday "
    "together with the drawing of last week, and keep a copy for the lesson about proportions and scales. "
)
QUALITY = 85
"""Of a JPEG, as browsers and cameras make them."""


def photograph(page: Picture, condition: str, seed: int) -> Picture:
    """The page as a camera saw it, in one of `CONDITIONS`; `UsageError` for another one."""
    if condition not in CONDITIONS:
        raise UsageError(f"There is no condition {condition!r}: choose from {', '.join(CONDITIONS)}.")
    return CONDITIONS[condition](page, np.random.default_rng(seed))


def jpeg(picture: Picture, quality: int = QUALITY) -> bytes:
    """The picture as a JPEG file."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality)
    return file.getvalue()


def _tilted(page: Picture, chance: Chance) -> Picture:
    return _seen(page, chance, turn=4.0, askew=0.05)


def _noisy(page: Picture, chance: Chance) -> Picture:
    return _seen(page, chance, noise=22.0)


def _blurred(page: Picture, chance: Chance) -> Picture:
    return _seen(page, chance, blur=page.shape[0] / 240)


def _dim_corner(page: Picture, chance: Chance) -> Picture:
    """A lamp at one side, a dark corner at the other."""
    across, down = _places(page)
    angle = chance.uniform(0, 2 * np.pi)
    slope = (across - 0.5) * np.cos(angle) + (down - 0.5) * np.sin(angle)
    light = np.clip(0.65 + 0.75 * slope, 0.22, 1.0)
    warm = light[..., None] ** np.array([0.9, 1.0, 1.2])
    return _seen(_on(page, warm), chance)


def _shadow(page: Picture, chance: Chance) -> Picture:
    """The shadow of a hand with a pen, from the right or from below."""
    import cv2

    height, width = page.shape[:2]
    dark = np.zeros((height, width), np.uint8)
    palm = np.array([chance.uniform(0.55, 0.95) * width, chance.uniform(0.75, 1.05) * height])
    cv2.ellipse(dark, _whole(palm), _whole((0.15 * width, 0.24 * height)), 40, 0, 360, 255, -1)
    cv2.line(dark, _whole(palm), _whole(palm + np.array([0.5 * width, 0.6 * height])), 255, round(0.24 * width))
    for finger in range(4):
        tip = palm + np.array([-0.3 + 0.04 * finger, -0.24 - 0.06 * finger]) * [width, height]
        cv2.line(dark, _whole(palm), _whole(tip), 255, round(0.05 * width), cv2.LINE_AA)
    light = 1 - chance.uniform(0.5, 0.68) * _soft(dark / 255.0, 0.014 * width)
    return _seen(_on(page, light), chance)


def _lined(page: Picture, chance: Chance) -> Picture:
    """An exercise book: blue lines, a red margin."""
    paper = _blank(page)
    step = page.shape[0] * chance.uniform(0.06, 0.075)
    for row in np.arange(chance.uniform(0, step), page.shape[0], step):
        _rule(paper, row, (0.6, 0.72, 0.88), across=True)
    _rule(paper, 0.06 * page.shape[1], (0.95, 0.68, 0.68), across=False)
    return _seen(_on(page, paper), chance)


def _squared(page: Picture, chance: Chance) -> Picture:
    paper = _blank(page)
    step = page.shape[0] * chance.uniform(0.042, 0.052)
    for row in np.arange(chance.uniform(0, step), page.shape[0], step):
        _rule(paper, row, (0.68, 0.78, 0.88), across=True)
    for column in np.arange(chance.uniform(0, step), page.shape[1], step):
        _rule(paper, column, (0.68, 0.78, 0.88), across=False)
    return _seen(_on(page, paper), chance)


def _crumpled(page: Picture, chance: Chance) -> Picture:
    """Paper that was a ball: folds, each light on one side and dark on the other, and the ink bent with them."""
    import cv2

    height, width = page.shape[:2]
    across, down = np.meshgrid(np.arange(width, dtype=np.float64), np.arange(height, dtype=np.float64))
    relief = np.zeros((height, width))
    for _ in range(26):
        angle = chance.uniform(0, np.pi)
        x, y = chance.uniform(0, width), chance.uniform(0, height)
        side = (across - x) * np.cos(angle) + (down - y) * np.sin(angle)
        along = (down - y) * np.cos(angle) - (across - x) * np.sin(angle)
        reach = np.exp(-((along / chance.uniform(0.1 * width, 0.35 * width)) ** 2))
        fold = np.tanh(side / 2.5) * np.exp(-np.abs(side) / chance.uniform(10, 0.09 * width))
        relief += chance.uniform(0.05, 0.17) * chance.choice([-1, 1]) * reach * fold
    bent = cv2.remap(
        page,
        (across + 22 * _soft(relief, 3)).astype(np.float32),
        (down + 18 * _soft(relief, 3)).astype(np.float32),
        cv2.INTER_LINEAR,
        borderValue=(255, 255, 255),
    )
    light = np.clip(0.8 + relief, 0.25, 1.0)
    return _seen(_on(bent.astype(np.uint8), light), chance, noise=4.0)


def _whiteboard(page: Picture, chance: Chance) -> Picture:
    """Thick marker, traces of what was wiped off, and a lamp in the board."""
    import cv2

    height, width = page.shape[:2]
    thick: Any = cv2.erode(page, np.ones((3, 3), np.uint8))
    smear = _soft(chance.uniform(0, 1, (height, width)), 0.03 * width, 0.004 * width)
    board = (0.86 + 0.5 * (smear - smear.mean()))[..., None] * np.array([0.97, 1.0, 1.0])
    across, down = _places(page)
    x, y = chance.uniform(0.1, 0.9), chance.uniform(0.05, 0.95)
    lamp = np.exp(-(((across - x) / 0.13) ** 2) - ((down - y) / 0.08) ** 2)[..., None]
    lit = 255 - (255 - _on(thick, board).astype(float)) * (1 - 0.6 * lamp)
    return _seen(_bytes(lit), chance)


def _printed(page: Picture, chance: Chance) -> Picture:
    """A worksheet: printed sentences above and below what was written, where there is room."""
    from PIL import Image, ImageDraw, ImageFont

    height, width = page.shape[:2]
    picture = Image.fromarray(page)
    draw, letters = ImageDraw.Draw(picture), ImageFont.load_default(0.036 * height)
    written = np.flatnonzero((page.min(axis=2) < 200).any(axis=1))
    step, most = 0.055 * height, int(width / (0.0185 * height))
    start = int(chance.integers(len(PARAGRAPH)))
    words = PARAGRAPH[PARAGRAPH.find(" ", start) + 1 :] + PARAGRAPH * 4
    for top in np.arange(0.03 * height, height - step, step):
        if written.min() - 0.01 * height < top + step and top < written.max() + 0.01 * height:
            continue
        line = words[:most].rpartition(" ")[0]
        words = words[len(line) + 1 :]
        draw.text((0.05 * width, top), line, fill=(40, 40, 40), font=letters)
    return _seen(np.asarray(picture), chance)


CONDITIONS: dict[str, Callable[[Picture, Chance], Picture]] = {
    "clean": lambda page, _: page,
    "jpeg": lambda page, _: _from_jpeg(page, 60),
    "tilted": _tilted,
    "noisy": _noisy,
    "blurred": _blurred,
    "uneven light": _dim_corner,
    "shadow": _shadow,
    "lined": _lined,
    "squared": _squared,
    "crumpled": _crumpled,
    "whiteboard": _whiteboard,
    "print": _printed,
}
"""What can be asked for. All but the first two are also a little tilted, noisy and compressed, as photographs are."""


def _seen(
    page: Picture, chance: Chance, *, turn: float = 1.5, askew: float = 0.012, blur: float = 0.5, noise: float = 2.5
) -> Picture:
    """Through a camera that is held by hand: `turn` in degrees, `blur` in pixels, `noise` in 8-bit steps."""
    import cv2

    height, width = page.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    angle = np.radians(chance.uniform(-turn, turn))
    turned = (corners - corners.mean(axis=0)) @ np.array(
        [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
    )
    moved = turned + corners.mean(axis=0) + chance.uniform(-askew, askew, (4, 2)) * [width, height]
    change = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    flat: Any = cv2.warpPerspective(
        page, change, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    room = chance.uniform(0.82, 0.97, 3) ** 0.5 * chance.uniform(0.85, 1.0)
    grain = chance.normal(0, noise, page.shape)
    return _from_jpeg(_bytes(cv2.GaussianBlur(flat, (0, 0), blur) * room + grain), QUALITY)


def _from_jpeg(picture: Picture, quality: int) -> Picture:
    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(jpeg(picture, quality))).convert("RGB"))


def _on(page: Picture, paper: Shade) -> Picture:
    """The page's ink on that paper, in that light."""
    return _bytes(page * (paper if paper.ndim == 3 else paper[..., None]))


def _bytes(values: NDArray[np.floating[Any]]) -> Picture:
    return np.clip(np.round(values), 0, 255).astype(np.uint8)


def _blank(page: Picture) -> Shade:
    """Paper that is not quite white."""
    return np.broadcast_to(np.array([0.95, 0.94, 0.91]), page.shape).copy()


def _rule(paper: Shade, at: float, colour: tuple[float, float, float], *, across: bool) -> None:
    """A printed line one or two pixels wide."""
    place = slice(int(at), int(at) + max(1, paper.shape[0] // 400))
    paper[(place, slice(None)) if across else (slice(None), place)] *= colour


def _places(page: Picture) -> tuple[Shade, Shade]:
    """Every pixel's x and y, 0..1."""
    height, width = page.shape[:2]
    across, down = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    return across, down


def _soft(values: Shade, across: float, down: float | None = None) -> Shade:
    import cv2

    return np.asarray(cv2.GaussianBlur(values, (0, 0), across, sigmaY=down or across), np.float64)


def _whole(values: Sequence[float] | NDArray[np.float64]) -> tuple[int, ...]:
    return tuple(int(value) for value in values)
