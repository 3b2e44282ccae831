"""Checks for `02_anatomy_of_a_turn`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from labkit.exercises import Verdict
from labkit.trace import trace
from labkit.turns import Record, Turn

NEAR_MS = 1.0


class Conversation(Protocol):
    """What a check looks at: any session of labkit, or a replay."""

    @property
    def turns(self) -> list[Turn]: ...
    @property
    def log(self) -> Sequence[Record]: ...


def undisturbed(session: Conversation) -> Verdict:
    """Whether somebody spoke over an answer, and the answer went on all the same."""
    begun = [r.t_ms for r in session.log if r.event["type"] == "input_audio_buffer.speech_started"]
    cut = [turn for turn in session.turns if turn.interrupted]
    over = [turn for turn in session.turns if any(_sounding(turn, t_ms) for t_ms in begun)]
    if not over:
        return Verdict(False, "nobody spoke while an answer was sounding: speak again before it is over.")
    if cut:
        return Verdict(False, f"“{over[0].user}” was interrupted: which setting lets speech interrupt a response?")
    return Verdict(True, f"somebody spoke over the answer to “{over[0].user}”, and it was heard to its end.")


def _sounding(turn: Turn, t_ms: float) -> bool:
    begun = turn.stamps.get("first_audio")
    return begun is not None and begun < t_ms < begun + turn.audio_ms


def ttfb(function: Callable[[Sequence[Record]], float], recording: Conversation) -> Verdict:
    """Whether a function of the learner's finds in a log how long the first answer's sound took."""
    expected = _first_ttfb(recording.turns)
    if expected is None:
        return Verdict(False, "this recording has no answered turn: take another one.")
    try:
        found = function(recording.log)
    except Exception as error:  # noqa: BLE001 - a learner's function may raise anything
        return Verdict(False, f"the function failed with {type(error).__name__}: {error}")
    if not isinstance(found, int | float):
        return Verdict(False, f"the function returned {found!r}: a number of milliseconds is wanted.")
    if abs(found - expected) > NEAR_MS:
        return Verdict(
            False, f"it says {found:.1f} ms, the trace says {expected:.1f}: which two records do you subtract?"
        )
    return Verdict(True, f"{found:.1f} ms from speech_stopped to the first sound, as the trace says.")


def _first_ttfb(turns: Sequence[Turn]) -> float | None:
    for turn in turns:
        for figure in trace(turn).peers:
            if figure.name == "TTFB" and figure.ms is not None:
                return figure.ms
    return None
