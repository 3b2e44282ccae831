"""Pages of Voila with labkit's template: what they say of themselves, and the kernels behind them."""

from __future__ import annotations

import contextlib
import json
import time
from pathlib import Path

from browser.places import PATIENCE_S, write_notebook

PANEL = "import labkit\nlabkit.Panel()"
HEADING = {"cell_type": "markdown", "id": "heading", "metadata": {}, "source": "# A talk\n$x^2$"}


def ours(path, cells, **metadata):
    """A notebook with labkit's template, as those of the project are."""
    notebook = json.loads(write_notebook(path, cells).read_text())
    notebook["cells"].insert(0, HEADING)
    notebook["metadata"] |= {"voila": {"template": "labkit"}, **metadata}
    path.write_text(json.dumps(notebook))
    return path


def notice(page, says):
    """The words of the notice, once it says that."""
    page.locator(f"#labkit-notice[data-says={says}]").wait_for()
    return page.locator("#labkit-notice span").inner_text()


def all_well(page, seconds=PATIENCE_S):
    page.get_by_role("button", name="Start talking").wait_for(timeout=seconds * 1000)
    page.locator("#labkit-notice").wait_for(state="hidden")


def linked(page):
    page.get_by_text("WebSocket link").wait_for()


def kernels(place):
    """The process ids of the kernels of a server."""
    found = set()
    for pid in Path(f"/proc/{place.process.pid}/task/{place.process.pid}/children").read_text().split():
        with contextlib.suppress(OSError):  # it has ended meanwhile
            found |= {int(pid)} if "ipykernel" in Path(f"/proc/{pid}/cmdline").read_text() else set()
    return found


def until(true, seconds=PATIENCE_S):
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.2)
    return true()
