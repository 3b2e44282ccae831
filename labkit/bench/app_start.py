"""How long `labkit app` takes to its address, to the first paint, and until one can talk; what a visitor holds."""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labkit import bench
from labkit.bench import _processes
from labkit.bench._places import JupyterPlace, open_browser
from labkit.errors import LabkitError
from labkit.lab import course_folder

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

__all__ = ["Served", "measure"]

START_S = 60
ROUNDS = 5
PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


class Served(JupyterPlace):
    """The command `labkit app` in a process of its own, with an engine of its own; `address` lets a visitor in."""

    def __init__(self, root: Path, *arguments: str) -> None:
        folder = course_folder(None if (Path.cwd() / "notebooks").is_dir() else Path(__file__).parents[2])
        own = {"LABKIT_RUNTIME_DIR": str(root / "engine"), "LABKIT_ENGINE": "embedded"}
        super().__init__(
            root, "app", "--no-browser", f"--folder={folder}", *arguments, module="labkit.cli", environment=own
        )
        self.address = self._address()

    def close(self) -> None:
        """End the server, and its engine, which would stay for ten minutes."""
        super().close()
        with contextlib.suppress(OSError, ValueError, KeyError):
            _processes.end_tree(int(json.loads((self.root / "engine" / "engine.json").read_text("utf-8"))["pid"]))

    def _address(self) -> str:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and self.process.poll() is None:
            if found := re.search(r"^Open (\S+)", self.log.read_text("utf-8"), re.MULTILINE):
                return found[1]
            time.sleep(0.02)
        self.close()
        raise LabkitError(f"labkit app did not start:\n{self.log.read_text('utf-8')[-3000:]}")


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """A server, an engine and a page, all new, each time; the computer's file caches are warm after the first."""
    with open_browser() as context:
        rounds = [_once(context) for _ in range(options.count or ROUNDS)]
        visitor = _visitor_mb(context)
    goals = {"first paint": {"at most": 3000}, "page opened → ready to talk": {"at most": 8000}}
    figures = {
        name: {"unit": "ms", "goal": goals.get(name), **bench.summary([times[name] for times in rounds])}
        for name in rounds[0]
    }
    return {**figures, "a visitor's memory": {"unit": "MB", "goal": None, **bench.summary([visitor])}}


def _visitor_mb(context: BrowserContext) -> float:
    """What each of two more visitors adds, PSS of the server and its descendants, once their first plot is drawn."""
    with _served("--visitors=3") as place:
        held = []
        pages = []
        for _ in range(3):
            page = context.new_page()
            page.goto(place.address)
            page.get_by_role("button", name="Start talking").wait_for(timeout=1000 * START_S)
            page.get_by_label("Type instead of speaking").fill("hello")
            page.keyboard.press("Enter")
            page.get_by_role("img", name="Where the time went: turn 1").wait_for(timeout=1000 * START_S)
            pages.append(page)
            held.append(_processes.of_tree(place.process.pid).shared_fairly)
        for page in pages:
            page.close()
    return (held[2] - held[0]) / 2


def _once(context: BrowserContext) -> dict[str, float]:
    begun = time.perf_counter()
    with _served() as place:
        opened = time.perf_counter()
        page = context.new_page()
        page.goto(place.address)
        start = page.get_by_role("button", name="Start talking")
        start.wait_for(timeout=1000 * START_S)
        page.wait_for_function("[...labkit.links.values()].some((link) => link.state.connected)")
        ready = time.perf_counter()
        painted = float(page.evaluate(PAINT))
        start.click()
        page.get_by_role("button", name="Stop", exact=True).wait_for(timeout=1000 * START_S)
        live = time.perf_counter()
        page.goto("about:blank")
        page.close()
    return {
        "command → address (engine started)": 1000 * (opened - begun),
        "first paint": painted,
        "page opened → ready to talk": 1000 * (ready - opened),
        "command → ready to talk": 1000 * (ready - begun),
        "Start talking → the conversation is live": 1000 * (live - ready),
    }


@contextlib.contextmanager
def _served(*arguments: str) -> Iterator[Served]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        place = Served(Path(folder), *arguments)
        try:
            yield place
        finally:
            place.close()
