"""What the panel sees and shows: real Chromium and engine, a film as camera, calls of a lesson's tools by script."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from browser.places import becomes
from browser.test_panel import start
from playwright.sync_api import Page, expect

PANEL = ["import labkit", "panel = labkit.Panel('embedded')\npanel"]
CALL = """
import json
from labkit.link import get_link
def call(name, **arguments):
    item = {"type": "function_call", "name": name, "call_id": "c", "arguments": json.dumps(arguments)}
    event = {"type": "response.output_item.done", "response_id": "r", "item": item}
    get_link().loop.call_soon_threadsafe(panel._dialogue._take, event)
"""


@pytest.fixture(scope="module")
def paper(tmp_path_factory):
    """A camera that looks at a line on paper."""
    picture = np.full((480, 640, 3), 235, np.uint8)
    cv2.putText(picture, "3x + 1 = 4", (80, 200), cv2.FONT_HERSHEY_SIMPLEX, 2, (60, 30, 20), 5)
    path = tmp_path_factory.mktemp("paper") / "paper.mjpeg"
    path.write_bytes(cv2.imencode(".jpg", picture)[1].tobytes() * 10)
    return path


@pytest.fixture(scope="module")
def shared(open_shared, paper):
    """A notebook with the panel, before the paper; its microphone hears nothing."""
    notebook = open_shared([*PANEL, CALL, "panel.microphone.muted = True"], camera=paper)
    expect(notebook.page.locator(".labkit-seen")).to_be_hidden()
    return notebook


@pytest.fixture
def notebook(shared):
    """The same, with nobody talking; the sources are off, the board is empty, the thresholds as they were."""
    yield shared
    shared.page.get_by_role("button", name="Stop", exact=True).click()
    shared.page.wait_for_function("[...labkit.panels.values()].every(({ status }) => status.state === 'off')")
    shared.run("panel.whiteboard.clear(); panel.whiteboard.stop()")
    shared.run("for source in (panel.camera, panel.screen, panel.whiteboard): source.settle_ms = 600")


def switch(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def seen(page: Page, words: str) -> None:
    expect(page.locator(".labkit-told .labkit-words")).to_contain_text(words)


def test_a_line_on_paper_is_seen_marked_and_typeset(notebook) -> None:
    page = notebook.page
    switch(page, "Camera")
    expect(page.locator(".labkit-source-camera video")).to_be_visible()
    start(page)
    seen(page, "camera · because it changed")
    image = page.locator(".labkit-picture img")
    assert image.evaluate("image => image.decode().then(() => [image.naturalWidth, image.naturalHeight])") == [640, 480]
    [picture] = notebook.value("[[p.source, p.reason, p.width, p.height] for p in panel.session.pictures]")
    assert picture == ["camera", "settled", 640, 480]

    notebook.run("call('mark_line', line=1, kind='slip', box=[0.1, 0.25, 0.9, 0.5])")
    expect(page.get_by_role("status", name="Marked lines")).to_have_text("line 1: ✗ slip")
    box, whole = page.locator(".labkit-box.labkit-slip").bounding_box(), image.bounding_box()
    assert box["x"] - whole["x"] == pytest.approx(0.1 * whole["width"], abs=2)
    assert box["height"] == pytest.approx(0.25 * whole["height"], abs=2)
    notebook.run("call('show_math', equation='(x+1)/2 = 3')")
    expect(page.locator(".labkit-math mfrac")).to_have_count(1)

    switch(page, "Whiteboard")
    notebook.run("panel.whiteboard.write('3x = 3')")
    seen(page, "whiteboard · because it changed")
    expect(page.locator(".labkit-box")).to_have_count(0)
    notebook.run("call('mark_line', line=1, kind='right', box=[0.04, 0.03, 0.26, 0.08])")
    expect(page.locator(".labkit-paper .labkit-box.labkit-right")).to_be_visible()
    expect(page.locator(".labkit-rules:not(.labkit-memory) summary")).to_have_text("pictures: 2 sent, about 850 tokens")
    assert notebook.value("len(panel.turns)") == 0
    switch(page, "Camera")
    expect(page.locator(".labkit-source-camera")).to_be_hidden()


def test_a_picture_that_has_not_settled_goes_along_when_somebody_speaks(notebook) -> None:
    page = notebook.page
    notebook.run("panel.camera.settle_ms = 60_000")
    switch(page, "Camera")
    start(page)
    notebook.run("from labkit import samples; turn = panel.session.speak(samples.path('what_time_is_it')).wait(90)")
    seen(page, "camera · because you spoke")
    assert notebook.value("([p.reason for p in panel.session.pictures], turn.pictures)") == [["spoke"], 1]


def test_text_of_a_model_never_becomes_part_of_the_page(notebook) -> None:
    page = notebook.page
    start(page)
    math = page.locator(".labkit-math")
    notebook.run("call('show_math', equation='<img src=x onerror=alert(1)>')")
    expect(math).to_have_text("<img src=x onerror=alert(1)>")
    for evil in (
        "<math><mtext><img src='x'/></mtext></math>",
        "<math><mi>x</mi>",
        "<svg xmlns='http://www.w3.org/2000/svg'/>",
    ):
        notebook.run(f"panel._tell({{'type': 'math', 'text': 'plain', 'mathml': {evil!r}}})")
        expect(math).to_have_text("plain")
        notebook.run("panel._tell({'type': 'math', 'text': '', 'mathml': '<math onclick=\"1\"><mi>y</mi></math>'})")
        expect(math.locator("mi")).to_have_text("y")
        assert math.locator("math").get_attribute("onclick") is None


def test_thresholds_are_set_by_keyboard(notebook) -> None:
    page = notebook.page
    start(page)
    notebook.run("from labkit import samples; panel.session.show(samples.path('whiteboard'))")
    seen(page, "because a cell showed it")
    switch(page, "Camera")
    page.get_by_text("pictures: ").click()
    page.get_by_label("held still for").press("ArrowRight")
    expect(page.locator(".labkit-range output").last).to_have_text("700 ms")
    becomes(notebook, "[s.settle_ms for s in (panel.camera, panel.screen, panel.whiteboard)]", [700] * 3)
