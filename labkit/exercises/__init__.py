"""Checks for the lessons' exercises, graded on what really happened: the turns and the event log."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """What a check found; shows as one line."""

    passed: bool
    seen: str
    """What was seen and, where it is not enough, what is missing."""

    def __repr__(self) -> str:
        return f"{'passed' if self.passed else 'not yet'}: {self.seen}"

    def __bool__(self) -> bool:
        return self.passed
