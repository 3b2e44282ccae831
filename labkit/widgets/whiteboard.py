"""Whiteboard: what is written in the notebook with mouse, finger, pen or keys, as pictures."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import traitlets

from labkit.errors import UsageError
from labkit.esm import esm
from labkit.link import LinkState
from labkit.widgets.pictures import PictureSource

__all__ = ["Whiteboard"]

Stroke = dict[str, Any]

MOST_STROKES = 1000
"""The oldest are dropped; `whiteboard.js` keeps as many."""
ROW = 80
"""Height of a ruled line, of the board's 1280 by 720."""
ROWS = 9
MOST_LETTERS = 80
"""Of a typed line; a long one is written smaller."""
FULL = "The board is full: clear() it, or undo() the last lines."


class Whiteboard(PictureSource):
    """A board to write on; needs no permission and is there as soon as it is displayed.

    board = Whiteboard()          # display it, write on it
    board.write("3x + 1 = 4")     # a typed line, below what is there
    jpeg = board.picture()        # ink on white; ruled lines are not in it
    """

    _esm = esm(
        "widgets/registry.js",
        "widgets/part.js",
        "widgets/controls.js",
        "widgets/pictures.js",
        "widgets/ink.js",
        "widgets/board.js",
        "widgets/whiteboard.js",
    )
    _css = esm("widgets/part.css", "widgets/whiteboard.css")
    name = "whiteboard"
    ruled = traitlets.Bool(True).tag(sync=True)
    """Whether the page shows ruled lines to write on."""
    strokes: Any = traitlets.List(traitlets.Dict()).tag(sync=True)
    """What was written, oldest first; the last one is what `undo` takes away. On a board of 1280 by 720 each is

    {"points": [[x, y], …], "colour": "blue", "width": 7}     drawn; a pen adds its pressure: [x, y, 0.5]
    {"text": "3x + 1 = 4", "row": 0, "colour": "black"}       typed
    {"clear": True}                                           hides what came before

    Colours are black, blue, red, green and eraser.
    """

    def write(self, text: str, timeout: float = 5.0) -> None:
        """Write a line below what is on the board; `UsageError` when it is full.

        Where a page shows the board it waits until that has written it, and raises what `picture` raises, too; in a
        callback of the link it does not wait, and a line that has no room is lost.
        """
        words = " ".join(text.split())[:MOST_LETTERS]
        if self.state == "live" and not self._link.on_thread:
            self._link.call(self._ask(timeout, "write", text=words), timeout + 1)
            return
        row = next_row(self.strokes)
        if row >= ROWS:
            raise UsageError(FULL)
        line = {"text": words, "row": row, "colour": "black"}
        self._edit({"type": "write", "text": words}, lambda strokes: [*strokes, line] if words else strokes)

    def undo(self) -> None:
        """Take the last stroke, line or clearing back."""
        self._edit({"type": "undo"}, lambda strokes: strokes[:-1])

    def clear(self) -> None:
        """Hide everything; `undo` brings it back."""
        self._edit({"type": "clear"}, lambda strokes: [*on_board(strokes), {"clear": True}])

    def save(self, path: str | Path, timeout: float = 5.0) -> Path:
        """Save the board as PNG of 1280 by 720 pixels; the page draws it, so it raises what `picture` raises.

        Raises `UsageError` where it cannot be written, too.
        """
        png = self._link.call(self._ask(timeout, png=True), timeout + 1)
        path = Path(path)
        try:
            path.write_bytes(png or b"")
        except OSError as error:
            message = f"The board cannot be saved as {path.name!r} ({error.strerror}): choose another place."
            raise UsageError(message) from error
        return path

    def _on_message(self, message: dict[str, Any]) -> None:
        answer = self._waiting(message.get("request", 0))
        if answer is not None and message.get("type") == "full":
            answer.set_exception(UsageError(FULL))
        super()._on_message(message)

    def _edit(self, message: dict[str, Any], change: Callable[[list[Stroke]], list[Stroke]]) -> None:
        """Where a page shows the board it makes the change: while a cell runs, only it knows all strokes."""
        if self.state == "live":
            self._link.send_message(self.stream, message)
        else:
            self.strokes = change(self.strokes)

    @traitlets.validate("strokes")
    def _bounded(self, proposal: dict[str, Any]) -> list[Stroke]:
        strokes: list[Stroke] = proposal["value"]
        wrong = next((stroke for stroke in strokes if not _is_stroke(stroke)), None)
        if wrong is not None:
            raise traitlets.TraitError(f"A stroke has points, or a text and its row, or clear; not {str(wrong)[:80]}.")
        return strokes[-MOST_STROKES:]

    def _on_link(self, state: LinkState) -> None:
        """Unlike a device, the board is on in every tab that shows it: only without any is it off."""
        if state.transport is None:
            super()._on_link(state)


def _is_stroke(stroke: Stroke) -> bool:
    typed = isinstance(stroke.get("text"), str) and isinstance(stroke.get("row"), int)
    return typed or bool(stroke.get("points")) or bool(stroke.get("clear"))


def on_board(strokes: list[Stroke]) -> list[Stroke]:
    """What is to be seen: everything after the last clearing."""
    cleared = max((number for number, stroke in enumerate(strokes) if stroke.get("clear")), default=-1)
    return strokes[cleared + 1 :]


def next_row(strokes: list[Stroke]) -> int:
    """The first row below all that is written; `ink.js` counts the same way."""
    return max((_row(stroke) for stroke in on_board(strokes)), default=-1) + 1


def _row(stroke: Stroke) -> int:
    """A stroke's tail may hang a quarter into the next row; the eraser writes nothing."""
    if "row" in stroke:
        return int(stroke["row"])
    if stroke.get("colour") == "eraser":
        return -1
    return math.floor((max(point[1] for point in stroke["points"]) - ROW / 4) / ROW)
