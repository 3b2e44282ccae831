"""Skills: what answers in the embedded engine, one file each behind one small interface.

A skill is rules over sentences: it lists everything that it understands (the ear's closed grammar) and answers one
request at a time from what the request holds. Skills keep no state; what they remember is in the history.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from labkit.engine.eyes import Sight
    from labkit.engine.hearing import Hearing


@dataclass(frozen=True)
class Request:
    """What the person said or typed, and everything that an answer may draw on."""

    text: str
    """The sentence as typed, or as heard; "" when what was heard was not understood."""
    hearing: Hearing | None
    """What the ear made of it; None for typed text."""
    understood: bool
    """Heard: `hearing.accepted`. Typed: True, and the skill decides."""
    sight: Sight | None
    """The newest picture in the conversation."""
    history: Sequence[tuple[str, str]]
    """(role, text), oldest first, before this request: what the conversation holds, of answers the heard words only."""
    now: datetime
    instructions: str
    expected: Sequence[str]
    """Sentences that the client said to expect."""


@dataclass(frozen=True)
class Reply:
    """An answer to speak."""

    text: str
    """Plain and speakable."""
    style: str | None = None
    """A style that the voice knows, such as "whisper" or "robot"; None is the normal voice."""


class Skill(Protocol):
    """One way of answering."""

    name: str
    """The model name that asks for it, such as "labkit-start"."""
    you_can_say: Sequence[str]
    """A few examples for the panel."""

    def sentences(self) -> Sequence[str]:
        """Everything it understands, in lower case without punctuation: the closed grammar."""

    def reply(self, request: Request) -> Reply:
        """Answer a request."""


def names() -> list[str]:
    """The model names of all skills."""
    return list(_skills())


def find(model: str) -> Skill:
    """The skill of a model name; the start skill for a name that none has."""
    from labkit.engine.skills.start import START

    return _skills().get(model, START)


def _skills() -> dict[str, Skill]:
    from labkit.engine.skills.start import START

    return {START.name: START}
