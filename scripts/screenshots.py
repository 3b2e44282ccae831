"""Take the README's picture anew: a real conversation in JupyterLab, with the package's own recorded learner."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from labkit import pcm, samples
from labkit.bench._places import open_in_lab, open_places, write_notebook

DOCS = Path(__file__).resolve().parent.parent / "docs"
RATE = 48_000
SAID = (4.0, "what_time_is_it", 4.0, "count_to_twenty", 3.0, "what_did_you_say", 30.0)
"""Samples by name, and seconds of a quiet room between them."""
TALK_S = 19
CELLS = ["import labkit\n\npanel = labkit.Panel()\npanel"]


def learner(path: Path, said: Sequence[str | float]) -> Path:
    """The recorded learner as a microphone file: samples by name, and seconds of a quiet room."""
    room = np.random.default_rng(1)
    pieces = [
        room.normal(0, 8, int(part * RATE)).astype(np.int16)
        if isinstance(part, float)
        else pcm.read(samples.path(part), RATE)
        for part in said
    ]
    pcm.write(path, np.concatenate(pieces), RATE)
    return path


def main() -> int:
    """Hold the conversation and save docs/panel.png."""
    with tempfile.TemporaryDirectory() as folder:
        microphone = learner(Path(folder) / "learner.wav", SAID)
        with open_places(microphone=microphone) as (lab, context):
            write_notebook(lab.root / "talk.ipynb", CELLS)
            notebook = open_in_lab(lab, context, "talk.ipynb")
            notebook.page.set_viewport_size({"width": 1040, "height": 640})
            notebook.page.evaluate("jupyterapp.commands.execute('application:toggle-left-area')")
            notebook.run_all()
            notebook.page.get_by_role("button", name="Start talking").click()
            notebook.page.wait_for_timeout(1000 * TALK_S)
            DOCS.mkdir(exist_ok=True)
            notebook.page.screenshot(path=DOCS / "panel.png")
    print(f"wrote {DOCS.name}/panel.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
