"""Pauses: spoken orders with a pause or an "uhm" between two words, and how many are answered on a part."""

from __future__ import annotations

import argparse
import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labkit import pcm
from labkit.bench._ears import Listening, Said, phrases, said, share
from labkit.errors import UsageError

__all__ = ["measure"]

COUNT = 60
PAUSES_MS = (300, 500, 800)
UHM_MS, AROUND_UHM_MS = 400, 150
PER_MS = pcm.SAMPLE_RATE // 1000
GRAIN_MS = 60
"""Of the vowel that is repeated."""


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """The untuned half of `commands`, its texts listed; every recording with every kind of pause, seeded."""
    clips = said(options)
    listed = [*phrases(), *(clip.text for clip in clips)]
    clips = clips[: options.count or COUNT]
    ear = Listening()
    outcomes: dict[str, list[tuple[bool, bool]]] = {}
    for clip in clips:
        for kind, made in _hesitations(clip).items():
            turn = ear.hear(made, listed)
            outcomes.setdefault(kind, []).append((not turn.is_whole(clip.text), turn.early))
    if not outcomes:
        raise UsageError("No word gap was found in these recordings.")
    every = [outcome for kind in outcomes.values() for outcome in kind]
    return {
        "answered on a part": share([part for part, _ in every], below=2),
        "begun too early": share([early for _, early in every]),
        **{f"answered on a part, {kind}": share([part for part, _ in of]) for kind, of in outcomes.items()},
    }


def _hesitations(clip: Said) -> dict[str, Said]:
    """The recording with a pause of each length, and with an "uhm"; none where no gap between words is known."""
    chance = np.random.default_rng(clip.seed)
    gap_ms = _gap(clip, chance)
    if gap_ms is None:
        return {}
    room = clip.sound[: max(1, round((clip.start_ms - 50) * PER_MS))]
    silences = {f"{ms} ms": _room(room, ms) for ms in PAUSES_MS}
    around = _room(room, AROUND_UHM_MS)
    uhm = np.concatenate([around, _vowel(clip.sound[: round(gap_ms * PER_MS)]), around])
    return {kind: _with(clip, gap_ms, piece) for kind, piece in {**silences, "uhm": uhm}.items()}


def _gap(clip: Said, chance: np.random.Generator) -> float | None:
    """Where one of the inner words ends, ms."""
    from labkit.engine.recogniser import hear_file

    words = hear_file(clip.sound, [clip.text]).words
    inner = [word.end_ms for word in words[1:-1]]
    return float(chance.choice(inner)) if inner else None


def _with(clip: Said, at_ms: float, piece: NDArray[np.float64]) -> Said:
    at = round(at_ms * PER_MS)
    sound = np.concatenate([clip.sound[:at], np.rint(piece).astype(np.int16), clip.sound[at:]])
    return dataclasses.replace(clip, sound=sound, end_ms=clip.end_ms + len(piece) / PER_MS)


def _room(quiet: NDArray[np.int16], ms: int) -> NDArray[np.float64]:
    """The room's own noise, to and fro for so long."""
    there_and_back = np.concatenate([quiet, quiet[::-1]]).astype(np.float64)
    return np.resize(there_and_back, ms * PER_MS)


def _vowel(before: NDArray[np.int16]) -> NDArray[np.float64]:
    """The loudest sound of the last half second, to and fro, swelling and fading."""
    grain = GRAIN_MS * PER_MS
    recent = before[-500 * PER_MS :].astype(np.float64)
    energy = np.convolve(recent**2, np.ones(grain), mode="valid")
    loudest = int(np.argmax(energy)) if len(energy) else 0
    there_and_back = np.concatenate([recent[loudest : loudest + grain], recent[loudest : loudest + grain][::-1]])
    length = UHM_MS * PER_MS
    swell = np.clip(np.minimum(np.arange(length), np.arange(length)[::-1]) / (40 * PER_MS), 0, 1)
    return 0.7 * swell * np.resize(there_and_back, length)
