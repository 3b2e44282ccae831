"""The few instructions that a skill understands, taken from the text that is written for a model that can reason.

Sentence by sentence, by their words:

    Be brief.                            one sentence instead of two
    Just give the answer.                the answer at once, whatever is asked
    Never give the answer.               not even to somebody who has tried and asked twice
    Never give the answer before ...     (until, unless, only when ...) what the tutor does anyway
    Whisper. Speak slowly. Speak faster. Talk like a robot.

Left out on purpose: everything else, and other languages than English.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Giving = Literal["earned", "always", "never"]
"""When the answer is given: after trying and asking twice, at once, or not at all."""

_SENTENCE = re.compile(r"[.!?;\n]+")
_ANSWER = re.compile(r"\b(?:answer|solution|result)s?\b")
_GIVE = re.compile(r"\b(?:giv|tell|told|say|said|reveal|show|stat|spoil|leak|betray|hand)\w*")
_WITHHOLD = re.compile(r"\b(?:keep|hide|withhold|conceal)\b")
_NOT = re.compile(r"\b(?:never|not|cannot|no|without|refuse|avoid)\b|n't\b")
_CONDITION = re.compile(r"\b(?:before|until|unless|after|when|(?<!at )once|only|except|if)\b")
_EVEN = re.compile(r"\b(?:even|no matter)\b.*")
_BRIEF = re.compile(r"\b(?:brief|briefly|concise)\b")
_STYLES = {
    "whisper": re.compile(r"\b(?:whisper|quietly)\b"),
    "robot": re.compile(r"\brobot\b"),
    "slow": re.compile(r"\bslowly\b"),
    "fast": re.compile(r"\b(?:faster|fast|quickly)\b"),
}


@dataclass(frozen=True)
class Instructions:
    """What was understood."""

    giving: Giving = "earned"
    brief: bool = False
    style: str | None = None
    """A style that the voice knows."""

    def told(self) -> str:
        """What was understood, as something to say."""
        rules = {
            "earned": "I give the answer only when you have tried, and asked twice.",
            "always": "I just give the answer.",
            "never": "I never give the answer.",
        }
        return rules[self.giving] + (" And I keep it brief." if self.brief else "")


def understand(text: str) -> Instructions:
    """The instructions that are known here."""
    plain = text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    sentences = [sentence for sentence in _SENTENCE.split(plain) if sentence.strip()]
    rules = {_giving(sentence) for sentence in sentences}
    meant = [sentence for sentence in sentences if not _NOT.search(sentence)]
    return Instructions(
        giving="never" if "never" in rules else "always" if "always" in rules else "earned",
        brief=any(_BRIEF.search(sentence) for sentence in meant),
        style=next((style for style, words in _STYLES.items() for s in meant if words.search(s)), None),
    )


def _giving(sentence: str) -> Giving:
    """What one sentence says of giving the answer; a condition leaves it to the tutor."""
    withheld = _WITHHOLD.search(sentence)
    if not _ANSWER.search(sentence) or not (withheld or _GIVE.search(sentence)):
        return "earned"
    if _CONDITION.search(_EVEN.sub("", sentence)):
        return "earned"
    return "never" if withheld or _NOT.search(sentence) else "always"
