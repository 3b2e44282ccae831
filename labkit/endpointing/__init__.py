"""The end of a turn: how long to wait in silence, against how often that cuts somebody off.

    from labkit import endpointing
    endpointing.plot(endpointing.curve())          on the package's own recordings
    endpointing.plot(*endpointing.measured())      on people's recordings, measured before
    endpointing.hangover_control(panel)            on yourself

A fixed hangover ends a turn after so much silence; the detector is the embedded engine's own. Compute, network
and answer are not part of the latency here.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labkit import pcm, samples
from labkit.endpointing.clips import Clip, Recording, can_pause, clip_of, with_pause
from labkit.endpointing.live import hangover_control
from labkit.engine.turn_taking import TurnDetection, TurnTaker
from labkit.engine.voice_activity import Detector, Downsampler, VoiceActivity, silero
from labkit.errors import MissingPartError, UsageError
from labkit.pcm import CHUNK_MS
from labkit.summaries import summary

if TYPE_CHECKING:
    from labkit.plots.sheet import Sheet

__all__ = [
    "HANGOVERS",
    "PAUSES",
    "Curve",
    "Point",
    "curve",
    "fixed",
    "hangover_control",
    "measured",
    "plot",
    "point",
    "store",
]

HANGOVERS = (64, 100, 140, 200, 300, 400, 500, 600, 700, 800, 900)
"""Milliseconds."""
PAUSES = (300, 500, 800)
"""Milliseconds of pause that are put into a sentence."""
SHORTEST_MS, LONGEST_MS = 20, 1500
"""Of a hangover; more than the longest of the room's noise follows every recording."""


@dataclass(frozen=True)
class Point:
    """One way to decide, over all recordings."""

    policy: str
    hangover_ms: int | None
    """`None` where the wait is not fixed."""
    n: int
    cut: int
    """Turns that were ended before the speech was over."""
    recovered: int
    """Of these, how many were taken up again when the person went on."""
    median_ms: float | None
    """Last voiced sample → the turn is over, of the turns that were not cut."""
    p95_ms: float | None

    @property
    def cut_percent(self) -> float:
        """Share of turns cut early."""
        return 100 * self.cut / self.n


@dataclass(frozen=True)
class Curve:
    """Several ways to decide over the same recordings."""

    source: str
    """What was listened to."""
    date: str
    """When it was measured; empty for now."""
    points: tuple[Point, ...]


def curve(
    recordings: Iterable[Recording] | None = None,
    hangovers: Sequence[int] = HANGOVERS,
    pauses: Sequence[int] = PAUSES,
    detector: Callable[[], Detector] = silero,
) -> Curve:
    """Each hangover (ms) over recordings: sound files, or 24 kHz int16 samples; by default the package's own.

    Each sentence is heard as it is and once with each of `pauses` (ms) at one of its gaps. Raises `UsageError`
    (`AudioFileError` for what is no sound) and `MissingPartError` without the engine's parts.
    """
    if not len(hangovers) or not all(SHORTEST_MS <= ms <= LONGEST_MS for ms in hangovers):
        raise UsageError(
            f"A hangover is a number of milliseconds from {SHORTEST_MS} to {LONGEST_MS}: give a list of them."
        )
    own = recordings is None
    found = [samples.path(name) for name in samples.names() if _is_sound(name)] if recordings is None else recordings
    clips = [clip_of(sound) for sound in _listed(found)]
    paused = [with_pause(clip, ms, seed) for seed, clip in enumerate(clips) for ms in pauses if can_pause(clip)]
    whose = "synthesised sentences of labkit" if own else "recordings"
    points = fixed([*clips, *paused], hangovers, detector)
    unheard = len(clips) + len(paused) - points[0].n
    source = f"{len(clips)} {whose}" + (f", and {len(paused)} with a pause put in" if paused else "")
    if not points[0].n:
        raise UsageError(f"No speech was found in {source}: give recordings of people speaking.")
    return Curve(source + (f" ({unheard} without any speech found)" if unheard else ""), "", points)


