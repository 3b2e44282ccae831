"""Three decoders that must agree: what was listed, the same words in any order, and everyday English.

The closed decoder finds the nearest listed sentence, whatever was said. The loose one may put the listed words
in any order, so it hears a look-alike as what it is; the open one hears words that are not listed.

pocketsphinx holds the interpreter lock while it decodes, so a conversation's recogniser lives in a process of
its own (`labkit.engine.ear_worker`); `hear_file` uses one in the caller's process.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import count
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from labkit.engine.agreement import FRAME_MS, Segment, agreement, text_of
from labkit.engine.decoder import (
    RATE,
    feed,
    initial_cepstrum,
    is_narrow,
    new_decoder,
    segments_of,
    speech_level,
)
from labkit.engine.grammar import Grammar, Listed, State, Step, pronounce
from labkit.engine.hearing import Hearing, Word
from labkit.pcm import SAMPLE_RATE, Samples, resample

ACCEPT = 40.0
"""Least agreement of an accepted sentence; `labkit.bench.near_misses` says what it lets through."""
SURE = 0.9
"""Least posterior of a sure word: nine in ten of those were right in spoken orders, one in three of all were wrong."""
PATIENT = {"beam": 1e-60, "wbeam": 1e-40, "pbeam": 1e-60}
"""Widths of the closed decoder's search: with pocketsphinx's own a badly spoken first word loses the sentence."""
LOOSE_WIP = 0.2
"""Price of another word for the loose decoder: with pocketsphinx's own 0.65 it adds small words to every pause."""
ENOUGH_WORDS = 20
"""A loose decoder with fewer words than that has too little choice to be trusted: less, the fewer they are."""
STOPS = [(phone,) for phone in ("P", "T", "K", "B", "D", "G")]


@dataclass(frozen=True)
class Partial:
    """What the utterance sounds like so far."""

    state: State
    agreement: float
    closed_text: str
    open_words: int
    may_burst: bool = False
    """The last word ends in a stop consonant."""
    language: str = "en"


class Recognises(Protocol):
    """What a `Listener` needs of whoever turns its sound into words."""

    @property
    def active(self) -> bool: ...
    def listen_for(self, listed: Any, /) -> None: ...
    def forget_channel(self) -> None: ...
    def start(self, voice: Samples, *, careful: bool = False) -> None: ...
    def feed(self, samples: Samples) -> None: ...
    def partial(self) -> Partial: ...
    def finish(self) -> Hearing: ...
    def abandon(self) -> None: ...


