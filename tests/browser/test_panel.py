"""The panel by voice: real Chromium, JupyterLab and Voila, the real engine, a recorded learner at the microphone."""

from __future__ import annotations

import itertools
import os
import re
from pathlib import Path

import numpy as np
import pytest
from browser.places import PATIENCE_S, TOKEN, becomes, open_in_lab, save, write_notebook
from playwright.sync_api import Page, expect

from labkit import pcm, samples
from labkit.bench import _learners

READY = """
import labkit
with labkit.connect("embedded", timeout_s=90) as session:
    session.say("hello").wait(90)
"""
"""The engine is up before the recording at the microphone begins, which speaks once."""
PANEL = [READY, "panel = labkit.Panel('embedded')\npanel"]
RATE = 48_000
HEAR = """() => {
    if (globalThis.mostHeard === undefined) setInterval(() => {
        const speakers = [...(globalThis.labkit?.parts.values() ?? [])].filter(({ name }) => name === "speaker");
        for (const speaker of speakers) globalThis.mostHeard = Math.max(mostHeard, speaker.level());
    }, 20);
    globalThis.mostHeard = 0;
}"""
"""How loud the page has been since; a look afterwards could come when all is said."""
names = itertools.count(1)


def recording(path, *parts: str | float):
    """A fake microphone: samples by name, and seconds of a quiet room; it loops, so it ends with a long silence."""
    room = np.random.default_rng(1)
    pieces = [
        pcm.read(samples.path(part), RATE)
        if isinstance(part, str)
        else room.normal(0, 8, int(part * RATE)).astype(np.int16)
        for part in parts
    ]
    pcm.write(path, np.concatenate([*pieces, room.normal(0, 8, 60 * RATE).astype(np.int16)]), RATE)
    return path


@pytest.fixture(scope="module")
def talk(tmp_path_factory):
    """A learner who asks for counting, and talks over it."""
    folder = tmp_path_factory.mktemp("talk")
    return recording(folder / "talk.wav", 2.0, "count_to_twenty", 2.5, "what_did_you_say")


@pytest.fixture(scope="module")
def question(tmp_path_factory):
    return recording(tmp_path_factory.mktemp("question") / "question.wav", 2.0, "what_time_is_it")


def start(page: Page) -> None:
    page.evaluate(HEAR)
    page.get_by_role("button", name="Start talking").click()
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible()


def heard(page: Page) -> None:
    """The page gave sound since it was started."""
    page.wait_for_function("mostHeard > 0.01")


def said(page: Page, text: str | re.Pattern[str], timeout_s: float = PATIENCE_S) -> None:
    expect(page.get_by_role("log")).to_contain_text(text, timeout=timeout_s * 1000)


def test_a_spoken_turn_is_heard_shown_and_timed(open_notebook, make_context, question) -> None:
    notebook = open_notebook(PANEL, in_context=make_context(microphone=question))
    start(notebook.page)
    said(notebook.page, "what time is it")
    said(notebook.page, "It is ")
    heard(notebook.page)
    notebook.run("parts = lambda: labkit.trace.parts(panel.turns[0])")
    becomes(notebook, "None not in (parts().voice_to_voice_ms, parts().link_ms)")
    voice_to_voice, link = notebook.value("[parts().voice_to_voice_ms, parts().link_ms]")
    assert 0 < link < voice_to_voice
    expect(notebook.page.locator(".labkit-time").first).to_contain_text(f"last turn {voice_to_voice} ± ")
    expect(notebook.page.locator(".labkit-where")).to_contain_text(
        "embedded engine · WebSocket link · stays on the computer"
    )


def test_a_person_is_understood_and_answered(open_notebook, make_context, tmp_path, root) -> None:
    shared = Path(os.environ.get("LABKIT_SHARED") or root.parent / "shared" / "data")
    if not (shared / "commands" / "index.json").is_file():
        pytest.skip("no recordings of people here: name their folder in LABKIT_SHARED")
    [clip] = _learners.choose(shared, 1)
    _learners.microphone_file(tmp_path / "person.wav", [clip], gap_s=20)
    lesson = f"labkit.Lesson(expect=({clip.text!r}, 'turn left', 'open the window'))"
    cells = [READY, f"panel = labkit.Panel('embedded', lesson={lesson})\npanel"]
    page = open_notebook(cells, in_context=make_context(microphone=tmp_path / "person.wav")).page
    start(page)
    said(page, clip.text)
    said(page, "You said")
    heard(page)


def test_talking_over_an_answer_cuts_it_and_the_engine_forgets_the_rest(open_notebook, make_context, talk) -> None:
    notebook = open_notebook(PANEL, in_context=make_context(microphone=talk))
    start(notebook.page)
    said(notebook.page, "never heard: you interrupted")
    expect(notebook.page.locator("s.labkit-unheard")).to_contain_text("twenty.")
    said(notebook.page, "I said: one,")
    remembered, answer = notebook.run("print(panel.turns[0].heard); print(panel.turns[1].assistant)").splitlines()
    assert answer.strip() == f"I said: {remembered}"
    assert 1 <= len(remembered.split()) < 15


