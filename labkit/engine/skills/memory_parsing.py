"""What a sentence means to a memory: something is told, asked, or to be forgotten; None for all other talk.

Patterns over words; what is told may name anything, in short sentences: "my train leaves at nine", "Remember that the
key is under the mat". Left out on purpose: what follows from what was told, and sentences with several clauses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from labkit.engine.skills import memory_lists as lists
from labkit.engine.skills.phrases import normalise, readings
from labkit.notes import EVERYTHING, OWN_NAME, Kind, words

Asks = Literal[
    "own name",
    "people",
    "how many",
    "from",
    "relation",
    "person",
    "their name",
    "colour",
    "text",
    "shown",
    "when",
    "all",
    "thing",
    "fact",
]
"""What can be asked for."""
LONGEST = 300
"""Characters of what is looked at: longer texts tell nothing in one sentence, and would take long to look at."""
FOLLOWS_ON = frozenset({"", "it", "that", "this", "them"})
"""What stands for something that was talked of just now."""


@dataclass(frozen=True)
class Told:
    """A note to make."""

    kind: Kind
    what: str
    """"" for the person who was introduced last."""
    about: str


@dataclass(frozen=True)
class Asked:
    """A question about what was told or shown."""

    asks: Asks
    about: str = ""
    """Whom or what, as it was named; of "fact" the question itself."""


@dataclass(frozen=True)
class Forget:
    """A wish to have something forgotten."""

    what: str


Meaning = tuple[Told, ...] | Asked | Forget | None
_END = re.compile(r"[.!;?]+(?=\s|$)|,? and (?=(?:i|my|the|she|he)\b)", re.IGNORECASE)
_RELATION = rf"(?:{'|'.join((*lists.RELATIONS, *lists.ALSO_RELATIONS))})"
_REMEMBER = re.compile(r"^(?:please )?(?:remember|note|keep in mind|(?:do not|don't) forget)(?: that)? (?=\w+ \w)")
_PEOPLE = (
    re.compile(r"(?P<own>my name is|my name's|i am called|i am|i'm|call me) (?P<names>.+)"),
    re.compile(rf"(?P<rel>my {_RELATION})(?:'s name is| is called| is named| is) (?P<names>.+)"),
    re.compile(
        r"(?:this is|that is|that's|these are|here is|meet|say hello to|(?:her|his) name is|their names are) "
        rf"(?P<rel>my {_RELATION} )?(?P<names>.+?)(?: (?:and )?(?:who is |(?:she|he) (?:is|comes) )?(?P<from>from .+))?"
    ),
    re.compile(r"(?P<names>she|he|\w+) (?:is|comes) (?P<from>from .+)"),
    re.compile(rf"(?P<names>\w+) is (?P<rel>my {_RELATION})"),
)
_NAMED = re.compile(
    rf"(?:my|her|his) name(?: is|'s)|call me|i am called|my {_RELATION}(?:'s name is| is called| is named)"
)
"""After these words comes a name, whatever it is."""
_OBJECT = re.compile(
    r"(?:this is|that is|that's|look at|here is|i am showing you|i'm showing you) (?:my|an?|the|our|this) "
    r"(?P<what>\w+(?: \w+){0,2})"
)
_VERB = (
    "(?:is|are|was|were|leaves|arrives|departs|starts|begins|ends|opens|closes|costs|lives|works|likes|loves|goes|comes"
    "|has|needs|takes|runs|plays|speaks)"
)
_FACTS = (
    re.compile(rf"(?:my|our|the) (?P<what>\w+(?:'s)?(?: \w+(?:'s)?){{0,2}}?) {_VERB} .+"),
    re.compile(
        r"i (?:(?:do not|don't|was|am|can) )?"
        r"(?P<what>live|work|study|born|come|from|like|love|hate|eat|need|have|speak|play|prefer|allergic)\b .+"
    ),
    re.compile(r"i am \w+(?: \w+)? years (?P<what>old)"),
)
_FORGET = re.compile(r"(?:forget|do not remember|don't remember)(?: about)?(?: (?P<what>.+))?")
_ALL = re.compile(r"(?:everything|all)\b.*|what i (?:told|showed) you|what you (?:know|remember)(?: about me)?")
_THING = r"(?:my |the |a |an |our |that |your )?(?P<about>.+?)"
_TOLD = r"(?:tell|show|say|mention|meet|see|hear|give)"
_PATTERNS: tuple[tuple[Asks, str], ...] = (
    ("own name", r"(?:what is|what's) my name|who (?:am i|i am)|what (?:am i called|my name is)|my name"),
    ("how many", r"how many (?:people|persons|names)\b.*"),
    ("from", r"where (?:is|does) (?P<about>\w+) (?:come )?from"),
    ("from", r"who (?:is|comes) (?P<about>from .+)"),
    ("relation", rf"(?:who is|what is|what's) (?P<about>my {_RELATION})(?:'s name| called)?"),
    ("their name", r"(?:what is|what's) (?:her|his) name|who (?:is|was) (?:she|he|that)"),
    ("people", r"(?:who|whom) (?:did you meet|do you know|have you met|did i introduce|was here|is here)\b.*"),
    ("people", r"(?:what (?:are|were) |what )?(?:their|our|all|everybody's|all the|the) names\b.*"),
    ("colour", rf"(?:what|which) colour (?:was|is|had|did|does) {_THING}(?: have)?"),
    ("text", rf"what (?:was|is) (?:written|printed) on {_THING}"),
    ("text", rf"what did {_THING} say"),
    ("when", rf"when did (?:i|you) {_TOLD}\b(?: (?:you|me))?(?: (?:about|of))?(?: {_THING})?"),
    ("when", r"when (?:was|did) (?P<about>that|it)(?: happen)?|how long ago\b.*"),
    ("shown", r"(?:what|which things?) (?:did|have) (?:i|you) (?:show|shown|see|seen)\b.*"),
    ("all", r"what (?:do|did|have) you (?:remember|know|noted|remembered|learn|learned)(?: about me)?"),
    ("all", r"what (?:did|have) i (?:tell|told) you|(?:what|everything) you (?:remember|know)"),
    ("person", r"who (?:is|was) (?P<about>\w+)"),
    ("thing", rf"(?:what do you (?:know|remember) about|what did i (?:say|tell you) about|about) {_THING}"),
    ("thing", rf"do you (?:know|remember) {_THING}"),
)
_POLITE = r"(?:(?:do|can) you (?:know|remember|tell me|say) |tell me )?"
_QUESTIONS = tuple((asks, re.compile(f"{_POLITE}(?:{pattern})")) for asks, pattern in _PATTERNS)
_FACT_ASKED = re.compile(r"(?:when|where|what|which|who|whose|how|is|are|do|does|did|was|am)\b.*")
_OURS = re.compile(r"\b(?:i|my|me|our|we)\b|^(?:when|where)\b")


def meaning(text: str) -> Meaning:
    """What it is that was said: what is told, a question, a wish to forget, or None."""
    if len(text) > LONGEST:
        return None
    told = tuple(one for part in _parts(text) for one in _told(part))
    if told:
        return told
    for said in readings(text):
        if wish := _FORGET.fullmatch(said):
            what = wish["what"] or ""
            return Forget(EVERYTHING if _ALL.fullmatch(what) else what)
        for asks, pattern in _QUESTIONS:
            if found := pattern.fullmatch(said):
                return Asked(asks, (found.groupdict().get("about") or "").strip())
        if _FACT_ASKED.fullmatch(said) and _OURS.search(said):
            return Asked("fact", said)
    return None


def _parts(text: str) -> Iterator[str]:
    """Sentences, and what is joined by "and" but begins anew."""
    yield from filter(str.strip, _END.split(text))


def _told(text: str) -> tuple[Told, ...]:
    written = {word.lower() for word in re.findall(r"[^\W\d_]+", text) if word[0].isupper()}
    for said in readings(text):
        plain = _REMEMBER.sub("", said, count=1)
        if found := _people(plain, written) or _thing(plain) or _fact(plain, text, asked=plain != said):
            return found
    return ()


def _people(said: str, written: set[str]) -> tuple[Told, ...]:
    for pattern in _PEOPLE:
        if (found := pattern.fullmatch(said)) is None:
            continue
        parts = found.groupdict()
        names = _names(parts["names"], written, any_word=bool(_NAMED.match(said)))
        if names is not None:
            abouts = (parts.get("rel"), parts.get("from"), OWN_NAME if parts.get("own") else None)
            about = "; ".join(cased(part.strip(), written) for part in abouts if part)
            return tuple(Told("person", name, about) for name in names)
    return ()


def _names(text: str, written: set[str], *, any_word: bool) -> list[str] | None:
    """The names that these words are; one of "" for "she"; None where they are none."""
    if text in ("she", "he"):
        return [""]
    said = [word for word in text.split() if word != "and"]
    known = all(word in lists.NAMES or word in lists.ALSO_TYPED or word in written for word in said)
    if not (known and 1 <= len(said) <= 8) and not (any_word and len(said) == 1):
        return None
    return [word.title() for word in said] if " and " in text else [" ".join(said).title()]


def _thing(said: str) -> tuple[Told, ...]:
    found = _OBJECT.fullmatch(said)
    if found is None or found["what"].split()[-1] in {*lists.RELATIONS, *lists.ALSO_RELATIONS} - {"dog", "cat"}:
        return ()
    return (Told("object", found["what"], ""),)


def _fact(said: str, text: str, *, asked: bool) -> tuple[Told, ...]:
    written = {word.lower() for word in re.findall(r"(?<=[a-z,] )[A-Z]\w+", text)}
    about = cased(said, written)
    for pattern in _FACTS:
        if found := pattern.fullmatch(said):
            return (Told("fact", found["what"], about),)
    topic = [word for word in normalise(said).split() if word in words(said)]
    return (Told("fact", cased(topic[0], written), about),) if asked and topic else ()


def cased(text: str, written: set[str] | frozenset[str] = frozenset()) -> str:
    """The words with capitals where names have them: "from Spain"."""
    capitals = (lists.PROPER | written) - {"my", "the", "this", "that"}
    spoken = (word.capitalize() if word in capitals or word in ("i", "i'm") else word for word in text.split())
    return " ".join(spoken)
