"""The interpreter: what one person says in one language, it says to the other in theirs, by the phrase book.

Which two languages, and in whose voices, it reads from its instructions, else from the session's settings. A sentence
that is not in the book is declined in the speaker's own language, with the nearest phrase offered: "yes" takes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from labkit.engine.skills import Reply, Request


class InterpreterSkill:
    """Speaks for two people; the phrase book loads when it is first used."""

    name = "labkit-interpreter"
    own_tools: frozenset[str] = frozenset()
    you_can_say: Sequence[str] = (
        "Good morning!",
        "Where is the train station?",
        "How much does it cost?",
        "The train leaves at half past nine.",
        "My name is Anna.",
    )

    def warm_up(self) -> None:
        """Load the phrase book and all that it looks up."""
        from labkit.phrases import BOOK, UNDERSTOOD

        for language in UNDERSTOOD:
            BOOK.match("-", language)
            BOOK.nearest("-", language)
        BOOK.language_of("-")

    def sentences(self) -> Sequence[str]:
        """The English side of the book."""
        return _sentences("en")

    def sentences_in(self, language: str) -> Sequence[str]:
        """The book's sentences in another language."""
        return _sentences(language)

    def reply(self, request: Request) -> Reply:
        """Interpret what was said."""
        from labkit.engine.skills.interpreter_talk import reply

        return reply(request)


@lru_cache
def _sentences(language: str) -> tuple[str, ...]:
    from labkit.engine.skills.interpreter_sayings import SHORT
    from labkit.phrases import BOOK

    answers = [texts[language] for texts in SHORT.values()]
    return (*answers, *BOOK.sentences(language, also=True))


INTERPRETER = InterpreterSkill()
