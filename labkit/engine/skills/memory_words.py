"""How a note is said: as the person told it, in their words turned round, and with when it was."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from labkit.engine.skills.memory_notes import SAYS, Known
from labkit.engine.skills.pictures import listed
from labkit.engine.skills.spelling import month, number_words, ordinal_words, time_words, year_words
from labkit.notes import OWN_NAME, Note

EARLIER = "in an earlier conversation"
_YOURS = {
    "i am": "you are",
    "i'm": "you're",
    "i was": "you were",
    "you are": "I am",
    "i": "you",
    "me": "you",
    "my": "your",
    "mine": "yours",
    "myself": "yourself",
    "we": "you",
    "us": "you",
    "our": "your",
    "your": "my",
    "you": "me",
}
_PRONOUN = re.compile(rf"\b(?:{'|'.join(sorted(_YOURS, key=len, reverse=True))})\b(?!')", re.IGNORECASE)


def to_you(text: str) -> str:
    """What the person said, as one says it to them: "my train" -> "your train"."""
    return _PRONOUN.sub(lambda found: _YOURS[found[0].lower()], text)


def told(one: Note, known: Known, now: datetime) -> str:
    """A note as a sentence, with the day where it was carried in."""
    return sentence(one) if one.suspicious else since(_SENTENCES[one.kind](one), one, known, now)


def together(several: Sequence[Note]) -> list[str]:
    """Notes as sentences; those whose name alone is known in one."""
    named = [one for one in several if one.kind == "person" and one.about in ("", OWN_NAME) and not one.suspicious]
    met = [f"I met {listed([one.what for one in named])}."] if named else []
    return [*met, *(sentence(one) for one in several if one not in named)]


def sentence(one: Note) -> str:
    """A note as a sentence; one that reads like an instruction is quoted."""
    if one.suspicious:
        text = f"{one.what}: {one.about}" if one.about else one.what
        return f"There is a note that reads like an instruction. I only quote it: “{text}”."
    return begin(_SENTENCES[one.kind](one))


def person(one: Note) -> str:
    """What is known of a person."""
    parts = [to_you(part) for part in one.about.split("; ") if part and part != OWN_NAME]
    if parts:
        return f"{one.what} is {listed(parts)}."
    return f"{one.what} is the name that you told me." if OWN_NAME in one.about else f"{one.what} was introduced to me."


def object_seen(one: Note) -> str:
    """How something looked."""
    colour, _, text = one.about.partition(SAYS)
    colour = colour.strip("; ")
    said = f"the {one.what} is {colour}." if colour else f"it is {with_article(one.what)}."
    return f"{said} It says: {text}." if text else said


def fact_told(one: Note, that: str = "") -> str:
    """A fact in the person's words, or, where they are no sentence, with what it is about."""
    begins = rf"(?:i|i'm|my|our|we|the|it|there|{re.escape(one.what)})\b"
    if re.match(begins, one.about, re.IGNORECASE):
        return f"{that}{to_you(one.about)}."
    return f"about {one.what}: {one.about}."


_SENTENCES = {"person": person, "object": object_seen, "fact": fact_told}


def since(said: str, one: Note, known: Known, now: datetime) -> str:
    """As a sentence; of a note that was carried in, with the day that it is from."""
    if one not in known.earlier:
        return begin(said)
    verb = "showed" if one.kind == "object" else "told"
    return f"You {verb} me {EARLIER}{_day(one.at.astimezone(now.tzinfo), now) if one.at else ''}: {said}"


def when(at: datetime, now: datetime, *, carried: bool) -> str:
    """How long ago that was and at what time; of what was carried in, on which day."""
    at = at.astimezone(now.tzinfo)
    clock = f"at {time_words(at.time())}"
    return f"{EARLIER}{_day(at, now)}, {clock}" if carried else f"{_ago((now - at).total_seconds())}, {clock}"


def _ago(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"about {'a minute' if minutes == 1 else f'{number_words(minutes)} minutes'} ago"
    hours = round(minutes / 60)
    return f"about {'an hour' if hours == 1 else f'{number_words(min(100, hours))} hours'} ago"


def _day(day: datetime, now: datetime) -> str:
    year = "" if day.year == now.year else f", {year_words(day.year)}"
    return f", on the {ordinal_words(day.day)} of {month(day)}{year}"


def with_article(thing: str) -> str:
    """The thing with "a" or "an"."""
    return f"{'an' if thing[0] in 'aeiou' else 'a'} {thing}"


def begin(text: str) -> str:
    """As the beginning of a sentence."""
    return text[:1].upper() + text[1:]
