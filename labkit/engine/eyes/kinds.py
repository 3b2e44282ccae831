"""What kind of picture it is, and why nothing can be read in it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from labkit.engine.eyes.sight import Kind, Line

DARK = 45
"""Brightness 0..255 that hardly any pixel of a dark picture has."""
FLAT = 4.0
"""Standard deviation of brightness within a patch: below it everywhere, nothing is drawn on the paper."""
SOFT = 0.09
"""Steepest edge, as a share of the contrast around it, of a picture without sharp edges."""


def kind_of(picture: NDArray[np.uint8], lines: Sequence[Line]) -> Kind:
    """Whether the picture (RGB, shape (h, w, 3)) shows mathematics or text, and else what is the matter with it."""
    if any(line.is_math for line in lines):
        return "mathematics"
    if any(sum(sign.isalnum() for sign in line.text) > 1 for line in lines):
        return "text"
    return _without_lines(picture)


def _without_lines(picture: NDArray[np.uint8]) -> Kind:
    import cv2

    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    scale = min(1.0, 640 / max(grey.shape))
    height, width = (max(1, round(side * scale)) for side in grey.shape)
    grey = cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA)
    if np.percentile(grey, 98) < DARK:
        return "dark"
    calm = cv2.GaussianBlur(grey, (0, 0), 1.0).astype(np.float32)
    window = (31, 31)
    contrast = cv2.dilate(calm, np.ones(window)) - cv2.erode(calm, np.ones(window))
    if np.percentile(contrast, 99) < 6 * FLAT:
        return "blank"
    steep = np.hypot(cv2.Sobel(calm, cv2.CV_32F, 1, 0, scale=1 / 8), cv2.Sobel(calm, cv2.CV_32F, 0, 1, scale=1 / 8))
    sharpest = np.percentile(steep / np.maximum(contrast, 6 * FLAT), 99.5)
    return "blurred" if sharpest < SOFT else "picture"
