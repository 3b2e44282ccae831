"""Recording and tracing on against off: what they add between a server's event and the loudspeaker, in milliseconds."""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import tempfile
from pathlib import Path
from typing import Any

from labkit import bench, pcm, trace
from labkit.bench import _scripted
from labkit.dialogue import Dialogue
from labkit.link import get_link, now_ms
from labkit.playing import ScriptSpeaker
from labkit.recording import record

__all__ = ["measure"]

PAIRS = 40
SPOKEN_MS = 200
"""The microphone of one turn; its answer comes in the same rhythm."""
SEED = 0


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Pairs of turns at real-time pace, one with a recording and a trace, in changing order (`count`: pairs).

    A turn's value is the median over its sound events of: said by the (scripted) server → given to the speaker.
    """
    pairs = get_link().call(_pairs(options.count or PAIRS))
    on, off = ([pair[side] for pair in pairs] for side in (0, 1))
    how = "server's event → speaker, scripted server in the same process, paired turns in changing order"
    return {
        "unit": "ms",
        "how": how,
        "added": {**bench.summary(a - b for a, b in pairs), "goal": 0.1},
        "on": bench.summary(on),
        "off": bench.summary(off),
    }


async def _pairs(count: int) -> list[tuple[float, float]]:
    dialogue, wire = await _scripted.dialogue()
    speaker = _Speaker(dialogue.playback_started)
    dialogue.playing.output = speaker
    order = random.Random(SEED)
    pairs = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(-1, count):  # the first pair fills caches
            sides = [True, False]
            order.shuffle(sides)
            found = {}
            for on in sides:
                found[on] = await _turn(dialogue, wire, speaker, Path(folder, f"{number}") if on else None)
            if number >= 0:
                pairs.append((found[True], found[False]))
    await dialogue.close()
    return pairs


class _Speaker(ScriptSpeaker):
    """Notes when it is given sound."""

    given_ms = 0.0

    def play(self, item_id: str, sound: bytes) -> float:
        self.given_ms = now_ms()
        return super().play(item_id, sound)


async def _turn(dialogue: Dialogue, wire: _scripted.ScriptedWire, speaker: _Speaker, folder: Path | None) -> float:
    """The median delay of a turn's sound, with recording and tracing where there is a folder."""
    recording = await record(dialogue, folder) if folder else None
    stop_tracing = dialogue.log.on_turn.add(trace.trace) if folder else lambda: None
    silence, delays = pcm.silence(pcm.CHUNK_MS), []
    for _ in range(SPOKEN_MS // pcm.CHUNK_MS):
        dialogue.append(silence, now_ms())
        await asyncio.sleep(pcm.CHUNK_MS / 1000)
    for event in _scripted.answered(0):
        said_ms = now_ms()
        wire.say(event)
        await wire.drained()
        if event["type"] == "response.output_audio.delta":
            delays.append(speaker.given_ms - said_ms)
            dialogue.append(silence, now_ms())
            await asyncio.sleep(pcm.CHUNK_MS / 1000)
    speaker.skip()
    stop_tracing()
    if recording:
        await asyncio.to_thread(recording.stop)
    return statistics.median(delays)
