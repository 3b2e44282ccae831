"""Recordings for an ear, and an ear that hears them on a simulated clock.

A packet of 10 ms comes when its last sample has been spoken; what it costs to hear it is measured in processor
time and delays what follows. So a minute of sound takes some ten seconds, and other programs do not disturb.

The recordings are parted in halves by their file names: constants were tuned on one, figures are of the other.
"""

from __future__ import annotations

import argparse
import time
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labkit import pcm
from labkit.bench.listed import recordings
from labkit.engine.hearing import EarEvent, Hearing, SpeechContinued, SpeechStopped

__all__ = ["SEMANTIC", "Listening", "Said", "Turn", "noise", "phrases", "said", "share"]

SEMANTIC: dict[str, Any] = {"type": "semantic_vad"}
BEFORE_MS, AFTER_MS = 500, 1600
PACKET_MS = 10


@dataclass(frozen=True)
class Said:
    """One recording as an ear gets it."""

    name: str
    text: str
    sound: pcm.Samples
    """24 kHz; begins `start_ms` before the voice."""
    start_ms: float
    end_ms: float
    """Where the voice ends, from the beginning of `sound`."""

    @property
    def seed(self) -> int:
        """The same for this recording on every run."""
        return zlib.crc32(self.name.encode())


@dataclass(frozen=True)
class Turn:
    """What an ear made of a recording."""

    stops: tuple[tuple[float, SpeechStopped], ...]
    """Ends of turn that counted, with their delay after the last voiced sample: ms, negative for one too early."""
    taken_up: int
    """Ends of turn that did not: the person went on."""
    early: bool
    """The first end of turn came before the last voiced sample."""

    @property
    def hearing(self) -> Hearing:
        """Of the last end of turn."""
        return self.stops[-1][1].hearing if self.stops else Hearing()

    @property
    def delay_ms(self) -> float | None:
        """Of a turn that was ended once, and not too early."""
        return None if self.early or not self.stops else self.stops[0][0]

    def is_whole(self, text: str) -> bool:
        """No part of the sentence was answered by itself; a last sound that is missed does no harm."""
        first = self.stops[0] if self.stops else None
        return first is None or first[0] >= 0 or first[1].hearing.text == text


def said(options: argparse.Namespace, half: int = 1) -> list[Said]:
    """The recordings of that half (1: not tuned on); `UsageError` without --shared."""
    folder = Path(options.shared) / "commands" if options.shared else None
    return [_cut(file, clip) for file, clip in recordings(folder) if zlib.crc32(file.name.encode()) % 2 == half]


def phrases() -> list[str]:
    """What is listed in any case: the start skill's sentences."""
    from labkit.engine.skills import find

    return [*find("labkit-start").sentences()]


def _cut(file: Path, clip: Mapping[str, Any]) -> Said:
    start = max(0, clip["speech_start_ms"] - BEFORE_MS)
    end = clip["speech_end_ms"]
    sound = pcm.read(file)[start * pcm.SAMPLE_RATE // 1000 : (end + AFTER_MS) * pcm.SAMPLE_RATE // 1000]
    return Said(file.name, clip["text"], sound, clip["speech_start_ms"] - start, end - start)


def noise(clip: Said, snr_db: float) -> Said:
    """The recording in pink noise, its voice so much louder; both by their mean power."""
    chance = np.random.default_rng(clip.seed)
    spectrum = np.fft.rfft(chance.normal(size=len(clip.sound)))
    hertz = np.fft.rfftfreq(len(clip.sound), 1 / pcm.SAMPLE_RATE)
    spectrum[hertz < 50] = 0
    pink: NDArray[np.float64] = np.fft.irfft(spectrum / np.sqrt(np.maximum(hertz, 50)), len(clip.sound))
    start, end = (round(ms * pcm.SAMPLE_RATE / 1000) for ms in (clip.start_ms, clip.end_ms))
    voice = clip.sound[start:end].astype(np.float64)
    pink *= np.sqrt(np.mean(voice**2) / np.mean(pink**2)) / 10 ** (snr_db / 20)
    mixed = np.clip(clip.sound + pink, -32768, 32767).astype(np.int16)
    return Said(clip.name, clip.text, mixed, clip.start_ms, clip.end_ms)


class Listening:
    """An ear in this process, to which every recording is another person."""

    def __init__(self) -> None:
        from labkit.engine.recogniser import Recogniser

        self._recogniser = Recogniser()

    def hear(self, clip: Said, sentences: Sequence[str], detection: Mapping[str, Any] = SEMANTIC) -> Turn:
        """One recording, with these sentences listed."""
        from labkit.engine.listener import Listener
        from labkit.engine.voice_activity import silero

        told: list[tuple[float, EarEvent]] = []
        came = began = 0.0

        def emit(event: EarEvent) -> None:
            told.append((came + (time.thread_time() - began) * 1000, event))

        self._recogniser.forget_channel()
        listener = Listener(self._recogniser, (silero(), silero()), emit)
        listener.configure(sentences, detection)
        for index, packet in enumerate(pcm.chunks(pcm.to_bytes(clip.sound), PACKET_MS), start=1):
            came, began = max(index * PACKET_MS, came), time.thread_time()
            listener.append(packet)
            came += (time.thread_time() - began) * 1000
        return turn_of(told, clip.end_ms)


def turn_of(told: Sequence[tuple[float, EarEvent]], end_ms: float) -> Turn:
    """What an ear told, each event with its moment from the beginning of the recording."""
    stops: list[tuple[float, SpeechStopped]] = []
    early, taken_up = False, 0
    for ms, event in told:
        if isinstance(event, SpeechStopped):
            early |= not stops and not taken_up and ms < end_ms
            stops.append((ms - end_ms, event))
        elif isinstance(event, SpeechContinued):
            stops.pop()
            taken_up += 1
    return Turn(tuple(stops), taken_up, early)


def share(found: Sequence[bool], **goal: Any) -> dict[str, Any]:
    """How many of them, in per cent."""
    value = round(100 * sum(found) / len(found), 2) if found else None
    return {"value": value, "unit": "%", "n": len(found), "goal": goal or None}
