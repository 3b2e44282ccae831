"""The notebooks as a learner meets them: in JupyterLab, and as pages of Voila, with a spoken turn in each."""

from __future__ import annotations

import shutil

import pytest
from browser.places import TOKEN, Voila, open_in_lab
from browser.test_panel import heard, recording, said, start
from playwright.sync_api import Page, expect

from labkit.checkup import NAMES

ALL_RUN = """() => {
    const cells = jupyterapp.shell.currentWidget.content.widgets.filter((cell) => cell.model.type === "code");
    return cells.every((cell) => cell.model.executionCount !== null && cell.model.executionState !== "running");
}"""
NOTEBOOKS = "00_start_here", "01_first_conversation"


@pytest.fixture(scope="module")
def question(tmp_path_factory):
    """A learner who asks the time every few seconds."""
    parts = (2.0, *("what_time_is_it", 6.0) * 8)
    return recording(tmp_path_factory.mktemp("question") / "question.wav", *parts)


@pytest.fixture(scope="module")
def lessons(lab, root):
    """The notebooks, copied beside the lab's other ones."""
    for name in NOTEBOOKS:
        shutil.copy(root / "notebooks" / f"{name}.ipynb", lab.root)


def check_everything(page: Page) -> None:
    page.get_by_role("button", name="Check", exact=True).click()
    page.get_by_role("button", name="Check", exact=True).wait_for(timeout=120_000)
    rows = page.locator(".labkit-checkup tr").all_inner_texts()
    assert not [row for row in rows if "✓ ok" not in row and not row.startswith("clock")]  # a busy computer blurs it


def talk(page: Page) -> None:
    page.get_by_role("button", name="Start talking").scroll_into_view_if_needed()
    start(page)
    said(page, "what time is it")
    said(page, "It is ")
    heard(page)


def test_start_here_in_the_lab(lab, lessons, make_context, question) -> None:
    notebook = open_in_lab(lab, make_context(microphone=question), "00_start_here.ipynb")
    notebook.run_all()
    check_everything(notebook.page)
    assert notebook.run("print(checkup.report)").count("ok  ") >= len(NAMES) - 1
    lab.end_sessions()


def test_the_first_conversation_in_the_lab(lab, lessons, make_context, question) -> None:
    notebook = open_in_lab(lab, make_context(microphone=question), "01_first_conversation.ipynb")
    notebook.run_all(wait=False)
    notebook.page.wait_for_function(ALL_RUN, timeout=300_000)
    talk(notebook.page)
    assert notebook.run("print(panel.turns[0].user)") == "what time is it"
    lab.end_sessions()


def test_the_notebooks_as_pages_of_the_lab_server(lab, lessons, make_context, question) -> None:
    context = make_context(microphone=question)
    page = context.new_page()
    page.goto(f"{lab.url}/voila/render/00_start_here.ipynb?token={TOKEN}", timeout=300_000)
    check_everything(page)
    page.goto(f"{lab.url}/voila/render/01_first_conversation.ipynb", timeout=300_000)
    talk(page)
    expect(page.locator(".labkit-where")).to_contain_text("WebSocket link")
    lab.end_sessions()


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_notebooks_as_pages_of_voila_alone(tmp_path, root, make_context, question, name: str) -> None:
    shutil.copy(root / "notebooks" / f"{name}.ipynb", tmp_path)
    place = Voila(tmp_path, tmp_path / f"{name}.ipynb")
    try:
        page = make_context(microphone=question).new_page()
        page.goto(place.url, timeout=300_000)
        (check_everything if name.startswith("00") else talk)(page)
    finally:
        place.close()
