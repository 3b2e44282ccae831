"""How much memory an hour of conversation takes, replayed as fast as it goes, in megabytes."""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from labkit import pcm
from labkit.bench import _scripted
from labkit.dialogue import Dialogue
from labkit.errors import UsageError
from labkit.link import get_link, now_ms
from labkit.playing import ScriptSpeaker
from labkit.recording import Recording, record

__all__ = ["measure"]

TURN_MS = 12_000
"""A turn: three seconds of speech, six of answer, three of silence; the microphone is open all the time."""
SPOKEN_MS = 3000
WARM_UP_TURNS = 50
"""Ten minutes: by then what is kept for a while is full, and Python has its arenas."""
GOAL_MB = 20.0


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Growth of the resident set over an hour (`count`: turns), after ten minutes of the same; recording is on."""
    grown_mb, turns = get_link().call(_hour(options.count or 3_600_000 // TURN_MS))
    how = f"RSS after {turns} turns of {TURN_MS // 1000} s less after {WARM_UP_TURNS} before, recording, no server"
    return {"unit": "MB", "value": round(grown_mb, 1), "n": 1, "goal": GOAL_MB, "how": how}


async def _hour(turns: int) -> tuple[float, int]:
    dialogue, wire = await _scripted.dialogue()
    with tempfile.TemporaryDirectory() as folder:
        recording = await record(dialogue, Path(folder, "hour"))
        await _talk(dialogue, wire, recording, range(WARM_UP_TURNS))
        before = _resident_mb()
        await _talk(dialogue, wire, recording, range(WARM_UP_TURNS, WARM_UP_TURNS + turns))
        after = _resident_mb()
        await dialogue.close()
        await asyncio.to_thread(recording.stop)
    return after - before, turns


async def _talk(dialogue: Dialogue, wire: _scripted.ScriptedWire, recording: Recording, turns: range) -> None:
    noise = np.random.default_rng(0).normal(0, 3000, pcm.SAMPLE_RATE * pcm.CHUNK_MS // 1000)
    voice, quiet = (pcm.to_bytes((noise * level).astype(np.int16)) for level in (1, 0.01))
    begun_ms = now_ms()
    for turn in turns:
        start_ms = turn * TURN_MS
        wire.say({"type": "input_audio_buffer.speech_started", "audio_start_ms": start_ms})
        await wire.drained()
        for at_ms in range(0, TURN_MS, pcm.CHUNK_MS):
            dialogue.append(voice if at_ms < SPOKEN_MS else quiet, begun_ms + start_ms + at_ms)
        for event in _scripted.answered(start_ms + SPOKEN_MS):
            wire.say(event)
        await wire.drained()
        assert isinstance(dialogue.playing.output, ScriptSpeaker)
        dialogue.playing.output.skip()  # it has been heard: an hour passes in a minute here
        await asyncio.to_thread(recording.flush)


def _resident_mb() -> float:
    """What the process holds of the computer's memory."""
    gc.collect()
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        raise UsageError("The resident memory is read from /proc, which only Linux has.") from None
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
