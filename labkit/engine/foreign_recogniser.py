"""Listed sentences heard with the English model, whatever their languages, by their phones: no word is known.

    sound ─► without quiet ─┬─► as it is ───► closed decoder, phones ─┐
                            └─► stretched ─► closed decoder, phones ─┴─► the one whose sentence fits better

A closed decoder finds the nearest listed sentence of any language, whatever was said. The phone decoder beside it is
free: it mishears most foreign phones, but fewer of the right sentence than of a wrong one. So this ear declines less
surely than the English one. `stretch` says why every voice is heard twice.

Left out on purpose: hearing what is not listed. A sentence that is declined has no text, only the nearest listed ones.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial

from labkit.engine.agreement import text_of
from labkit.engine.foreign import in_sentences
from labkit.engine.grammar import Grammar, State, Step
from labkit.engine.hearing import Hearing
from labkit.engine.phone_reader import MOST_SEARCHES, PhoneReader, named, plain
from labkit.engine.quiet import QuietCut
from labkit.engine.recogniser import ACCEPT, STOPS, Partial, words_of
from labkit.engine.sounding import Sounding
from labkit.engine.stretch import SLOWER
from labkit.pcm import Samples, to_samples

BASE, LOSS, WORST, LEAD, MOST_LEAD, LONGER = 150.0, 20.0, 4.0, 0.6, 15.0, 22.0
"""Points of agreement: to begin with; off per unit of score that the sentence loses against the free phones; for the
score of its worst word; by how much more it is like those phones than any other sentence is, within bounds; and for
e times as many of them. Weights by logistic regression over phrases and voices that `labkit.bench.phrases` does not
use, rounded; the first by hand: what it gains in right ones accepted it loses in wrong ones declined."""
TOO_MANY, AND_SOME = 1.5, 4
"""Phones heard for each of the sentence, with which more was said than that sentence."""
PHONES_A_WORD = 4
SILENT = "AH"
"""How a word is taken to sound of which espeak-ng says nothing."""
Pronounce = Callable[[Iterable[str], str], Mapping[str, Sequence[str]]]
"""Normalised sentences and their language → for each word how it may sound, the likeliest first."""


class _List:
    """The sentences of one language, and how they sound."""

    def __init__(self, language: str, sentences: Sequence[str], pronounce: Pronounce) -> None:
        self.language = language
        self.grammar = Grammar(sentences, language)
        spoken = pronounce(self.grammar.originals, language)
        ways = {word: spoken.get(word, [SILENT]) for word in sorted(self.grammar.words)}
        self.names = {word: [named(language, word, way) for way in said] for word, said in ways.items()}
        self.phones = {named(language, word, way): tuple(way.split()) for word, said in ways.items() for way in said}
        self.sounding = Sounding(
            {
                text: [phone for word in text.split() for phone in ways[word][0].split()]
                for text in self.grammar.originals
            }
        )

    def steps(self, shift: int, final: int, share: float) -> Iterator[Step]:
        """The sentences as steps of a decoder, every pronunciation a step of its own, from state 0 to `final`.

        The states between are those of the grammar and `shift` more; `share` is how likely the language is.
        """
        end, steps = self.grammar.transitions()
        places = {0: 0, end: final}
        for start, to, probability, *word in steps:
            way = (places.get(start, start + shift), places.get(to, to + shift), probability * (1 if start else share))
            if not word:
                yield way
            for name in self.names[word[0]] if word else ():
                yield (*way, name)


def _graph(lists: Sequence[_List]) -> tuple[int, list[Step]]:
    """Any sentence of any of the lists."""
    sizes = [each.grammar.transitions()[0] for each in lists]
    final = sum(sizes) + 1
    shifts = [sum(sizes[:place]) for place in range(len(lists))]
    both = zip(lists, shifts, strict=True)
    return final, [step for each, shift in both for step in each.steps(shift, final, 1 / len(lists))]


class ForeignRecogniser:
    """Decodes one utterance at a time, of whichever language fits best; not thread-safe."""

    def __init__(self, pronounce: Pronounce = in_sentences) -> None:
        self.active = False
        """An utterance is open."""
        self._lists: dict[str, _List] = {}
        self._known: dict[tuple[str, tuple[str, ...]], _List] = {}
        self._pronounce = pronounce
        self._readers: tuple[PhoneReader, ...] = ()
        """Those that listen: none where nothing is listed."""
        self._agreed: tuple[tuple[str, ...], float] = ((), 0.0)
        self._cut = QuietCut(to_samples(b""))

    @property
    def languages(self) -> list[str]:
        """Those that it listens for."""
        return list(self._lists)

    def listen_for(self, listed: Mapping[str, Sequence[str]]) -> None:
        """Replace the listed sentences, by their language; an utterance that is still open is abandoned."""
        self.abandon()
        kept = tuple((language, tuple(sentences)) for language, sentences in listed.items())
        for key in kept:
            self._known[key] = self._known.pop(key) if key in self._known else _List(*key, self._pronounce)
        self._lists = {language: self._known[language, sentences] for language, sentences in kept}
        self._known = dict([*self._known.items()][-MOST_SEARCHES:])
        spoken = [each for each in self._lists.values() if each.grammar.originals]
        phones = {name: said for each in spoken for name, said in each.phones.items()}
        self._readers = self._both() if spoken else ()
        for reader in self._readers:
            reader.listen_for(kept, phones, partial(_graph, spoken))

    @cache  # noqa: B019 - an ear has one recogniser, for its life
    def _both(self) -> tuple[PhoneReader, ...]:
        return tuple(PhoneReader(slower) for slower in (1.0, SLOWER))

    def _list(self, language: str) -> _List:
        """That language's; the first where nothing was heard."""
        return self._lists.get(language) or next(iter(self._lists.values()))

    def start(self, voice: Samples, *, careful: bool = False) -> None:
        """Open an utterance that begins like this (int16 at `RATE`); one that is still open is abandoned.

        Every utterance begins with the channel of its own level: what is learnt of foreign sounds misleads.
        """
        self.abandon()
        self._agreed = ((), 0.0)
        self._cut = QuietCut(voice)
        for reader in self._readers:
            reader.start(voice)
        self.active = True

    def feed(self, samples: Samples) -> None:
        """Decode more of the utterance: int16 at `RATE`."""
        if self._readers:
            loud = self._cut.push(samples)
            for reader in self._readers:
                reader.feed(loud)

    def _best(self) -> PhoneReader:
        return max(self._readers, key=lambda reader: reader.score)

    @property
    def language(self) -> str:
        """Of the listed sentence that fits best."""
        return self._list(self._best().language if self._readers else "").language

    def _agreement(self, reader: PhoneReader) -> float:
        """0..100: how surely that reader's sentence is what was said."""
        phones = reader.phones
        if len(phones) > TOO_MANY * reader.length + AND_SOME:
            return 0.0
        sounding = self._list(reader.language).sounding
        lead = sounding.lead(sounding.likeness(phones), reader.text)
        lead = max(-MOST_LEAD, min(MOST_LEAD, lead))
        fit = WORST * reader.worst - LOSS * (reader.free_score - reader.score)
        return max(0.0, min(100.0, BASE + fit + LEAD * lead + LONGER * math.log(max(1, len(phones)))))

    def partial(self) -> Partial:
        """What it sounds like so far; cheap enough for every packet."""
        if not self._readers:
            return Partial(State.PREFIX, 0.0, "", 0)
        best = self._best()
        listed = self._list(best.language)
        texts = best.hypotheses
        if texts != self._agreed[0]:
            self._agreed = (texts, self._agreement(best))
        names, phones = (text.split() for text in texts)
        closed = " ".join(map(plain, names))
        may_burst = bool(names) and listed.phones[names[-1]][-1:] in STOPS
        state, words = listed.grammar.state(closed), len(phones) // PHONES_A_WORD
        return Partial(state, self._agreed[1], closed, words, may_burst, listed.language)

    def finish(self) -> Hearing:
        """Say what the utterance was.

        A sentence that is accepted as it stands is told at once, and the utterance stays open until `abandon` or
        the next `start`; else it is ended, so that what is nearest is a whole sentence.
        """
        began = time.perf_counter()
        hearing = self._hearing()
        if not hearing.accepted:
            self.abandon()
            hearing = self._hearing()
        return replace(hearing, took_ms=round((time.perf_counter() - began) * 1000, 2))

    def _hearing(self) -> Hearing:
        """As it stands."""
        if not self._readers:
            return Hearing(language=self.language)
        best, place = self._best(), self._cut.place
        heard = self._list(best.language)
        words = [replace(part, start=place(part.start), end=place(part.end)) for part in best.words]
        agreement, text, listed = self._agreement(best), text_of(words), heard.grammar.originals
        accepted = agreement >= ACCEPT and text in listed
        nearest = heard.sounding.nearest(heard.sounding.likeness(best.phones), text) if best.phones else ()
        return Hearing(
            text=listed[text] if accepted else "",
            accepted=accepted,
            closed_text=text,
            agreement=round(agreement, 1),
            words=words_of(words) if accepted else (),
            language=heard.language,
            nearest=tuple(listed[sentence] for sentence in nearest),
        )

    def abandon(self) -> None:
        """Close the utterance, if it is open."""
        if self.active:
            for reader in self._readers:
                reader.end()
        self.active = False
