"""What the conversation's state machine asks of the shell around it, beside sending server events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MAX_IMAGE_BYTES = 20_000_000
"""The largest picture that is looked at."""


@dataclass(frozen=True)
class ConfigureEar:
    """From here on listen for these sentences, and take turns like this (`None`: the client commits)."""

    sentences: Sequence[str]
    turn_detection: Mapping[str, Any] | None


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
class Speak:
    """Turn a reply into sound, a word at a time."""

    response_id: str
    text: str
    voice: str
    speed: float
    style: str | None


@dataclass(frozen=True)
class StopSpeaking:
    """Nobody waits for the rest of this reply."""

    response_id: str


@dataclass(frozen=True)
class FarEndCut:
    """The client stopped playing what it had: no echo of it is to be expected."""


Effect = ConfigureEar | HearAudio | CommitEar | ClearEar | LookAt | Speak | StopSpeaking | FarEndCut
