"""A text of the book with its slots: {kind}, {kind:label}, {number un|café|cafés}; filled in, and found again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from labkit.errors import UsageError
from labkit.phrases import slots
from labkit.phrases.slots import KINDS, Kind, Value
from labkit.phrases.text import Word, fold, plain, words

_SLOT = re.compile(r"\{(\w+)(?::(\w+))?(?: ([^{}]*))?\}")
_ELIDED = re.compile(r"\b(d|qu)e $", re.IGNORECASE)
_VOWELS = "aeiouy"
LONGEST = 14
"""Words of a slot."""
MOST_SLOTS = 3
"""Of a text: with each more, finding the values takes fourteen times as long."""


@dataclass(frozen=True)
class Slot:
    """A place for a value."""

    kind: str
    label: str
    """Its name among the slots of the phrase: the kind, unless the text gives another."""
    forms: tuple[str, ...] = ()
    """The words after the kind."""

    @property
    def way(self) -> Kind:
        return KINDS[self.kind]


@dataclass(frozen=True)
class Pattern:
    """One text of a phrase in one language."""

    source: str
    """As it stands in the book."""
    language: str
    parts: tuple[str | Slot, ...] = field(repr=False)

    @cached_property
    def slots(self) -> dict[str, Slot]:
        """By their labels, in order."""
        return {part.label: part for part in self.parts if isinstance(part, Slot)}

    def fill(self, values: Mapping[str, Value], *, capital: bool = True) -> str:
        """The text with these values: written, and speakable; a slot at its beginning gets a capital."""
        said = ""
        for part in self.parts:
            if isinstance(part, str):
                said += part
                continue
            word = part.way.words(values[part.label], self.language, part.forms)
            if self.language == "fr" and part.kind == "name" and fold(word)[0] in _VOWELS:
                said = _ELIDED.sub(r"\1'", said)
            elif capital and not said and part.kind != "name":
                word = word[0].upper() + word[1:]
            said += word
        return said

    def examples(self) -> list[dict[str, Value]]:
        """Values to fill in: every sample of a slot; of two slots, each sample of one with four of the other."""
        slots = list(self.slots.values())
        if len(slots) < 2:
            return [{slot.label: value} for slot in slots for value in slot.way.samples] or [{}]
        turns = range(max(len(slot.way.samples) for slot in slots))
        return [
            {slot.label: _turned(slot.way.samples, turn + shift * place) for place, slot in enumerate(slots)}
            for turn in turns
            for shift in range(1, 5)
        ]

    @cached_property
    def _elements(self) -> list[str | Slot]:
        """The plain words and the slots."""
        elements: list[str | Slot] = []
        for part in self.parts:
            elements += [part] if isinstance(part, Slot) else plain(part, self.language).split()
        return elements

    @cached_property
    def _needed(self) -> frozenset[str]:
        """Words without which a text is not this pattern; French "de" and "que" may be d' and qu'."""
        return frozenset(word for word in self._elements if isinstance(word, str)) - {"de", "que"}

    @cached_property
    def plain(self) -> str:
        """As it is compared; slots stand as their kind and their nouns in braces."""
        nouns = {label: " ".join(("", *slot.forms[1:])) for label, slot in self.slots.items()}
        return " ".join(
            part if isinstance(part, str) else f"{{{part.kind}{nouns[part.label]}}}" for part in self._elements
        )

    def read(self, said: Sequence[Word], text: str) -> dict[str, Value] | None:
        """The values with which the text is this pattern; None where it is not.

        A text that is this pattern but for an impossible number, time or price is a `UsageError` that says so.
        """
        if not self._needed <= {word.plain for word in said}:
            return None
        impossible: list[tuple[Slot, Sequence[Word]]] = []
        for spans in self._fit(said, 0):
            values: dict[str, Value] = {}
            wrong: list[tuple[Slot, Sequence[Word]]] = []
            for slot, span in zip(self.slots.values(), spans, strict=True):
                value = slot.way.read(span, text, self.language, slot.forms)
                if value is not None:
                    values[slot.label] = value
                else:
                    wrong.append((slot, span))
            if not wrong:
                return values
            if not impossible and all(slot.way.looks(span, self.language, slot.forms) for slot, span in wrong):
                impossible = wrong
        for slot, span in impossible:
            shown = text[span[0].start : span[-1].end]
            raise UsageError(slots.problem(slot.kind, shown, self.language))
        return None

    def _fit(self, said: Sequence[Word], place: int) -> Iterator[list[Sequence[Word]]]:
        """Every way of giving the words to the elements from `place` on: the words of each slot."""
        if place == len(self._elements):
            if not said:
                yield []
            return
        element = self._elements[place]
        if isinstance(element, Slot):
            for length in range(1, min(len(said), LONGEST) + 1):
                for rest in self._fit(said[length:], place + 1):
                    yield [said[:length], *rest]
        elif said and (said[0].plain == element or self._elided(said[0].plain, place)):
            yield from self._fit(said[1:], place + 1)

    def _elided(self, word: str, place: int) -> bool:
        """Whether this is the d' of "d'Anna" where the book has "de", or qu' for "que"."""
        following = self._elements[place + 1 : place + 2]
        before_name = bool(following) and isinstance(following[0], Slot) and following[0].kind == "name"
        return self.language == "fr" and before_name and word in {"d", "qu"} and self._elements[place] == f"{word}e"


def parse(source: str, language: str) -> Pattern:
    """A text of the book; UsageError says what is wrong with it."""
    parts: list[str | Slot] = []
    end = 0
    for found in _SLOT.finditer(source):
        parts.append(source[end : found.start()])
        end = found.end()
        kind, label, forms = found[1], found[2] or found[1], tuple((found[3] or "").split("|")) if found[3] else ()
        if kind not in KINDS:
            raise UsageError(f'"{found[0]}" is no slot: the kinds are {", ".join(KINDS)}')
        if any(isinstance(part, Slot) and part.label == label for part in parts):
            raise UsageError(f"there are two slots {label}: name one of them, as in {{{kind}:other}}")
        fault = KINDS[kind].fault(forms, language)
        if fault:
            raise UsageError(f'"{found[0]}" {fault}')
        parts.append(Slot(kind, label, forms))
    parts.append(source[end:])
    if any(isinstance(part, str) and ("{" in part or "}" in part) for part in parts):
        raise UsageError("a brace is open: a slot looks like {number} or {name:first}")
    if sum(isinstance(part, Slot) for part in parts) > MOST_SLOTS:
        raise UsageError(f"a text has at most {MOST_SLOTS} slots")
    if not words(source, language):
        raise UsageError("there are no words in it")
    return Pattern(source, language, tuple(part for part in parts if part))


def _turned(samples: Sequence[Value], turn: int) -> Value:
    return samples[turn % len(samples)]
