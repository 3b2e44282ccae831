"""Voice to voice at the ear: people's recordings through Chromium and JupyterLab, embedded engine."""

from __future__ import annotations

import argparse
from typing import Any

from labkit import bench
from labkit.bench import _learners
from labkit.bench._conversation import Conversation, converse
from labkit.trace import trace

__all__ = ["measure"]

COUNT = 30
SNR_DB = 15.0
SERVER_VAD: dict[str, Any] = {"type": "server_vad", "silence_duration_ms": 200}
PARTS = (
    ("end of turn", "speech_stopped"),
    ("answer begun", "response_created"),
    ("first sound on the wire", "wire_audio"),
    ("in the session", "first_audio"),
    ("in the page", "arrived"),
    ("rendered", "rendered"),
)
"""Where the time goes: each up to this stamp from the one before, the first from the last voiced sample."""


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Milliseconds from the last voiced sample of the clean recording to the first sample at the ear."""
    clips = _learners.choose(options.shared, options.count or COUNT)
    said = sorted({clip.text for clip in clips})
    others = _learners.other_texts(options.shared, said)
    noise, unlisted = converse(clips, said, snr_db=SNR_DB), converse(clips, others)
    return {
        "unit": "ms",
        "speech": "people's recordings" if options.shared else "the package's synthesised learner",
        "listed, semantic_vad": _figure(converse(clips, said), said, {"median": 232, "p95": 480}),
        f"listed in {SNR_DB:g} dB noise, semantic_vad": _figure(noise, said, {"median": 380}),
        "unlisted, semantic_vad": _figure(unlisted, others, {"median": 750}),
        "listed, server_vad, 200 ms of silence": _figure(converse(clips, said, detection=SERVER_VAD), said, None),
    }


def _figure(found: Conversation, listed: list[str], goal: dict[str, int] | None) -> dict[str, Any]:
    """For each clip the turn that answered it, or that it was cut before its end, or answered nowhere."""
    answers = [(place, turn) for place in found.said if (turn := found.answer_to(place))]
    heard = [(place, turn.stamps["rendered"] + turn.stamps["output_latency"]) for place, turn in answers]
    live = [
        (trace(turn).voice_to_voice_ms, at_the_ear - place.end_ms)
        for (place, turn), (_, at_the_ear) in zip(answers, heard, strict=True)
    ]
    turns = [turn for place in found.said for turn in found.turns_of(place)]
    missed = [place.clip.text for place in found.said if not found.answer_to(place)]
    texts = [(turn.user, place.clip.text) for place, turn in answers]
    return {
        "voice to voice": {**bench.summary(at_the_ear - place.end_ms for place, at_the_ear in heard), "goal": goal},
        **_parts(answers),
        "live figure less this one": bench.summary(ours - this for ours, this in live if ours is not None),
        "clips": len(found.said),
        "taken up again": sum(turn.recovered for turn in turns),
        "answered on a part": sum(
            turn.stamps["speech_stopped"] < place.end_ms for place in found.said for turn in found.turns_of(place)
        ),
        "answered nowhere": missed,
        "texts right, %": _share(sum(user == text for user, text in texts), found),
        "wrongly accepted, %": _share(sum(user in listed and user != text for user, text in texts), found),
        "least likeness of a clip to its recording": round(
            min((place.likeness for place in found.said), default=0.0), 3
        ),
    }


def _share(count: int, found: Conversation) -> float | None:
    return round(100 * count / len(found.said), 1) if found.said else None


def _parts(answers: list[tuple[_learners.Matched, Any]]) -> dict[str, Any]:
    split: dict[str, list[float]] = {f"of it {name}": [] for name, _ in PARTS}
    for place, turn in answers:
        before = place.end_ms
        for name, stamp in PARTS:
            if stamp in turn.stamps:
                split[f"of it {name}"].append(turn.stamps[stamp] - before)
                before = turn.stamps[stamp]
    latency = [turn.stamps["output_latency"] for _, turn in answers]
    return {name: bench.summary(values) for name, values in {**split, "of it output latency": latency}.items()}
