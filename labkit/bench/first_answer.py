"""From the command `labkit lab` to the first spoken answer heard in the browser, in seconds, nothing to install."""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labkit import bench, pcm, samples
from labkit.bench import _processes
from labkit.bench._places import TOKEN, JupyterPlace, open_browser, write_notebook
from labkit.lab import course_folder

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

__all__ = ["ARGUMENTS", "asking", "hear", "measure"]

COUNT = 5
GOAL_S = 15
NOTEBOOK = Path("notebooks/first_answer.ipynb")
CELL = "import labkit\n\npanel = labkit.Panel()\npanel"
ARGUMENTS = ("--no-browser", f"--IdentityProvider.token={TOKEN}", "--ServerApp.ip=127.0.0.1")
LEAD_S, PAUSE_S = 1.0, 6.0
RATE = 48_000
LOUD = "[...labkit.parts.values()].some((part) => part.name === 'speaker' && part.level() > 0.01)"
LONGEST_MS = 120_000


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Seconds by stage. The browser runs already; server, kernel and engine do not; the question takes 2 s of it."""
    runs = []
    for _ in range(options.count or COUNT):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
            runs.append(_run(Path(name)))
    return {
        "unit": "s",
        **{f"until {stage}": bench.summary(run[stage] for run in runs) for stage in ("the server", "the panel")},
        "until heard": {**bench.summary(run["heard"] for run in runs), "goal": GOAL_S},
    }


def _run(folder: Path) -> dict[str, float]:
    shutil.copytree(course_folder(None) / "notebooks", folder / "notebooks")
    environment = {"LABKIT_RUNTIME_DIR": str(folder / "engine"), "LABKIT_ENGINE": "embedded", "LABKIT_PROGRESS": "off"}
    with open_browser(asking(folder / "asking.wav")) as context:
        began = time.monotonic()
        command = ("lab", f"--folder={folder}", *ARGUMENTS)
        place = JupyterPlace(folder, *command, module="labkit.cli", environment=environment)
        try:
            place.wait(f"/api/status?token={TOKEN}")
            return hear(context, place.url, folder, lambda: time.monotonic() - began)
        finally:
            _processes.end_tree(place.process.pid)  # the engine would stay for ten minutes
            place.close()


def asking(path: Path) -> Path:
    """A microphone that asks for the time as soon as it is on, and again until it is answered."""
    quiet = np.random.default_rng(1).normal(0, 8, int(RATE * (LEAD_S + PAUSE_S))).astype(np.int16)
    lead = int(RATE * LEAD_S)
    pcm.write(path, np.concatenate([quiet[:lead], pcm.read(samples.path("what_time_is_it"), RATE), quiet[lead:]]), RATE)
    return path


def hear(context: BrowserContext, url: str, folder: Path, clock: Callable[[], float]) -> dict[str, float]:
    """What the clock said when the server of `folder` answered, the panel was there, and its answer was heard.

    The cell is the README's first one, in a new notebook, run with Shift+Enter as a reader does.
    """
    found = {"the server": clock()}
    write_notebook(folder / NOTEBOOK, [CELL])
    page = context.new_page()
    page.set_default_timeout(LONGEST_MS)
    page.goto(f"{url}/lab/tree/{NOTEBOOK.as_posix()}?token={TOKEN}")
    page.get_by_text("| Idle").wait_for()  # before that JupyterLab may drop what is run
    page.locator(".jp-Notebook .jp-Cell").first.click()
    page.keyboard.press("Shift+Enter")
    start = page.get_by_role("button", name="Start talking")
    start.wait_for()
    found["the panel"] = clock()
    start.click()
    page.wait_for_function(LOUD)
    return {**found, "heard": clock()}
