"""The translated stream: utterances one after the other, each word with its text, its sound and its place in time."""

from __future__ import annotations

import base64
from collections import deque

from labkit import pcm
from labkit.engine import effects
from labkit.engine.events import Event, new_id
from labkit.engine.state import Out
from labkit.engine.translation_events import server_event

FRAME_MS = 200
"""The protocol's `elapsed_ms` advances by so much."""
VOICE = "marin"


def elapsed(ms: float) -> int:
    """A position on the input's axis as the protocol states it."""
    return int(ms // FRAME_MS) * FRAME_MS


class Output:
    """What is said, and when: silence is not sent, `elapsed_ms` says where on the input's axis a word belongs."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[effects.Speak, float]] = deque()
        self._speaking: str | None = None
        self._certain_ms = 0.0
        """Where on the input's axis the utterance was certain."""
        self._end_ms = 0.0
        """Where on the input's axis the sound sent so far ends."""
        self._gap = ""
        """What stands between this utterance and the one before."""

    @property
    def idle(self) -> bool:
        """Everything has been said."""
        return self._speaking is None

    def say(self, text: str, language: str, at_ms: float) -> Out:
        """Speak a translation that was certain at that position, after what is being said."""
        self._waiting.append((effects.Speak(new_id("utterance"), text, VOICE, 1.0, None, language), at_ms))
        return self._next() if self.idle else []

    def note(self, text: str, at_ms: float) -> Out:
        """Write in brackets what is not spoken."""
        written = self._written(f"{self._gap}[{text}]", max(at_ms, self._end_ms), at_ms)
        self._gap = " "
        return [written]

    def spoke(self, text: str, sound: bytes) -> Out:
        """The voice has the next word ready."""
        at_ms, gap = self._end_ms, self._gap
        self._gap, self._end_ms = "", at_ms + pcm.duration_ms(sound)
        audio = server_event(
            "session.output_audio.delta",
            delta=base64.b64encode(sound).decode(),
            sample_rate=pcm.SAMPLE_RATE,
            channels=1,
            format="pcm16",
            elapsed_ms=elapsed(at_ms),
            labkit=_certain(self._certain_ms),
        )
        return [self._written(gap + text, at_ms, self._certain_ms), audio]

    def finished(self) -> Out:
        """The voice has said the utterance, or has failed: the next one."""
        self._gap = " "
        return self._next()

    def _next(self) -> Out:
        self._speaking = None
        if not self._waiting:
            return []
        speak, at_ms = self._waiting.popleft()
        self._speaking, self._certain_ms, self._end_ms = speak.response_id, at_ms, max(at_ms, self._end_ms)
        return [speak]

    def _written(self, text: str, at_ms: float, certain_ms: float) -> Event:
        place = {"elapsed_ms": elapsed(at_ms), "labkit": _certain(certain_ms)}
        return server_event("session.output_transcript.delta", delta=text, **place)


def _certain(at_ms: float) -> Event:
    """Our own addition to each delta: which moment of the input it comes of, to the millisecond."""
    return {"certain_ms": round(at_ms)}
