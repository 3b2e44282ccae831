"""The rememberer: it notes what it is told and shown, recalls it, says when it was, and forgets on request.

What it knows is folded from the conversation each time (`memory_notes`); when the client declared `remember` and
`forget`, it calls them, so that a note stays when the picture that it was made of is dropped. All other talk is the
start skill's. Left out on purpose: conclusions from what was told, and telling voices or faces apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from labkit.engine.skills import Reply, Request
from labkit.engine.skills import memory_answers as answers
from labkit.engine.skills.memory_lists import SENTENCES
from labkit.engine.skills.memory_notes import Known
from labkit.engine.skills.memory_parsing import Asked, Forget, meaning
from labkit.engine.skills.phrases import readings
from labkit.engine.skills.start import INTENTS, Intent, StartSkill, fixed

_ABILITIES = (
    "Tell me your name, introduce people, show me something and say what it is, or tell me when your train leaves. "
    "Talk about something else. Then ask me. I forget what you want me to forget."
)
MEMORY_INTENTS = (
    *INTENTS,
    Intent(["hello", "hey there"], fixed("Hello! Tell me your name, or show me something.")),
    Intent(["help", "what can (you do|i say|i ask you)", "tell me what you can do"], fixed(_ABILITIES)),
)


class MemorySkill(StartSkill):
    """Remembers what is in the conversation, and nothing else."""

    name = "labkit-memory"
    intents: Sequence[Intent] = MEMORY_INTENTS
    own_tools: frozenset[str] = frozenset({"remember", "forget"})
    you_can_say: Sequence[str] = (
        "my name is anna",
        "this is my iced coffee",
        "my train leaves at nine",
        "what colour was the coffee",
        "when does my train leave",
        "what do you remember",
    )

    def sentences(self) -> Sequence[str]:
        """Small talk, and the closed lists of `memory_lists`."""
        return list(dict.fromkeys([*self._answers, *SENTENCES]))

    def _answer(self, request: Request) -> Reply | str:
        request = replace(request, outputs=[given for given in request.outputs if given[0] not in self.own_tools])
        small_talk = any(said in self._answers for said in readings(request.text))
        meant = meaning(request.text) if request.understood and not request.outputs and not small_talk else None
        if meant is None:
            return super()._answer(request)
        known = Known(request)
        if isinstance(meant, Asked):
            return answers.answer(meant, known, request.now)
        return answers.forget(meant, known) if isinstance(meant, Forget) else answers.note(meant, known)


MEMORY = MemorySkill()
