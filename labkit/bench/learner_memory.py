"""The memory of one learner: server, kernel and engine in a spoken conversation about a picture, at their peak."""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from labkit import bench, pcm, samples
from labkit.bench import _film, _processes
from labkit.bench._hands import Picture
from labkit.bench._places import Lab, Notebook, open_browser, open_in_lab, write_notebook
from labkit.errors import LabkitError

__all__ = ["measure"]

COUNT = 3
GOAL_MB = 900
RATE = 48_000
DONE = "[sum(turn.done for turn in panel.turns), sum(turn.pictures for turn in panel.turns)]"
LONGEST_S = 120
PAUSES_S = (8, 9, 9, 9)
"""Before the first question, and after each: as long as the tutor talks."""
QUESTIONS = ("is_this_right", "help_me", "show_me_the_next_step")
CELL = "import labkit\nfrom labkit.lessons import TUTOR\npanel = labkit.Panel('embedded', lesson=TUTOR)\npanel"


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Megabytes of every process from JupyterLab down, over three spoken questions about a board before the camera.

    PSS is the figure: the eight processes share the pages of Python and numpy, and a computer's memory holds each
    page once. The sum of RSS, which counts them in each, is beside it.
    """
    peaks = [_conversation() for _ in range(options.count or COUNT)]
    largest = max(peaks, key=lambda peak: peak.shared_fairly.shared_fairly).shared_fairly
    how = f"PSS of JupyterLab and its descendants, {len(QUESTIONS)} spoken questions, camera on, without the browser"
    return {
        "unit": "MB",
        "peak": {**bench.summary(peak.shared_fairly.shared_fairly for peak in peaks), "goal": GOAL_MB, "how": how},
        "sum of RSS, which counts shared pages again": bench.summary(peak.resident for peak in peaks),
        **{f"of it {name}": {"value": round(value, 1)} for name, value in sorted(largest.parts.items())},
    }


def _conversation() -> _processes.Peak:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        camera = _film.film(folder / "board.mjpeg", [(_board(), 4.0)])
        with open_browser(_microphone(folder / "asking.wav"), camera) as context:
            lab = Lab(folder, environment={"LABKIT_RUNTIME_DIR": str(folder / "engine"), "LABKIT_PROGRESS": "off"})
            try:
                write_notebook(lab.root / "learner.ipynb", [CELL])
                with _processes.watching(lab.process.pid) as peak:
                    notebook = open_in_lab(lab, context, "learner.ipynb")
                    notebook.run_all()
                    notebook.page.get_by_role("button", name="Camera").click()
                    notebook.page.get_by_role("button", name="Start talking").click()
                    _until_all_is_said(notebook)
            finally:
                _processes.end_tree(lab.process.pid)  # the engine would stay for ten minutes
                lab.close()
    return peak


def _until_all_is_said(notebook: Notebook) -> None:
    """The questions are answered, and pictures went along; an error where that takes too long."""
    deadline = time.monotonic() + LONGEST_S
    while time.monotonic() < deadline:
        notebook.page.wait_for_timeout(2000)
        done, pictures = notebook.value(DONE)
        if done >= len(QUESTIONS) and pictures:
            return
    raise LabkitError("The tutor did not answer three questions about a picture in time: close other programs.")


def _board() -> Picture:
    from PIL import Image

    return np.asarray(Image.open(samples.path("board_2")), np.uint8)


def _microphone(path: Path) -> Path:
    room = np.random.default_rng(1)
    quiet = [room.normal(0, 8, pause * RATE).astype(np.int16) for pause in PAUSES_S]
    asked = [pcm.read(samples.path(name), RATE) for name in QUESTIONS]
    pieces = [piece for pair in zip(quiet, asked, strict=False) for piece in pair]
    pcm.write(path, np.concatenate([*pieces, quiet[-1]]), RATE)
    return path
