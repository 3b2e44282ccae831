"""The whole lesson in real Chromium: somebody writes in front of the camera and asks, or writes on the whiteboard."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
from browser.places import PATIENCE_S
from PIL import Image
from playwright.sync_api import expect

from labkit import pcm, samples
from labkit.bench import _film, _hands

ENGINE = """
import labkit
from labkit.lessons import TUTOR
with labkit.connect("embedded", lesson=TUTOR, timeout_s=90) as session:
    session.show(labkit.samples.path("board_1"), "what is the exercise").wait(90)
"""
"""The engine is up, and has its eyes open, before the camera's film begins."""
PANEL = [ENGINE, "panel = labkit.Panel('embedded', lesson=TUTOR)\npanel"]
RATE = 48_000
SHOWN_S = {"board_1": 4, "board_2": 14, "board_3": 5, "board_4": 20}
"""How long the camera sees each board; a slip is on the second one."""
ASKED_S = 12
"""When the learner asks, after the microphone began: the slip has been on the board for a while."""


@pytest.fixture(scope="module")
def writing(tmp_path_factory):
    """A camera before which `3x + 1 = 4` is solved, with a slip that is corrected."""
    boards = [(np.asarray(Image.open(samples.path(name))), seconds) for name, seconds in SHOWN_S.items()]
    return _film.film(tmp_path_factory.mktemp("writing") / "writing.mjpeg", boards)


def quiet(seconds):
    return np.random.default_rng(1).normal(0, 8, seconds * RATE).astype(np.int16)


@pytest.fixture(scope="module")
def asking(tmp_path_factory):
    """A microphone that asks once."""
    path, question = tmp_path_factory.mktemp("asking") / "asking.wav", pcm.read(samples.path("is_this_right"), RATE)
    pcm.write(path, np.concatenate([quiet(ASKED_S), question, quiet(60)]), RATE)
    return path


@pytest.fixture(scope="module")
def silence(tmp_path_factory):
    path = tmp_path_factory.mktemp("silence") / "silence.wav"
    pcm.write(path, quiet(10), RATE)
    return path


def start(page):
    page.get_by_role("button", name="Start talking").click()
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible()


def said(page, text, timeout_s=PATIENCE_S):
    expect(page.get_by_role("log")).to_contain_text(text, timeout=timeout_s * 1000)


def marked(page, words, timeout_s=PATIENCE_S):
    expect(page.get_by_label("Marked lines")).to_contain_text(words, timeout=timeout_s * 1000)


def math_shown(page, letters, timeout_s=PATIENCE_S):
    """Typeset: MathML of these letters and signs."""
    shown = page.locator(".labkit-math math")
    signs = "\N{INVISIBLE TIMES}?".join(map(re.escape, letters))
    expect(shown).to_have_text(re.compile(f"^{signs}$"), timeout=timeout_s * 1000)
    assert shown.bounding_box()["height"] > 10


def write(page, board, text, row):
    """A line on the whiteboard by real pointer events; returns how many strokes it took."""
    strokes = _hands.strokes(text, "upright", 1, size=0.1 * board["width"] / 2.2)
    left, below = board["x"] + 0.06 * board["width"], board["y"] + (0.2 + 0.24 * row) * board["height"]
    for stroke in strokes:
        places = [(left + x, below + y) for x, y in [*stroke[::2], stroke[-1]]]
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place)
        page.mouse.up()
    return len(strokes)


def test_a_lesson_by_camera_and_voice(open_notebook, make_context, writing, asking):
    notebook = open_notebook(PANEL, in_context=make_context(camera=writing, microphone=asking))
    page = notebook.page
    start(page)
    page.get_by_role("button", name="Camera").click()
    marked(page, "line 2: ✗ slip")
    math_shown(page, "3x=5")
    said(page, re.compile("line two", re.IGNORECASE))
    said(page, "is this right")
    marked(page, "line 2: ✓ right")
    marked(page, "line 3: ✓ right")
    math_shown(page, "x=1")
    said(page, "well done")
    turns = notebook.value("[[turn.user, turn.assistant] for turn in panel.turns]")
    answers = [answer for _, answer in itertools.takewhile(lambda turn: "well done" not in turn[1], turns)]
    assert not any("equals one" in answer for answer in answers)
    assert any(user == "is this right" and "line two" in answer.lower() for user, answer in turns)


def test_a_lesson_on_the_whiteboard(open_notebook, make_context, silence):
    page = open_notebook(PANEL, in_context=make_context(microphone=silence)).page
    page.get_by_role("button", name="Whiteboard").click()
    start(page)
    ink = page.locator("canvas.labkit-ink")
    ink.scroll_into_view_if_needed()
    board = ink.bounding_box()
    write(page, board, "2x - 6 = 4", 0)
    said(page, "The exercise is two x minus six equals four")
    slip = write(page, board, "2x = 2", 1)
    marked(page, "line 2: ✗ slip")
    math_shown(page, "2x=2")
    for _ in range(slip):
        page.get_by_role("button", name="Undo").click()
    write(page, board, "2x = 10", 1)
    marked(page, "line 2: ✓ right")
    write(page, board, "x = 5", 2)
    said(page, "well done")
    marked(page, "line 3: ✓ right")
