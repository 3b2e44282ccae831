"""What a lesson is: what makes a tutor, an interpreter or a rememberer out of the same conversation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Lesson:
    """Instructions and tools for a model that can reason, and the embedded engine's skill of the same purpose."""

    instructions: str = ""
    tools: tuple[Callable[..., Any], ...] = ()
    skill: str | None = None
    """The embedded engine's model name, such as `labkit-start`."""
    expect: tuple[str, ...] = ()
    """Sentences that the person is likely to say; they help any recogniser."""
    speaks_up: bool = False
    """Whether a picture that has changed and settled is answered although nobody spoke."""
    languages: tuple[str, ...] = ()
    """What is spoken, such as ("en", "es"); they help any recogniser, and the embedded engine listens for no others."""
    mode: Literal["", "interpreter", "memory"] = ""
    """What the panel shows beside the conversation."""
    voices: Mapping[str, str] = field(default_factory=dict)
    """Who speaks which language in a cascade; a realtime model has one voice, which is the session's."""
