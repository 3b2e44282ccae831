"""What is known at this point of a conversation: its items folded into notes, oldest first.

Everything comes from what the conversation still holds: words that were understood, pictures, calls of `remember` and
`forget`, and a memory that was carried in. What was dropped from it is not known any more, unless a note says it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from labkit import carried, notes
from labkit.engine.skills import Moment, Request
from labkit.engine.skills.memory_parsing import FOLLOWS_ON, Forget, Told, meaning
from labkit.engine.skills.pictures import UNSEEN, colour_of
from labkit.engine.skills.start import OFFER
from labkit.notes import Note

if TYPE_CHECKING:
    from labkit.engine.eyes import Sight

SAYS = "it says: "
"""Before the text of an object."""
TEXT_LINES = 3
"""Lines of a picture's text that are noted."""
LEGIBLE = 0.8
"""The reader's confidence in a line that is noted."""
RECENT = 40
"""So many moments back at most is looked for what was talked of."""


@dataclass(frozen=True)
class Seen:
    """A picture that the conversation holds."""

    sight: Sight
    at: datetime
    place: int
    """Which moment it belongs to."""
    named: str = ""
    """What the person called it; "" where it has no name."""


class Known:
    """The notes and pictures before what is asked now."""

    def __init__(self, request: Request) -> None:
        self._moments = list(request.moments)
        self._now = request.now
        self.asked = _asked_at(self._moments)
        """Which moment is answered now."""
        self.notes: tuple[Note, ...] = ()
        self.earlier: frozenset[Note] = frozenset()
        """Those of them that an earlier conversation made."""
        self.pictures = [
            Seen(sight, moment.at, place) for place, moment in enumerate(self._moments) for sight in moment.sights
        ]
        """Those that the conversation holds, less those that were forgotten."""
        self._place = 0
        for moment in self._moments[: self.asked]:
            self._add(moment)
            self._place += 1

    def _add(self, moment: Moment) -> None:
        if moment.role == "system":
            if memory := carried.found_in(moment.text):
                self.notes = memory.notes
                self.earlier = frozenset(memory.notes)
        elif moment.role == "call":
            call = notes.of_call(moment.text, moment.arguments, self._time(moment))
            if isinstance(call, str):
                self._forget(call)
            self.notes = notes.after(self.notes, call)
        elif moment.role == "user" and moment.understood and moment.text:
            self._heard(moment)

    def _heard(self, moment: Moment) -> None:
        meant = meaning(moment.text)
        if isinstance(meant, Forget):
            self._forget(self.to_forget(meant))
        elif isinstance(meant, tuple):
            for note in self.told(meant):
                self.notes = notes.noted(self.notes, note)

    def _time(self, moment: Moment) -> str:
        """When it came; "" where that is not known: an item that is only given with this request has no other time."""
        return "" if moment.at == self._now else moment.at.isoformat(timespec="seconds")

    # -- what is told ------------------------------------------------------------------------------------------

    def told(self, tellings: Sequence[Told]) -> list[Note]:
        """The notes that these words make, with what the picture shows; none of a thing that is not seen."""
        at = self._time(self._moments[self._place])
        made = []
        for told in tellings:
            if told.kind == "object":
                seen = self.shown()
                if seen is None or seen.sight.kind in UNSEEN:
                    continue
                self.pictures = [replace(one, named=told.what) if one is seen else one for one in self.pictures]
                made.append(Note("object", told.what, looks(seen.sight), at, "seen"))
            elif person := told.what or self._last_person():
                made.append(Note(told.kind, person, told.about, at))
        return made

    def shown(self) -> Seen | None:
        """The picture that words are about: of the same exchange, or a nameless one of that before."""
        own = self._exchange(self._place)
        before = next((at for at in reversed(range(own.start)) if self._moments[at].role == "user"), None)
        near = [seen for seen in self.pictures if seen.place in own]
        if not near and before is not None:
            near = [seen for seen in self.pictures if seen.place in self._exchange(before) and not seen.named]
        return near[-1] if near else None

    def _exchange(self, place: int) -> range:
        """What the person said and showed in a row."""
        other = [at for at, moment in enumerate(self._moments) if moment.role != "user"]
        start = max((at + 1 for at in other if at < place), default=0)
        return range(start, min((at for at in other if at > place), default=len(self._moments)))

    def _last_person(self) -> str:
        return next((note.what for note in reversed(self.notes) if note.kind == "person"), "")

    # -- what is forgotten, what is talked of ------------------------------------------------------------------

    def to_forget(self, wish: Forget) -> str:
        """What is to be forgotten, by its name; "" where that is not clear."""
        if wish.what in FOLLOWS_ON:
            talked_of = self.talked_of()
            return talked_of[0].what if len(talked_of) == 1 else ""
        meant = meaning(wish.what.removeprefix("that "))
        return meant[0].what if isinstance(meant, tuple) and meant[0].what else wish.what

    def _forget(self, what: str) -> None:
        self.notes, gone = notes.forgotten(self.notes, what)
        names = {note.what for note in gone if note.kind == "object"}
        everything = what.strip().lower() == notes.EVERYTHING
        self.pictures = [
            seen for seen in self.pictures if seen.place > self._place or (not everything and seen.named not in names)
        ]

    def talked_of(self, kind: str | None = None) -> list[Note]:
        """What was talked of last; the newest note where nothing was."""
        known = [note for note in self.notes if kind in (None, note.kind)]
        recent = self._moments[max(0, self._place - RECENT) : self._place] if known else []
        for moment in reversed(recent):
            if moment.role in ("user", "assistant"):
                said = notes.words(moment.text.partition(OFFER)[0])  # what was only offered was not talked of
                if found := [note for note in known if said & notes.words(note.what.split()[-1])]:
                    return found
        return known[-1:]


def looks(sight: Sight) -> str:
    """How something looks in a picture: its colour, and what is written on it."""
    colour = colour_of(sight.objects, sight.colours)
    legible = [line.text.strip(" .") for line in sight.lines if line.score >= LEGIBLE and _is_text(line.text)]
    text = ", ".join(legible[:TEXT_LINES])
    return "; ".join(filter(None, [colour, text and f"{SAYS}{text}"]))


def _is_text(text: str) -> bool:
    return sum(sign.isalnum() for sign in text) > 1


def _asked_at(moments: Sequence[Moment]) -> int:
    """The newest words since the last answer, else the newest picture; after all where there is neither."""
    newest = None
    for at in reversed(range(len(moments))):
        if moments[at].role == "assistant" and newest is not None:
            break
        if moments[at].role == "user":
            newest = at if newest is None else newest
            if moments[at].text or not moments[at].understood:
                return at
    return len(moments) if newest is None else newest
