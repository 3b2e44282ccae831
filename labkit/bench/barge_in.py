"""Barge-in at the ear: a person's onset over a playing answer until the page is silent, in Chromium and JupyterLab."""

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

COUNT = 20
GAP_S = 6.0
"""Room for the answer to the interruption to be replaced by a long one, and for that to play."""
SOFT_MS = 300
"""A voice may be noticed before it is as loud as the definition of its onset asks."""
CELL = """
import json, threading, time, labkit, numpy as np
from labkit.link import get_link, now_ms
expect = json.load(open("figure.json"))
plain = dict(echo_cancellation=False, noise_suppression=False, auto_gain_control=False)
panel = labkit.Panel("embedded", microphone=labkit.Microphone(**plain), lesson=labkit.Lesson(expect=tuple(expect)))
came, cuts, flush = [], [], panel.speaker.flush
panel.microphone.on_chunk(lambda pcm, stamp_ms, seq: came.append((stamp_ms, pcm)))
async def timed_flush():
    asked = now_ms()
    heard = await flush()
    if heard:
        cuts.append((asked + get_link().clock.offset_ms, panel.speaker.silent_ms + panel.speaker.output_latency_ms))
    return heard
panel.speaker.flush = timed_flush
panel
"""
KEEP_TALKING = """
def keep_talking():
    panel.session.say("count to one hundred")
    while True:
        time.sleep(0.05)
        newest = panel.turns[-1] if panel.turns else None
        if newest and newest.spoken and newest.done:
            time.sleep(1.0)
            panel.session.say("count to one hundred")
            while panel.turns[-1].spoken:
                time.sleep(0.05)
threading.Thread(target=keep_talking, daemon=True).start()
"""
SAVE = """
stamps, sound = zip(*came)
np.savez("figure.npz", stamps=stamps, sound=np.frombuffer(b"".join(sound), dtype="<i2"))
print(json.dumps(cuts))
"""


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Milliseconds from the first voiced sample of the clean recording; "at the ear" includes the output latency."""
    clips = _learners.choose(options.shared, options.count or COUNT)
    with tempfile.TemporaryDirectory() as folder:
        microphone = Path(folder) / "microphone.wav"
        seconds = _learners.microphone_file(microphone, clips, gap_s=GAP_S, lead_s=8)
        with open_places(microphone=microphone) as (lab, context):
            (lab.root / "figure.json").write_text(json.dumps(sorted({clip.text for clip in clips})))
            write_notebook(lab.root / "figure.ipynb", [CELL])
            notebook = open_in_lab(lab, context, "figure.ipynb")
            notebook.run_all()
            notebook.page.get_by_role("button", name="Start talking").click()
            notebook.page.get_by_role("button", name="Stop", exact=True).wait_for()
            notebook.run(KEEP_TALKING)
            notebook.page.wait_for_timeout(1000 * (seconds + 1))
            cuts = json.loads(notebook.run(SAVE))
            heard = np.load(lab.root / "figure.npz")
            matched = _learners.match(clips, heard["sound"], heard["stamps"])
    return {"unit": "ms", **_figure(matched, cuts)}


def _figure(matched: list[_learners.Matched], cuts: list[tuple[float, float]]) -> dict[str, Any]:
    """For each clip the cut that its voice caused; a cut where nobody spoke is a false one."""
    silent, asked, flushed = [], [], []
    for place in matched:
        own = [cut for cut in cuts if place.onset_ms - SOFT_MS < cut[0] < place.end_ms + 300]
        if own:
            asked.append(own[0][0] - place.onset_ms)
            silent.append(own[0][1] - place.onset_ms)
            flushed.append(own[0][1] - own[0][0])
    return {
        "onset to silent at the ear": bench.summary(silent),
        "of it onset to flush asked": bench.summary(asked),
        "of it flush asked to silent at the ear": bench.summary(flushed),
        "clips": len(matched),
        "clips that interrupted nothing": len(matched) - len(silent),
    }