def test_typing_works_by_keyboard_alone(open_notebook) -> None:
    page = open_notebook(PANEL).page
    line = page.get_by_label("Type instead of speaking")
    line.focus()
    page.keyboard.type("count to three")
    page.keyboard.press("Enter")
    said(page, "one, two, three.")
    page.get_by_role("button", name="“what can you do”").press("Enter")
    said(page, "You can interrupt me")


def test_a_reload_in_mid_answer_goes_on_with_one_click(open_notebook, lab, make_context, question) -> None:
    context = make_context(microphone=question)
    notebook = open_notebook(PANEL, in_context=context)
    start(notebook.page)
    said(notebook.page, "It is ")
    notebook.page.get_by_label("Type instead of speaking").fill("count to one hundred")
    notebook.page.keyboard.press("Enter")
    said(notebook.page, "one, two")
    notebook.page.get_by_role("button", name="Mute").click()  # the looping question shall not be what interrupts
    notebook.page.evaluate(HEAR)
    heard(notebook.page)
    save(notebook.page)
    notebook.page.close()
    again = open_in_lab(lab, context, notebook.name)
    said(again.page, "one, two")
    expect(again.page.locator("s.labkit-unheard").last).to_contain_text("one hundred.")
    start(again.page)
    again.page.get_by_label("Type instead of speaking").fill("what did you say")
    again.page.keyboard.press("Enter")
    said(again.page, "I said: one, two")


def test_a_denied_microphone_is_one_sentence(open_notebook, make_context) -> None:
    page = open_notebook(PANEL, in_context=make_context(permissions=[])).page
    page.get_by_role("button", name="Start talking").click()
    expect(page.get_by_role("alert").filter(has_text="microphone was not allowed")).to_be_visible()
    page.get_by_label("Type instead of speaking").fill("hello")
    page.keyboard.press("Enter")
    said(page, "Hello!")


def test_an_engine_that_dies_comes_back_with_all_that_was_said(open_notebook) -> None:
    notebook = open_notebook([*PANEL, "panel.microphone.muted = True"])
    page = notebook.page
    start(page)
    page.get_by_label("Type instead of speaking").fill("count to three")
    page.keyboard.press("Enter")
    said(page, "one, two, three.")
    notebook.run("panel.session.wait(90, heard=True)")
    notebook.run("import os, signal; from labkit import runtime; os.kill(int(runtime.read()['pid']), signal.SIGKILL)")
    expect(page.get_by_role("status").filter(has_text="connect")).to_have_count(1)
    expect(page.get_by_role("alert")).to_be_hidden()
    page.get_by_label("Type instead of speaking").fill("what did you say")
    page.keyboard.press("Enter")
    said(page, "I said: one, two, three.")


def test_push_to_talk(open_notebook, make_context, question) -> None:
    notebook = open_notebook(PANEL, in_context=make_context(microphone=question))
    page = notebook.page
    start(page)
    said(page, "It is ")
    page.get_by_role("button", name="Hold to talk").dispatch_event("pointerdown", {"pointerId": 1})
    page.wait_for_timeout(600)
    page.get_by_role("button", name="Hold to talk").dispatch_event("pointerup", {"pointerId": 1})
    notebook.page.wait_for_function("document.querySelectorAll('.labkit-turn').length >= 2")
    detection = "(panel.session.settings['audio']['input']['turn_detection'] or {}).get('type')"
    becomes(notebook, detection, "semantic_vad")


def test_voila_alone_holds_a_spoken_conversation(voila, make_context, talk) -> None:
    page = voila(PANEL, in_context=make_context(microphone=talk))
    page.get_by_role("button", name="Start talking").wait_for()
    start(page)
    said(page, "count to twenty")
    said(page, "never heard: you interrupted")


def test_voila_inside_the_lab_server_holds_one_too(lab, make_context, question) -> None:
    write_notebook(lab.root / "voila-page.ipynb", PANEL)
    page = make_context(microphone=question).new_page()
    page.goto(f"{lab.url}/voila/render/voila-page.ipynb?token={TOKEN}")
    page.get_by_role("button", name="Start talking").wait_for()
    start(page)
    said(page, "It is ")
    heard(page)
    expect(page.locator(".labkit-where")).to_contain_text("WebSocket link")
    lab.end_sessions()


def test_a_panel_cell_run_again_ends_what_nobody_sees(open_notebook, make_context, question) -> None:
    notebook = open_notebook(
        [PANEL[0], "panels = []", "panel = labkit.Panel('embedded')\npanels.append(panel)\npanel"],
        in_context=make_context(microphone=question),
    )
    page = notebook.page
    start(page)
    said(page, "It is ")
    page.locator(".jp-CodeCell").nth(2).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Start talking").wait_for()
    start(page)
    page.wait_for_function("""() => {
        const states = [...labkit.parts.values()].filter(({ name }) => name === "microphone").map(({ state }) => state);
        return states.join() === "off,live";
    }""")
    seen = "[[p._status.state, p.microphone.state, bool(p._dialogue.closed)] for p in panels]"
    becomes(notebook, seen, [["off", "off", True], ["live", "live", False]])
    turns = notebook.value("len(panels[0].turns)")
    page.get_by_label("Type instead of speaking").fill("count to three")
    page.keyboard.press("Enter")
    said(page, "one, two, three.")
    assert notebook.value("len(panels[0].turns)") == turns
