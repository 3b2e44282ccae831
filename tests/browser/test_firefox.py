"""The lab in a Firefox as Mozilla makes it: microphone, answer, interruption, camera."""

from __future__ import annotations

import pytest
from browser import firefox
from browser.firefox import ENTER, until
from browser.places import Lab, write_notebook

PANEL = """
import cv2, labkit, numpy as np
from labkit.widgets.video import Camera
panel, camera, chunks = labkit.Panel("embedded"), Camera(), []
panel.microphone.on_chunk(lambda pcm, stamp_ms, seq: chunks.append((seq, pcm)))
display(panel, camera)
"""
TONE_HERTZ = 1000
TONE_AMPLITUDE = 0.1
"""Of Firefox's fake microphone."""


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    """The panel and a camera in JupyterLab in Firefox."""
    path = firefox.find()
    if path is None:
        pytest.skip(firefox.NONE_FOUND)
    lab = Lab(tmp_path_factory.mktemp("lab"))
    write_notebook(lab.root / "panel.ipynb", [PANEL])
    try:
        with firefox.firefox(path, tmp_path_factory.mktemp("firefox")) as page:
            yield page.open_in_lab(lab, "panel.ipynb")
    finally:
        lab.end_sessions()
        lab.close()


def wait(notebook, expression):
    until(lambda: notebook.value(f"bool({expression})"), expression)


def type_in(notebook, text):
    notebook.page.click("Type instead of speaking")
    notebook.page.type(text + ENTER)


def test_a_typed_question_is_answered_and_played(notebook):
    type_in(notebook, "count to three")
    wait(notebook, "panel.turns and panel.turns[-1].done and 'rendered' in panel.turns[-1].stamps")
    notebook.run("turn = panel.turns[-1]; (item,) = turn.item_ids")
    assert notebook.value("turn.assistant") == "one, two, three."
    wait(notebook, "panel.speaker.heard_ms(item) >= turn.audio_ms - 1")  # every sample of it was rendered
    assert notebook.value("turn.audio_ms") > 1000
    assert notebook.value("[panel.speaker.state, panel.speaker.error]") == ["live", ""]


def test_a_typed_interruption_cuts_the_answer_where_it_was_heard(notebook):
    type_in(notebook, "count to one hundred")
    wait(
        notebook,
        "panel.turns and panel.turns[-1].item_ids and panel.speaker.heard_ms(panel.turns[-1].item_ids[0]) > 1500",
    )
    type_in(notebook, "what did you say")
    wait(notebook, "panel.turns[-1].user == 'what did you say' and panel.turns[-1].done")
    assert notebook.value("panel.turns[-2].interrupted")
    heard, unheard = notebook.value("[panel.turns[-2].heard, panel.turns[-2].unheard]")
    assert heard.startswith("one, two,")
    assert unheard.endswith("one hundred.")
    assert notebook.value("panel.turns[-1].assistant") == f"I said: {heard}"
    struck = "() => [...document.querySelectorAll('s.labkit-unheard')].at(-1)?.textContent"
    until(lambda: notebook.page.evaluate(struck) == unheard, "the words that were never heard, struck through")


def test_the_microphone_reaches_python_in_order_and_as_loud_as_it_is(notebook):
    notebook.page.click("Start talking")
    wait(notebook, "len(chunks) > 150")
    numbers = notebook.value("[seq for seq, _ in chunks]")
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert notebook.value("[panel.microphone.lost, panel.microphone.state]") == [0, "live"]
    notebook.run("second = np.frombuffer(b''.join(pcm for _, pcm in chunks[-50:]), '<i2') / 32768")
    assert notebook.value("int(np.abs(np.fft.rfft(second)).argmax())") == TONE_HERTZ
    assert notebook.value("float(np.sqrt(2 * np.mean(second**2)))") == pytest.approx(TONE_AMPLITUDE, rel=0.02)


def test_the_camera_gives_a_picture(notebook):
    notebook.page.click("Start camera")
    wait(notebook, "camera.state == 'live'")
    notebook.run("jpeg = camera.picture(); picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), 1)")
    assert notebook.value("jpeg[:2].hex()") == "ffd8"
    assert notebook.value("list(picture.shape)") == [480, 640, 3]
