"""End of turn: from a person's last voiced sample to the ear saying that the turn is over, at the pace of speech."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from labkit import bench, pcm
from labkit.bench.listed import recordings

__all__ = ["measure"]

CLIPS = 40
BEFORE_MS, AFTER_MS = 500, 1600
POLICIES: dict[str, dict[str, Any]] = {
    "server_vad 200 ms": {"type": "server_vad", "silence_duration_ms": 200},
    "semantic_vad": {"type": "semantic_vad"},
}


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Recordings of `commands`, their texts listed beside the start skill's phrases; each policy by itself."""
    from labkit.engine.skills import find

    clips = recordings(options.shared and Path(options.shared) / "commands", options.count or CLIPS)
    listed = [*find("labkit-start").sentences(), *(clip["text"] for _, clip in clips)]
    return {name: asyncio.run(_policy(clips, listed, detection)) for name, detection in POLICIES.items()}


async def _policy(
    clips: Sequence[tuple[Path, dict[str, Any]]], listed: Sequence[str], detection: Mapping[str, Any]
) -> dict[str, Any]:
    from labkit.engine.ear import EarPool

    delays, finishing, cut, right, never = [], [], 0, 0, 0
    pool = EarPool(1)
    await pool.start()
    try:
        for file, clip in clips:
            stops = await _turn(pool, file, clip, listed, detection)
            finishing += [hearing.took_ms for _, hearing in stops]
            early = [delay for delay, _ in stops if delay < 0]
            late = [(delay, hearing) for delay, hearing in stops if delay >= 0]
            cut += bool(early)
            never += not stops
            if late and not early:
                delays.append(late[0][0])
                right += late[0][1].accepted and late[0][1].text == clip["text"]
    finally:
        await pool.aclose()
    return {
        "n": len(clips),
        "cut_early": cut,
        "never_ended": never,
        "understood": right,
        "delay_ms": bench.summary(delays),
        "finishing_ms": bench.summary(finishing),
    }


async def _turn(
    pool: Any, file: Path, clip: dict[str, Any], listed: Sequence[str], detection: Mapping[str, Any]
) -> list[tuple[float, Any]]:
    """(ms after the last voiced sample, hearing) of every end of turn, with an ear of its own."""
    from labkit.engine.hearing import EarEvent, SpeechStopped

    start_ms, end_ms = max(0, clip["speech_start_ms"] - BEFORE_MS), clip["speech_end_ms"]
    sound = pcm.read(file)[start_ms * pcm.SAMPLE_RATE // 1000 :]
    sound = sound[: (end_ms - start_ms + AFTER_MS) * pcm.SAMPLE_RATE // 1000]
    stops: list[tuple[float, Any]] = []

    def heard(event: EarEvent) -> None:
        if isinstance(event, SpeechStopped):
            stops.append(((time.perf_counter() - began) * 1000 - (end_ms - start_ms), event.hearing))

    ear = await pool.acquire(heard)
    ear.configure(sentences=listed, turn_detection=detection)
    began = time.perf_counter()
    for index, chunk in enumerate(pcm.chunks(pcm.to_bytes(sound)), start=1):
        await asyncio.sleep(began + index * pcm.CHUNK_MS / 1000 - time.perf_counter())
        ear.append(chunk)
    await asyncio.sleep(0.3)
    await ear.aclose()
    return stops