def _is_sound(name: str) -> bool:
    return samples.path(name).suffix == ".wav"


def _listed(recordings: Any) -> list[Recording]:
    if isinstance(recordings, str | os.PathLike | np.ndarray) or not isinstance(recordings, Iterable):
        raise UsageError("Give a list of recordings (sound files, or 24 kHz int16 samples), even if it is only one.")
    found = list(recordings)
    if not found:
        raise UsageError("There is no recording in the list (n = 0): give sound files, or leave it out.")
    return found


def fixed(clips: Sequence[Clip], hangovers: Sequence[int], detector: Callable[[], Detector]) -> tuple[Point, ...]:
    """A point a hangover: every turn is over with the first packet that makes the silence long enough."""
    ends = [_ends(clip, hangovers, detector) for clip in clips]
    return tuple(
        point(f"{ms} ms", ms, [end[ms] - clip.end_ms for end, clip in zip(ends, clips, strict=True) if ms in end])
        for ms in hangovers
    )


def _ends(clip: Clip, hangovers: Sequence[int], detector: Callable[[], Detector]) -> dict[int, int]:
    """When each hangover ends the turn, ms; a turn that has no end is not in it."""
    activity, downsampler = VoiceActivity(_detectors(detector)), Downsampler()
    taker = TurnTaker(TurnDetection("server_vad", silence_duration_ms=10_000))
    ends: dict[int, int] = {}
    for packet, chunk in enumerate(pcm.chunks(pcm.to_bytes(clip.sound)), start=1):
        for frame in activity.push(downsampler.push(pcm.to_samples(chunk))):
            taker.listen(frame)
        if taker.speaking:
            for ms in hangovers:
                if ms not in ends and taker.silence_ms >= ms:
                    ends[ms] = packet * CHUNK_MS
    return ends


def _detectors(detector: Callable[[], Detector]) -> tuple[Detector, Detector]:
    try:
        return detector(), detector()
    except ImportError as error:
        raise MissingPartError(
            "The explorer needs the embedded engine's parts: install them with `pip install 'labkit[engine]'`."
        ) from error


def point(policy: str, hangover_ms: int | None, latencies_ms: Sequence[float], recovered: int = 0) -> Point:
    """A policy's figures from where it ended each turn, ms after the last voiced sample (negative: cut early)."""
    late = [ms for ms in latencies_ms if ms >= 0]
    found = summary(late)
    return Point(
        policy=policy,
        hangover_ms=hangover_ms,
        n=len(latencies_ms),
        cut=len(latencies_ms) - len(late),
        recovered=recovered,
        median_ms=found.median,
        p95_ms=found.p95,
    )


def measured() -> list[Curve]:
    """What `scripts/endpointing_table.py` measured on people's recordings, which are not part of labkit."""
    stored = json.loads(_stored().read_text(encoding="utf-8"))
    return [
        Curve(found["source"], found["date"], tuple(Point(**fields) for fields in found["points"])) for found in stored
    ]


def store(curves: Sequence[Curve]) -> None:
    """Write what `measured` reads."""
    _stored().write_text(json.dumps([asdict(found) for found in curves], indent=1) + "\n", encoding="utf-8")


def _stored() -> Path:
    return Path(samples.__file__).with_name("endpointing.json")


def plot(*curves: Curve) -> Sheet:
    """How often each way to decide cuts somebody off (%), against how long it makes everybody wait (ms).

    A line a curve, a dot a hangover (up to its p95 as a thin line), a star where the wait is not fixed; the defaults
    of OpenAI, pipecat and LiveKit are marked. Raises `UsageError` for anything but curves with points.
    """
    from labkit.endpointing import drawing

    if not curves or any(not getattr(found, "points", ()) for found in curves):
        raise UsageError("plot draws curves: give endpointing.curve(), or *endpointing.measured().")
    return drawing.draw(curves)
