"""A cascade in place of a realtime model: what is said becomes text, the text an answer, the answer sound.

    your voice ─► end of turn ─► /audio/transcriptions ─► /chat/completions ─► /audio/speech ─► your ear

Naive: each stage waits for the whole of the one before. Streamed: tokens, sentences and sound are handed on as they
come. Turn detection, barge-in, panel, recording and trace are those of a realtime conversation.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from labkit.cascade.stages import Models
from labkit.cascade.wire import CascadeWire

if TYPE_CHECKING:
    from labkit.pcm import Samples
    from labkit.session import RealtimeSession
    from labkit.turns import Turn

__all__ = ["CascadeWire", "Models", "connect", "race"]


def connect(engine: str | None = None, *, streamed: bool = False, **options: Any) -> RealtimeSession:
    """Open a conversation with a cascade; options and errors are those of `labkit.connect`."""
    from labkit import session

    return session.connect(engine, pipeline="streamed cascade" if streamed else "cascade", **options)


def race(
    recording: str | os.PathLike[str] | Samples, engine: str | None = None, **options: Any
) -> dict[str, list[Turn]]:
    """The same recording through every pipeline, one after the other: what `labkit.plots.pipelines` draws.

    Each has a conversation of its own with the same turn detection, and hears the recording at real-time pace.
    Options and errors are those of `labkit.connect`.
    """
    from labkit import opening, session

    turns = {}
    for pipeline in opening.PIPELINES:
        with session.connect(engine, pipeline=pipeline, **options) as talk:
            talk.speak(recording).wait()
            turns[pipeline] = talk.turns
    return turns
