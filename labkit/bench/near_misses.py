"""Near-misses: spoken orders that are not listed, while a hundred orders that sound like them are."""

from __future__ import annotations

import argparse
from typing import Any

from labkit import bench
from labkit.bench._ears import Listening, phrases, said, share

__all__ = ["measure"]

GOAL = {"median": 750}


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """The untuned half of `commands`, its own texts listed and then the other half's; on a simulated clock."""
    clips = said(options)
    own = [clip.text for clip in clips]
    clips = clips[: options.count]
    others = sorted({clip.text for clip in said(options, half=0)})
    ear = Listening()
    listed = [(clip.text, ear.hear(clip, [*phrases(), *own]).hearing) for clip in clips]
    missed = [ear.hear(clip, [*phrases(), *others]) for clip in clips if clip.text not in others]
    delays = [turn.delay_ms for turn in missed if turn.delay_ms is not None]
    return {
        "taken for a listed one": share([turn.hearing.accepted for turn in missed], at_most=10),
        "listed ones accepted": share([heard.accepted and heard.text == text for text, heard in listed], at_least=95),
        "end of turn, unlisted": {"unit": "ms", "goal": GOAL, **bench.summary(delays)},
    }
