"""Conversations for a memory: five things told or shown, ten turns of other talk, then five questions.

Everything is drawn from the skill's closed lists, so that each can be said by voice, and what is invented can be told
from what was said: a name, place, time or colour in an answer that this conversation never held.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from labkit import tools
from labkit.engine import effects
from labkit.engine.conversation import Conversation
from labkit.engine.eyes.sight import Colour, Line, Sight, Thing
from labkit.engine.skills import find
from labkit.engine.skills import memory_lists as lists
from labkit.lessons import rememberer

__all__ = ["Remembering", "Turn", "conversation", "invented"]

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
TURN_S = 15
TOLD, TALK = 5, 10
WORDS = ("menu", "stop", "open", "lab")
SMALL_TALK = (
    *("what time is it", "count to five", "how are you", "tell me a joke", "say that like a robot", "how do you work"),
    *("what did you say", "thank you", "what day is it", "are you a robot", "what do you see", "count to ten"),
)
_VALUES = frozenset(
    (*lists.NAMES, *lists.PLACES, *lists.SPOTS, *lists.MONTHS, *lists.ALL_COLOURS, *lists.HOURS, *WORDS)
)
_VALUE = re.compile(rf"\b(?:{'|'.join(sorted(_VALUES, key=len, reverse=True))})\b")


@dataclass(frozen=True)
class Turn:
    """What is said, what is shown with it, and what the answer must hold."""

    say: str
    sight: Sight | None = None
    expected: str | None = None
    """None: it is no question to the memory; "": nobody was told, and it must say so."""
    told: str = ""
    """Of a question: what was said for it to be known."""


def sight(colour: str, text: str = "") -> Sight:
    """A thing of a colour before a white wall, with a text on it."""
    lines = (Line(text, 0.95, (200, 200, 300, 240)),) if text else ()
    colours = (Colour("white", 0.6, (240, 240, 240)), Colour(colour, 0.3, (90, 60, 60)))
    thing = Thing(colour, 0.3, (200, 120, 420, 400))
    return Sight(640, 480, lines, colours, 1.0, "text" if text else "picture", (thing,))


def conversation(seed: int) -> list[Turn]:
    """Twenty turns."""
    chance = random.Random(seed)
    pairs = _pairs(chance)
    missing = chance.randrange(TOLD)
    told = [tell for at, (tell, _) in enumerate(pairs) if at != missing]
    asked = [Turn(ask.say, None, "") if at == missing else ask for at, (_, ask) in enumerate(pairs)]
    talk = [Turn(text) for text in chance.sample(SMALL_TALK, TALK)]
    talk.insert(chance.randrange(len(talk)), Turn("what do you see", sight(chance.choice(lists.COLOURS), "exit")))
    chance.shuffle(asked)
    return [*told, *talk, *asked]


def _pairs(chance: random.Random) -> list[tuple[Turn, Turn]]:
    """What is told and what is asked of it; no two of a conversation share a name or a thing."""
    while True:
        pairs = [kind(chance) for kind in chance.sample(_KINDS, TOLD)]
        if len({tell.say for tell, _ in pairs}) == len({ask.expected for _, ask in pairs}) == TOLD:
            return [(tell, replace(ask, told=tell.say)) for tell, ask in pairs]


def _person(chance: random.Random) -> tuple[Turn, Turn]:
    name = chance.choice(lists.NAMES)
    return Turn(f"this is {name}"), Turn(f"do you remember {name}", None, name)


def _own_name(chance: random.Random) -> tuple[Turn, Turn]:
    name = chance.choice(lists.NAMES)
    return Turn(f"my name is {name}"), Turn("what is my name", None, name)


def _relation(chance: random.Random) -> tuple[Turn, Turn]:
    relation, name = chance.choice(lists.RELATIONS), chance.choice(lists.NAMES)
    return Turn(f"my {relation}'s name is {name}"), Turn(f"what is my {relation}'s name", None, name)


def _colour(chance: random.Random) -> tuple[Turn, Turn]:
    thing, colour = chance.choice(lists.OBJECTS[:8]), chance.choice(lists.COLOURS)
    return Turn(f"this is my {thing}", sight(colour)), Turn(
        f"what colour was {chance.choice(('the', 'my'))} {thing}", None, colour
    )


def _text(chance: random.Random) -> tuple[Turn, Turn]:
    thing, text = chance.choice(lists.OBJECTS[8:]), chance.choice(WORDS)
    shown = sight(chance.choice(lists.COLOURS), text)
    return Turn(f"this is my {thing}", shown), Turn(f"what was written on the {thing}", None, text)


def _departure(chance: random.Random) -> tuple[Turn, Turn]:
    travel, time = chance.choice(lists.TRAVEL), chance.choice(lists.TIMES)
    return Turn(f"my {travel} leaves at {time}"), Turn(f"when does my {travel} leave", None, time)


def _event(chance: random.Random) -> tuple[Turn, Turn]:
    event, time = chance.choice(lists.EVENTS), chance.choice(lists.TIMES)
    return Turn(f"my {event} starts at {time}"), Turn(f"when does my {event} start", None, time)


def _place(chance: random.Random) -> tuple[Turn, Turn]:
    thing, spot = chance.choice(lists.THINGS), chance.choice(lists.SPOTS)
    there = spot.replace("my ", "your ")
    return Turn(f"remember that the {thing} is {spot}"), Turn(f"where is the {thing}", None, there)


def _home(chance: random.Random) -> tuple[Turn, Turn]:
    city = chance.choice(lists.CITIES)
    return Turn(f"i live in {city}"), Turn("where do i live", None, city)


def _birthday(chance: random.Random) -> tuple[Turn, Turn]:
    month = chance.choice(lists.MONTHS)
    return Turn(f"my birthday is in {month}"), Turn("when is my birthday", None, month)


def _favourite(chance: random.Random) -> tuple[Turn, Turn]:
    colour = chance.choice(lists.COLOURS)
    return Turn(f"my favourite colour is {colour}"), Turn("what is my favourite colour", None, colour)


_KINDS: tuple[Callable[[random.Random], tuple[Turn, Turn]], ...] = (
    *(_person, _own_name, _relation, _colour, _text, _colour, _departure, _event, _place, _home, _birthday, _favourite),
)


def invented(answer: str, told: Sequence[Turn]) -> set[str]:
    """Values in an answer to a question that nothing said or shown before it had."""
    had = " ".join(turn.say for turn in told)
    for turn in told:
        if turn.sight:
            had += " ".join(
                ["", *(colour.name for colour in turn.sight.colours), *(line.text for line in turn.sight.lines)]
            )
    return set(_VALUE.findall(answer.lower())) - set(_VALUE.findall(had.replace("my ", "your "))) - _said(had)


def _said(had: str) -> set[str]:
    return set(_VALUE.findall(had))


class Remembering:
    """A client of the engine's own state machine, which types and shows; its pictures are dropped after three turns."""

    KEEP_TURNS = 3

    def __init__(self) -> None:
        lesson = rememberer()
        self._now = NOW
        self._tools = tools.by_name(lesson.tools)
        self._conversation = Conversation(find("labkit-memory"), self._now)
        self._sights: dict[str, Sight] = {}
        self._answer = ""
        self._calls: list[dict[str, Any]] = []
        self._shown: list[int] = []
        self._count = 0
        described = [tools.schema(function) for function in lesson.tools]
        self._send("session.update", session={"type": "realtime", "output_modalities": ["text"], "tools": described})

    def turn(self, text: str, shown: Sight | None = None) -> str:
        """Say something, and show something with it: the answer."""
        self._now += timedelta(seconds=TURN_S)
        self._count += 1
        for number in [number for number in self._shown if self._count - number > self.KEEP_TURNS]:
            self._shown.remove(number)
            self._send("conversation.item.delete", item_id=f"picture_{number}")
        if shown is not None:
            self._shown.append(self._count)
            self._sights[f"picture_{self._count}"] = shown
            part = {"type": "input_image", "image_url": "data:image/png;base64,AAAA"}
            self._message(part, f"picture_{self._count}")
        self._message({"type": "input_text", "text": text}, f"words_{self._count}")
        self._answer = ""
        self._send("response.create")
        while self._calls:
            self._call()
        return self._answer

    def _message(self, part: dict[str, Any], item_id: str) -> None:
        item = {"id": item_id, "type": "message", "role": "user", "content": [part]}
        self._send("conversation.item.create", item=item)

    def _call(self) -> None:
        called, self._calls = self._calls, []
        for item in called:
            output = json.dumps(self._tools[item["name"]](**json.loads(item["arguments"])))
            answer = {"type": "function_call_output", "call_id": item["call_id"], "output": output}
            self._send("conversation.item.create", item=answer)
        self._send("response.create")

    def _send(self, kind: str, **fields: Any) -> None:
        self._take(self._conversation.receive(json.dumps({"type": kind, **fields}), self._now))

    def _take(self, events: Sequence[Any]) -> None:
        for event in events:
            if isinstance(event, effects.LookAt):
                self._take(self._conversation.saw(event, self._sights[event.item_id], self._now))
            elif isinstance(event, dict) and event["type"] == "error":
                raise RuntimeError(event["error"]["message"])
            elif isinstance(event, dict) and event["type"] == "response.done":
                self._finish(event["response"]["output"])

    def _finish(self, output: Sequence[dict[str, Any]]) -> None:
        self._calls = [item for item in output if item["type"] == "function_call"]
        self._answer = " ".join(_texts(output))


def _texts(output: Sequence[dict[str, Any]]) -> Iterator[str]:
    for item in output:
        for part in item.get("content") or []:
            yield part.get("text") or part.get("transcript") or ""
