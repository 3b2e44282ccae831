"""Echo: an answer's own sound in the microphone does not interrupt it, and a person talking over it does.

Each answer is spoken into a conversation of its own, so the gate has learnt nothing: the hardest case.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labkit import bench, pcm
from labkit.bench.listed import recordings
from labkit.errors import UsageError

if TYPE_CHECKING:
    from labkit.engine.recogniser import Recogniser

__all__ = ["measure"]

ANSWERS = 50
LEVELS_DB = (-30, -20)
NOISE_DB = -65.0
"""A quiet room: white noise, dB below full scale."""
ROOM_MS, DELAYS_MS = 80, (60, 140, 220, 300, 380)
"""The echo's reverberation, and how late it arrives."""
LEAD_MS, TALK_AT_MS = 1000, 1500
"""The answer begins after a second; the person begins that long into the answer, and at a lively level."""
VOICE_DB = -24.0
_OBJECTS = ("coffee", "window", "triangle", "notebook", "orange", "camera", "number", "melody", "garden", "lantern")
_FRAMES = (
    "The {0} is next to the {1}, and it has been there since this morning.",
    "I am not sure about the {0}, but I can see the {1} quite well.",
    "You said {0}, then {1}. Shall we go on with the next one?",
    "First take the {0}; after that look at the {1} again, slowly.",
    "That was right! The {0} comes before the {1}, so the answer is seven.",
)


def sentences(count: int) -> list[str]:
    """That many different answers."""
    return [
        _FRAMES[i % len(_FRAMES)].format(_OBJECTS[i % 10], _OBJECTS[(i // 5 + 3 * i + 1) % 10]) for i in range(count)
    ]


def spoken(text: str) -> pcm.Samples:
    """The answer's sound as the engine sends it."""
    from labkit.engine.voice import Voice

    return pcm.to_samples(b"".join(word.pcm for word in Voice().speak(text)))


def echo_of(sound: pcm.Samples, gain_db: float, delay_ms: int, chance: np.random.Generator) -> np.ndarray:
    """What a room gives back of it: delayed, reverberant, at `gain_db` of its level; float samples."""
    taps = np.arange(ROOM_MS * pcm.SAMPLE_RATE // 1000)
    room = chance.normal(size=len(taps)) * np.exp(-taps / (len(taps) / 5))
    wet = np.convolve(sound.astype(float), room)
    wet *= 10 ** (gain_db / 20) * np.sqrt(np.mean(sound.astype(float) ** 2) / np.mean(wet[: len(sound)] ** 2))
    return np.concatenate([np.zeros(delay_ms * pcm.SAMPLE_RATE // 1000), wet])


def microphone(echo: np.ndarray, person: np.ndarray, at_ms: int, chance: np.random.Generator) -> bytes:
    """Room noise, the echo from `LEAD_MS` on, and a person from `at_ms` on, as PCM16."""
    starts = [(LEAD_MS * pcm.SAMPLE_RATE // 1000, echo), (at_ms * pcm.SAMPLE_RATE // 1000, person)]
    length = max(start + len(sound) for start, sound in starts) + pcm.SAMPLE_RATE // 2
    mixed = chance.normal(size=length) * 32768 * 10 ** (NOISE_DB / 20)
    for start, sound in starts:
        mixed[start : start + len(sound)] += sound
    return pcm.to_bytes(np.clip(mixed, -32768, 32767).astype(np.int16))


def onsets(recogniser: Recogniser, answer: pcm.Samples, heard: bytes) -> list[int]:
    """Where (ms) somebody was noticed to begin, while this answer is played and that is heard."""
    from labkit.engine.hearing import EarEvent, SpeechStarted
    from labkit.engine.listener import Listener
    from labkit.engine.voice_activity import silero

    noticed: list[int] = []
    now = 0

    def emit(event: EarEvent) -> None:
        if isinstance(event, SpeechStarted):
            noticed.append(now)

    listener = Listener(recogniser, (silero(), silero()), emit)
    listener.configure([], {"type": "server_vad"})
    for chunk in pcm.chunks(heard):
        if now == LEAD_MS:
            listener.far_end(pcm.to_bytes(answer))
        now += pcm.CHUNK_MS
        listener.append(chunk)
    recogniser.abandon()
    return noticed


def _onset_ms(samples: pcm.Samples) -> int:
    """Where a clean recording becomes voiced: the first 10 ms frame less than 24 dB below its speech level."""
    levels = pcm.levels_db(samples, pcm.SAMPLE_RATE // 100)
    return int(np.argmax(levels > np.percentile(levels, 95) - 24)) * 10


def _person(file: Path, clip: dict[str, Any]) -> np.ndarray:
    """One recording from its onset on, at `VOICE_DB`."""
    start = clip.get("speech_start_ms")
    samples = pcm.read(file)
    samples = samples[(_onset_ms(samples) if start is None else start) * pcm.SAMPLE_RATE // 1000 :]
    levels = pcm.levels_db(samples, pcm.SAMPLE_RATE // 100)
    speech_db = float(np.mean(levels[levels > levels.max() - 24]))
    return samples.astype(float) * 10 ** ((VOICE_DB - speech_db) / 20)


def _at_level(recogniser: Recogniser, gain_db: int, count: int, people: Sequence[np.ndarray]) -> dict[str, Any]:
    interrupted, noticed, too_early, delays = 0, 0, 0, []
    nobody = np.zeros(0)
    for index, text in enumerate(sentences(count)):
        chance = np.random.default_rng(index)
        answer = spoken(text)
        echo = echo_of(answer, gain_db, DELAYS_MS[index % len(DELAYS_MS)], chance)
        interrupted += bool(onsets(recogniser, answer, microphone(echo, nobody, 0, chance)))
        if index < len(people):
            at_ms = LEAD_MS + TALK_AT_MS
            found = onsets(recogniser, answer, microphone(echo, people[index], at_ms, chance))
            too_early += any(ms < at_ms for ms in found)
            after = [ms - at_ms for ms in found if ms >= at_ms]
            noticed += bool(after)
            delays += after[:1]
    return {
        "n": count,
        "false_interruptions": interrupted,
        "people": {"n": min(len(people), count), "noticed": noticed, "too_early": too_early},
        "onset_delay_ms": bench.summary(delays),
    }


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """False interruptions at each echo level; with recordings of `commands`, people who talk over the answer too."""
    from labkit.engine.recogniser import Recogniser

    count = options.count or ANSWERS
    try:
        clips = recordings(options.shared and Path(options.shared) / "commands", count)
    except UsageError:
        clips = []
    people = [_person(file, clip) for file, clip in clips]
    recogniser = Recogniser()
    return {f"{gain_db} dB": _at_level(recogniser, gain_db, count, people) for gain_db in LEVELS_DB}
