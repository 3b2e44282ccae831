"""Turns on their way to the panel's page: what it shows of one, and how often it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict

from labkit import trace
from labkit.panel_interpreter import sides
from labkit.turns import Event, Turn

TELL_S = 0.05
"""A turn changes ten times in the moment before its answer sounds; the page, which has the sound to play, is told once:
that made the first sample 12 ms earlier (median of 8 turns each, one run)."""


class TurnTeller:
    """Called on the loop with every turn that has changed."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, tell: Callable[[Event], None], languages: Sequence[str] = ()
    ) -> None:
        self._loop = loop
        self._tell = tell
        self._languages = languages
        self._changed: dict[int, Turn] = {}

    def __call__(self, turn: Turn) -> None:
        """The page is to know, soon."""
        if not self._changed:
            self._loop.call_later(TELL_S, self._tell_all)
        self._changed[turn.index] = turn

    def _tell_all(self) -> None:
        changed, self._changed = self._changed, {}
        for turn in changed.values():
            self._tell({"type": "turn", "turn": shown(turn, self._languages)})


def shown(turn: Turn, languages: Sequence[str] = ()) -> Event:
    """A turn as the page shows it; between two `languages`, with the sides that it belongs on."""
    said, answered = sides(turn, languages) if languages else ("", "")
    return {
        "index": turn.index,
        "user": turn.user,
        "heard": turn.heard,
        "unheard": turn.unheard,
        "exact": turn.heard_exact,
        "status": turn.status,
        "spoken": turn.spoken,
        "calls": turn.calls,
        "error": turn.error,
        "user_failed": turn.user_failed,
        "recovered": turn.recovered,
        "parts": asdict(trace.parts(turn)),
        "uncertainty_ms": trace.trace(turn).uncertainty_ms,
        "said_in": said,
        "answered_in": answered,
    }
