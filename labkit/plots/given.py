"""What somebody asked to plot, as traces; anything else is an error that says what to give."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from labkit import trace
from labkit.errors import UsageError
from labkit.trace import Trace
from labkit.turns import Turn

AT_THE_EAR = "voice-to-voice at the ear"
IN_THE_SESSION = "last voiced sample → first sound in the session"


def one(given: Any, plot: str) -> Trace:
    """One turn's trace. Raises `UsageError` for anything but a `Turn` or a `Trace`."""
    if isinstance(given, Trace):
        return given
    if isinstance(given, Turn):
        return trace.trace(given)
    many = isinstance(given, Sequence) and not isinstance(given, str)
    advice = "give one of them, such as turns[-1]" if many else "give a turn, such as session.turns[-1]"
    raise UsageError(f"plots.{plot} draws one turn, not {named(given)}: {advice}.")


def several(given: Any, plot: str) -> list[Trace]:
    """The traces of many turns. Raises `UsageError` for anything but a list of turns or traces."""
    if many(given):
        found = list(given)
        if all(isinstance(turn, Turn | Trace) for turn in found):
            return [one(turn, plot) for turn in found]
        given = found
    raise UsageError(f"plots.{plot} draws a list of turns, not {named(given)}: give session.turns.")


def many(given: Any) -> bool:
    """Whether it holds things one after the other."""
    return isinstance(given, Iterable) and not isinstance(given, str | bytes | dict)


def named(given: Any) -> str:
    """What it is, in words: `a list of int`, `None`."""
    kind = type(given).__name__
    if isinstance(given, list | tuple) and given:
        return f"a {kind} of {type(given[0]).__name__}"
    return f"a {kind}" if given is not None else "None"


def measured(traces: Sequence[Trace]) -> tuple[dict[int, float], str]:
    """The latencies that are known, milliseconds by the turn's place in the list, and what they are.

    Of spoken turns: at the ear where any was heard there, else up to the first sound in the session
    (as `trace.latencies`).
    """
    spoken = {place: found for place, found in enumerate(traces) if "last_voiced" in found.moments}
    at_the_ear = {place: found.voice_to_voice_ms for place, found in spoken.items()}
    heard = {place: ms for place, ms in at_the_ear.items() if ms is not None}
    answered = {
        place: found.moments["first_audio"] for place, found in spoken.items() if "first_audio" in found.moments
    }
    return (heard, AT_THE_EAR) if heard or not answered else (answered, IN_THE_SESSION)


def missing(traces: Sequence[Trace]) -> list[str]:
    """What is missing, each sentence once, with the number of turns that it is said of."""
    counts: dict[str, int] = {}
    for found in traces:
        for sentence in found.missing:
            counts[sentence] = counts.get(sentence, 0) + 1
    if len(traces) == 1:
        return [f"Missing: {sentence}" for sentence in counts]
    return [f"Missing in {turns(count)} of {len(traces)}: {sentence}" for sentence, count in counts.items()]


def turns(count: int) -> str:
    """`1 turn`, `3 turns`."""
    return f"{count} turn" if count == 1 else f"{count} turns"


def sentence(words: str) -> str:
    """With a capital letter."""
    return words[:1].upper() + words[1:]
