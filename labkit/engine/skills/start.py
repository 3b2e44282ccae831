"""The first skill: small talk, time, counting, what was said before, ways of speaking, and what a picture shows.

A table of patterns and functions. Everything that it says is short enough to be interrupted with profit.
Left out on purpose: reasoning, and guessing what a sentence that is not in the table may have meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from labkit.engine import calls
from labkit.engine.skills import Reply, Request, pictures
from labkit.engine.skills.phrases import expand, normalise, readings
from labkit.engine.skills.spelling import date_words, month, number_value, number_words, time_words, weekday, year_words

if TYPE_CHECKING:
    from labkit.engine.eyes import Sight

Answer = Callable[[Request], "Reply | str"]
"""A request, its text in normal form -> what to say."""

OFFER = "You can say: "
"""Before what could be said in place of what was not understood."""
COUNTED = [*range(2, 13), 15, 20, 30]
"""How far the ear expects to be asked to count (thirteen and thirty sound alike); typed, any number to 100 will do."""


@dataclass(frozen=True)
class Intent:
    """Patterns that ask for the same thing, and the function that answers."""

    patterns: Sequence[str]
    answer: Answer


def hello(request: Request) -> str:
    """Greet in kind."""
    greeting = request.text.capitalize() if request.text.startswith("good ") else "Hello"
    return f"{greeting}! Ask me what I can do."


def fixed(text: str) -> Answer:
    """An answer that is always the same."""
    return lambda _: text


def tell_time(request: Request) -> str:
    """The time of day in words."""
    return f"It is {time_words(request.now.time())}."


def tell_date(request: Request) -> str:
    """Day and date in words, or only the part that was asked for."""
    for asked, words in (("month", month(request.now)), ("year", year_words(request.now.year))):
        if asked in request.text.split():
            return f"It is {words}."
    if "day" in request.text.split():
        return f"Today is {weekday(request.now)}."
    return f"Today is {date_words(request.now)}."


_COUNT = re.compile(r"count (?:(?P<back>down|backwards) |up )?(?:from (?P<first>.+?) ?)?(?:to (?P<last>.+))?")


def count(request: Request) -> str:
    """Count up or down between the two numbers of the sentence."""
    asked = _COUNT.fullmatch(request.text)
    ends = [number_value(asked[end]) if asked and asked[end] else 1 for end in ("first", "last")]
    if asked is None or None in ends or not (asked["last"] or (asked["back"] and asked["first"])):
        return "I can count between zero and one hundred. Say, for example: count to ten."
    first, last = (end or 0 for end in ends)
    step = 1 if last >= first else -1
    return ", ".join(number_words(number) for number in range(first, last + step, step)) + "."


def earlier(request: Request, role: str) -> str | None:
    """The last thing that this role said before the request, or None."""
    history = list(request.history)
    if history and history[-1][0] == "user" and normalise(history[-1][1]) == normalise(request.text):
        history.pop()
    return next((text.strip() for who, text in reversed(history) if who == role), None)


def recall_person(request: Request) -> str:
    """What the person said before."""
    text = earlier(request, "user")
    if text is None:
        return "This is the first thing you say to me."
    return f"You said: {text}" if text else "You said something that I did not understand."


def recall_self(request: Request) -> str:
    """What the person heard of the last answer."""
    text = earlier(request, "assistant")
    if text is None:
        return "I have not said anything yet."
    return f"I said: {text.removeprefix('I said: ')}" if text else "You heard nothing of my last answer."


def repeat_as(style: str | None) -> Answer:
    """Say the last answer again, in a style when one is named."""

    def again(request: Request) -> Reply:
        return Reply(earlier(request, "assistant") or "I have not said anything yet.", style)

    return again


def look_first(see: Callable[[Sight], str]) -> Answer:
    """An answer about the picture, which says so when there is none."""

    def about_picture(request: Request) -> str:
        if request.sight is None:
            return "You have not shown me a picture yet. Start the camera, or send one."
        return see(request.sight)

    return about_picture


_ABILITIES = (
    "I can tell you the time and the date, count, repeat what you said and what I said, whisper, talk like a robot, "
    "and say what I see and read in a picture. You can interrupt me at any time."
)
_WORKINGS = (
    "I wait until you are silent, find your sentence in a list of those that I know, look up an answer, and make it "
    "sound with a synthesiser. All of it on this computer."
)
_JOKE = "Why did the microphone blush? It heard everything that you said."
STAYING = {"slow": "speak slowly", "fast": "speak faster", "robot": "talk like a robot", "whisper": "talk quietly"}
"""Styles that stay until "speak normally", and the sentence that asks for each."""
NORMAL = "speak normally"

INTENTS = (
    Intent(["hello", "hey there", "good (morning|afternoon|evening)", "nice to meet you"], hello),
    Intent(["how are you"], fixed("I am well, thank you. How can I help?")),
    Intent(["can you hear me"], fixed("Yes, I can hear you.")),
    Intent(["what can (you do|i say|i ask you)", "help", "tell me what you can do"], fixed(_ABILITIES)),
    Intent(["how do you work", "how does this work"], fixed(_WORKINGS)),
    Intent(
        ["who are you", "(what's|what is) your name", "are you a robot"],
        fixed("I am the lab's own engine: a program that listens, follows simple rules and talks."),
    ),
    Intent(
        ["what time is it", "(what's|what is) the time", "[can you] tell me the time", "do you know the time"],
        tell_time,
    ),
    Intent(
        [
            "what day is it",
            "(what's|what is) the date",
            "[can you] tell me the date",
            "(what's|what is) today's date",
            "what (month|year) is it",
        ],
        tell_date,
    ),
    Intent(
        [
            f"count to ({'|'.join(number_words(number) for number in COUNTED)}|one hundred|a hundred)",
            "(can you|please) count to (five|ten|twenty)",
            "count up to (ten|twenty)",
            "count (down|backwards) from (three|five|ten|twenty)",
            "count from one to (five|ten|twenty)",
            "count from (three to seven|five to ten|ten to twenty|ten to one)",
        ],
        count,
    ),
    Intent(["what did i [just] say", "do you remember what i said", "repeat what i said"], recall_person),
    Intent(["what did you [just] say", "what were you saying"], recall_self),
    Intent(["[please|can you] say that again", "[please|can you] repeat that", "say it again"], repeat_as(None)),
    Intent(["say that like a robot"], repeat_as("robot")),
    Intent(["say that in a whisper", "whisper that"], repeat_as("whisper")),
    Intent(["say that (slowly|more slowly)"], repeat_as("slow")),
    Intent(["say that (faster|more quickly)"], repeat_as("fast")),
    Intent(["(speak|talk) like a robot"], fixed("I am now talking like a robot.")),
    Intent(["(speak|talk) quietly", "can you whisper"], fixed("I am whispering now.")),
    Intent(["(speak|talk) [more] slowly", "slow down"], fixed("I am speaking slowly now.")),
    Intent(["(speak|talk) faster", "speed up"], fixed("I am speaking faster now.")),
    Intent(["(speak|talk) normally", "use your normal voice"], fixed("This is my normal voice.")),
    Intent(["thank you", "thanks"], fixed("You are welcome.")),
    Intent(["goodbye", "bye bye", "see you later", "good night"], fixed("Goodbye. It was nice talking with you.")),
    Intent(["stop", "stop talking", "please stop", "be quiet", "never mind"], fixed("Okay.")),
    Intent(["tell me a joke", "do you know a joke"], fixed(_JOKE)),
    Intent(
        ["what (do|can) you see", "describe the picture", "(what's|what is) in the picture", "what am i showing you"],
        look_first(pictures.describe),
    ),
    Intent(["what colour is (it|this|that)", "which colours do you see"], look_first(pictures.name_colour)),
    Intent(
        ["read it", "read the text", "what does it say", "(what's|what is) written there"],
        look_first(pictures.read_out),
    ),
)


class StartSkill:
    """What a new learner meets."""

    name = "labkit-start"
    intents: Sequence[Intent] = INTENTS
    own_tools: frozenset[str] = frozenset()
    you_can_say: Sequence[str] = (
        "what can you do",
        "what time is it",
        "count to twenty",
        "what did you say",
        "say that like a robot",
        "what do you see",
    )

    @cached_property
    def _answers(self) -> dict[str, Answer]:
        return {
            sentence: intent.answer
            for intent in self.intents
            for pattern in intent.patterns
            for sentence in expand(pattern)
        }

    def warm_up(self) -> None:
        """Nothing to load."""

    def sentences(self) -> Sequence[str]:
        """The closed grammar."""
        return list(self._answers)

    def sentences_in(self, language: str) -> Sequence[str]:
        """It knows English only."""
        return ()

    def reply(self, request: Request) -> Reply:
        """Answer in the style that the person asked for last."""
        answered = self._answer(request)
        reply = answered if isinstance(answered, Reply) else Reply(answered)
        return reply if reply.style else replace(reply, style=self._staying_style(request))

    def _answer(self, request: Request) -> Reply | str:
        if request.outputs:
            return calls.answer(request.outputs[-1][1])
        if not request.understood:
            return self._decline(request)
        for said in readings(request.text):
            answer = self._answers.get(said, count if said.startswith("count ") else None)
            if answer is not None:
                return answer(replace(request, text=said))
        if normalise(request.text) in map(normalise, request.expected):
            return f"You said: {request.text}"
        return self._decline(request)

    def _decline(self, request: Request) -> str:
        """Say plainly that it was not understood, which words were sure, and what could be said instead."""
        first, second = self._nearest(request.hearing.open_text if request.hearing else request.text)
        offer = f"{OFFER}{first}. Or: {second}."
        if request.hearing is None:
            return f"I do not know that sentence. {offer}"
        sure = [word.text for word in request.hearing.words if word.sure]
        heard = (
            f"I heard {' … '.join(sure)}, but did not understand the rest." if sure else "I did not understand that."
        )
        return f"{heard} {offer}"

    def _nearest(self, text: str) -> tuple[str, str]:
        """The two examples that are most like what came, in the order of the examples when nothing is."""
        from rapidfuzz import fuzz

        ranked = sorted(self.you_can_say, key=lambda example: -fuzz.ratio(example, normalise(text)) if text else 0)
        return ranked[0], ranked[1]

    def _staying_style(self, request: Request) -> str | None:
        """The style of the newest sentence that asked for one that stays."""
        for role, text in [*request.history, ("user", request.text)][::-1]:
            if role != "user":
                continue
            answer = self._answers.get(normalise(text))
            if answer is self._answers[NORMAL]:
                return None
            for style, sentence in STAYING.items():
                if answer is not None and answer is self._answers[sentence]:
                    return style
        return None


START = StartSkill()
