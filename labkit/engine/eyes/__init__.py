"""What a picture shows: its lines of text and mathematics, its colours and those of things, and what kind it is.

Left out on purpose: what things are, and faces. No general detector comes inside a package that needs no download.

    bytes ─ picture ─► pixels ─┬─ finding ─► rows ─ strips ─► lines of one height ─ networks ─► probabilities
                               └─ light, colours, things, kinds        decoding ─► ways to read ─ ranking ─► lines
"""

from __future__ import annotations

import time

import numpy as np

from labkit.engine.eyes import kinds, reading
from labkit.engine.eyes.networks import Networks
from labkit.engine.eyes.picture import unpack
from labkit.engine.eyes.sight import Candidate, Colour, Line, Sight, Thing
from labkit.engine.eyes.things import seen_in

__all__ = ["Candidate", "Colour", "Line", "Sight", "Thing", "look", "warm_up"]

LONGEST_SIDE = 1280
"""Pixels; larger pictures are made smaller before reading: time grows with area, print stays legible."""

_networks = Networks()


def look(image: bytes) -> Sight:
    """See what JPEG or PNG bytes show; `UsageError` when they are too large or no such picture.

    Takes 0.1 to 0.6 s on one core; calls from several threads take turns.
    """
    started = time.perf_counter()
    picture, size = unpack(image, LONGEST_SIDE)
    pixels = np.asarray(picture)
    lines = reading.read(pixels, _networks, size[0] / picture.width)
    colours, things = seen_in(pixels, size)
    took = round((time.perf_counter() - started) * 1000, 1)
    return Sight(*size, lines, colours, took, kinds.kind_of(pixels, lines), things)


def warm_up() -> None:
    """Load what looking needs, so that the first picture is read as fast as the others."""
    reading.read(np.full((64, 64, 3), 255, np.uint8), _networks)
    _networks.what(np.full((1, 48, 64, 3), 255, np.uint8))
