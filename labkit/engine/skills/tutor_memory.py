"""What the tutor remembers of a conversation: what it said, and what the person answered. All of it is history.

Sentences are compared whole and by their words: one that the person cut short was not said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from labkit import algebra
from labkit.engine.skills import Request
from labkit.engine.skills.phrases import normalise

YES = frozenset({"yes", "yes it is", "yes please", "yeah", "yep", "correct", "that is right", "right"})
NO = frozenset({"no", "no it is not", "no thank you", "no thanks", "nope", "wrong", "that is wrong"})
NEXT_ONE = "Here is the next one"
"""How every offered exercise begins: what was said before belongs to another one."""
_SIGN = re.compile(r"[=+*/^\u00d7\u00f7\u2212]|\d")
WORD = re.compile(r"(?<![^\W\d_])(?!(?:sqrt|and)\b)[^\W\d_]{3,}")
"""In a line of mathematics there is none; unknowns are letters."""


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text by their words."""
    return tuple(filter(None, (normalise(sentence) for sentence in re.split(r"[.?!]+(?:\s|$)", text))))


def mathematics(text: str) -> str | None:
    """A typed line in its canonical spelling; None for words, and for what cannot be read."""
    return _read(text)[0]


def unreadable(text: str) -> str:
    """Why a typed line that is meant as mathematics cannot be read, as something to say; empty for all else."""
    return _read(text)[1]


def _read(text: str) -> tuple[str | None, str]:
    line = text.strip(" .?!")
    if not _SIGN.search(line) or WORD.search(line.lower()):
        return None, ""
    try:
        return algebra.normalise(line), ""
    except algebra.NotMathematicsError as error:
        return None, str(error)


class Memory:
    """One conversation as it was heard, up to and with what is asked now."""

    def __init__(self, request: Request) -> None:
        talk = [(role, text) for role, text in request.history if role in ("user", "assistant")]
        self._talk = [*talk, ("user", request.text)] if request.has_words else talk
        self.typed_now = request.has_words and mathematics(request.text) is not None
        """Whether what is asked now is a line of mathematics."""
        begun = [at for at, (role, text) in enumerate(talk) if role == "assistant" and NEXT_ONE in text]
        self.offers = len(begun)
        """How many exercises were offered."""
        self._exercise = self._talk[begun[-1] :] if begun else self._talk

    def times_said(self, *texts: str) -> int:
        """How often one of these was said to its end since the last offer of an exercise."""
        said = [sentences(text) for role, text in self._exercise if role == "assistant"]
        wanted = [sentences(text) for text in texts]
        return sum(any(_within(one, heard) for one in wanted) for heard in said)

    def how_far(self, texts: Sequence[str]) -> int:
        """How many of these, one after the other, were said since the last offer of an exercise."""
        at, count = 0, 0
        said = [sentences(text) if role == "assistant" else () for role, text in self._exercise]
        for text in texts:
            found = [place for place in range(at, len(said)) if _within(sentences(text), said[place])]
            if not found:
                break
            at, count = found[0 if count else -1] + 1, count + 1
        return count

    def last_said(self) -> str:
        """What the tutor said last; "" where it has said nothing."""
        return next((text.strip() for role, text in reversed(self._talk) if role == "assistant"), "")

    def answered(self, question: str) -> str | None:
        """What the person said right after this question, the last time; None where it was not asked or answered."""
        asked = sentences(question)
        for (role, text), (who, reply) in reversed(list(zip(self._talk, self._talk[1:], strict=False))):
            if role == "assistant" and who == "user" and _within(asked, sentences(text)):
                return reply
        return None

    def typed(self) -> Sequence[str]:
        """The lines of mathematics that were typed since the last offer, oldest first."""
        lines = (mathematics(text) for role, text in self._exercise if role == "user")
        return [line for line in lines if line is not None]


def _within(wanted: tuple[str, ...], said: Sequence[str]) -> bool:
    return bool(wanted) and all(sentence in said for sentence in wanted)
