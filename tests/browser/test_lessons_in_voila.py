"""Every lesson as a page without code, in real Chromium: nothing failed or broken, complete to the last heading."""

from __future__ import annotations

import json
import shutil
import time

import pytest
from browser.places import PATIENCE_S, TOKEN
from playwright.sync_api import Page

AT_ONCE = 3
"""Pages that run at the same time: each has a kernel that speaks and listens."""
ARRIVED = "document.readyState === 'complete' && !document.querySelector('#loading')"
"""A page that has only begun has no progress line yet."""
SEEN = """() => {
    const shown = (element) => element.getClientRects().length > 0;
    const all = (selector) => [...document.querySelectorAll(`#rendered_cells ${selector}`)].filter(shown);
    const words = (selector) => all(selector).map((element) => element.innerText.trim().slice(0, 300));
    const broken = all("img").filter((image) => !image.complete || !image.naturalWidth);
    return {
        failed: words(".labkit-failed, [data-mime-type='application/vnd.jupyter.error']"),
        complained: words("[data-mime-type='application/vnd.jupyter.stderr']"),
        code: words(".jp-CodeCell :is(.jp-InputArea, .highlight, .cm-editor)"),
        broken: broken.map((image) => image.outerHTML.slice(0, 100)),
        flat: all("svg").filter((drawing) => drawing.getBoundingClientRect().height < 2).length,
        reprs: words(".jp-OutputArea-output").filter((text) => /^(Error displaying|<Figure|<Axes|<labkit)/.test(text)),
        untypeset: words(":is(p, li)").filter((text) => /[$][^$]+[$]/.test(text)),
        headings: words(":is(h1, h2)"),
    };
}"""


def last_heading(path) -> str:
    cells = json.loads(path.read_text("utf-8"))["cells"]
    lines = [line for cell in cells if cell["cell_type"] == "markdown" for line in "".join(cell["source"]).splitlines()]
    return [line.lstrip("# ") for line in lines if line.startswith("#")][-1]


def whole(seen: dict) -> bool:
    return [name for name, found in seen.items() if found] == ["headings"]


def finished(page: Page) -> dict:
    page.wait_for_function(ARRIVED, timeout=600_000)
    page.wait_for_selector("#rendered_cells .labkit-widget")  # a panel draws itself after the page
    page.wait_for_function("[...document.images].every((image) => image.complete)")
    deadline = time.monotonic() + PATIENCE_S
    while not whole(seen := page.evaluate(SEEN)) and time.monotonic() < deadline:  # formulas and plots come later
        page.wait_for_timeout(250)
    return seen


@pytest.mark.timeout(1800)
def test_every_lesson_is_a_whole_page_of_voila(lab, root, context) -> None:
    lessons = sorted((root / "notebooks").glob("0*.ipynb"))
    shutil.copytree(root / "notebooks", lab.root, dirs_exist_ok=True)
    for begin in range(0, len(lessons), AT_ONCE):
        some = lessons[begin : begin + AT_ONCE]
        pages = {path: context.new_page() for path in some}
        for path, page in pages.items():
            page.goto(f"{lab.url}/voila/render/{path.name}?token={TOKEN}", wait_until="commit")
        for path, page in pages.items():
            seen = finished(page)
            headings = seen.pop("headings")
            assert {name: found for name, found in seen.items() if found} == {}, path.stem
            assert headings[-1] == last_heading(path), path.stem
            page.close()
        lab.end_sessions()
