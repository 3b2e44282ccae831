"""Recall: what was told and shown is known ten turns and more later, and nothing is invented."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from labkit.bench import _recalls
from labkit.bench._ears import share
from labkit.bench._recalls import Remembering, Turn
from labkit.bench.phrases import VOICES, Ear, said

__all__ = ["measure"]

COUNT = 50
SPOKEN = 3
"""Conversations a voice of which every sentence is synthesised and heard: some minutes of sound."""
UNKNOWN = "I do not know"
Hears = Callable[[str], str]
"""What is said -> what is understood."""
NOT_UNDERSTOOD = "mumble"


@dataclass(frozen=True)
class Question:
    """A question to the memory, and what came of it."""

    turn: Turn
    answer: str
    understood: bool
    """The question, and what was said before for it to be known, were heard as they were said."""
    invented: bool
    """The answer has a name, place, time or colour that nothing heard or seen had."""

    @property
    def is_right(self) -> bool:
        """It says what was told, or that it does not know."""
        expected = self.turn.expected
        return expected in self.answer.lower() if expected else self.answer.startswith(UNKNOWN)


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """`count` seeded conversations of twenty turns as they are typed, some by voice, and things that the eyes see."""
    count = options.count or COUNT
    return {
        "typed": _figures([_asked(seed, lambda text: text) for seed in range(count)], at_least=95),
        **{f"by voice, {voice}": _spoken(voice, min(count, SPOKEN)) for voice in VOICES},
        "seen by the eyes": _photographs(count),
    }


def _asked(seed: int, hears: Hears) -> list[Question]:
    """The questions of a conversation."""
    client = Remembering()
    found: list[Question] = []
    heard: list[Turn] = []
    for turn in _recalls.conversation(seed):
        heard.append(replace(turn, say=hears(turn.say)))
        answer = client.turn(heard[-1].say, turn.sight)
        if turn.expected is None:
            continue
        asked = heard[-1].say == turn.say
        told = not turn.expected or turn.told in [one.say for one in heard]
        invented = asked and bool(_recalls.invented(answer, heard))
        found.append(Question(turn, answer, asked and told, invented))
    return found


def _figures(conversations: Sequence[Sequence[Question]], **goal: Any) -> dict[str, Any]:
    asked = [question for conversation in conversations for question in conversation]
    return {
        "right": share([question.is_right for question in asked if question.turn.expected], **goal),
        "unknown is said to be unknown": share([question.is_right for question in asked if not question.turn.expected]),
        "invented": {"value": sum(question.invented for question in asked), "unit": "", "n": len(asked), "goal": 0},
        "which": [f"{q.turn.say}: {q.answer}" for q in asked if q.invented or not q.is_right],
    }


def _spoken(voice: str, count: int) -> dict[str, Any]:
    """The same by a synthetic voice; what the ear declines was not said."""
    from labkit.engine.skills import find

    ear = Ear({"en": [*find("labkit-memory").sentences()]})
    right: list[bool] = []

    def hear(text: str) -> str:
        hearing = ear.hear(said(text, voice, "en"))
        right.append(hearing.accepted and hearing.text == text)
        return hearing.text if hearing.accepted else NOT_UNDERSTOOD

    found = [_asked(seed, hear) for seed in range(count)]
    understood = [[question for question in questions if question.understood] for questions in found]
    return {
        "sentences understood": share(right),
        "all questions": _figures(found),
        "those of which all was understood": _figures(understood),
    }


def _photographs(count: int) -> dict[str, Any]:
    """Things in photographs, by their paint: named once, dropped, and asked for after ten other turns."""
    from labkit.bench import _objects
    from labkit.bench._photos import jpeg
    from labkit.engine.eyes import look

    light = next(light for name, light in _objects.LIGHTS.items() if name.startswith("6500"))
    found = []
    for thing in _objects.things(1, count):
        picture = _objects.in_light(_objects.scene(thing), light, thing.seed)
        client = Remembering()
        client.turn(f"this is my {thing.kind}", look(jpeg(picture)))
        for text in _recalls.SMALL_TALK[: _recalls.TALK]:
            client.turn(text)
        found.append(thing.colour in client.turn(f"what colour was the {thing.kind}").lower())
    return {"right, by the paint, in daylight": share(found)}
