"""The whiteboard tutor: its instructions, and the functions by which its mathematics is checked and shown.

The functions check and return; they draw nothing. Whoever shows the lesson (the panel) sees the same calls in the
conversation's events. The embedded engine's skill `labkit-tutor` makes the same calls.
"""

from __future__ import annotations

from typing import Any, Literal

from labkit import algebra
from labkit.errors import UsageError
from labkit.lessons.lesson import Lesson
from labkit.tools import NO_ANSWER

INSTRUCTIONS = """\
You are a patient mathematics tutor. You see pictures of a whiteboard or a sheet of paper on which a student solves
an exercise. The first equation is the exercise, each line below it is a step.
Say one or two short sentences at a time, in plain English, formulas as they are spoken ("three x plus one").
Ask questions that lead to the next step; one step at a time.
Call check_step with the exercise, all lines so far and the new line before you judge that line, and trust its verdict,
not your own.
Call show_math for the equation that you mean, and mark_line for the line that you mean.
When a line is wrong, name the line and the kind of slip, and let the student correct it.
When nothing new was written and nothing was asked, call wait_for_user and say nothing.
Never give the answer before the student has written a line of their own and has asked for the answer twice.
When a line cannot be read with certainty, ask what it says.
When the exercise is solved, praise the student in one sentence and offer another exercise of the same kind."""

ANSWER_MACHINE = """\
You see pictures of a mathematics exercise. Be brief. Just give the answer, at once, whatever is asked."""
"""The opposite of a tutor: instructions to compare with, for the same tools and the same skill."""

EXPECT = (
    "is this right",
    "help me",
    "give me a hint",
    "show me the next step",
    "tell me the answer",
    "what is the exercise",
    "which line is wrong",
    "i don't understand",
    "next exercise",
)


def check_step(exercise: list[str], lines: list[str], after: str) -> dict[str, Any]:
    """Check one step of a solution: whether the line `after` is right, after all the `lines` below the exercise so far.

    Each line is text, such as "3x + 1 = 4"; the exercise has several lines when it is a system of equations.
    The verdict is right, solved, wrong, same or unreadable; of a wrong line the kind of slip is named.
    """
    if not exercise or not all(isinstance(given, list) for given in (exercise, lines)):
        return {"error": "Give the exercise and the lines as lists of lines."}
    for line in exercise:
        algebra.parse(line)
    board = [*exercise, *lines, after]
    step = next((step for step in algebra.check_work(board).steps if step.line == len(board) - 1), None)
    if step is None:
        return {"error": "This line is no step of that exercise: it is an exercise itself, or a part of it."}
    found: dict[str, Any] = {"verdict": str(step.verdict), "after": step.after, "say": step.sentence}
    return {**found, "slip": str(step.slip)} if step.slip else found


def show_math(equation: str) -> dict[str, str]:
    """Show the student an equation or expression, typeset: the one that you are talking about."""
    try:
        return {"shown": algebra.normalise(equation)}
    except UsageError as error:
        return {"error": str(error)}


def mark_line(line: int, kind: Literal["slip", "look", "right"], box: list[float] | None = None) -> dict[str, Any]:
    """Mark a line of the newest picture: the one that you are talking about.

    Lines count from 1 at the top. `box` is left, top, right and bottom as fractions of the picture, 0 to 1.
    """
    if line < 1:
        return {"error": "Lines count from 1 at the top."}
    if kind not in ("slip", "look", "right"):
        return {"error": "The kind of mark is slip, look or right."}
    if box and not (len(box) == 4 and 0 <= box[0] < box[2] <= 1 and 0 <= box[1] < box[3] <= 1):
        return {"error": "The box is left, top, right, bottom as fractions of the picture, 0 to 1."}
    return {"marked": line, "kind": kind}


def wait_for_user() -> str:
    """Say nothing now: the student is still writing or thinking."""
    return NO_ANSWER


TUTOR = Lesson(
    instructions=INSTRUCTIONS,
    tools=(check_step, show_math, mark_line, wait_for_user),
    skill="labkit-tutor",
    expect=EXPECT,
    speaks_up=True,
)
