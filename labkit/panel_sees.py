"""What the panel shows of a conversation's seeing: the picture that went last, the marks on it, typeset mathematics.

Marks and mathematics come as function calls, `mark_line` and `show_math` of a lesson's tools; they are drawn from the
events, so that every server's calls look the same. The page gets the very bytes that the server got.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from labkit import algebra
from labkit.dialogue import Dialogue
from labkit.errors import UsageError
from labkit.frames import HEADER_BYTES, MAX_FRAME_BYTES, Kind
from labkit.link import Link, now_ms
from labkit.seeing import PictureSent, Source
from labkit.turns import Event

KINDS = ("slip", "look", "right")
MAX_MARKS = 20
MAX_EQUATION = 200
"""Characters of an equation that are shown where it cannot be typeset."""


class PanelSees:
    """Follows a conversation, and tells one stream of the link what it sees; runs on the link's loop."""

    def __init__(self, link: Link, stream: int, sources: Sequence[Source]) -> None:
        self._link = link
        self._stream = stream
        self._sources = sources
        self._dialogue: Dialogue | None = None
        self._number = self._tokens = 0
        self._last: tuple[PictureSent, bytes] | None = None
        self._marks: list[Event] = []
        self._math: Event | None = None

    def follow(self, dialogue: Dialogue) -> None:
        """From now on this conversation; what is shown of the one before goes."""
        self._dialogue, self._last, self._marks, self._math = dialogue, None, [], None
        self._number = self._tokens = 0
        dialogue.seeing.on_sent.add(self._on_sent)
        dialogue.on("response.output_item.done", self._on_item)
        for source in self._sources:
            dialogue.seeing.attach(source)

    def tell_all(self) -> None:
        """The page was loaded anew."""
        if self._last:
            self._tell_picture()
            for mark in self._marks:
                self._tell(mark)
        if self._math:
            self._tell(self._math)

    def _tell(self, message: Event) -> None:
        self._link.send_message(self._stream, message)

    def _on_sent(self, sent: PictureSent, image: bytes) -> None:
        self._number += 1
        self._tokens += sent.tokens or 0
        self._last, self._marks = (sent, image), []
        self._tell_picture()

    def _tell_picture(self) -> None:
        if self._last is None or self._dialogue is None:
            return
        sent, image = self._last
        fields = {name: getattr(sent, name) for name in ("source", "reason", "width", "height")}
        counts = {"sent": self._number, "tokens": self._tokens, "keep": self._dialogue.seeing.keep}
        fits = len(image) <= MAX_FRAME_BYTES - HEADER_BYTES
        age_ms = round(now_ms() - sent.t_ms)
        self._tell({"type": "seen", "number": self._number, "fits": fits, "age_ms": age_ms, **fields, **counts})
        if fits:
            self._link.send(Kind.PICTURE, self._stream, image, item=self._number)

    def _on_item(self, event: Event) -> None:
        item = event["item"]
        if item.get("type") != "function_call":
            return
        arguments = _arguments(item.get("arguments"))
        if item.get("name") == "mark_line" and self._last and (mark := mark_of(arguments)):
            self._marks = [*self._marks, mark][-MAX_MARKS:]
            self._tell(mark)
        elif item.get("name") == "show_math" and (math := math_of(arguments)):
            self._math = math
            self._tell(math)


def _arguments(text: Any) -> Event:
    try:
        arguments = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return {}
    return arguments if isinstance(arguments, dict) else {}


def mark_of(arguments: Event) -> Event | None:
    """The mark that a call of `mark_line` asks for, as the page draws it; `None` where it asks for none.

    `box` is left, top, right and bottom as fractions of the picture, `None` where it is not known.
    """
    line, kind, box = (arguments.get(name) for name in ("line", "kind", "box"))
    if not isinstance(line, int) or line < 1 or kind not in KINDS:
        return None
    return {"type": "mark", "line": line, "kind": kind, "box": box if _is_box(box) else None}


def _is_box(box: Any) -> bool:
    if not (isinstance(box, list) and len(box) == 4 and all(isinstance(edge, int | float) for edge in box)):
        return False
    left, top, right, bottom = box
    return 0 <= left < right <= 1 and 0 <= top < bottom <= 1


def math_of(arguments: Event) -> Event | None:
    """The mathematics that a call of `show_math` shows: its text, and MathML where it can be typeset."""
    equation = arguments.get("equation")
    if not isinstance(equation, str) or not equation.strip():
        return None
    try:
        return {"type": "math", "text": algebra.normalise(equation), "mathml": algebra.mathml(equation)}
    except UsageError:
        return {"type": "math", "text": equation.strip()[:MAX_EQUATION], "mathml": ""}
