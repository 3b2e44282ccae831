"""Notes of what was said and seen: which of them correct each other, which are forgotten, and which look like orders.

A note is made by a call of `remember` and ends by one of `forget` (`labkit.lessons.rememberer`), whichever model calls.
What is told again takes the place of what it corrects. What reads like an instruction stays a quotation, and is marked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, get_args

Kind = Literal["person", "object", "fact"]
KINDS: tuple[str, ...] = get_args(Kind)
MAX_NOTES = 500
MAX_LENGTH = 500
"""Characters of one text of a note."""
EVERYTHING = "everything"
"""What `forget` is called with to forget all."""
OWN_NAME = "said their own name"
"""About a person who introduced themselves."""
SUSPICIOUS = "it reads like an instruction: quoted, never obeyed"
_ORDERS = re.compile(
    r"\b(?:ignor\w*|disregard\w*|overrid\w*|obey\w*|pretend\w*|jailbreak\w*|system prompt|developer mode|instructions?|"
    r"you (?:are now|must|should|shall|have to)|from now on|act as|reveal|never (?:say|tell)|always (?:say|answer)|"
    r"do not tell|(?:your|all|previous|the) rules)\b|</?\w+>|<\|",
    re.IGNORECASE,
)
_SMALL_WORDS = "a an and i is it me my of our said say says that the their they this to we what where you your"
_SMALL = frozenset(_SMALL_WORDS.split())
_PREPOSITION = r"\b(?:at|on|in|from|until|by|under|behind|beside|near|next to|inside|above)\b"
_WHEN = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|half|quarter|noon|midnight|\d[\d:.]*"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|may|june|july|august|september"
    r"|october|november|december|morning|afternoon|evening)\b"
)
_DAY = r"\b(?:today|tonight|tomorrow|yesterday)\b"
_TIME = re.compile(rf"{_PREPOSITION} (?:the |about |a )?{_WHEN}|{_DAY}", re.IGNORECASE)
_PLACE = re.compile(_PREPOSITION, re.IGNORECASE)
_SPLIT = re.compile(rf" (?P<be>is|are|was) |{_PREPOSITION}")
_ONE_OF_MANY = re.compile(r" (?:is|are|was) (?:an?|called)\b")
_MANY = re.compile(r"^i (?:do not |don't )?(?:like|love|hate|have|know|speak|need|want)\b|\ballergic\b")
"""Of what is told so there may be many."""


@dataclass(frozen=True)
class Note:
    """Something that was said or seen."""

    kind: Kind
    what: str
    """Whom or what it is about: "Anna", "iced coffee", "train"."""
    about: str
    """Of a fact, the sentence as it was said; of a person or object, a few words: "from Spain", "red"."""
    told_at: str = ""
    """When, as ISO 8601 with the offset; "" where it is not known."""
    source: Literal["said", "seen"] = "said"

    @property
    def suspicious(self) -> bool:
        """Whether it reads like an instruction; nobody follows it, but the person should look at it."""
        return bool(_ORDERS.search(f"{self.what} {self.about}"))

    @property
    def at(self) -> datetime | None:
        """`told_at` as a time; None where it is not known."""
        try:
            return datetime.fromisoformat(self.told_at)
        except ValueError:
            return None

    def __str__(self) -> str:
        when = f" ({self.at:%d %B %Y, %H:%M})" if self.at else ""
        marked = f"  [{SUSPICIOUS}]" if self.suspicious else ""
        about = f": {self.about}" if self.about else ""
        return f"{self.kind} {self.what}{about}{when}{marked}"


def words(text: str) -> frozenset[str]:
    """The words of a text that say what it is about."""
    plain = text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").replace("'s", "")
    return frozenset(re.findall(r"[^\W_]+", plain)) - _SMALL


def names_thing(wanted: str, thing: str) -> bool:
    """Whether a thing is called so: "coffee" is what the iced coffee is called, "ice" is not."""
    asked, known = ([word for word in text.lower().split() if word not in _SMALL] for text in (wanted, thing))
    same_head = bool(asked and known) and asked[-1] == known[-1]
    return same_head and (set(asked) <= set(known) or set(known) <= set(asked))


def noted(notes: Sequence[Note], new: Note) -> tuple[Note, ...]:
    """The notes with a new one as the newest; it takes the place of one that it repeats or corrects."""
    old = next((note for note in notes if _same(note, new)), None)
    if old is not None and new.kind == "person":
        known = old.about.split("; ") if old.about else []
        told = dict.fromkeys([*known, *filter(None, new.about.split("; "))])
        new = replace(new, about=_newest(list(told)))
    elif old is not None and not new.about:
        new = replace(new, about=old.about, source=old.source)
    return (*(note for note in notes if note is not old), new)[-MAX_NOTES:]


def _newest(told: list[str]) -> str:
    """What was told of a person, as much as fits: that it is their own name stays, then the oldest goes."""
    while len("; ".join(told)) > MAX_LENGTH:
        told.remove(next((one for one in told if one != OWN_NAME), OWN_NAME))
    return "; ".join(told)


def _same(note: Note, new: Note) -> bool:
    if note.kind != new.kind or note.what.lower() != new.what.lower():
        return False
    return note.kind != "fact" or _frame(note.about) == _frame(new.about)


def _frame(about: str) -> str:
    """A fact without its value: two with the same frame correct each other."""
    plain = about.lower().strip(" .!")
    split = _SPLIT.search(plain)
    if split is None or _MANY.search(plain):
        return plain
    rest = plain[split.start() :]
    kind = aspect(rest)
    return plain if not kind and _ONE_OF_MANY.match(rest) else f"{plain[: split.start()]} {split['be']} {kind}"


def aspect(about: str) -> Literal["time", "place", ""]:
    """Whether a fact tells when or where."""
    return "time" if _TIME.search(about) else "place" if _PLACE.search(about) else ""


def after(notes: Sequence[Note], call: Note | str | None) -> tuple[Note, ...]:
    """The notes after a call, as `of_call` gives it."""
    if call is None:
        return tuple(notes)
    return noted(notes, call) if isinstance(call, Note) else forgotten(notes, call)[0]


def forgotten(notes: Sequence[Note], what: str) -> tuple[tuple[Note, ...], tuple[Note, ...]]:
    """What is kept and what is gone when `what` is forgotten: "everything", a name, a thing, or words of a fact."""
    wanted = words(what)
    if what.strip().lower() == EVERYTHING:
        gone = tuple(notes)
    else:
        gone = tuple(note for note in notes if wanted >= words(note.what) != frozenset()) or tuple(
            note for note in notes if names_thing(what, note.what)
        )
        gone = gone or tuple(note for note in notes if wanted and wanted <= words(f"{note.what} {note.about}"))
    return tuple(note for note in notes if note not in gone), gone


def plain(text: str) -> str:
    """A text without line breaks, control characters, and halves of characters that no file can hold."""
    return re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]+", " ", text)


def of_call(name: str, arguments: str, told_at: str = "") -> Note | str | None:
    """The note that a call of `remember` makes, or what one of `forget` forgets; None for anything else."""
    try:
        given = json.loads(arguments or "{}")
        texts = {key: plain(str(given.get(key) or ""))[:MAX_LENGTH].strip() for key in ("kind", "what", "about")}
    except (ValueError, AttributeError, RecursionError):
        return None
    if name == "forget":
        return texts["what"] or None
    if name != "remember" or texts["kind"] not in KINDS or not texts["what"]:
        return None
    seen = texts["kind"] == "object"
    return Note(**texts, told_at=told_at, source="seen" if seen else "said")  # type: ignore[arg-type]  # checked above
