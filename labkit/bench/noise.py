"""Noise: spoken orders in pink noise 15 dB below the voice, listed and not."""

from __future__ import annotations

import argparse
from typing import Any

from labkit import bench
from labkit.bench._ears import Listening, noise, phrases, said, share

__all__ = ["measure"]

SNR_DB = 15.0
GOAL = {"median": 380}


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """The untuned half of `commands`, its own texts listed and then the other half's; on a simulated clock."""
    clips = said(options)
    own = [clip.text for clip in clips]
    clips = [noise(clip, SNR_DB) for clip in clips[: options.count]]
    others = sorted({clip.text for clip in said(options, half=0)})
    ear = Listening()
    turns = [ear.hear(clip, [*phrases(), *own]) for clip in clips]
    missed = [ear.hear(clip, [*phrases(), *others]) for clip in clips if clip.text not in others]
    heard = [(turn.hearing, clip.text) for turn, clip in zip(turns, clips, strict=True)]
    delays = [turn.delay_ms for turn in turns if turn.delay_ms is not None]
    return {
        "delay": {"unit": "ms", "goal": GOAL, **bench.summary(delays)},
        "texts right": share([hearing.text == text for hearing, text in heard], at_least=60),
        "wrongly accepted": share(
            [hearing.accepted and hearing.text != text for hearing, text in heard]
            + [turn.hearing.accepted for turn in missed],
            at_most=10,
        ),
        "begun too early": share([turn.early for turn in turns]),
    }
