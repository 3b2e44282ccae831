"""What the tutor says: a check, a hint, the next step, the answer when it is earned, always in a sentence or two."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from labkit import algebra
from labkit.engine.calls import Call
from labkit.engine.skills import Reply, Request
from labkit.engine.skills.instructions import understand
from labkit.engine.skills.spelling import number_words
from labkit.engine.skills.tutor_board import Written
from labkit.engine.skills.tutor_memory import NEXT_ONE
from labkit.engine.skills.tutor_moment import Answer, Moment, mark, of_board, show

WAIT = Call("wait_for_user", "{}")
ANOTHER_ONE = "Shall I give you another one?"
MISSING = {
    "solution": "There is another solution.",
    "unknown": "Now find the other unknown.",
    "exact": "That is rounded: write it exactly, as a fraction or with a root.",
}
"""What comes after a line that answers half of the exercise."""
FIRST_EXERCISE = "3x + 1 = 4"
"""Exercises are like this one when nothing is on the board."""
MOST_READ = 6
"""Lines that are read out."""


def helping(answer: Answer) -> Callable[[Request], Reply]:
    """An answer that helps; with the instruction to just give the answer, it is that."""
    return of_board(lambda moment: solution(moment) if moment.rules.giving == "always" else answer(moment))


# -- checking --------------------------------------------------------------------------------------------------


def check(moment: Moment) -> Reply:
    """The first wrong line, else that it is right, or done."""
    if moment.wrong:
        return pointed_out(moment, moment.wrong)
    last = moment.board.lines[-1]
    if not moment.work.steps:
        half = moment.work.kind == "system" and len(moment.work.exercise) == 1
        more = "Is there a second equation?" if half else "What is your first step?"
        return moment.say(f"The exercise is {moment.exercise}.", more, line=last)
    if moment.solved:
        found = f"{_begin(algebra.spoken(last.text))}: that is right, well done."
        return moment.say(found, ANOTHER_ONE, line=last, kind="right")
    if moment.step.verdict == "unreadable":
        return moment.say(f"I cannot use {last.name}. {moment.step.sentence}", line=last)
    if moment.step.verdict == "same":
        return moment.say(f"{_begin(last.name)} says the same as the one above.", "What could change it?", line=last)
    following = MISSING.get(moment.step.missing, "What is next?")
    return moment.say(f"Good, {last.name} is right.", following, line=last, kind="right")


def pointed_out(moment: Moment, wrong: Written) -> Reply:
    """Where the slip is, and of which kind."""
    return moment.say(_slip(moment, wrong), line=wrong, kind="slip")


def _slip(moment: Moment, wrong: Written) -> str:
    return f"{_begin(wrong.name)} is not right yet. {moment.step.sentence}"


def _begin(text: str) -> str:
    return text[:1].upper() + text[1:]


def which_line(moment: Moment) -> Reply:
    """The first wrong line."""
    if moment.wrong:
        return pointed_out(moment, moment.wrong)
    return moment.say("I see no mistake.", ANOTHER_ONE if moment.solved else "What is your next step?")


def how_it_went(moment: Moment) -> Reply:
    """How many lines, and how many of them are right."""
    count = len(moment.work.steps)
    if not count:
        return moment.say("You have not begun yet.", "What is your first step?")
    if moment.solved:
        return moment.say(f"You solved it in {_counted(count, 'step')}. Well done.", ANOTHER_ONE)
    right = sum(step.verdict in ("right", "solved") for step in moment.work.steps)
    return moment.say(f"You wrote {_counted(count, 'step')}. {_begin(number_words(right))} right so far.")


def _counted(count: int, thing: str) -> str:
    return f"{number_words(count)} {thing}" + ("s" if count != 1 else "")


# -- helping ---------------------------------------------------------------------------------------------------


def hint(moment: Moment) -> Reply:
    """The next of three hints for where the person is; the third again when all were given."""
    if moment.solved:
        return moment.say("You have solved it already.", ANOTHER_ONE)
    hints = _hints(moment)
    given = hints[min(moment.memory.how_far(hints), len(hints) - 1)]
    return moment.say(given, line=moment.wrong or moment.reached, kind="slip" if moment.wrong else "look")


def _hints(moment: Moment) -> list[str]:
    question, operation, in_full, _ = algebra.hints(moment.work)
    if moment.wrong and moment.step.slip:
        return [_slip(moment, moment.wrong), algebra.explain_slip(moment.step.slip), in_full]
    return [f"You have {algebra.spoken(moment.reached.text)}. {question}", operation, in_full]


def explain(moment: Moment) -> Reply:
    """What kind of slip it is; where nothing is wrong, the next hint."""
    if moment.wrong and moment.step.slip:
        return moment.say(algebra.explain_slip(moment.step.slip), line=moment.wrong, kind="slip")
    return hint(moment)


def next_step(moment: Moment) -> Reply:
    """The next line, unless that gives the answer away."""
    if moment.wrong:
        return moment.say(f"First correct {moment.wrong.name}. {moment.step.sentence}", line=moment.wrong, kind="slip")
    if moment.solved:
        return hint(moment)
    *_, in_full, line = algebra.hints(moment.work)
    if not line:
        return moment.say(in_full, line=moment.reached)
    if _solves(line, moment.work):
        return moment.say(f"The next step is the answer, so it is yours. {in_full}", line=moment.reached)
    if _gives_away(line, moment.work, moment.board.lines):
        return moment.say(f"That step would tell too much. {in_full}", line=moment.reached)
    return Reply(f"Next comes {algebra.spoken(line)}.", calls=(show(line), *mark(moment.reached, "look")))


def _solves(line: str, work: algebra.Work) -> bool:
    """Whether nothing is left to do after this line."""
    right = [step.after for step in work.steps if step.is_right and not step.aside]
    return algebra.check_work([*work.exercise, *right, line]).solved


def _gives_away(line: str, work: algebra.Work, written: Sequence[Written]) -> bool:
    """Whether a line is a part of the answer, or has a number of it that nobody wrote yet."""
    if algebra.check_step(work.exercise, line).missing or set(re.split(" or | and ", line)) & set(work.solutions):
        return True
    return bool(_numbers(line) & _numbers(*work.solutions) - _numbers(*(known.text for known in written)))


def _numbers(*texts: str) -> set[str]:
    return {number for text in texts for number in re.findall(r"\d+(?:\.\d+)?", text)}


def answer(moment: Moment) -> Reply:
    """The answer, when the person has tried and asked twice."""
    if moment.solved:
        return moment.say("You have found it already.", ANOTHER_ONE)
    if moment.rules.giving == "never":
        return moment.say("I do not give the answer away.", "Ask me for a hint.")
    untried, tried = f"First write a step of your own for {moment.exercise}.", f"Try once more with {moment.exercise}."
    if not moment.tried:
        return moment.say(untried, "I can give you a hint.")
    if not moment.memory.times_said(untried, tried):
        return moment.say(tried, "If you are stuck, ask me again.", line=moment.reached)
    return solution(moment)


def solution(moment: Moment) -> Reply:
    """The answer itself."""
    if not moment.work.solutions:
        return moment.say("I cannot solve that one.")
    found = (" and " if moment.work.kind == "system" else " or ").join(moment.work.solutions)
    return Reply(f"The answer is {algebra.spoken(found)}.", calls=(show(found),))


# -- around it -------------------------------------------------------------------------------------------------


def read(moment: Moment) -> Reply:
    """The lines in words."""
    lines = [f"{_begin(line.name)}: {algebra.spoken(line.text)}." for line in moment.board.lines[:MOST_READ]]
    return moment.say(" ".join(lines))


def tell_exercise(moment: Moment) -> Reply:
    """The exercise in words."""
    return moment.say(f"The exercise is {moment.exercise}.", line=moment.board.lines[moment.work.start])


def next_exercise(request: Request) -> Reply:
    """Another exercise of the same kind."""
    moment = Moment(request)
    work = moment.board.work or algebra.check_work([FIRST_EXERCISE])
    exercise = algebra.exercise_like(work, moment.memory.offers + 1)
    said = moment.say(f"{NEXT_ONE}: {algebra.spoken(exercise)}.", "Write it down and take your time.")
    return Reply(said.text, calls=(show(exercise),))


def tell_rules(request: Request) -> Reply:
    """Which instructions were understood."""
    return Reply(understand(request.instructions).told())


def looked(request: Request) -> Reply:
    """What is new in the picture, if anything; nobody has asked."""
    moment, waiting = Moment(request), Reply("Take your time.", calls=(WAIT,))
    trouble = moment.board.trouble
    if trouble:
        return waiting if _known_trouble(moment, trouble) else Reply(trouble)
    known = request.pictures[: len(request.pictures) - request.new_pictures]
    before = {line.text for sight in known for line in sight.lines}
    if all(line.text in before for line in moment.board.lines):
        return waiting
    return solution(moment) if moment.rules.giving == "always" else check(moment)


def _known_trouble(moment: Moment, trouble: str) -> bool:
    """Whether it was said already, or is only the page being turned or wiped."""
    sight = moment.request.sight
    wiped = sight is not None and sight.kind == "blank" and len(moment.request.pictures) > 1
    return wiped or moment.memory.last_said().startswith(trouble)
