"""Plots of turns drawn in a process of their own, so that neither sound nor cells wait for matplotlib.

The process starts with the first plot, draws one request a line, and goes with whoever started it, or when nothing
was drawn for `IDLE_S`.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict
from typing import IO, Any

from labkit.errors import MissingPartError
from labkit.turns import Turn

__all__ = ["KINDS", "Drawer"]

KINDS = ("waterfall", "distribution", "definitions")
"""What can be drawn: the plots of `labkit.plots` that are about latency."""
IDLE_S = 120.0
"""A process that draws holds about 80 MB."""
MOST_TURNS = 200
"""The newest turns that a distribution is of."""


class Drawer:
    """Draws in its own process, one request after the other; any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._idle: threading.Timer | None = None

    def draw(self, kinds: Sequence[str], turns: Sequence[Turn], theme: str) -> list[dict[str, str]]:
        """Plots of the last turn and of all, each as `name`, `svg` and `words` (what is written above and under it).

        `theme` is "light" or "dark". Blocks: some tenths of a second, some seconds the first time. Raises
        `MissingPartError` where there is no matplotlib.
        """
        request = {"kinds": list(kinds), "turns": [asdict(turn) for turn in turns[-MOST_TURNS:]], "theme": theme}
        with self._lock:
            answer = self._ask(json.dumps(request))
            self._end_when_idle()
        if "error" in answer:
            raise MissingPartError(answer["error"])
        plots: list[dict[str, str]] = answer["plots"]
        return plots

    def close(self) -> None:
        """End the process, if there is one."""
        with self._lock:
            self._end()

    def _ask(self, line: str) -> Any:
        for _ in range(2):  # one that ended meanwhile is started again, once
            process = self._running()
            assert process.stdin is not None
            assert process.stdout is not None
            with contextlib.suppress(OSError, ValueError):
                process.stdin.write(f"{line}\n")
                process.stdin.flush()
                return json.loads(process.stdout.readline())
            self._end()
        return {"error": "No plot could be drawn: the process that draws ends at once. Run  labkit doctor  ."}

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "labkit.drawing"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
            )
        return self._process

    def _end_when_idle(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        self._idle = threading.Timer(IDLE_S, self.close)
        self._idle.daemon = True
        self._idle.start()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()


def main(asked: IO[str], told: IO[str]) -> None:
    """Answer requests, a line of JSON each, until there are no more."""
    for line in asked:
        told.write(f"{json.dumps(_answer(json.loads(line)))}\n")
        told.flush()


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    try:
        from labkit import plots
    except MissingPartError as error:
        return {"error": str(error)}
    plots.use(request["theme"])
    turns = [Turn(**turn) for turn in request["turns"]]
    drawn = {
        "waterfall": lambda: plots.waterfall(turns[-1]),
        "distribution": lambda: plots.distribution(turns),
        "definitions": lambda: plots.definitions(turns[-1]),
    }
    sheets = {kind: drawn[kind]() for kind in request["kinds"] if kind in drawn and turns}
    return {
        "plots": [
            {"name": name, "svg": sheet.svg, "words": " ".join(text.get_text() for text in sheet.texts)}
            for name, sheet in sheets.items()
        ]
    }


if __name__ == "__main__":
    main(sys.stdin, sys.stdout)
