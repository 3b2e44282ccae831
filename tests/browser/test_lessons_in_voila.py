"""Every lesson as a page without code, in real Chromium: nothing failed or broken, complete to the last heading."""

from __future__ import annotations

import json
import shutil

import pytest
from browser.places import TOKEN
from playwright.sync_api import Page

AT_ONCE = 2
"""Pages that run at the same time: each has a kernel that speaks and listens."""
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


def finished(page: Page) -> dict:
    page.wait_for_selector("#loading", state="detached", timeout=200_000)
    page.wait_for_selector("#rendered_cells .labkit-widget", timeout=30_000)  # a panel draws itself after the page
    page.wait_for_function("[...document.images].every((image) => image.complete)")
    return page.evaluate(SEEN)


@pytest.mark.timeout(300)
def test_every_lesson_is_a_whole_page_of_voila(lab, root, context) -> None:
    lessons = sorted((root / "notebooks").glob("0*.ipynb"))
    shutil.copytree(root / "notebooks", lab.root, dirs_exist_ok=True)
    for begin in range(0, len(lessons), AT_ONCE):
        some = lessons[begin : begin + AT_ONCE]
        pages = {path: context.new_page() for path in some}
        for path, page in pages.items():
            page.goto(f"{lab.url}/voila/render/{path.name}?token={TOKEN}", wait_until="commit", timeout=60_000)
        for path, page in pages.items():
            seen = finished(page)
            headings = seen.pop("headings")
            assert {name: found for name, found in seen.items() if found} == {}, path.stem
            assert headings[-1] == last_heading(path), path.stem
            page.close()
        lab.end_sessions()
