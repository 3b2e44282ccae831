"""A fake microphone made of recordings, and where each of them was when, by the browser's clock.

Chromium plays a file as its microphone. What arrived in Python, with its stamps, is matched to the clean
recording clip by clip, so that "last voiced" is a fact of the recording and not of anybody's detector.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labkit import pcm, samples, trace
from labkit.errors import UsageError

__all__ = ["Clip", "Matched", "choose", "match", "microphone_file", "other_texts"]

FILE_RATE = 48_000
LEAD_MS, TAIL_MS = 300, 1000
"""Sound of the recording that is kept before its first and after its last voiced sample, where there is any."""
MATCH_RATE = 8_000
SEED = 20
VOICE_RMS = 2000.0
"""Of a clip that is said in noise, in 16-bit steps (-24 dB)."""
ROOM = 4.0
"""Standard deviation of the quiet room between the clips, in 16-bit steps (about -78 dB)."""


@dataclass(frozen=True)
class Clip:
    """One utterance of a person."""

    text: str
    samples: pcm.Samples
    """24 kHz."""
    onset_ms: float
    """Start of the first voiced 10 ms."""
    end_ms: float
    """End of the last voiced 10 ms."""


@dataclass(frozen=True)
class Matched:
    """Where a clip was on the browser's clock."""

    clip: Clip
    onset_ms: float
    end_ms: float
    likeness: float
    """Correlation of what arrived with the clean recording, 0..1."""


def choose(shared: Path | None, count: int) -> list[Clip]:
    """That many utterances: of people where a folder with recordings is given, else of the package's own learner."""
    if shared is None:
        names = [name for name in samples.names() if samples.path(name).suffix == ".wav"]
        clips = [_clip(name.replace("_", " "), samples.path(name)) for name in names]
        return [clips[number % len(clips)] for number in range(count)]
    index = shared / "commands" / "index.json"
    if not index.is_file():
        raise UsageError(f"There is no commands/index.json in {shared.name}: give the folder with the recordings.")
    listed = json.loads(index.read_text("utf-8"))
    chosen = random.Random(SEED).sample(sorted(listed), min(count, len(listed)))
    return [_clip(listed[name]["text"], index.parent / name, listed[name]) for name in chosen]


def other_texts(shared: Path | None, texts: Sequence[str]) -> list[str]:
    """As many sentences of the same kind as `texts`, none of them among these; none without a folder of recordings."""
    if shared is None:
        return []
    listed = json.loads((shared / "commands" / "index.json").read_text("utf-8"))
    others = sorted({row["text"] for row in listed.values()} - set(texts))
    return random.Random(SEED).sample(others, min(len(texts), len(others)))


