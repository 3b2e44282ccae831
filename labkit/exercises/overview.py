"""Progress as a table, lesson by lesson, with the next step: what the start page shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from labkit.exercises.course import COURSE, Exercise
from labkit.exercises.given import counted
from labkit.exercises.keeping import OFF, VARIABLE, Entry, path

KEPT_HERE = (
    "Kept on this computer alone, in one small file: names of exercises, counts, dates. "
    "`labkit.exercises.forget()` deletes it."
)
NOT_KEPT = f"Nothing is kept ({VARIABLE}={OFF}): this is what was checked since the kernel started."


@dataclass(frozen=True)
class Progress:
    """Which exercises are passed, which were tried, and what is next; shows as a table."""

    entries: Mapping[str, Entry]
    """By the names of the checks."""
    problem: str = ""
    """Why it cannot be kept, a sentence; "" where all is well."""

    @property
    def done(self) -> list[Exercise]:
        """The exercises that are passed."""
        return [exercise for exercise in COURSE if self._entry(exercise).passed]

    @property
    def next(self) -> Exercise | None:
        """The first exercise that is not passed; `None`: all are."""
        return next((exercise for exercise in COURSE if not self._entry(exercise).passed), None)

    def _entry(self, exercise: Exercise) -> Entry:
        return self.entries.get(exercise.check, Entry())

    def __repr__(self) -> str:
        rows = [(f"{one.lesson} {one.number}", self._state(one), one.title) for one in COURSE]
        table = [f"{where:<26}{state:<16}{title}" for where, state, title in rows]
        return "\n".join([self._sum(), *table, self._step(), self._note().replace("`", "")])

    def _repr_markdown_(self) -> str:
        rows = [self._row(lesson, list(its)) for lesson, its in groupby(COURSE, lambda one: one.lesson)]
        head = ["| lesson | exercise 1 | exercise 2 |", "|:---|:---|:---|"]
        step = self._step()
        if self.next:
            step = step.replace(self.next.lesson, _link(self.next.lesson))
        return "\n\n".join([f"**{self._sum()}**", "\n".join([*head, *rows]), step, f"*{self._note()}*"])

    def _row(self, lesson: str, exercises: Sequence[Exercise]) -> str:
        states = [f"{self._marked(one)}<br>{one.title}" for one in exercises]
        return f"| {' | '.join([_link(lesson), *states])} |"

    def _marked(self, exercise: Exercise) -> str:
        state = self._state(exercise)
        return f"**✓ {state}**" if self._entry(exercise).passed else state

    def _state(self, exercise: Exercise) -> str:
        entry = self._entry(exercise)
        if entry.passed:
            return "done"
        return f"tried {counted(entry.tried, 'time')}" if entry.tried else "not yet"

    def _sum(self) -> str:
        return f"{len(self.done)} of {len(COURSE)} exercises done"

    def _step(self) -> str:
        if self.next is None:
            return "All done. What will you build?"
        return f"Next: {self.next.lesson}, exercise {self.next.number}: {self.next.title}."

    def _note(self) -> str:
        return self.problem or (NOT_KEPT if path() is None else KEPT_HERE)


def _link(lesson: str) -> str:
    return f"[{lesson}]({lesson}.ipynb)"
