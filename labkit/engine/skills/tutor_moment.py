"""One moment of a lesson: what was asked, what is on the board and how right it is, what was said before.

What the tutor says of it names one line, and comes with the calls that show and mark that line.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from labkit import algebra
from labkit.engine.calls import Call
from labkit.engine.skills import Reply, Request
from labkit.engine.skills.instructions import Instructions, understand
from labkit.engine.skills.tutor_board import Board, Written, board
from labkit.engine.skills.tutor_memory import Memory


@dataclass(frozen=True)
class Moment:
    """What was asked, what is on the board, and what was said before."""

    request: Request

    @cached_property
    def memory(self) -> Memory:
        """What was said before."""
        return Memory(self.request)

    @cached_property
    def rules(self) -> Instructions:
        """What the instructions ask for."""
        return understand(self.request.instructions)

    @cached_property
    def board(self) -> Board:
        """What is written."""
        sight = self.request.sight
        return board(self.request.pictures or ([sight] if sight else []), self.memory)

    @property
    def work(self) -> algebra.Work:
        """How right it is; only where there is no trouble."""
        assert self.board.work is not None
        return self.board.work

    @property
    def wrong(self) -> Written | None:
        """The first wrong line after the last right one: what there is to talk about."""
        at = self.work.stuck_at
        return None if at is None else self.board.lines[at]

    @property
    def step(self) -> algebra.Step:
        """The check of the wrong line, else of the last line; only where there are steps."""
        steps = {step.line: step for step in self.work.steps}
        return steps[self.work.stuck_at] if self.wrong else self.work.steps[-1]

    @property
    def reached(self) -> Written:
        """The last right line: from here it goes on."""
        right = [step.line for step in self.work.steps if step.leads_on and step.line is not None]
        return self.board.lines[max([self.work.exercise_ends, *right])]

    @property
    def solved(self) -> bool:
        """Whether there is nothing left to do."""
        return self.work.solved and self.wrong is None

    @property
    def tried(self) -> bool:
        """Whether the person wrote a line of their own."""
        return any(step.verdict not in ("same", "unreadable") and not step.aside for step in self.work.steps)

    @property
    def exercise(self) -> str:
        """The exercise in words."""
        return " and ".join(map(algebra.spoken, self.work.exercise))

    def say(self, text: str, more: str = "", *, line: Written | None = None, kind: str = "look") -> Reply:
        """A sentence about a line; `more` is left off for who wants it brief."""
        words = text if self.rules.brief or not more else f"{text} {more}"
        return Reply(words, calls=() if line is None else (show(line.text), *mark(line, kind)))


def show(equation: str) -> Call:
    """Typeset an equation."""
    return Call("show_math", json.dumps({"equation": equation}))


def mark(line: Written, kind: str) -> tuple[Call, ...]:
    """Mark a line of the newest picture, if it is in there."""
    if line.place is None or not line.box:
        return ()
    return (Call("mark_line", json.dumps({"line": line.place, "kind": kind, "box": list(line.box)})),)


Answer = Callable[[Moment], Reply]


def of_board(answer: Answer) -> Callable[[Request], Reply]:
    """An answer that needs an exercise on the board, and says so when there is none."""

    def answer_request(request: Request) -> Reply:
        moment = Moment(request)
        return Reply(moment.board.trouble) if moment.board.trouble else answer(moment)

    return answer_request
