"""What every check has around it: wrong arguments and failures become sentences, tries are counted, hints grow."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from labkit.errors import LabkitError
from labkit.exercises.course import COURSE, Exercise
from labkit.exercises.given import clipped, shown
from labkit.exercises.keeping import KEPT
from labkit.exercises.verdict import NotYetError, Verdict, not_yet

Check = Callable[..., Verdict]


def graded(check: Check) -> Check:
    """A check that always answers with a `Verdict`, and keeps count; it must be listed in `course.COURSE`."""
    name = f"{check.__module__.rpartition('.')[2]}.{check.__name__}"
    exercise = next(exercise for exercise in COURSE if exercise.check == name)

    @functools.wraps(check)
    def checked(*given: Any, **named: Any) -> Verdict:
        if _without_code():
            seen = "on a page without code nothing can be changed."
            return not_yet(seen, f"open {exercise.lesson} in JupyterLab, where you see its cells.")
        verdict = _verdict(check, given, named)
        before = KEPT.problem
        entry = KEPT.note(exercise.check, passed=verdict.passed)
        if KEPT.problem and KEPT.problem != before:
            print(KEPT.problem)
        return _with_hint(verdict, exercise, entry.tried)

    return checked


def _without_code() -> bool:
    """Whether the cells run for a page of Voila, whose visitors cannot change them."""
    return "VOILA_PREHEAT" in os.environ  # Voila says so in every kernel of its own, "False" in most


def _verdict(check: Check, given: tuple[Any, ...], named: dict[str, Any]) -> Verdict:
    try:
        inspect.signature(check).bind(*given, **named)
    except TypeError as error:
        return not_yet(f"the check was not asked as it should be: {error}.", _how_to_ask(check))
    try:
        return check(*given, **named)
    except NotYetError as ended:
        return ended.verdict
    except LabkitError as error:
        return not_yet(f"what you handed over cannot be used: {error}", _how_to_ask(check))
    except Exception as error:  # noqa: BLE001 - whatever a learner handed over: the answer is a sentence
        what = ", ".join(shown(value) for value in (*given, *named.values()))
        return not_yet(
            f"{what} cannot be looked at ({type(error).__name__}: {clipped(str(error))}).", _how_to_ask(check)
        )


def _how_to_ask(check: Check) -> str:
    names = ", ".join(inspect.signature(check).parameters)
    return f"ask check.{check.__name__}({names}), as the cell did at first."


def _with_hint(verdict: Verdict, exercise: Exercise, tried: int) -> Verdict:
    """The first time it says what is missing, then a hint, from the third time on where a solution is as well."""
    if verdict.passed:
        return verdict
    hints = [verdict.hint or exercise.hint] if tried > 1 else []
    hints += [exercise.solution] if tried > 2 else []
    return replace(verdict, hint=" ".join(hints))
