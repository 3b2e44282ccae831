"""What a learner hands to a check: a conversation, a function, a number; anything else ends the check in a sentence."""

from __future__ import annotations

import math
import reprlib
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import Any

from labkit.errors import LabkitError
from labkit.exercises.verdict import NotYetError
from labkit.turn_builder import build
from labkit.turns import Record, Turn

LONGEST = 120
"""Characters of a learner's text that are shown."""


@dataclass(frozen=True)
class Conversation:
    """What a conversation's log says: nothing that was changed afterwards counts."""

    log: Sequence[Record]
    turns: Sequence[Turn]
    """Made of the log anew."""

    def events(self, kind: str, *, sent: bool = False) -> list[dict[str, Any]]:
        """The events of one type, oldest first."""
        return [record.event for record in self.log if record.sent is sent and record.event["type"] == kind]


def conversation(given: Any, *, own: bool = True) -> Conversation:
    """The conversation of a session, panel or replay. With `own`, labkit's recorded talk is not taken for one."""
    wanted = "the conversation itself: what labkit.connect() returned."
    try:
        session = getattr(given, "session", given)  # a panel has one
        log = getattr(session, "log", None)
    except LabkitError as error:
        raise NotYetError(str(error), wanted) from None
    if isinstance(given, Sequence) and given and all(isinstance(one, Record) for one in given):
        log = given
    if isinstance(given, Turn) or (isinstance(given, Sequence) and given and isinstance(given[0], Turn)):
        raise NotYetError("these are turns, not the conversation that they belong to.", wanted)
    if isinstance(session, type) or log is None:
        raise NotYetError(f"{shown(given)} is no conversation.", wanted)
    records = list(log)
    if not records or not all(isinstance(one, Record) for one in records):
        raise NotYetError("nothing was said in it: its log is empty.", "a conversation in which somebody spoke.")
    if own and _is_sample(getattr(session, "path", None)):
        raise NotYetError("this is the talk that comes with labkit, not yours.", wanted)
    return Conversation(records, build(records))


def _is_sample(path: Any) -> bool:
    from labkit import samples

    return isinstance(path, Path) and path == samples.path(samples.CONVERSATION)


def ask(function: Callable[..., Any], *arguments: Any, about: str = "") -> Any:
    """What a learner's function returns; `about` begins the sentence if it fails, as in "for “hello” "."""
    if not callable(function):
        seen = f"{shown(function)} is no function."
        raise NotYetError(seen, "the function itself: its name, without brackets after it.")
    try:
        return function(*arguments)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a learner's function may raise anything
        failed = f"{about}your function failed{_line(error)} with {type(error).__name__}: {clipped(str(error))}"
        raise NotYetError(f"{failed}.", "a function that returns something whatever it is given.") from None


def _line(error: BaseException) -> str:
    """Where in the learner's cell it failed; "" where the function itself was not reached."""
    ours = str(Path(__file__).parent)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(ours)]
    return f" in line {frames[0].lineno} of its cell" if frames else ""


def number(found: Any, wanted: str) -> float:
    """A number that a learner's function returned or a learner chose; `wanted` says which one would do."""
    if isinstance(found, bool) or not isinstance(found, Real) or not math.isfinite(found):
        what = "nothing (None)" if found is None else shown(found)
        hint = "a function returns what stands after return." if found is None else ""
        raise NotYetError(f"your answer is {what}.", wanted, hint)
    return float(found)


def text(found: Any, wanted: str) -> str:
    """A text that a learner's function returned or a learner wrote."""
    if not isinstance(found, str):
        what = "nothing (None)" if found is None else shown(found)
        hint = "a function returns what stands after return." if found is None else ""
        raise NotYetError(f"your answer is {what}.", wanted, hint)
    return found


def clipped(words: str) -> str:
    """A text that may be long, on one line and short enough to be shown."""
    one_line = " ".join(words.split())
    return one_line if len(one_line) <= LONGEST else f"{one_line[: LONGEST - 1]}…"


def counted(count: int, what: str) -> str:
    """As in "1 turn" and "2 turns"."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def shown(value: Any) -> str:
    """A value as a learner wrote it, short."""
    brief = reprlib.Repr()
    brief.maxstring = brief.maxother = LONGEST
    return clipped(brief.repr(value))
