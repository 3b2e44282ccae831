"""Two decoders that hear one voice by its phones: one looks for the listed sentences, one is free."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from labkit.engine.agreement import Segment, text_of
from labkit.engine.decoder import (
    feed,
    initial_cepstrum,
    is_narrow,
    new_decoder,
    segments_of,
    speech_level,
)
from labkit.engine.grammar import Step
from labkit.engine.stretch import Stretch
from labkit.pcm import Samples

WIDE = {"beam": 1e-110, "wbeam": 1e-90, "pbeam": 1e-110, "fsgusefiller": False, "compallsen": True}
"""Of the closed decoder: no silence (`quiet`), and a search so wide, since no foreign sound fits an English one well,
that a recording of a Spaniard is understood in 5 of its 6 parts; with 1e-80 it was 2. Every senone is scored:
without that scores are relative to what each search looked at, and those of two cannot be compared."""
PHONES = {"lw": 2.0, "pip": 0.3, "beam": 1e-20, "pbeam": 1e-20}
"""Of the decoder that hears phones: with less of the English order, or more, it tells right from wrong less well."""

NOTHING = -100.0
"""A score that says that nothing was heard; those of what fits are from -4 to -9."""


MOST_SEARCHES = 4
"""Lists that a decoder keeps: who holds a button to talk goes from one to another and back all the time."""


def named(language: str, word: str, way: str) -> str:
    """One pronunciation of a word (its phones, separated by spaces), as the decoders call it."""
    return f"{language}|{word}~{way.replace(' ', '.')}"


def plain(name: str) -> str:
    """The word of which this is one pronunciation."""
    return name.partition("|")[2].partition("~")[0]


def language_of(name: str) -> str:
    """Its language."""
    return name.partition("|")[0]


class PhoneReader:
    """One utterance at a time, at one stretch of the voice."""

    def __init__(self, slower: float = 1.0) -> None:
        """Above 1 the voice is stretched by `slower`."""
        self._phones: dict[str, tuple[str, ...]] = {}
        self._slower = slower
        self._stretch = Stretch()
        self._closed = new_decoder(lm=None, dict=os.devnull, bestpath=False, **WIDE)
        self._free = _phone_decoder()
        self._searches: dict[Hashable, str] = {}
        self._made = 0

    def listen_for(
        self, listed: Hashable, phones: Mapping[str, tuple[str, ...]], graph: Callable[[], tuple[int, list[Step]]]
    ) -> None:
        """Look for paths of a graph: its final state and its steps, of words with these phones.

        What was `listed` before is still known. Every pronunciation is a word of its own: pocketsphinx takes a second
        to add them to the graph itself.
        """
        new = [name for name in phones if name not in self._phones]
        for name in new:
            self._closed.add_word(name, " ".join(phones[name]), update=name == new[-1])
        self._phones.update(phones)
        if listed not in self._searches:
            self._made += 1
            self._search(listed, f"listed{self._made}", *graph())
        self._closed.activate_search(self._searches[listed])

    def _search(self, listed: Hashable, name: str, final: int, steps: list[Step]) -> None:
        self._closed.add_fsg(name, self._closed.create_fsg(name, 0, final, steps))
        self._searches[listed] = name
        if len(self._searches) > MOST_SEARCHES:
            self._closed.activate_search(name)
            self._closed.remove_search(self._searches.pop(next(iter(self._searches))))

    def start(self, voice: Samples) -> None:
        """An utterance of that voice begins."""
        self._stretch = Stretch()
        channel = initial_cepstrum(speech_level(voice), narrow=is_narrow(voice))
        for decoder in (self._closed, self._free):
            decoder.set_cmn(channel)
            decoder.start_utt()

    def feed(self, samples: Samples) -> None:
        """More of it, without quiet: int16 at `RATE`."""
        feed((self._closed, self._free), self._stretch.push(samples) if self._slower > 1 else samples)

    def end(self) -> None:
        """It is over."""
        for decoder in (self._closed, self._free):
            decoder.end_utt()

    @property
    def score(self) -> float:
        """Mean acoustic score of the nearest listed sentence, per frame: to be compared with any other reader's."""
        return _mean(segments_of(self._closed))

    @property
    def worst(self) -> float:
        """The same of its worst word."""
        return min((_mean([part]) for part in segments_of(self._closed) if part.is_word), default=NOTHING)

    @property
    def free_score(self) -> float:
        """The same of the phones that the free decoder heard."""
        return _mean([part for part in segments_of(self._free) if part.is_word])

    @property
    def hypotheses(self) -> tuple[str, str]:
        """The names of the sentence's pronunciations, and the phones, as they are now; cheap."""
        closed, free = (found.hypstr if (found := decoder.hyp()) else "" for decoder in (self._closed, self._free))
        return closed, free

    @property
    def language(self) -> str:
        """Of the nearest listed sentence; "" where nothing was heard."""
        return language_of(self.hypotheses[0])

    @property
    def text(self) -> str:
        """The nearest listed sentence, or how far it has got."""
        return text_of(self.words)

    @property
    def length(self) -> int:
        """Its phones."""
        return sum(len(self._phones.get(part.word, ())) for part in segments_of(self._closed))

    @property
    def words(self) -> list[Segment]:
        """Its words, placed in the sound that was fed."""
        return [
            replace(part, word=plain(part.word), start=self._placed(part.start), end=self._placed(part.end))
            for part in segments_of(self._closed)
        ]

    def _placed(self, frame: int) -> int:
        return round(frame / self._slower)

    @property
    def phones(self) -> list[str]:
        """What the free decoder heard."""
        return [part.word for part in segments_of(self._free) if part.is_word]


def _mean(parts: Sequence[Segment]) -> float:
    frames = sum(part.end - part.start + 1 for part in parts if part.end >= part.start)
    total = sum(math.log(max(part.score, 1e-300)) for part in parts if part.end >= part.start)
    return 1000 * total / frames if frames else NOTHING


def _phone_decoder() -> Any:
    import pocketsphinx

    model = pocketsphinx.get_model_path("en-us/en-us-phone.lm.bin")
    return new_decoder(lm=None, dict=os.devnull, bestpath=False, allphone=model, **PHONES)
