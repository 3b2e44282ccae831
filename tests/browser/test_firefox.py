"""The lab in a Firefox as Mozilla makes it: typed and spoken turns, interruptions, microphone, camera."""

from __future__ import annotations

import contextlib

import firefox as finder
import pytest
from browser.firefox import ENTER, firefox, until
from browser.places import Lab, write_notebook

from labkit import samples

CELL = """
import cv2, labkit, numpy as np
from labkit.turns import Turn
from labkit.widgets.video import Camera
panel, camera, chunks = labkit.Panel("embedded"), Camera(), []
panel.microphone.on_chunk(lambda pcm, stamp_ms, seq: chunks.append((seq, pcm)))
last = lambda: panel.turns[-1] if panel.turns else Turn(-1)
display(panel, camera)
"""
TONE_HERTZ, TONE_AMPLITUDE = 1000, 0.1
"""Of Firefox's fake microphone."""


@contextlib.contextmanager
def panel_in_firefox(folder, **options):
    """The panel and a camera in a JupyterLab in a Firefox of their own."""
    path = finder.find()
    if path is None:
        pytest.skip(finder.NONE_FOUND)
    with contextlib.ExitStack() as stack:
        (folder / "lab").mkdir()
        (folder / "firefox").mkdir()
        lab = Lab(folder / "lab")
        stack.callback(lab.close)
        stack.callback(lab.end_sessions)
        page = stack.enter_context(firefox(path, folder / "firefox", **options))
        write_notebook(lab.root / "panel.ipynb", [CELL])
        yield page.open_in_lab(lab, "panel.ipynb")


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    with panel_in_firefox(tmp_path_factory.mktemp("fake"), fake_devices=True) as opened:
        yield opened


@pytest.fixture
def talking(tmp_path_factory):
    """The panel after a click on Start talking; its microphone hears what `page.speak` plays."""
    with panel_in_firefox(tmp_path_factory.mktemp("own"), fake_devices=False) as opened:
        start_talking(opened)
        yield opened


def wait(notebook, expression):
    until(lambda: notebook.value(f"bool({expression})"), expression)


def start_talking(notebook):
    notebook.page.click("Start talking")
    for part in ("microphone", "speaker"):
        wait(notebook, f"panel.{part}.state in ('live', 'failed')")
        assert notebook.value(f"[panel.{part}.state, panel.{part}.error]") == ["live", ""]


def type_in(notebook, text):
    notebook.page.click("Type instead of speaking")
    notebook.page.type(text + ENTER)


def say(notebook, words):
    """Say it aloud; whether it was heard so: on a crowded computer a sound card leaves some of its sound out."""
    before = notebook.value("len(panel.turns)")
    notebook.page.speak(samples.path(words.replace(" ", "_")))
    wait(notebook, f"len(panel.turns) > {before} and (last().user or last().done)")
    return notebook.value("last().user") == words


def counting(notebook):
    """1.5 s of the answer were heard."""
    wait(notebook, "last().user == 'count to twenty' and last().item_ids")
    wait(notebook, "panel.speaker.heard_ms(last().item_ids[0]) > 1500")
    return True


def is_cut(notebook):
    """The answer before `what did you say` was cut, and is remembered as it was heard."""
    wait(notebook, "last().user == 'what did you say' and last().done")
    heard, unheard, said = notebook.value("[panel.turns[-2].heard, panel.turns[-2].unheard, last().assistant]")
    assert heard.startswith("one, two,")
    assert unheard.endswith("twenty.")
    assert said == f"I said: {heard}"
    struck = "() => [...document.querySelectorAll('s.labkit-unheard')].at(-1)?.textContent"
    until(lambda: notebook.page.evaluate(struck) == unheard, "the words that were never heard, struck through")


def test_a_typed_question_is_answered_and_played(notebook):
    type_in(notebook, "count to three")
    wait(notebook, "last().done and 'rendered' in last().stamps")
    notebook.run("turn = last(); (item,) = turn.item_ids")
    assert notebook.value("turn.assistant") == "one, two, three."
    assert notebook.value("turn.audio_ms") > 1000
    wait(notebook, "panel.speaker.heard_ms(item) >= turn.audio_ms - 1")  # every sample of it was rendered
    assert notebook.value("[panel.speaker.state, panel.speaker.error]") == ["live", ""]


def test_typing_over_an_answer_cuts_it_where_it_was_heard(notebook):
    type_in(notebook, "count to twenty")
    counting(notebook)
    type_in(notebook, "what did you say")
    is_cut(notebook)


def test_the_microphone_reaches_python_in_order_and_as_loud_as_it_is(notebook):
    start_talking(notebook)
    wait(notebook, "len(chunks) > 300")
    notebook.page.click("Stop")
    numbers = notebook.value("[seq for seq, _ in chunks]")
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert notebook.value("panel.microphone.lost") == 0
    notebook.run("seconds = np.frombuffer(b''.join(pcm for _, pcm in chunks[-300:]), '<i2').reshape(3, -1) / 32768")
    assert notebook.value("float(np.median(np.abs(np.fft.rfft(seconds)).argmax(1)))") == TONE_HERTZ
    assert notebook.value("float(np.median(np.sqrt(2 * np.mean(seconds**2, 1))))") == pytest.approx(
        TONE_AMPLITUDE, rel=0.02
    )


def test_the_camera_gives_a_picture(notebook):
    notebook.page.click("Start camera")
    wait(notebook, "camera.state == 'live'")
    notebook.run("jpeg = camera.picture(); picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), 1)")
    assert notebook.value("jpeg[:2].hex()") == "ffd8"
    assert notebook.value("list(picture.shape)") == [480, 640, 3]


def test_talking_over_an_answer_cuts_it_where_it_was_heard(talking):
    said = (
        say(talking, "count to twenty") and counting(talking) and say(talking, "what did you say") for _ in range(3)
    )
    assert any(said)
    is_cut(talking)
    assert talking.value("[last().spoken, panel.microphone.lost]") == [True, 0]
