"""Progress on the start page: a table in JupyterLab and in Voila, whose links lead to the lessons."""

from __future__ import annotations

import shutil

from browser.places import TOKEN
from playwright.sync_api import expect

from labkit.exercises.course import COURSE

CELL = """
import os, tempfile
os.environ["LABKIT_PROGRESS"] = tempfile.mkdtemp() + "/progress.json"
from labkit import exercises
from labkit.exercises.keeping import KEPT
KEPT.note("first_conversation.early_barge_in", passed=True)
KEPT.note("first_conversation.own_tool", passed=False)
exercises.progress()
"""
CHECK = "from labkit.exercises import first_conversation as check\ncheck.early_barge_in(None)"
LESSON = "01_first_conversation"


def test_progress_in_the_lab_and_in_voila(lab, root, open_notebook, context) -> None:
    shutil.copy(root / "notebooks" / f"{LESSON}.ipynb", lab.root)
    notebook = open_notebook([CELL, CHECK])
    page = notebook.page
    table = page.get_by_role("table")
    expect(table.get_by_role("row")).to_have_count(1 + len(COURSE) // 2)
    expect(table.get_by_role("row", name=LESSON)).to_contain_text("✓ done")
    expect(table.get_by_role("row", name=LESSON)).to_contain_text("tried 1 time")
    expect(page.get_by_text("not yet: None is no conversation.")).to_be_visible()
    table.get_by_role("link", name=LESSON).click()
    page.wait_for_function(f"jupyterapp.shell.currentWidget.title.label === '{LESSON}.ipynb'")

    voila = context.new_page()
    voila.goto(f"{lab.url}/voila/render/{notebook.name}?token={TOKEN}")
    expect(voila.get_by_role("row", name=LESSON)).to_contain_text("✓ done")
    expect(voila.get_by_text("on a page without code nothing can be changed")).to_be_visible()
    assert voila.get_by_role("link", name=LESSON).first.evaluate("link => link.href").endswith(f"/{LESSON}.ipynb")
