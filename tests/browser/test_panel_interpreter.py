"""The interpreter's face: real Chromium and engine, two people and two buttons to hold."""

from __future__ import annotations

import re

import pytest
from browser.places import becomes
from browser.test_panel import start
from browser.test_panel_face import LISTEN
from playwright.sync_api import Locator, Page, expect

PANEL = ["import labkit", "panel = labkit.Panel('embedded', lesson=labkit.lessons.interpreter())\npanel"]
FACE = """
from labkit import samples
from labkit.panel_turns import shown
from labkit.turns import Turn
def tell(turn, **more):
    panel._tell({"type": "turn", "turn": {**shown(turn, ("en", "es")), "spoken": True, **more}})
"""
MODE = "jupyterapp.shell.currentWidget.content.mode"


@pytest.fixture(scope="module")
def silent(open_shared):
    """A notebook whose microphone hears nothing."""
    notebook = open_shared([*PANEL, LISTEN, FACE, "panel.microphone.muted = True"])
    expect(notebook.page.locator(".labkit-where")).to_contain_text("WebSocket link")
    return notebook


@pytest.fixture
def notebook(silent):
    """The same, talking."""
    start(silent.page)
    yield silent
    silent.page.get_by_role("button", name="Stop", exact=True).click()
    silent.page.wait_for_function("[...labkit.panels.values()].every(({ status }) => status.state === 'off')")


def row(page: Page, number: int) -> Locator:
    return page.locator(".labkit-pair:visible").nth(number)


def column(page: Page, number: int, language: str) -> Locator:
    """The words of a turn that stand in the column of that language."""
    return row(page, number).locator(f".labkit-column{['en', 'es'].index(language) + 1} > [lang={language}]")


def type_in(page: Page, text: str) -> None:
    page.get_by_label("Type instead of speaking").fill(text)
    page.keyboard.press("Enter")


def test_two_people_speak_and_each_reads_it_in_their_own_column(notebook) -> None:
    page = notebook.page
    expect(page.locator(".labkit-heads")).to_have_text("EnglishEspañol")
    expect(page.get_by_role("status").get_by_text("listening for English or Español")).to_be_visible()
    notebook.run("panel.session.speak(samples.path('where_is_the_train_station')).wait(90)")
    expect(column(page, 0, "en")).to_have_text(re.compile("where is the train station", re.IGNORECASE))
    expect(column(page, 0, "es")).to_contain_text("estación")
    expect(row(page, 0).locator(".labkit-column2 .labkit-note")).to_have_text(re.compile(r"after \d+ ms"))
    notebook.run("panel.session.speak(samples.path('siga_todo_recto')).wait(90)")
    expect(column(page, 1, "es")).to_have_text(re.compile("siga todo recto", re.IGNORECASE))
    expect(column(page, 1, "en")).to_contain_text("straight")


def test_a_button_is_held_by_keyboard_for_its_language_alone(notebook) -> None:
    page = notebook.page
    english, spanish = (page.get_by_role("button", name=f"Hold: {name}") for name in ("English", "Español"))
    spanish.focus()
    for key in ("Enter", "Space"):
        page.keyboard.down(key)
        expect(page.get_by_role("status").get_by_text("listening for Español", exact=True)).to_be_visible()
        expect(english).to_be_disabled()
        page.keyboard.up(key)
        expect(english).to_be_enabled()
    assert page.evaluate(MODE) == "command"
    assert notebook.value("held(4)") == [True, False] * 2
    assert notebook.value("[m['language'] for m in came if m['type'] == 'hold']") == ["es"] * 4
    heard = "panel.session.settings['audio']['input']['transcription']['languages']"
    becomes(notebook, heard, ["en", "es"])


def test_typed_phrases_stand_on_their_side_and_what_is_no_phrase_is_told_there_too(notebook) -> None:
    page = notebook.page
    type_in(page, "¿Dónde está la estación?")
    expect(column(page, 0, "es")).to_have_text("¿Dónde está la estación?")
    expect(column(page, 0, "en")).to_contain_text("station")
    type_in(page, "my grandmother knits the green sweaters")
    expect(column(page, 1, "en").first).to_have_text("my grandmother knits the green sweaters")
    expect(row(page, 1).locator(".labkit-column1.labkit-below")).to_be_visible()


def test_unheard_words_and_narrow_panels(notebook) -> None:
    page = notebook.page
    notebook.run("tell(Turn(0, user='two tickets', language='en'), heard='Dos', unheard='billetes', answered_in='es')")
    expect(column(page, 0, "es").locator("s")).to_have_text("billetes")
    left, right = (column(page, 0, language).bounding_box() for language in ("en", "es"))
    assert left["x"] + left["width"] <= right["x"]
    assert abs(left["y"] - right["y"]) < 5
    notebook.run("tell(Turn(1, status='completed'))")
    expect(row(page, 1).locator(".labkit-across")).to_have_text("(not understood)")
    names = row(page, 0).locator(".labkit-side")
    assert names.first.bounding_box()["width"] <= 1
    page.locator(".labkit-panel").evaluate("panel => (panel.style.width = '320px')")
    expect(names.last).to_have_text("Español: ")
    upper, lower = (column(page, 0, language).bounding_box() for language in ("en", "es"))
    assert upper["y"] + upper["height"] <= lower["y"]
