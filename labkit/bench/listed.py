"""Listed sentences: recordings whose text is listed are understood, those whose text is not are declined."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from labkit import bench, pcm
from labkit.errors import UsageError

__all__ = ["measure", "recordings"]


def recordings(folder: Path | None, count: int | None = None) -> list[tuple[Path, dict[str, Any]]]:
    """The English recordings of a folder's `index.json` that have a text; `UsageError` when there are none."""
    if folder is None or not (folder / "index.json").is_file():
        raise UsageError("This figure wants human recordings: name their folder with --shared.")
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    found = [(folder / name, clip) for name, clip in sorted(index.items()) if (folder / name).is_file()]
    known = [(file, clip) for file, clip in found if clip.get("text") and clip.get("language", "en") == "en"]
    return known[:count]


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Whole recordings of `speech`, once with all their texts listed beside the start skill's phrases, once without."""
    from labkit.engine.recogniser import hear_file
    from labkit.engine.skills import find

    clips = recordings(options.shared and Path(options.shared) / "speech", options.count)
    phrases = [*find("labkit-start").sentences()]
    with_texts = phrases + [clip["text"] for _, clip in clips]
    right, wrong, taken_for_another, agreements, took_ms = 0, 0, 0, [], []
    for file, clip in clips:
        samples = pcm.read(file)
        listed, unlisted = hear_file(samples, with_texts), hear_file(samples, phrases)
        right += listed.accepted and listed.text == clip["text"]
        wrong += listed.accepted and listed.text != clip["text"]
        taken_for_another += unlisted.accepted and unlisted.text != clip["text"]
        agreements.append(listed.agreement)
        took_ms.append(listed.took_ms)
    return {
        "n": len(clips),
        "phrases": len(phrases),
        "listed_right": right,
        "listed_wrong": wrong,
        "unlisted_accepted": taken_for_another,
        "agreement": bench.summary(agreements),
        "took_ms": bench.summary(took_ms),
    }
