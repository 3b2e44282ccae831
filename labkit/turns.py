"""A turn: who said what, how much of it was heard, and when.

A turn pairs what the person said with what was answered. The answer's words carry their place in its sound,
so a barge-in splits them into heard and unheard: exactly for the embedded engine, whose transcript comes a
word at a time in step with the sound, in proportion (and marked so) for servers whose transcript runs ahead.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from labkit import pcm

Event = dict[str, Any]


@dataclass(frozen=True)
class Record:
    """One event of a conversation, as the log keeps it."""

    t_ms: float
    """The kernel's monotonic clock."""
    sent: bool
    """True: to the server; false: from it (or one of our own `labkit.*` events)."""
    event: Event
    """The event; sound is replaced by `audio_ms`, pictures by `image_bytes`."""
    wire_ms: float | None = None
    """When the server sent it, estimated: received less half of the socket's round trip; `None` where unknown."""


@dataclass
class Turn:
    """What the person said and what was answered."""

    index: int
    user: str = ""
    """The person's words as typed or understood."""
    assistant: str = ""
    """The whole answer as it was generated."""
    user_item: str = ""
    item_ids: list[str] = field(default_factory=list)
    """The answer's items."""
    calls: list[str] = field(default_factory=list)
    """Functions that were called on the way, as `name(arguments)`."""
    status: str = "waiting"
    """waiting, answering, then what `response.done` says: completed, cancelled, failed or incomplete."""
    language: str = ""
    """In which language the person spoke, such as "es", where the server says so; only the embedded engine does."""
    spoken: bool = False
    """Whether the person spoke (rather than typed)."""
    pictures: int = 0
    """Pictures that went along since the turn before."""
    interrupted: bool = False
    """The answer was cut by a barge-in."""
    heard_exact: bool = True
    """False where the heard words are estimated in proportion to the sound."""
    audio_ms: float = 0.0
    """How much of the answer's sound has come."""
    heard_ms: float | None = None
    """How much of it was heard, once that is known."""
    error: str = ""
    """Why the answer failed, in the server's words."""
    user_failed: bool = False
    """The server could not transcribe what the person said (and may have understood it all the same)."""
    item_starts: dict[str, float] = field(default_factory=dict, repr=False)
    """Where each of the answer's items begins in the turn's sound, milliseconds."""
    stamps: dict[str, float] = field(default_factory=dict)
    """Kernel-clock milliseconds of what happened, in time's order: `begun`, `first_voiced`, `last_voiced` (both
    estimated), `speech_stopped`, `committed`, `response_created`, in a cascade `transcribed`, `first_token` and
    `first_sentence`, then `first_text`, `wire_audio`, `first_audio`, `arrived` (in the page), `rendered`,
    `response_done`; of an interruption `cut` and `silent`. Durations: `output_latency`, `clock_uncertainty`."""
    model: str = ""
    """Which model answered, in the server's words."""
    detection: str = ""
    """The turn detection in force when the person stopped; "" where it is not known."""
    hangover_ms: float | None = None
    """How much silence that was set to wait for; `None` where it is no fixed time."""
    usage: list[Event] = field(default_factory=list, repr=False)
    """The `usage` of each response, as the server counts it."""
    transcription_usage: list[Event] = field(default_factory=list, repr=False)
    recovered: int = 0
    """How often the turn was ended too early, and taken up again when the person went on."""
    words: list[tuple[str, float]] = field(default_factory=list, repr=False)
    """The answer's words and where each begins in its sound, milliseconds."""

    @property
    def heard(self) -> str:
        """The words of the answer that reached the person's ear."""
        return self._split()[0]

    @property
    def unheard(self) -> str:
        """The words that were generated and never heard."""
        return self._split()[1]

    def _split(self) -> tuple[str, str]:
        if not self.interrupted or self.heard_ms is None:
            return self.assistant, ""
        heard = self.words_by(self.heard_ms)
        return heard.strip(), self.assistant[len(heard) :].strip()

    def words_by(self, heard_ms: float) -> str:
        """The words of the answer of which more than half lies before `heard_ms` of its sound."""
        if self.heard_exact:
            starts = [*(start for _, start in self.words), self.audio_ms]
            count = sum((a + b) / 2 <= heard_ms for a, b in pairwise(starts))
        else:
            count = round(len(self.words) * min(1.0, heard_ms / self.audio_ms)) if self.audio_ms else 0
        return "".join(word for word, _ in self.words[:count])

    @property
    def heard_until_ms(self) -> float | None:
        """When its sound ends at the ear unless somebody interrupts it, kernel's clock; `None`: it has none (left)."""
        begun = self.stamps.get("rendered", self.stamps.get("first_audio"))
        if begun is None or self.interrupted:
            return None
        return begun + self.stamps.get("output_latency", 0.0) + self.audio_ms

    @property
    def done(self) -> bool:
        """Whether the answer is complete, or will not become so."""
        return self.status not in ("waiting", "answering", "calling")

    def __str__(self) -> str:
        cut = f" [never heard: {self.unheard}]" if self.unheard else ""
        return f"you  {self.user or '(not understood)'}\nAI   {self.heard}{cut}"


def audio_input(session: Event) -> Event:
    """A session's settings for what it hears; empty where it has none."""
    audio: Event = session.get("audio") or {}
    return audio.get("input") or {}


def _sound_ms(encoded: str) -> float:
    """How long base64 PCM16 sounds, from its length alone."""
    return (len(encoded) * 3 // 4 - encoded.count("=", -2)) / pcm.BYTES_PER_MS


def without_media(event: Event) -> Event:
    """The event without its sound and pictures, which would fill the log; its names are shared with all others."""
    return {sys.intern(name): value for name, value in _slim(event).items()}


def _slim(event: Event) -> Event:
    kind = event["type"]
    if kind == "response.output_audio.delta":
        return {**event, "delta": "", "audio_ms": _sound_ms(event["delta"])}
    if kind == "input_audio_buffer.append":
        return {"type": kind, "audio_ms": _sound_ms(event.get("audio") or "")}
    item: Any = event.get("item")
    content = item.get("content") if isinstance(item, dict) else None
    if content and any(part.get("image_url") or part.get("audio") for part in content):
        slim = [
            {k: v if k not in ("image_url", "audio") else f"({len(v or '')} characters)" for k, v in part.items()}
            for part in content
        ]
        return {**event, "item": {**item, "content": slim}}
    return event
