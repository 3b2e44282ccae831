"""Our at-the-ear figure against an independent tap of the page's microphone and output, turn by turn."""

from __future__ import annotations

import argparse
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labkit import bench, pcm, trace
from labkit.bench import _learners
from labkit.bench._conversation import Conversation, converse

__all__ = ["measure"]

COUNT = 20
FRAME = pcm.SAMPLE_RATE * pcm.CHUNK_MS // 1000
BEFORE_MS = 300.0
"""Sound before a clip's first voiced sample in which the live rule looks too."""


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Milliseconds by which the lab's figure is longer than the witness's, for the same turns.

    Twice: with the last voiced sample of the clean recording, found in what each of the two heard; and with the
    live rule (`trace.last_voiced`), which the lab used on its chunks, applied to the witness's own recording.
    Both sides contain the same declared output latency.
    """
    clips = _learners.choose(options.shared, options.count or COUNT)
    found = converse(clips, sorted({clip.text for clip in clips}), witnessed=True)
    return {"unit": "ms", **compared(clips, found)}


def compared(clips: list[_learners.Clip], found: Conversation) -> dict[str, Any]:
    """The differences over all turns that both know of."""
    heard = found.witness
    assert heard is not None
    sound, stamps = heard.microphone.at_24_khz()
    rows = []
    for ours, theirs in zip(found.said, _learners.match(clips, sound, stamps), strict=False):
        answer, begun_ms = found.answer_to(ours), heard.output.onset_ms(theirs.end_ms)
        if answer is None or begun_ms is None or heard.output.sounds(theirs.end_ms):
            continue  # not answered, or on a part: that answer's first sample is not this one's
        rendered_ms = answer.stamps["rendered"] + answer.stamps["output_latency"]
        at_the_ear_ms = begun_ms + heard.output_latency_ms
        voiced_ms = _last_voiced(sound, stamps, theirs, begun_ms)
        live_ms = trace.trace(answer).voice_to_voice_ms or math.nan
        rows.append((rendered_ms - ours.end_ms, at_the_ear_ms - theirs.end_ms, live_ms, at_the_ear_ms - voiced_ms))
    lab, witness, live, witness_live = np.array(rows).reshape(-1, 4).T
    return {
        "by the witness": bench.summary(witness.tolist()),
        "by the lab": bench.summary(lab.tolist()),
        "lab less witness, last voiced of the clean recording": _differences(lab - witness),
        "lab less witness, live rule for the last voiced": _differences(live - witness_live),
    }


def _last_voiced(sound: pcm.Samples, stamps: NDArray[np.float64], place: _learners.Matched, begun_ms: float) -> float:
    """The live rule on the witness's recording, from just before the clip to the answer's first sample."""
    first, last = np.searchsorted(stamps, [place.onset_ms - BEFORE_MS, begun_ms])
    voiced = trace.last_voiced(list(pcm.levels_db(sound[first * FRAME : last * FRAME], FRAME)))
    return float(stamps[first + (voiced or 0)]) + pcm.CHUNK_MS


def _differences(differences: NDArray[np.float64]) -> dict[str, Any]:
    known = [float(difference) for difference in differences if not math.isnan(difference)]
    p95 = bench.summary(abs(difference) for difference in known)["p95"]
    return {**bench.summary(known), "p95 of the difference's size": p95, "goal": "within 10"}
