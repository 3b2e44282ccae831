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
    from labkit.engine.calls import Call
    from labkit.engine.eyes import Sight
    from labkit.engine.hearing import Hearing


@dataclass(frozen=True)
class Moment:
    """Something that is in the conversation, and when it came."""

    role: str
    """"user", "assistant" or "system"; "call" for a function call, whose name is `text`."""
    text: str
    """What was said, typed or, of an answer, heard; "" where there were no words."""
    at: datetime
    understood: bool = True
    """False for sound that the ear did not understand."""
    sights: Sequence[Sight] = ()
    """What its pictures show, as far as they could be read."""
    arguments: str = ""
    """Of a call: its arguments as JSON."""
    hearing: Hearing | None = None
    """What the ear made of it; None for what was not spoken."""


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
    pictures: Sequence[Sight] = ()
    """All pictures in the conversation that could be read, oldest first; `sight` is the last of them."""
    new_pictures: int = 1
    """How many of them, the newest ones, came since the last answer."""
    has_words: bool = True
    """False: only a picture was shown, and nothing said since the last answer."""
    outputs: Sequence[tuple[str, str]] = ()
    """(function, output) of what was called since the person's last words or picture."""
    tools: frozenset[str] = frozenset()
    """The functions that the client declared, and that may be called."""
    languages: Sequence[str] = ("en",)
    """What may be spoken, as the session's settings say."""
    moments: Sequence[Moment] = ()
    """All that the conversation holds, oldest first, what is asked now included."""


@dataclass(frozen=True)
class Reply:
    """An answer to speak."""

    text: str
    """Plain and speakable."""
    style: str | None = None
    """A style that the voice knows, such as "whisper" or "robot"; None is the normal voice."""
    language: str = "en"
    """In which it is to be spoken."""
    voice: str | None = None
    """One of the protocol's voices; None is the session's."""
    calls: tuple[Call, ...] = ()
    """Functions for the client to call before this is spoken. Those that it did not declare, and those that were
    called already, are left out; when the others' outputs are in, the skill is asked once more."""


class Skill(Protocol):
    """One way of answering."""

    name: str
    """The model name that asks for it, such as "labkit-start"."""
    you_can_say: Sequence[str]
    """A few examples for the panel."""

    own_tools: frozenset[str]
    """Functions that it calls itself: other functions are called when the person says their name."""

    def warm_up(self) -> None:
        """Load what answering needs, in a thread, so that the first answer is no slower than the others."""

    def sentences(self) -> Sequence[str]:
        """Everything it understands, in lower case without punctuation: the closed grammar."""

    def sentences_in(self, language: str) -> Sequence[str]:
        """The same in another language than English, as it is written there."""

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
    from labkit.engine.skills.interpreter import INTERPRETER
    from labkit.engine.skills.memory import MEMORY
    from labkit.engine.skills.start import START
    from labkit.engine.skills.tutor import TUTOR

    return {skill.name: skill for skill in (START, TUTOR, INTERPRETER, MEMORY)}
