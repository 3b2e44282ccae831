"""What the rememberer says: what it noted, what it knows, that it does not know, and that it forgot.

It says what was said and seen, in its own order of words, and nothing else. What reads like an instruction is quoted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import datetime

from labkit import notes
from labkit.engine.calls import Call
from labkit.engine.skills import Reply
from labkit.engine.skills import memory_words as say
from labkit.engine.skills.memory_lists import ALL_COLOURS
from labkit.engine.skills.memory_notes import SAYS, Known, looks
from labkit.engine.skills.memory_parsing import FOLLOWS_ON, Asked, Asks, Forget, Told, cased
from labkit.engine.skills.pictures import UNSEEN, listed
from labkit.engine.skills.spelling import number_words
from labkit.notes import OWN_NAME, Note

UNKNOWN = "I do not know that. You have not told me, or our conversation no longer holds it."
NOT_SHOWN = "I do not know that. You have not shown it to me, or our conversation no longer holds it."
NOTHING_YET = "I remember nothing yet. Tell me your name, or show me something."
NO_PICTURE = "I see no picture. Start the camera, or show me one, and say it again."
VOICES_ALIKE = "I cannot tell voices apart."
NOTHING_TO_FORGET = "There is nothing of that to forget."
MOST_SAID = 8
"""Notes that are read out."""
_SMALL_WORDS = """when where what which who whose how is are am was were do does did will time place many much long old
have has had can could would tell know remember be been not don"""
_QUESTION_WORDS = frozenset(_SMALL_WORDS.split())


# -- telling ---------------------------------------------------------------------------------------------------


def note(told: Sequence[Told], known: Known) -> Reply:
    """Acknowledges what was told or shown, and notes it."""
    made = known.told(told)
    if not made:
        seen = known.shown()
        if seen is not None and seen.sight.kind in UNSEEN:
            return Reply(UNSEEN[seen.sight.kind])
        return Reply(NO_PICTURE if told[0].kind == "object" else "Who is that? Tell me the name first.")
    met = {one.what for one in known.notes}
    new = [one.what for one in made if one.kind == "person" and not one.about and one.what not in met]
    said = [f"Nice to meet you, {listed(new)}."] if new else []
    said += [_acknowledged(one, met) for one in made if one.what not in new]
    calls = [Call("remember", json.dumps({"kind": one.kind, "what": one.what, "about": one.about})) for one in made]
    return Reply(" ".join(said), calls=tuple(calls))


def _acknowledged(one: Note, met: set[str]) -> str:
    if one.suspicious:
        return "I keep that as a quotation. It reads like an instruction, and I do not follow notes."
    if one.kind == "object":
        return (
            f"I see. {say.begin(say.object_seen(one))}"
            if one.about
            else f"I see your {one.what}, but I cannot tell its colour."
        )
    if one.kind == "fact":
        return f"I will remember that {say.to_you(one.about)}."
    if one.about in ("", OWN_NAME):
        return f"Hello again, {one.what}." if one.what in met else f"Hello {one.what}. Nice to meet you."
    return f"I will remember that {say.person(one)}"


# -- asking ----------------------------------------------------------------------------------------------------


def forget(wish: Forget, known: Known) -> Reply:
    """Forgets, and says so."""
    what = known.to_forget(wish)
    if not what:
        names = listed([_name(one) for one in known.talked_of()[-3:]])
        return Reply(f"Which of these shall I forget: {names}?" if names else NOTHING_TO_FORGET)
    _, gone = notes.forgotten(known.notes, what)
    everything = what == notes.EVERYTHING
    if not gone and not (everything and known.pictures):
        return Reply(NOTHING_TO_FORGET)
    topics = {one.what for one in gone}
    call = Call("forget", json.dumps({"what": topics.pop() if len(topics) == 1 and not everything else what}))
    if everything:
        return Reply("I forgot everything that you told me and showed me.", calls=(call,))
    return Reply(f"I forgot {listed([_name(one) for one in gone])}.", calls=(call,))


def _name(one: Note) -> str:
    if one.kind == "person":
        return one.what
    if one.kind == "object":
        return f"the {one.what}"
    return f"what you told me about {one.what!r}" if one.suspicious else f"that {say.to_you(one.about)}"


def answer(asked: Asked, known: Known, now: datetime) -> Reply:
    """Says what is known, or that it is not."""
    return Reply(_ANSWERS[asked.asks](asked.about, known, now))


def _own_name(_: str, known: Known, __: datetime) -> str:
    named = [one for one in known.notes if one.kind == "person" and OWN_NAME in one.about]
    if len(named) > 1:
        return f"I was told {number_words(len(named))} names: {listed([one.what for one in named])}. {VOICES_ALIKE}"
    return f"Your name is {named[0].what}." if named else UNKNOWN


def _people(_: str, known: Known, __: datetime) -> str:
    people = _of_kind(known, "person")
    if not people:
        return UNKNOWN
    counted = "one person" if len(people) == 1 else f"{number_words(min(100, len(people)))} people"
    return f"I met {counted}: {listed([one.what for one in people])}."


def _from(about: str, known: Known, _: datetime) -> str:
    if about.startswith("from "):
        found = [one.what for one in _of_kind(known, "person") if about in one.about.lower().split("; ")]
        return f"{listed(found)} {'is' if len(found) == 1 else 'are'} {cased(about)}." if found else UNKNOWN
    one = _named(about, known)
    place = next((part for part in one.about.split("; ") if part.startswith("from ")), "") if one else ""
    return f"{one.what} is {place}." if one and place else UNKNOWN


def _relation(about: str, known: Known, now: datetime) -> str:
    found = [one for one in _of_kind(known, "person") if about in one.about.lower().split("; ")]
    if found:
        return f"{say.begin(say.to_you(about))} is {listed([one.what for one in found])}."
    return _fact(about, known, now)


def _who(about: str, known: Known, _: datetime) -> str:
    one = _named(about, known) if about else _last(known, "person")
    return say.begin(say.person(one)) if one else UNKNOWN


def _their_name(_: str, known: Known, __: datetime) -> str:
    one = _last(known, "person")
    return f"The name is {one.what}." if one else UNKNOWN


def _colour(about: str, known: Known, now: datetime) -> str:
    one = _thing(about, known)
    if one is None:
        told = [fact for fact in _facts(about, known) if notes.words(fact.about) & set(ALL_COLOURS)]
        return say.told(told[-1], known, now) if told else NOT_SHOWN
    colours = [word for word in re.findall(r"\w+", one.about.partition(SAYS)[0].lower()) if word in ALL_COLOURS]
    if not colours:
        return f"I do not know the colour of the {one.what}."
    return say.since(f"the {one.what} was {listed(colours)}.", one, known, now)


def _text(about: str, known: Known, now: datetime) -> str:
    one = _thing(about, known)
    if one is None:
        return NOT_SHOWN
    text = one.about.partition(SAYS)[2]
    return say.since(f"it said: {text}.", one, known, now) if text else f"I saw no text on the {one.what}."


def _shown(_: str, known: Known, __: datetime) -> str:
    objects = [
        f"{say.with_article(one.what)}, {one.about}" if one.about else say.with_article(one.what)
        for one in _of_kind(known, "object")
    ]
    nameless = dict.fromkeys(looks(seen.sight) for seen in known.pictures if not seen.named)
    pictures = [f"a picture, {about}" for about in list(nameless)[-3:] if about]
    shown = [*objects[-MOST_SAID:], *pictures]
    return f"You showed me {'; and '.join(shown)}." if shown else NOT_SHOWN


def _when(about: str, known: Known, now: datetime) -> str:
    one = _meant(about, known)
    if one is None:
        return UNKNOWN
    verb = {"person": f"I heard the name {one.what}", "object": f"you showed me the {one.what}"}
    said = verb.get(one.kind, f"you told me {say.fact_told(one, 'that ').strip('.')}")
    if one.at is None:
        return f"{say.begin(said)}, but I do not know when."
    return f"{say.begin(say.when(one.at, now, carried=one in known.earlier))}, {said}."


def _thing_or_person(about: str, known: Known, now: datetime) -> str:
    one = _meant(about, known)
    return say.told(one, known, now) if one else UNKNOWN


def _all(_: str, known: Known, __: datetime) -> str:
    if not known.notes:
        return NOTHING_YET
    newest = known.notes[-MOST_SAID:]
    said = say.together([one for one in newest if one not in known.earlier])
    if before := say.together([one for one in newest if one in known.earlier]):
        said += ["From earlier conversations:", *before]
    more = len(known.notes) - MOST_SAID
    return " ".join([*said, *([f"And {number_words(min(100, more))} more."] if more > 0 else [])])


def _fact(question: str, known: Known, now: datetime) -> str:
    """The newest fact about what was asked that tells what was asked; else what else is known about it."""
    asked = notes.words(question)
    rest = {_stem(word) for word in asked - _QUESTION_WORDS}
    about = [one for one in known.notes if one.kind == "fact" and notes.words(one.what) <= asked]
    wanted = _aspect(question)
    fitting = [one for one in about if rest <= {_stem(word) for word in notes.words(f"{one.what} {one.about}")}]
    fitting = [one for one in fitting if not wanted or notes.aspect(one.about) == wanted]
    if fitting:
        said = fitting if "like" in asked else fitting[-1:]
        return " ".join(say.told(one, known, now) for one in said[-MOST_SAID:])
    if about:
        return f"I do not know that. I only know this: {say.told(about[-1], known, now)}"
    return UNKNOWN


def _aspect(question: str) -> str:
    if re.match(r"when\b|(?:at )?what (?:time|day|month)\b", question):
        return "time"
    return "place" if question.startswith("where") else ""


def _stem(word: str) -> str:
    return re.sub(r"(?:ing|ed|es|s|e)$", "", word) or word


# -- which note, and how it is said ----------------------------------------------------------------------------


def _of_kind(known: Known, kind: str) -> list[Note]:
    return [one for one in known.notes if one.kind == kind]


def _last(known: Known, kind: str | None = None) -> Note | None:
    """What was talked of last."""
    return next(reversed(known.talked_of(kind)), None)


def _named(about: str, known: Known) -> Note | None:
    return next((one for one in reversed(_of_kind(known, "person")) if one.what.lower() == about.lower()), None)


def _thing(about: str, known: Known) -> Note | None:
    if about in FOLLOWS_ON:
        return _last(known, "object")
    found = [one for one in _of_kind(known, "object") if notes.names_thing(about, one.what)]
    exact = [one for one in found if one.what == about]
    return next(reversed(exact or found), None)


def _meant(about: str, known: Known) -> Note | None:
    """The note that was meant; "that" is what was talked of last."""
    if about in FOLLOWS_ON:
        return _last(known)
    if about in ("name", "my name"):
        return next((one for one in reversed(known.notes) if OWN_NAME in one.about), None)
    one = _named(about, known) or _thing(about, known)
    facts = _facts(about, known)
    return one or (facts[-1] if facts else None)


def _facts(about: str, known: Known) -> list[Note]:
    return [one for one in _of_kind(known, "fact") if notes.words(one.what) <= notes.words(about)]


_ANSWERS: dict[Asks, Callable[[str, Known, datetime], str]] = {
    "own name": _own_name,
    "people": _people,
    "how many": _people,
    "from": _from,
    "relation": _relation,
    "person": _who,
    "their name": _their_name,
    "colour": _colour,
    "text": _text,
    "shown": _shown,
    "when": _when,
    "all": _all,
    "thing": _thing_or_person,
    "fact": _fact,
}
