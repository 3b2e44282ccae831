"""End of turn: from a person's last voiced sample to the ear saying that the turn is over, listed sentences."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from labkit import bench, pcm
from labkit.bench._ears import SEMANTIC, Listening, Said, Turn, phrases, said, share, turn_of
from labkit.engine.hearing import EarEvent

__all__ = ["measure"]

AT_PACE = 40
"""Recordings that are played at the pace of speech."""
GOAL = {"median": 165}
SERVER_VAD = {"type": "server_vad", "silence_duration_ms": 200}


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """The untuned half of `commands`, its texts listed beside the start skill's phrases."""
    clips = said(options)
    listed = [*phrases(), *(clip.text for clip in clips)]
    ear, at_pace, clips = Listening(), clips[: options.count or AT_PACE], clips[: options.count]
    return {
        "semantic_vad, simulated clock": _figures(clips, lambda clip: ear.hear(clip, listed)),
        "semantic_vad, at the pace of speech": asyncio.run(_at_pace(at_pace, listed, SEMANTIC)),
        "server_vad 200 ms, at the pace of speech": asyncio.run(_at_pace(at_pace, listed, SERVER_VAD)),
    }


def _figures(clips: Sequence[Said], hear: Callable[[Said], Turn]) -> dict[str, Any]:
    turns = [hear(clip) for clip in clips]
    understood = [
        turn.hearing.accepted and turn.hearing.text == clip.text for clip, turn in zip(clips, turns, strict=True)
    ]
    whole = [turn.is_whole(clip.text) for clip, turn in zip(clips, turns, strict=True)]
    return {
        "delay": {
            "unit": "ms",
            "goal": GOAL,
            **bench.summary(turn.delay_ms for turn in turns if turn.delay_ms is not None),
        },
        "begun too early": share([turn.early for turn in turns], below=4),
        "wrong after recovery": share([not good for good in whole], below=1),
        "understood": share(understood, at_least=95),
        "finishing": {"unit": "ms", **bench.summary(turn.hearing.took_ms for turn in turns)},
    }


async def _at_pace(clips: Sequence[Said], listed: Sequence[str], detection: Mapping[str, Any]) -> dict[str, Any]:
    """Every recording with a worker process of its own."""
    from labkit.engine.ear import EarPool

    pool = EarPool(1)
    await pool.start()
    try:
        turns = {clip.name: await _turn(pool, clip, listed, detection) for clip in clips}
    finally:
        await pool.aclose()
    return _figures(clips, lambda clip: turns[clip.name])


async def _turn(pool: Any, clip: Said, listed: Sequence[str], detection: Mapping[str, Any]) -> Turn:
    told: list[tuple[float, EarEvent]] = []
    began = 0.0
    ear = await pool.acquire(lambda event: told.append(((time.perf_counter() - began) * 1000, event)))
    ear.configure(sentences=listed, turn_detection=detection)
    began = time.perf_counter()
    for index, chunk in enumerate(pcm.chunks(pcm.to_bytes(clip.sound)), start=1):
        await asyncio.sleep(began + index * pcm.CHUNK_MS / 1000 - time.perf_counter())
        ear.append(chunk)
    await asyncio.sleep(0.3)
    await ear.aclose()
    return turn_of(told, clip.end_ms)
