"""The memory view: real Chromium and engine, what the server holds, what it lost, notes, and what is carried."""

from __future__ import annotations

import re

import pytest
from browser.test_panel import said, start
from playwright.sync_api import Locator, Page, expect

PANEL = [
    "import labkit",
    "from labkit.memory import Memory, Note",
    "brought = Memory((Note('person', 'Anna', 'from Spain'),), 'A conversation of 3 turns. People: anna.')",
    "panel = labkit.Panel('embedded', lesson=labkit.lessons.rememberer(), memory=brought)\npanel",
    "panel.microphone.muted = True",
]
NOTE = """
from labkit.link import get_link
def note(**fields):
    get_link().loop.call_soon_threadsafe(lambda: panel._dialogue.note("reconnected", **fields))
"""
TALKING = """
import time
begun = time.monotonic()
while panel._dialogue is None and time.monotonic() - begun < 90:
    time.sleep(0.1)
"""
SMALL = (
    TALKING
    + """
limit = panel.session.context.budget.used // 2  # at once too full
truncation = {"type": "retention_ratio", "retention_ratio": 0.5, "token_limits": {"post_instructions": limit}}
panel.session.send({"type": "session.update", "session": {"type": "realtime", "truncation": truncation}})
"""
)


@pytest.fixture(scope="module")
def notebook(open_shared):
    """A notebook with the rememberer's panel."""
    return open_shared([*PANEL, NOTE])


def type_in(page: Page, text: str) -> None:
    page.get_by_label("Type instead of speaking").fill(text)
    page.keyboard.press("Enter")


def items(page: Page, text: str | re.Pattern[str]) -> Locator:
    return page.locator(".labkit-held tbody tr").filter(has_text=text)


def test_what_is_carried_is_read_before_it_is_sent(notebook) -> None:
    page = notebook.page
    carried = page.locator(".labkit-carried")
    expect(carried).to_contain_text("Carried from earlier: when you start, these notes are given")
    expect(carried.locator("li").last).to_contain_text("person Anna: from Spain")
    start(page)
    expect(carried).to_be_hidden()
    expect(items(page, "carried from earlier: A conversation of 3 turns")).to_have_count(1)
    expect(page.locator(".labkit-memory > summary")).to_have_text(re.compile(r": about \d+ tokens"))


def test_notes_are_taken_and_forgotten_with_a_click(notebook) -> None:
    page = notebook.page
    notes = page.locator(".labkit-notes li")
    type_in(page, "my train leaves at nine")
    expect(notes.filter(has_text="my train leaves at nine")).to_have_count(1)
    notes.get_by_role("button", name="“forget the train”").click()
    expect(notes.filter(has_text="my train leaves at nine")).to_have_count(0)
    expect(notes).to_have_count(1)


def test_pictures_and_words_that_were_cut_are_seen_for_what_they_are(notebook) -> None:
    page = notebook.page
    notebook.run(TALKING + "from labkit import samples; panel.session.show(samples.path('whiteboard'))")
    expect(items(page, re.compile(r"picture, \d+ x \d+"))).to_have_count(1)
    type_in(page, "count to one hundred")
    said(page, "one, two")
    page.wait_for_timeout(1500)
    type_in(page, "hello")
    cut = items(page, re.compile("one, two"))
    expect(cut.locator("s")).to_contain_text("twenty")
    expect(cut.locator("td").first).to_have_text("AI")


def test_what_a_limit_drops_is_greyed_and_says_why(notebook) -> None:
    page = notebook.page
    notebook.run(SMALL)
    type_in(page, "count to five")
    said(page, "one, two, three, four, five.")
    gone = page.locator(".labkit-held .labkit-gone")
    expect(gone.first).to_contain_text("dropped: no room")
    expect(
        page.locator(".labkit-memory .labkit-words").filter(has_text="the oldest go until 50 % is left")
    ).to_be_visible()
    full = page.get_by_role("meter", name="Tokens used")
    expect(full).to_have_attribute("aria-valuetext", re.compile(r"^\d+ of \d+ tokens$"))


def test_a_connection_that_came_back_is_one_sentence(notebook) -> None:
    page = notebook.page
    sentence = "The connection was lost for 2 s; everything is back."
    notebook.run(f"note(took_ms=2000, items=3, lost=[], sentence={sentence!r})")
    expect(page.get_by_role("status").filter(has_text=sentence)).to_be_visible()
    expect(page.get_by_role("alert")).to_be_hidden()
