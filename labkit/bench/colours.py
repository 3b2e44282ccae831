"""Colours: the colour of a thing named right, on rendered things and on photographs, in warm, cold and dim light.

The rendered things are the half that was kept apart, of the same paints and tables (`_objects`). Photographs are a
folder's: `--shared DIR` with photos/index.json, which gives every file the colours that people would call its main
thing, and the same lights.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from labkit import bench
from labkit.bench import _objects
from labkit.bench._hands import Picture
from labkit.engine.eyes.things import seen_in
from labkit.engine.skills.pictures import colour_of
from labkit.errors import UsageError

__all__ = ["measure"]

COUNT = 88
"""Things, each in every light: every colour as every kind twice."""
REPORTED = 1
"""The half of `_objects.halves` whose scenes were kept apart; its paints and tables were not."""


@dataclass(frozen=True)
class _Shot:
    """A picture, and what would be right to say of it."""

    name: str
    light: str
    picture: Picture
    right: Collection[str]


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Shares named right, by light and by colour, what was mistaken for what, and milliseconds for a picture."""
    count = options.count or COUNT
    figures: dict[str, Any] = {"rendered things": _figure(_rendered(_objects.things(REPORTED, count)))}
    try:
        return {**figures, "photographs": _figure(_photographs(options.shared))}
    except UsageError as error:
        return {**figures, "photographs": {"skipped": str(error)}}


def _rendered(things: Iterable[_objects.Thing]) -> Iterator[_Shot]:
    for thing in things:
        scene = _objects.scene(thing)
        for name, light in _objects.LIGHTS.items():
            yield _Shot(thing.colour, name, _objects.in_light(scene, light, thing.seed), {thing.colour})


def _photographs(shared: Path | None) -> Iterator[_Shot]:
    """The folder's photographs as they are and in every light, taken for white; `UsageError` without them."""
    from PIL import Image

    index = Path(shared or "") / "photos" / "index.json"
    if shared is None or not index.is_file():
        raise UsageError("This figure wants a folder with photos/index.json: name it with --shared.")
    for seed, (name, right) in enumerate(json.loads(index.read_text(encoding="utf-8")).items()):
        photo = Image.open(index.parent / name).convert("RGB")
        photo.thumbnail((640, 640))
        yield _Shot(name, "as it is", np.asarray(photo), right)
        linear = _objects.linear(np.asarray(photo, np.float64) / 255)
        for light in _objects.LIGHTS:
            yield _Shot(name, light, _objects.in_light(linear, _objects.LIGHTS[light], seed), right)


def _figure(shots: Iterable[_Shot]) -> dict[str, Any]:
    right: dict[str, list[bool]] = {}
    took_ms, mistaken = [], Counter[str]()
    for shot in shots:
        began = time.perf_counter()
        colours, things = seen_in(shot.picture)
        took_ms.append(1000 * (time.perf_counter() - began))
        said = colour_of(things, colours)
        for group in ("", f"of it {shot.light}", f"of it {shot.name}"):
            right.setdefault(group, []).append(said in shot.right)
        if said not in shot.right:
            mistaken[f"{shot.name} as {said}"] += 1
    return {
        "named right": {**_share(right.pop("", [])), "goal": 90},
        **{group: _share(found) for group, found in right.items()},
        "a picture": {**bench.summary(took_ms), "unit": "ms", "goal": 20},
        "mistaken": [f"{what} ({times})" for what, times in mistaken.most_common()],
    }


def _share(found: list[bool]) -> dict[str, Any]:
    return {"value": round(100 * sum(found) / len(found), 1) if found else None, "unit": "%", "n": len(found)}
