"""The places of the browser tests, most of which live with the figures; and how long a test waits in them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from labkit.bench._places import (
    TOKEN,
    Lab,
    Voila,
    chromium_with,
    colour_film,
    open_in_lab,
    tone_bursts,
    write_notebook,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

__all__ = [
    "PATIENCE_S",
    "TOKEN",
    "Lab",
    "Voila",
    "becomes",
    "chromium_with",
    "colour_film",
    "new_context",
    "open_in_lab",
    "save",
    "tone_bursts",
    "write_notebook",
]

PATIENCE_S = 90
"""How long anything may take that will come: a crowded computer is several times slower, and stalls for seconds."""


def becomes(notebook: Any, expression: str, wanted: object = True, seconds: float = PATIENCE_S) -> None:
    """Until the kernel says so: what a page shows and what Python hears travel on different ways."""
    deadline = time.monotonic() + seconds
    while (found := notebook.value(expression)) != wanted and time.monotonic() < deadline:
        time.sleep(0.1)
    assert found == wanted, expression


def save(page: Page) -> None:
    """Save the notebook, until it is saved."""
    page.evaluate("jupyterapp.commands.execute('docmanager:save').then(() => null)")
    page.wait_for_function("!jupyterapp.shell.currentWidget.context.model.dirty")


def new_context(browser: Browser, **options: Any) -> BrowserContext:
    """A browser profile that waits for long; what its pages complain of is shown when a test fails."""
    made = browser.new_context(**options)
    made.set_default_timeout(PATIENCE_S * 1000)
    made.on("console", lambda message: message.type == "error" and print(f"console: {message.text}"))
    made.on("weberror", lambda error: print(f"error of a page: {error.error}"))
    return made
