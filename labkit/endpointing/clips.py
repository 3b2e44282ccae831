"""Recordings of sentences as the endpointing explorer hears them: where speech is, and pauses put into it."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np

from labkit import pcm, trace
from labkit.errors import UsageError
from labkit.pcm import SAMPLE_RATE, Samples

BEFORE_MS, AFTER_MS = 500, 1600
"""How much of a recording before and after the speech is listened to."""
SHORTEST_FOR_PAUSE_MS = 600
"""A single word has no gap to pause in."""
FRAME_MS = 10
FRAME = SAMPLE_RATE * FRAME_MS // 1000
Recording = str | os.PathLike[str] | Samples


@dataclass(frozen=True)
class Clip:
    """A recording and where its speech is, milliseconds."""

    sound: Samples
    start_ms: int
    end_ms: int


def clip_of(recording: Recording) -> Clip:
    """The recording from half a second before its speech, which ends with the last 10 ms within 24 dB of its level."""
    sound = pcm.read(recording) if isinstance(recording, str | os.PathLike) else pcm.checked(recording)
    levels = pcm.levels_db(sound, FRAME).tolist()
    first, last = trace.first_voiced(levels), trace.last_voiced(levels)
    if first is None or last is None or levels[last] <= pcm.SILENCE_DB:
        raise UsageError("A recording has no sound in it: leave it out.")
    return crop(sound, 10 * first, 10 * (last + 1))


def crop(sound: Samples, start_ms: int, end_ms: int) -> Clip:
    """The speech with what lies around it, and the room's own noise for as long as the longest wait lasts."""
    cut_ms = max(0, start_ms - BEFORE_MS)
    piece = sound[cut_ms * SAMPLE_RATE // 1000 : (end_ms + AFTER_MS) * SAMPLE_RATE // 1000]
    lacking = (end_ms - cut_ms + AFTER_MS) * SAMPLE_RATE // 1000 - len(piece)
    return Clip(np.concatenate([piece, _room(piece, lacking, 0)]), start_ms - cut_ms, end_ms - cut_ms)


def _room(sound: Samples, count: int, seed: int) -> Samples:
    """Noise as loud as the quietest twentieth of the sound."""
    quiet_db = float(np.percentile(pcm.levels_db(sound, FRAME), 5))
    noise = np.random.default_rng(seed).normal(0, 32768 * 10 ** (quiet_db / 20), max(0, count))
    return np.clip(np.round(noise), -32768, 32767).astype(np.int16)


def can_pause(clip: Clip) -> bool:
    """Whether the sentence is long enough to have a gap between words."""
    return clip.end_ms - clip.start_ms >= SHORTEST_FOR_PAUSE_MS


def with_pause(clip: Clip, pause_ms: int, seed: int) -> Clip:
    """The sentence with so much of its room's noise at one of its three quietest places, which `seed` chooses.

    A real pause of somebody who is thinking sounds different before it: this is the harder case for a machine.
    """
    levels = pcm.levels_db(clip.sound, FRAME)
    spoken = clip.end_ms - clip.start_ms
    inner = slice((clip.start_ms + spoken // 4) // 10, (clip.end_ms - spoken // 4) // 10)
    smooth = np.convolve(levels, np.ones(3) / 3, mode="same")[inner]
    gaps: list[int] = []
    for place in np.argsort(smooth):
        if all(abs(int(place) - gap) >= 10 for gap in gaps):
            gaps.append(int(place))
    at = (inner.start + int(np.random.default_rng(seed).choice(gaps[:3]))) * FRAME
    pause = _room(clip.sound, pause_ms * SAMPLE_RATE // 1000, seed)
    return Clip(np.concatenate([clip.sound[:at], pause, clip.sound[at:]]), clip.start_ms, clip.end_ms + pause_ms)
