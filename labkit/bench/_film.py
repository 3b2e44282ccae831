"""A fake camera that watches somebody write: pictures one after the other, and a hand that moves in between."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from labkit.bench._hands import Picture
from labkit.bench._photos import jpeg

__all__ = ["FRAMES_PER_S", "film"]

FRAMES_PER_S = 30
"""Chromium plays MJPEG files so fast, over and over."""
GRAIN = 2.0
"""Noise of the sensor, in 8-bit steps; no two frames of a camera are alike."""
GRAINS = 4
SEED = 3


def film(path: Path, scenes: Sequence[tuple[Picture, float]], *, moving_s: float = 1.0) -> Path:
    """Write an MJPEG file: each picture for its seconds, and before each the hand that wrote what is new there."""
    chance = np.random.default_rng(SEED)
    order = random.Random(SEED)
    with path.open("wb") as file:
        for scene, seconds in scenes:
            moving = round(moving_s * FRAMES_PER_S)
            for number in range(0, moving, 2):
                file.write(2 * _frame(_with_hand(scene, number / moving), chance))
            still = [_frame(scene, chance) for _ in range(GRAINS)]
            file.writelines(order.choice(still) for _ in range(round(seconds * FRAMES_PER_S)))
    return path


def _frame(picture: Picture, chance: np.random.Generator) -> bytes:
    grain = chance.normal(0, GRAIN, picture.shape[:2])[..., None]
    return jpeg(np.clip(picture + grain, 0, 255).astype(np.uint8))


def _with_hand(picture: Picture, part: float) -> Picture:
    """A sleeve and a fist that come in from below and go back again; `part` is 0 at the beginning, 1 at the end."""
    import cv2

    height, width = picture.shape[:2]
    reach = 1 - abs(2 * part - 1)
    x, y = round(width * (0.4 + 0.3 * part)), round(height * (1.3 - reach))
    shown: Any = picture.copy()
    cv2.line(shown, (x, y), (x + width // 5, 2 * height), (52, 58, 84), width // 5)
    cv2.ellipse(shown, (x, y), (width // 9, height // 8), 30, 0, 360, (176, 128, 104), -1, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(shown, (0, 0), 1.2), np.uint8)
