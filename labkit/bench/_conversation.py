"""A conversation for figures: recordings as the microphone of a panel in Chromium and JupyterLab."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from labkit.bench import _learners, _witness
from labkit.bench._places import open_in_lab, open_places, write_notebook
from labkit.turns import Turn

__all__ = ["Conversation", "converse"]

GAP_S = 5.0
"""Longer than an answer: nobody is interrupted."""
CELL = """
import dataclasses, json, labkit, numpy as np
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
sound = np.frombuffer(b"".join(sound), dtype="<i2")
np.savez("figure.npz", stamps=np.array(stamps) - get_link().clock.offset_ms, sound=sound)
print(json.dumps([dataclasses.asdict(turn) for turn in panel.turns]))
"""


@dataclass(frozen=True)
class Conversation:
    """What was said, and what the lab made of it; all times on the kernel's clock."""

    said: list[_learners.Matched]
    turns: list[Turn]
    witness: _witness.Heard | None

    def turns_of(self, place: _learners.Matched) -> list[Turn]:
        """The turns that this clip caused, oldest first: more than one where it was cut in pieces."""
        latest = place.end_ms + 1000 * GAP_S
        return [turn for turn in self.turns if place.onset_ms < turn.stamps.get("speech_stopped", 0.0) < latest]

    def answer_to(self, place: _learners.Matched) -> Turn | None:
        """The turn that was ended after all of the clip and answered at the ear."""
        answered = [turn for turn in self.turns_of(place) if turn.stamps["speech_stopped"] >= place.end_ms]
        return next((turn for turn in answered if "rendered" in turn.stamps), None)


def converse(
    clips: Sequence[_learners.Clip],
    expect: Sequence[str],
    *,
    detection: dict[str, Any] | None = None,
    snr_db: float | None = None,
    witnessed: bool = False,
    camera: Path | None = None,
) -> Conversation:
    """Say the clips one after the other, in noise where `snr_db` is given; `detection` None is the lab's default.

    With a `camera` (an MJPEG file), the panel's camera is on.
    """
    with tempfile.TemporaryDirectory() as folder:
        microphone = Path(folder) / "microphone.wav"
        seconds = _learners.microphone_file(microphone, clips, gap_s=GAP_S, snr_db=snr_db)
        with open_places(microphone=microphone, camera=camera) as (lab, context):
            if witnessed:
                _witness.inject(context)
            (lab.root / "figure.json").write_text(json.dumps([list(expect), detection]))
            write_notebook(lab.root / "figure.ipynb", [CELL])
            notebook = open_in_lab(lab, context, "figure.ipynb")
            notebook.run_all()
            if camera:
                notebook.page.get_by_role("button", name="Camera").click()
            notebook.page.get_by_role("button", name="Start talking").click()
            notebook.page.wait_for_timeout(1000 * (seconds + 3))
            turns = [Turn(**turn) for turn in json.loads(notebook.run(SAVE))]
            heard = np.load(lab.root / "figure.npz")
            said = _learners.match(clips, heard["sound"], heard["stamps"])
            return Conversation(said, turns, _witness.take(notebook.page) if witnessed else None)
