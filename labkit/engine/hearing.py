"""What the ear reports: plain records, no behaviour."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Word:
    """One heard word; times are relative to the utterance."""

    text: str
    start_ms: int
    end_ms: int
    sure: bool
    """Both decoders have the word, or its posterior is high."""


@dataclass(frozen=True)
class Hearing:
    """What was heard in one utterance."""

    text: str
    """The accepted sentence, else the open model's words; "" is nothing."""
    accepted: bool
    """A listed sentence, and both decoders agree."""
    closed_text: str
    open_text: str
    agreement: float
    """0..100."""
    words: tuple[Word, ...]
    took_ms: float
    """Compute time of finalising."""


@dataclass(frozen=True)
class SpeechStarted:
    """Someone began to speak."""

    audio_start_ms: int
    """Position in all sound appended since the session began, prefix padding included."""


@dataclass(frozen=True)
class SpeechStopped:
    """The turn is over."""

    audio_start_ms: int
    audio_end_ms: int
    last_voiced_ms: int
    hearing: Hearing


@dataclass(frozen=True)
class Heard:
    """The answer to `commit`."""

    commit_id: str
    hearing: Hearing


@dataclass(frozen=True)
class EarFailed:
    """The worker died; the sound of the turn is lost."""

    reason: str


EarEvent = SpeechStarted | SpeechStopped | Heard | EarFailed
"""Everything an ear reports."""
