"""A lesson: what makes a tutor, an interpreter or a rememberer out of the same conversation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Lesson:
    """Instructions and tools for a model that can reason, and the embedded engine's skill of the same purpose."""

    instructions: str = ""
    tools: tuple[Callable[..., Any], ...] = ()
    skill: str | None = None
    """The embedded engine's model name, such as `labkit-start`."""
    expect: tuple[str, ...] = ()
    """Sentences that the person is likely to say; they help any recogniser."""
