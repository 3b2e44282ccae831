"""The mathematics tutor: it follows a solution line by line, and helps without giving the answer away.

The exercise is the first line of mathematics in the newest picture, or the first that was typed. The answer is given
only to somebody who wrote a line and asked twice. Of its instructions it understands what
`labkit.engine.skills.instructions` lists. Everything that is not about the exercise is left to the start skill.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from labkit import algebra
from labkit.engine.skills import Reply, Request
from labkit.engine.skills import tutor_answers as answers
from labkit.engine.skills.instructions import understand
from labkit.engine.skills.start import INTENTS, Intent, StartSkill, fixed
from labkit.engine.skills.tutor_answers import helping
from labkit.engine.skills.tutor_memory import NO, YES, Memory, mathematics, unreadable
from labkit.engine.skills.tutor_moment import of_board

_ABILITIES = (
    "Write an exercise, and solve it line by line. I look at each line. "
    "Ask me: is this right, give me a hint, or show me the next step."
)
_NOT_ASKED = "I did not ask anything. Shall I check your line, or give you a hint?"


def yes(request: Request) -> Reply:
    """Agrees with what was asked: a line was read correctly, or another exercise is wanted."""
    asked = Memory(request).last_said()
    if asked.endswith(answers.ANOTHER_ONE):
        return answers.next_exercise(request)
    return _checked(request) if asked.startswith("Is line ") else Reply(_NOT_ASKED)


def no(request: Request) -> Reply:
    """Denies it: the next reading is asked for, or it was enough."""
    asked = Memory(request).last_said()
    if asked.endswith(answers.ANOTHER_ONE):
        return Reply("All right. You did well.")
    return _checked(request) if asked.startswith("Is line ") else Reply(_NOT_ASKED)


_checked = helping(answers.check)
TUTOR_INTENTS = (
    *INTENTS,
    Intent(["hello", "hey there"], fixed("Hello! Show me an exercise, and solve it line by line.")),
    Intent(["help", "what can (you do|i say|i ask you)", "tell me what you can do"], fixed(_ABILITIES)),
    Intent(["is (this|that) right", "is it correct", "check (it|my work|this line)", "i am (done|finished)"], _checked),
    Intent(
        ["help me", "i am stuck", "(give me|i need|can i have) a hint", "another hint", "what do i do next"],
        helping(answers.hint),
    ),
    Intent(["(show me|what is|what's) the next step"], helping(answers.next_step)),
    Intent(["(tell|give) me the answer", "(what is|what's) the answer", "what is x"], helping(answers.answer)),
    Intent(["which line [is wrong]", "where is the mistake", "did i make a mistake"], helping(answers.which_line)),
    Intent(["i (don't|do not) understand", "why", "what is wrong", "explain (it|that)"], helping(answers.explain)),
    Intent(["how did i do", "how am i doing"], of_board(answers.how_it_went)),
    Intent(["read it", "read the text", "what does it say", "(what's|what is) written there"], of_board(answers.read)),
    Intent(["(what is|what's) the exercise"], of_board(answers.tell_exercise)),
    Intent(["[give me] another exercise", "next exercise"], answers.next_exercise),
    Intent(["what are your (rules|instructions)"], answers.tell_rules),
    Intent(["yes"], yes),
    Intent(["no"], no),
)


class TutorSkill(StartSkill):
    """Sees each line as it is written, and never just says the answer."""

    name = "labkit-tutor"
    intents: Sequence[Intent] = TUTOR_INTENTS
    own_tools: frozenset[str] = frozenset({"check_step", "show_math", "mark_line", "wait_for_user"})
    you_can_say: Sequence[str] = (
        "is this right",
        "give me a hint",
        "show me the next step",
        "what is the exercise",
        "how did i do",
        "next exercise",
    )

    def warm_up(self) -> None:
        """Load the algebra, which takes half a second."""
        algebra.check_work(["3x + 1 = 4", "3x = 5"])

    def reply(self, request: Request) -> Reply:
        """Answer in the style that the person asked for last, else in that of the instructions."""
        reply = super().reply(request)
        return reply if reply.style else replace(reply, style=understand(request.instructions).style)

    def _answer(self, request: Request) -> Reply | str:
        if not request.has_words and request.sight is not None:
            return answers.looked(request)
        if request.understood and mathematics(request.text):
            return _checked(request)
        said = request.text.lower().strip(" .!")
        if said in YES | NO:
            return (yes if said in YES else no)(request)
        others = [(name, output) for name, output in request.outputs if name not in self.own_tools]
        return super()._answer(replace(request, outputs=others))

    def _decline(self, request: Request) -> str:
        return (unreadable(request.text) if request.hearing is None else "") or super()._decline(request)


TUTOR = TutorSkill()
