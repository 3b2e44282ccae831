"""Handwriting fonts of this computer, and lines written with them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from labkit.bench._hands import Picture
from labkit.errors import UsageError

__all__ = ["handwriting_fonts", "with_font"]

FAMILIES = (
    "Bradley Hand",
    "Breip",
    "Caveat",
    "Chalkboard",
    "Chilanka",
    "Comic Neue",
    "Comic Sans MS",
    "Dancing Script",
    "Delphine",
    "DkgHandwriting",
    "Indie Flower",
    "Ink Free",
    "Kalam",
    "Karumbi",
    "Kristi",
    "Marker Felt",
    "Noteworthy",
    "Patrick Hand",
    "Purisa",
    "Segoe Print",
    "Shadows Into Light",
    "Steve",
)
"""Latin ones with small letters that look like somebody's writing, of Linux, macOS and Windows."""


def handwriting_fonts() -> dict[str, Path]:
    """The file of each family of `FAMILIES` that is installed, upright and not bold where there is a choice."""
    from matplotlib.font_manager import findSystemFonts
    from matplotlib.ft2font import FT2Font

    found: dict[str, tuple[bool, str]] = {}
    for file in sorted(findSystemFonts()):
        try:
            font = FT2Font(file)
        except (OSError, RuntimeError):
            continue
        if font.family_name in FAMILIES:
            special = font.style_name not in {"Regular", "Roman", "Medium", "Hand"}
            found[font.family_name] = min(found.get(font.family_name, (special, file)), (special, file))
    if not found:
        raise UsageError("No handwriting font is installed here: install one, fonts-comic-neue for example.")
    return {family: Path(file) for family, (_, file) in sorted(found.items())}


def with_font(lines: Sequence[str], font: Path, *, width: int = 640, height: int = 480, size: float = 36) -> Picture:
    """The lines in the letters of a font file, in dark ink on white; a digit is `size` pixels high, or what fits.

    Exponents are small and raised, `*` is a point, or a cross; `UsageError` where the font lacks a sign.
    """
    from matplotlib.ft2font import FT2Font
    from PIL import Image, ImageDraw, ImageFont

    known = FT2Font(str(font)).get_charmap()
    shown = [line.replace("*", "·" if ord("·") in known else "\N{MULTIPLICATION SIGN}") for line in lines]
    if missing := {sign for line in shown for sign in line if ord(sign) not in known} - {"^"}:
        raise UsageError(f"The font {font.name} has no {' '.join(sorted(missing))}.")
    _, top, _, bottom = ImageFont.truetype(str(font), 100).getbbox("0")
    widest = max(ImageFont.truetype(str(font), 100).getlength(line) for line in shown) / (bottom - top)
    size = min(size, 0.85 * width / widest, 0.8 * height / (2 * len(lines)))
    em = 100 * size / (bottom - top)
    base, raised = (ImageFont.truetype(str(font), part * em) for part in (1.0, 0.6))
    picture = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(picture)
    for number, line in enumerate(shown):
        x, y = 0.08 * width, height / 2 + 2 * size * (number + 0.7 - len(lines) / 2)
        for part in re.findall(r"\^.|[^^]+", line):
            letters, text, up = (raised, part[1:], 0.55 * size) if part[0] == "^" else (base, part, 0.0)
            draw.text((x, y - up), text, fill=(30, 35, 70), font=letters, anchor="ls")
            x += draw.textlength(text, font=letters)
    return np.asarray(picture).copy()
