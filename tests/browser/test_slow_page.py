"""A page so slow that anywidget gives up on its widgets, or that the person is faster: nothing is lost."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, expect

NO_PATIENCE = """
const real = AbortSignal.timeout.bind(AbortSignal);
AbortSignal.timeout = (ms) => {
    if (ms !== 2000) return real(ms);
    const patience = new AbortController();  // of anywidget, for a widget's module
    queueMicrotask(() => patience.abort());
    return patience.signal;
};
"""
LATE_LINK = """
let made;
Object.defineProperty(globalThis, "labkit", { get: () => made, set: (registry) => {
    const link = registry.link;
    registry.link = (...asked) => new Promise((resolve) => setTimeout(() => resolve(link(...asked)), 3000));
    made = registry;
} });
"""
GIVEN_UP = "[anywidget] Failed to initialize model."
CELL = "import labkit\nfrom labkit.widgets.audio import Microphone\nmicrophone = Microphone()\ndisplay(microphone)"
AND_THEN = "microphone.push_to_talk = True\nlabkit.Panel('embedded')"
"""Python says something before the page has a module to hear it with."""


@pytest.fixture
def slow(context: BrowserContext) -> tuple[BrowserContext, list[str]]:
    """A browser profile in which every widget is late, and the errors of its pages."""
    errors: list[str] = []
    context.add_init_script(NO_PATIENCE)
    context.on("weberror", lambda event: errors.append(str(event.error)))
    return context, errors


def hears_python(page: Page, errors: list[str]) -> None:
    expect(page.get_by_text("WebSocket link")).to_be_visible(timeout=60_000)
    assert any(GIVEN_UP in error for error in errors)
    expect(page.get_by_role("button", name="Hold to talk").first).to_be_visible()
    page.get_by_label("Type instead of speaking").fill("hello")
    page.get_by_label("Type instead of speaking").press("Enter")
    expect(page.get_by_role("log")).to_contain_text("Hello!", timeout=60_000)


def test_in_jupyterlab(open_notebook, slow) -> None:
    context, errors = slow
    hears_python(open_notebook([f"{CELL}\n{AND_THEN}"], in_context=context).page, errors)


def test_in_voila(voila, slow) -> None:
    context, errors = slow
    hears_python(voila([CELL, AND_THEN], in_context=context), errors)


def test_what_is_clicked_and_typed_too_early_is_done_later(open_notebook, context) -> None:
    context.add_init_script(LATE_LINK)
    page = open_notebook(["import labkit\nlabkit.Panel('embedded')"], in_context=context).page
    page.get_by_role("button", name="Start talking").click()
    page.get_by_role("button", name="Connecting… (stop)").click()
    expect(page.get_by_role("button", name="Start talking")).to_be_visible()
    page.get_by_label("Type instead of speaking").fill("hello")
    page.get_by_label("Type instead of speaking").press("Enter")
    expect(page.get_by_role("log")).to_contain_text("Hello!", timeout=60_000)
    page.get_by_role("button", name="Start talking").click()
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible(timeout=60_000)
