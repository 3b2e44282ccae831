"""Transport echo: microphone to the session's place in the kernel and back to the ear, in Chromium and JupyterLab."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from labkit import bench, pcm
from labkit.bench import _witness
from labkit.bench._places import Notebook, open_in_lab, open_places, write_notebook

__all__ = ["chirps", "echoes", "measure"]

COUNT = 60
GOAL = {"median": 65}
SEED = 20
FILE_RATE = 48_000
CHIRP_MS, GAP_MS = 10, (500, 700)
"""A chirp, and the least and the most silence after it: longer than any echo takes."""
LOUD = 3000
"""Samples above it are the chirp (peak 16,000), below it the room."""
LEAD_S = 3.0
"""Until both devices run."""
CHUNKS, BREAK = 50, 20
"""Chunks that are echoed as one item of the speaker, then left out: like answers, items start out of silence."""
CELL = """
from labkit.link import get_link, now_ms
from labkit.widgets.audio import Microphone, Speaker
link, speaker = get_link(), Speaker()
mic = Microphone(echo_cancellation=False, noise_suppression=False, auto_gain_control=False)
display(mic, speaker)
came, started = {}, {}
speaker.on_started(lambda item, ms, arrived_ms: started.update({item: (ms, arrived_ms)}))

def echo(pcm, stamp_ms, seq):
    number, place = divmod(seq, CHUNKS + BREAK)
    if place == 0:
        came[number] = (stamp_ms, now_ms() + link.clock.offset_ms, len(pcm) / 48)
    if number in came and place < CHUNKS:
        speaker.play(str(number), pcm)
    if number in came and place == CHUNKS - 1:
        speaker.end(str(number))
"""
SAVE = "[(*came[int(item)], *started[item]) for item in started]"


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Milliseconds from a sample captured to the same sample at the ear, by the widgets' stamps and by a witness."""
    count = options.count or COUNT
    with tempfile.TemporaryDirectory() as folder:
        microphone = Path(folder) / "chirps.wav"
        seconds = chirps(microphone, count)
        with open_places(microphone=microphone) as (lab, context):
            _witness.inject(context)
            write_notebook(lab.root / "figure.ipynb", [f"CHUNKS, BREAK = {CHUNKS}, {BREAK}", CELL])
            notebook = open_in_lab(lab, context, "figure.ipynb")
            notebook.run_all()
            notebook.start("speaker", "microphone")
            notebook.page.wait_for_timeout(1000)
            notebook.run("mic.on_chunk(echo)")
            notebook.page.wait_for_timeout(1000 * seconds)
            heard = {**bench.summary(echoes(_witness.take(notebook.page))), "goal": GOAL}
            return {"unit": "ms", "echo by the witness": heard, **_by_stamps(notebook)}


def chirps(path: Path, count: int) -> float:
    """A fake microphone: `count` chirps at random distances after a quiet lead; seconds after the lead."""
    chance = np.random.default_rng(SEED)
    t = np.arange(CHIRP_MS * FILE_RATE // 1000) / FILE_RATE
    chirp = 16_000 * np.sin(2 * np.pi * (1000 * t + 100_000 * t**2))
    pieces = [np.zeros(int(LEAD_S * FILE_RATE))]
    for gap_ms in chance.integers(*GAP_MS, count):
        pieces += [chirp, np.zeros(gap_ms * FILE_RATE // 1000)]
    whole = np.concatenate(pieces)
    pcm.write(path, whole.astype(np.int16), FILE_RATE)
    return len(whole) / FILE_RATE - LEAD_S


def _by_stamps(notebook: Notebook) -> dict[str, Any]:
    """Of the first chunk of each item: where its time went."""
    rows = np.array(notebook.value(SAVE))
    captured, called, chunk, rendered, arrived = rows.T
    latency = notebook.value("speaker.output_latency_ms")
    return {
        "echo by the stamps": {**bench.summary(rendered + latency - captured), "goal": GOAL},
        "of it the chunk's length": float(chunk[0]),
        "of it captured, in the kernel": bench.summary(called - captured - chunk),
        "of it in the kernel, in the page": bench.summary(arrived - called),
        "of it in the page, rendered": bench.summary(rendered - arrived),
        "of it output latency": latency,
        "gaps": notebook.value("speaker.gaps"),
        "chunks lost": notebook.value("mic.lost"),
        "clock uncertainty": round(notebook.value("link.clock.uncertainty_ms"), 2),
    }


def echoes(heard: _witness.Heard) -> list[float]:
    """Milliseconds to the ear of every chirp that both taps heard."""
    found, after_ms = [], 0.0
    while (captured := heard.microphone.onset_ms(after_ms, LOUD)) is not None:
        after_ms = captured + CHIRP_MS + GAP_MS[0] / 2
        played = heard.output.onset_ms(captured, LOUD)
        fresh = not heard.output.sounds(captured, LOUD)  # not the end of a late echo of the chirp before
        if fresh and played is not None and played < captured + GAP_MS[0]:
            found.append(played + heard.output_latency_ms - captured)
    return found
