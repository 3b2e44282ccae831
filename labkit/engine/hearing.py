"""What an ear reports: plain records, shared by the worker process and the side that talks to it.

    SpeechStarted → SpeechStopped     a spoken turn, when the ear decides about turns
    SpeechContinued → SpeechStopped   that turn had been ended too early: once more, as a whole
    HeardSoFar                        what it sounds like before its end, for those who asked
    Heard                             the answer to a commit
    IdleTimedOut                      nobody spoke for as long as the client said to wait
    EarFailed                         a worker died; a new one listens on, the sound of the turn is lost

Every position is in milliseconds of all the sound appended since the conversation began.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Word:
    """One word that was heard, with its place in the utterance."""

    text: str
    start_ms: int
    end_ms: int
    sure: bool
    """Two independent decodings have it at the same place."""


@dataclass(frozen=True)
class Hearing:
    """What one utterance was heard as."""

    text: str = ""
    """The listed sentence as it was listed when accepted, else the open model's words, of which only English has
    any; "" for nothing."""
    accepted: bool = False
    """A listed sentence, and the open model heard the same sounds."""
    closed_text: str = ""
    """The nearest listed sentence, normalised, accepted or not."""
    open_text: str = ""
    agreement: float = 0.0
    """0..100: how alike the two decoders heard it (`labkit.engine.agreement`)."""
    words: tuple[Word, ...] = ()
    took_ms: float = 0.0
    """Computing time of finishing the utterance."""
    language: str = "en"
    """In which the sentence is listed; where several are listened for, the one that fits best."""
    nearest: tuple[str, ...] = ()
    """Up to three listed sentences that sound most like it, as they were listed, best first."""


@dataclass(frozen=True)
class SpeechStarted:
    """Somebody began to speak."""

    audio_start_ms: int
    """Includes the prefix padding."""


@dataclass(frozen=True)
class SpeechStopped:
    """The turn is over."""

    audio_start_ms: int
    audio_end_ms: int
    """The last sample that belongs to the turn, the silence that ended it included."""
    last_voiced_ms: int
    """Where the voice itself ended."""
    hearing: Hearing


@dataclass(frozen=True)
class SpeechContinued:
    """The turn that was over goes on: its `SpeechStopped` counts no more, another one for all of it follows."""

    audio_start_ms: int
    """As the turn's `SpeechStarted` had it."""


@dataclass(frozen=True)
class HeardSoFar:
    """Words of the turn that goes on, which have settled; later ones may still change them."""

    at_ms: int
    text: str
    """The beginning of the nearest listed sentences, normalised."""
    language: str


@dataclass(frozen=True)
class Heard:
    """The utterance that a commit ended."""

    commit_id: str
    hearing: Hearing


@dataclass(frozen=True)
class IdleTimedOut:
    """Nobody spoke for `idle_timeout_ms` after the last answer had been played."""

    audio_start_ms: int
    audio_end_ms: int


@dataclass(frozen=True)
class EarFailed:
    """A worker process ended by itself; open commits were answered with an empty hearing."""

    reason: str


EarEvent = SpeechStarted | SpeechStopped | SpeechContinued | HeardSoFar | Heard | IdleTimedOut | EarFailed

_KINDS: dict[str, type[EarEvent]] = {
    kind.__name__: kind
    for kind in (SpeechStarted, SpeechStopped, SpeechContinued, HeardSoFar, Heard, IdleTimedOut, EarFailed)
}


def to_dict(event: EarEvent) -> dict[str, Any]:
    """An event as what JSON can carry; `from_dict` is its inverse."""
    return {"kind": type(event).__name__, **asdict(event)}


def from_dict(fields: dict[str, Any]) -> EarEvent:
    """The event that `to_dict` wrote; an unknown kind is a KeyError."""
    rest = {name: value for name, value in fields.items() if name != "kind"}
    if "hearing" in rest:
        words = tuple(Word(**word) for word in rest["hearing"]["words"])
        nearest = tuple(rest["hearing"].get("nearest", ()))
        rest["hearing"] = Hearing(**{**rest["hearing"], "words": words, "nearest": nearest})
    return _KINDS[fields["kind"]](**rest)