class Recogniser:
    """Decodes one utterance at a time; not thread-safe."""

    def __init__(self) -> None:
        # They know the listed words only, as the open one says them: its dictionary is 25 MB and half a second.
        self._closed = new_decoder(lm=None, dict=os.devnull, bestpath=False, **PATIENT)
        self._loose = new_decoder(lm=None, dict=os.devnull, bestpath=False, wip=LOOSE_WIP)
        self._open = new_decoder(maxhmmpf=3000, maxwpf=10)
        self._phones = lru_cache(maxsize=20_000)(self._lookup)
        self._channel: str | None = None
        self._narrow = False
        self._agreed: tuple[tuple[str, ...], float] = ((), 0.0)
        self.active = False
        """An utterance is open."""
        self.grammar = Grammar(())
        self._trust = 0.0

    @cached_property
    def _careful(self) -> str:
        """A second, wider search of the open decoder: 45 MB, which no conversation needs."""
        self._open.config["maxhmmpf"], self._open.config["maxwpf"] = 30_000, -1
        self._open.add_lm("careful", self._open.get_lm("_default"))
        return "careful"

    def _lookup(self, word: str) -> tuple[str, ...]:
        return tuple((self._open.lookup_word(word) or self._closed.lookup_word(word) or "").split())

    def pronounced(self, word: str) -> str:
        """How an English word sounds: ARPABET phones separated by spaces."""
        return pronounce(word, self._open.lookup_word)

    def _ways(self, word: str) -> Iterator[tuple[str, str]]:
        """A word's name and phones, and those of its other pronunciations as pocketsphinx calls them: a(2), a(3)."""
        yield word, self.pronounced(word)
        for number in count(2):
            name = f"{word}({number})"
            if (phones := self._open.lookup_word(name)) is None:
                return
            yield name, phones

    def listen_for(self, sentences: Sequence[str]) -> None:
        """Replace the listed sentences; an utterance that is still open is abandoned."""
        self.abandon()
        self.grammar = Grammar(sentences)
        self._trust = min(1.0, len(self.grammar.words) / ENOUGH_WORDS)
        self._phones.cache_clear()
        if self.grammar.originals:
            self._search(self._closed, *self.grammar.transitions())
            self._search(self._loose, *self.grammar.loose_transitions())

    def _search(self, decoder: Any, final: int, steps: list[Step]) -> None:
        """Let this decoder look for paths of these steps."""
        new = sorted(word for word in self.grammar.words if decoder.lookup_word(word) is None)
        ways = [way for word in new for way in self._ways(word)]
        for number, (name, phones) in enumerate(ways, 1):
            decoder.add_word(name, phones, update=number == len(ways))
        decoder.add_fsg("listed", decoder.create_fsg("listed", 0, final, steps))
        decoder.activate_search("listed")

    @property
    def _decoders(self) -> list[Any]:
        return [self._open, self._closed, self._loose] if self.grammar.originals else [self._open]

    def forget_channel(self) -> None:
        """Another person, another microphone: what was learnt of the last one no longer counts."""
        self._channel = None

    def start(self, voice: Samples, *, careful: bool = False) -> None:
        """Open an utterance that begins like this (int16 at `RATE`); one that is still open is abandoned.

        `careful` searches wider, at ten times the time.
        """
        self.abandon()
        self._open.activate_search(self._careful if careful else "_default")
        self._agreed = ((), 0.0)
        narrow = is_narrow(voice)
        if narrow != self._narrow:
            self._narrow, self._channel = narrow, None
        for decoder in self._decoders:
            decoder.set_cmn(self._channel or initial_cepstrum(speech_level(voice), narrow=narrow))
            decoder.start_utt()
        self.active = True

    def feed(self, samples: Samples) -> None:
        """Decode more of the utterance: int16 at `RATE`."""
        feed(self._decoders, samples)

    def _listen(self) -> tuple[list[Segment], list[Segment], float]:
        """The closed and the open hypothesis as they are now, and how surely the closed one is right."""
        opened = segments_of(self._open)
        if not self.grammar.originals:
            return [], opened, 0.0
        closed, loose = segments_of(self._closed), segments_of(self._loose)
        return closed, opened, agreement(closed, opened, loose, self._phones, self._trust)

    def partial(self) -> Partial:
        """What it sounds like so far; cheap enough for every packet."""
        texts = tuple(hypothesis.hypstr if (hypothesis := decoder.hyp()) else "" for decoder in self._decoders)
        if texts != self._agreed[0]:
            self._agreed = (texts, self._listen()[2])
        closed = texts[1] if self.grammar.originals else ""
        return Partial(
            self.grammar.state(closed), self._agreed[1], closed, len(texts[0].split()), self._may_burst(closed)
        )

    def _may_burst(self, text: str) -> bool:
        phones = self._phones(text.rsplit(maxsplit=1)[-1]) if text else ()
        return phones[-1:] in STOPS

    def finish(self) -> Hearing:
        """Say what the utterance was.

        A sentence that is accepted as it stands is told at once, and the utterance stays open until `abandon` or
        the next `start`: ending it takes ten milliseconds and changes nothing.
        """
        began = time.perf_counter()
        closed, opened, score = self._listen()
        if not self._accepts(closed, score):
            self._end()
            closed, opened, score = self._listen()
        self._remember_channel(opened)
        return self._hearing(closed, opened, score, (time.perf_counter() - began) * 1000)

    def abandon(self) -> None:
        """Close the utterance, if it is open."""
        if self.active:
            self._end()

    def _end(self) -> None:
        for decoder in self._decoders:
            decoder.end_utt()
        self.active = False

    def _accepts(self, closed: Sequence[Segment], score: float) -> bool:
        return score >= ACCEPT and text_of(closed) in self.grammar.originals

    def _remember_channel(self, opened: Sequence[Segment]) -> None:
        """Keep the channel for the next utterance, when this one had enough speech to learn it from."""
        spoken = sum(part.end - part.start + 1 for part in opened if part.is_word)
        if spoken * FRAME_MS >= 500:
            self._channel = self._open.get_cmn(True)

    def _hearing(self, closed: Sequence[Segment], opened: Sequence[Segment], score: float, took_ms: float) -> Hearing:
        accepted = self._accepts(closed, score)
        closed_text, open_text = text_of(closed), text_of(opened)
        return Hearing(
            text=self.grammar.originals[closed_text] if accepted else open_text,
            accepted=accepted,
            closed_text=closed_text,
            open_text=open_text,
            agreement=round(score, 1),
            words=both_heard(closed, opened) if accepted else freely_heard(opened),
            took_ms=round(took_ms, 2),
            nearest=(self.grammar.originals[closed_text],) if closed_text in self.grammar.originals else (),
        )


def _word(part: Segment, sure: bool) -> Word:
    return Word(part.word, part.start * FRAME_MS, (part.end + 1) * FRAME_MS, sure)


def freely_heard(opened: Sequence[Segment]) -> tuple[Word, ...]:
    """The open model's words; sure where its lattice leaves little doubt."""
    return tuple(_word(part, part.posterior >= SURE) for part in opened if part.is_word)


def words_of(closed: Sequence[Segment]) -> tuple[Word, ...]:
    """The listed sentence's words, where nobody else heard words: none is sure."""
    return tuple(_word(part, sure=False) for part in closed if part.is_word)


def both_heard(closed: Sequence[Segment], opened: Sequence[Segment]) -> tuple[Word, ...]:
    """The listed sentence's words; sure where the open model has the word too, within 150 ms."""
    places: dict[str, list[int]] = {}
    for part in opened:
        places.setdefault(part.word, []).append(part.start)
    return tuple(
        _word(part, any(abs(part.start - start) * FRAME_MS <= 150 for start in places.get(part.word, ())))
        for part in closed
        if part.is_word
    )


@lru_cache(maxsize=1)
def _shared() -> Recognises:
    from labkit.engine.polyglot import Polyglot

    return Polyglot()


def hear_file(samples: NDArray[np.int16], sentences: Listed) -> Hearing:
    """What a whole clip of int16 samples at 24 kHz is heard as, out of these sentences or, in English, freely.

    The channel is learnt in a first pass over the clip and the words come from the second.
    """
    recogniser = _shared()
    recogniser.forget_channel()
    recogniser.listen_for(sentences)
    at_rate = resample(samples, SAMPLE_RATE, RATE)
    hearing = Hearing()
    for careful in (False, True):
        recogniser.start(at_rate, careful=careful)
        recogniser.feed(at_rate)
        hearing = recogniser.finish()
    recogniser.abandon()
    return hearing
