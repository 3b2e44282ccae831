"""Exercises that check themselves, graded on what really happened: event log, turns, traces, the data of plots.

check.early_barge_in(session)         a Verdict: what was seen, what is missing, a hint
labkit.exercises.progress()           a table of all lessons, and the next step
labkit.exercises.forget()             deletes what is kept of it
"""

from __future__ import annotations

from labkit.exercises.keeping import KEPT
from labkit.exercises.overview import Progress
from labkit.exercises.verdict import Verdict

__all__ = ["Progress", "Verdict", "forget", "progress"]


def progress() -> Progress:
    """How far you are, over all lessons; shows as a table."""
    entries = KEPT.entries()
    return Progress(entries, KEPT.problem)


def forget() -> Progress:
    """Delete what is kept of your progress; returns what is left of it, which is nothing."""
    KEPT.forget()
    return progress()
