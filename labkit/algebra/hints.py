"""Three hints, each telling more than the one before, and the next line."""

from __future__ import annotations

from labkit.algebra.elimination import solve_system
from labkit.algebra.judging import Exercise, answered
from labkit.algebra.moves import Move, calculate, solve_equation
from labkit.algebra.parsing import NotMathematicsError, Statement, parse
from labkit.algebra.work import Work

__all__ = ["hints"]

SOLVED = Move("It is solved. How can you be sure?", "Check it.", "Put what you found into the first line.", "")
LOST = Move(
    "What would make this line simpler?", "Look at each side by itself.", "Make each side as simple as you can.", ""
)
OTHER_SOLUTION = "Find the other number that solves it."


def hints(work: Work) -> tuple[str, str, str, str]:
    """A question, the operation, the operation in full, and the next line (empty where none is known).

    They go on from the last right line. The first two hold no number; none says the solution but the line.
    """
    try:
        return _move(work) or LOST
    except NotMathematicsError:
        return LOST


def _move(work: Work) -> Move | None:
    if work.solved or not work.exercise:
        return SOLVED if work.solved else None
    exercise = Exercise([parse(line) for line in work.exercise])
    right = [parse(step.after).outcome for step in work.steps if step.leads_on]
    last = right[-1] if right else exercise.lines[0]
    if work.kind == "arithmetic":
        return calculate(last)
    if work.kind == "system":
        return _system(exercise, right)
    if last.kind == "expression":
        return None
    return _other_solution(work, right) or solve_equation(last, work.solutions)


def _system(exercise: Exercise, right: list[Statement]) -> Move | None:
    answers = [line for line in (*exercise.lines, *right) if answered(line) and line.join != "or"]
    return solve_system([*exercise.lines, *right], answers)


def _other_solution(work: Work, right: list[Statement]) -> Move | None:
    """One of two solutions is there."""
    last = right[-1].text if right else ""
    others = [solution for solution in work.solutions if solution not in {line.text for line in right}]
    if last not in work.solutions or not others:
        return None
    return Move("Is that the only number that solves it?", OTHER_SOLUTION, OTHER_SOLUTION, " or ".join(others))