def _clip(text: str, path: Path, known: Mapping[str, Any] | None = None) -> Clip:
    """The recording from just before its voice to just after; a noise long after the voice is no voice: see `known`."""
    sound = pcm.read(path)
    levels = list(pcm.levels_db(sound, pcm.SAMPLE_RATE // 100))
    last = trace.last_voiced(levels)
    first = trace.last_voiced(levels[::-1])
    if last is None or first is None:
        raise UsageError(f"Nothing is said in {path.name}.")
    onset_ms, end_ms = 10.0 * (len(levels) - 1 - first), 10.0 * (last + 1)
    if known and "speech_end_ms" in known:
        onset_ms, end_ms = float(known["speech_start_ms"]), float(known["speech_end_ms"])
    begin_ms = max(0.0, onset_ms - LEAD_MS)
    piece = sound[_at(begin_ms, pcm.SAMPLE_RATE) : _at(end_ms + TAIL_MS, pcm.SAMPLE_RATE)]
    return Clip(text, piece, onset_ms - begin_ms, end_ms - begin_ms)


def _at(ms: float, rate: int) -> int:
    return int(ms * rate / 1000)


def microphone_file(
    path: Path, clips: Sequence[Clip], *, gap_s: float, lead_s: float = 4.0, snr_db: float | None = None
) -> float:
    """Write the clips with a room between them; the file's length in seconds.

    The room is quiet; with `snr_db` it has pink noise all through, and every clip's voice is so much louder.
    """
    room = np.random.default_rng(SEED)

    def quiet(seconds: float) -> NDArray[np.float64]:
        return room.normal(0, ROOM, int(seconds * FILE_RATE))

    pieces: list[NDArray[np.floating[Any]]] = [quiet(lead_s)]
    for clip in clips:
        gain = 1.0 if snr_db is None else VOICE_RMS / _voice_rms(clip)
        pieces += [gain * pcm.resample(clip.samples, pcm.SAMPLE_RATE, FILE_RATE), quiet(gap_s)]
    whole = np.concatenate([*pieces, quiet(20)])
    if snr_db is not None:
        whole += VOICE_RMS / 10 ** (snr_db / 20) * _pink(len(whole))
    pcm.write(path, np.clip(whole, -32768, 32767).astype(np.int16), FILE_RATE)
    return (len(whole) / FILE_RATE) - 20


def _voice_rms(clip: Clip) -> float:
    voice = clip.samples[_at(clip.onset_ms, pcm.SAMPLE_RATE) : _at(clip.end_ms, pcm.SAMPLE_RATE)].astype(np.float64)
    return float(np.sqrt(np.mean(np.square(voice))))


def _pink(count: int) -> NDArray[np.float64]:
    """Noise of RMS 1 whose power falls by 3 dB an octave from 50 Hz on, like that of rooms."""
    spectrum = np.fft.rfft(np.random.default_rng(SEED).normal(0, 1, count))
    hertz = np.fft.rfftfreq(count, 1 / FILE_RATE)
    spectrum[hertz < 50] = 0
    spectrum[1:] /= np.sqrt(hertz[1:])
    noise = np.fft.irfft(spectrum, count)
    return noise / np.sqrt(np.mean(np.square(noise)))


def match(clips: Sequence[Clip], heard: pcm.Samples, stamps_ms: NDArray[np.float64]) -> list[Matched]:
    """Each clip's place in what arrived: 24 kHz samples of shape (n,), and the stamp of every chunk's first."""
    slow = pcm.resample(heard, pcm.SAMPLE_RATE, MATCH_RATE).astype(np.float64)
    found, start = [], 0
    for clip in clips:
        wanted = pcm.resample(clip.samples, pcm.SAMPLE_RATE, MATCH_RATE).astype(np.float64)
        stretch = slow[start : start + 30 * MATCH_RATE + len(wanted)]
        if len(stretch) < len(wanted):
            break
        at, likeness = _likest(stretch, wanted)
        begin_ms = _stamp(stamps_ms, (start + at) * 1000 / MATCH_RATE)
        found.append(Matched(clip, begin_ms + clip.onset_ms, begin_ms + clip.end_ms, likeness))
        start += at + len(wanted)
    return found


def _likest(stretch: NDArray[np.float64], wanted: NDArray[np.float64]) -> tuple[int, float]:
    """Where `wanted` is in the stretch, and how well it fits there (normalised cross-correlation by FFT)."""
    size = 1 << (len(stretch) + len(wanted)).bit_length()
    product = np.fft.irfft(np.fft.rfft(stretch, size) * np.conj(np.fft.rfft(wanted, size)), size)
    count = len(stretch) - len(wanted) + 1
    energy = np.concatenate([[0.0], np.cumsum(np.square(stretch))])
    power = np.sqrt((energy[len(wanted) :][:count] - energy[:count] + 1.0) * np.sum(np.square(wanted)))
    likeness = product[:count] / power
    at = int(np.argmax(product[:count]))
    return at, float(likeness[at])


def _stamp(stamps_ms: NDArray[np.float64], heard_ms: float) -> float:
    """The browser's time of that place in what arrived."""
    chunk = min(int(heard_ms // pcm.CHUNK_MS), len(stamps_ms) - 1)
    return float(stamps_ms[chunk] + heard_ms - chunk * pcm.CHUNK_MS)
