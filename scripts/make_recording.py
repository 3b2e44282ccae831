"""Make the recorded conversation that the lessons look at: the package's learner in a real browser, at the ear.

Held in JupyterLab with a fake microphone, so that every moment up to the first rendered sample is real. Only the
event log is kept: the sounds would be megabytes.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from screenshots import learner

from labkit import samples
from labkit.bench._places import open_in_lab, open_places, write_notebook

RECORDING = Path(samples.__file__).parent / "conversation" / "events.jsonl"
SAID = (
    *(4.0, "what_time_is_it", 4.5, "thank_you", 4.0, "what_did_i_say", 4.5, "say_that_like_a_robot", 5.0),
    *("count_to_twenty", 3.0, "what_did_you_say", 6.0, "what_do_you_see", 30.0),
)
"""Samples by name, and seconds of a quiet room between them."""
TALK_S = 44
CELLS = ["import labkit\n\npanel = labkit.Panel('embedded')\npanel"]


def main() -> int:
    """Hold the conversation and keep its log."""
    with tempfile.TemporaryDirectory() as folder:
        microphone = learner(Path(folder) / "learner.wav", SAID)
        with open_places(microphone=microphone) as (lab, context):
            write_notebook(lab.root / "talk.ipynb", CELLS)
            notebook = open_in_lab(lab, context, "talk.ipynb")
            notebook.run_all()
            notebook.page.get_by_role("button", name="Start talking").click()
            notebook.page.get_by_role("button", name="Stop", exact=True).wait_for(timeout=30_000)
            notebook.run("recording = panel.session.record('conversation')")
            notebook.page.wait_for_timeout(1000 * TALK_S)
            notebook.run("recording.stop()")
            RECORDING.parent.mkdir(exist_ok=True)
            shutil.copy(lab.root / "conversation" / RECORDING.name, RECORDING)
    print(f"wrote {RECORDING.parent.name}/{RECORDING.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
