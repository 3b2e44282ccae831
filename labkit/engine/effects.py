"""What the conversation's state machine asks of the shell around it, beside sending server events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labkit.engine.grammar import Listed

MAX_IMAGE_BYTES = 20_000_000
"""The largest picture that is looked at."""


@dataclass(frozen=True)
class ConfigureEar:
    """From here on listen for these sentences, and take turns like this (`None`: the client commits)."""

    sentences: Listed
    turn_detection: Mapping[str, Any] | None
    so_far: bool = False
    """Whether the words of a turn are wanted before its end."""


@dataclass(frozen=True)
class HearAudio:
    """The person's sound goes on: 24 kHz PCM16."""

    pcm: bytes


@dataclass(frozen=True)
class CommitEar:
    """The utterance ends here; what was heard belongs to this item."""

    item_id: str


@dataclass(frozen=True)
class ClearEar:
    """Forget the sound that was not committed."""


@dataclass(frozen=True)
class LookAt:
    """Read this picture (JPEG or PNG bytes, at most `MAX_IMAGE_BYTES`) of this item."""

    item_id: str
    content_index: int
    image: bytes


@dataclass(frozen=True)
class LookAway:
    """The pictures of this item are of no interest any more."""

    item_id: str


@dataclass(frozen=True)
class Speak:
    """Turn a reply into sound, a word at a time."""

    response_id: str
    text: str
    voice: str
    speed: float
    style: str | None
    language: str


@dataclass(frozen=True)
class StopSpeaking:
    """Nobody waits for the rest of this reply."""

    response_id: str


@dataclass(frozen=True)
class FarEndCut:
    """The client stopped playing what it had: no echo of it is to be expected."""


Effect = ConfigureEar | HearAudio | CommitEar | ClearEar | LookAt | LookAway | Speak | StopSpeaking | FarEndCut
