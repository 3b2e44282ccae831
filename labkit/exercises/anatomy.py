"""Checks for `02_anatomy_of_a_turn`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from labkit.exercises.given import Conversation, ask, clipped, conversation, counted, number
from labkit.exercises.graded import graded
from labkit.exercises.verdict import NotYetError, Verdict, not_yet, passed
from labkit.trace import trace
from labkit.turn_builder import build
from labkit.turns import Record, Turn, audio_input

NEAR_MS = 1.0
STRETCHED = 1.7
"""The learner's function is asked again about the same talk, so many times slower: a fixed number is no answer."""


@graded
def undisturbed(session: Any) -> Verdict:
    """Whether somebody spoke over an answer, and the answer went on all the same."""
    talk = conversation(session)
    begun = [r.t_ms for r in talk.log if r.event["type"] == "input_audio_buffer.speech_started"]
    over = [turn for turn in talk.turns if any(_sounding(turn, t_ms) for t_ms in begun)]
    heard = f"the server heard somebody begin to speak {counted(len(begun), 'time')}"
    if not begun:
        seen = f"{heard}; turn detection is {_detection(talk)}."
        return not_yet(
            seen, "a server that listens, and hears her: server_vad or semantic_vad, with the usual threshold."
        )
    if not over:
        seen = f"{heard}, never while an answer was sounding."
        return not_yet(seen, "speech over an answer: a long one, and speak() before it is over.")
    if cut := [turn for turn in talk.turns if turn.interrupted or turn.status == "cancelled"]:
        seen = f"somebody spoke over the answer to “{clipped(cut[0].user)}”, and it was interrupted."
        hint = "Look at session.settings['audio']['input']['turn_detection']: one name says it in plain words."
        return not_yet(seen, "the setting that lets speech interrupt a response, with another value.", hint)
    answer = over[0]
    if answer.status != "completed":
        return not_yet(f"the answer to “{clipped(answer.user)}” is {answer.status}.", "its end: use wait().")
    return passed(f"somebody spoke over the answer to “{clipped(answer.user)}”, and it went on.")


def _detection(talk: Conversation) -> str:
    settings = [event.get("session") or {} for event in talk.events("session.updated")]
    found = (audio_input(settings[-1]) if settings else {}).get("turn_detection")
    return f"of the type {found['type']}" if isinstance(found, dict) and "type" in found else "off"


def _sounding(turn: Turn, t_ms: float) -> bool:
    begun = turn.stamps.get("first_audio")
    return begun is not None and begun < t_ms < begun + turn.audio_ms


@graded
def ttfb(function: Callable[[Sequence[Record]], float], recording: Any) -> Verdict:
    """Whether a function of the learner's finds in a log how long the first answer's sound took.

    It is asked about the recording, and about the same talk at another speed.
    """
    log = conversation(recording, own=False).log
    slower = [replace(record, t_ms=record.t_ms * STRETCHED) for record in log]
    found, expected = _asked(function, log)
    if abs(found - expected) > NEAR_MS:
        seen = f"your function says {found:.1f} ms, the trace says {expected:.1f}."
        return not_yet(seen, "the right two records: which ones do you subtract?", _two_records(found, expected))
    again, other = _asked(function, slower)
    if abs(again - other) > NEAR_MS:
        seen = f"{found:.1f} ms is right here; in a slower talk it says {again:.1f} ms, the trace says {other:.1f}."
        return not_yet(seen, "a function that finds the number in the log that it is given.")
    return passed(f"{found:.1f} ms from speech_stopped to the first sound, as the trace says.")


def _asked(function: Callable[[Sequence[Record]], float], log: Sequence[Record]) -> tuple[float, float]:
    """What the function finds, and what the trace does."""
    expected = _first_ttfb(build(log))
    if expected is None:
        raise NotYetError("this recording has no answer to somebody who spoke.", "another one, such as example.")
    return number(ask(function, list(log)), "a number of milliseconds."), expected


def _two_records(found: float, expected: float) -> str:
    if abs(found + expected) <= NEAR_MS:
        return "The later one less the earlier one."
    if abs(found * 1000 - expected) <= NEAR_MS or abs(found - expected * 1000) <= 1000 * NEAR_MS:
        return "t_ms is in milliseconds already."
    return "The first one's type is input_audio_buffer.speech_stopped; which event carries the answer's sound?"


def _first_ttfb(turns: Sequence[Turn]) -> float | None:
    for turn in turns:
        for figure in trace(turn).peers:
            if figure.name == "TTFB" and figure.ms is not None:
                return figure.ms
    return None
