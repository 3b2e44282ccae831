"""Voice to voice at the ear: people's recordings through Chromium and JupyterLab, embedded engine."""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from labkit import bench
from labkit.bench import _learners
from labkit.bench._places import open_in_lab, open_places, write_notebook

__all__ = ["measure"]

COUNT = 30
GAP_S = 5.0
"""Longer than an answer: nobody is interrupted."""
DETECTIONS: dict[str, dict[str, Any]] = {
    "server_vad, 200 ms of silence": {"type": "server_vad", "silence_duration_ms": 200},
    "semantic_vad": {"type": "semantic_vad"},
}
CELL = """
import json, labkit, numpy as np
from labkit.link import get_link
expect, detection = json.load(open("figure.json"))
plain = dict(echo_cancellation=False, noise_suppression=False, auto_gain_control=False)
panel = labkit.Panel("embedded", microphone=labkit.Microphone(**plain), turn_detection=detection,
                     lesson=labkit.Lesson(expect=tuple(expect)))
came = []
panel.microphone.on_chunk(lambda pcm, stamp_ms, seq: came.append((stamp_ms, pcm)))
panel
"""
SAVE = """
stamps, sound = zip(*came)
np.savez("figure.npz", stamps=stamps, sound=np.frombuffer(b"".join(sound), dtype="<i2"))
offset = get_link().clock.offset_ms
times = ("speech_stopped", "response_created", "first_audio", "rendered")
print(json.dumps([{"user": t.user, "output_latency": t.stamps.get("output_latency"),
                   **{n: t.stamps[n] + offset for n in times if n in t.stamps}} for t in panel.turns]))
"""


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Milliseconds from the last voiced sample of the clean recording to the first sample at the ear."""
    clips = _learners.choose(options.shared, options.count or COUNT)
    speech = "people's recordings" if options.shared else "the package's synthesised learner"
    figures = {name: _with(clips, detection) for name, detection in DETECTIONS.items()}
    return {"unit": "ms", "speech": speech, **figures}


def _with(clips: list[_learners.Clip], detection: dict[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        microphone = Path(folder) / "microphone.wav"
        seconds = _learners.microphone_file(microphone, clips, gap_s=GAP_S)
        with open_places(microphone=microphone) as (lab, context):
            (lab.root / "figure.json").write_text(json.dumps([sorted({clip.text for clip in clips}), detection]))
            write_notebook(lab.root / "figure.ipynb", [CELL])
            notebook = open_in_lab(lab, context, "figure.ipynb")
            notebook.run_all()
            notebook.page.get_by_role("button", name="Start talking").click()
            notebook.page.wait_for_timeout(1000 * (seconds + 3))
            turns = json.loads(notebook.run(SAVE))
            heard = np.load(lab.root / "figure.npz")
            matched = _learners.match(clips, heard["sound"], heard["stamps"])
    return _figure(matched, turns)


def _figure(matched: list[_learners.Matched], turns: list[dict[str, Any]]) -> dict[str, Any]:
    """For each clip the turn that answered it, or that it was cut before its end."""
    whole, ended, engine, link, early, right = [], [], [], [], 0, 0
    missed: list[str] = []
    for place in matched:
        own = [t for t in turns if place.onset_ms < t.get("speech_stopped", 0.0) < place.end_ms + 1000 * GAP_S]
        early += any(turn["speech_stopped"] < place.end_ms for turn in own)
        answered = [turn for turn in own if turn["speech_stopped"] >= place.end_ms and "rendered" in turn]
        if not answered:
            missed.append(place.clip.text)
            continue
        turn = answered[0]
        right += turn["user"] == place.clip.text
        whole.append(turn["rendered"] + turn["output_latency"] - place.end_ms)
        ended.append(turn["speech_stopped"] - place.end_ms)
        engine.append(turn["first_audio"] - turn["speech_stopped"])
        link.append(turn["rendered"] - turn["first_audio"])
    return {
        "voice to voice": bench.summary(whole),
        "of it end of turn": bench.summary(ended),
        "of it engine": bench.summary(engine),
        "of it link and rendering": bench.summary(link),
        "clips": len(matched),
        "cut early": early,
        "answered nowhere": missed,
        "text right": right,
        "least likeness of a clip to its recording": round(min((p.likeness for p in matched), default=0.0), 3),
    }
