"""The phrase book heard: synthetic voices are understood when their phrase is listed, and declined when it is not.

The voices speak as the engine's own dictionary says that words sound, so people will be heard less well.
"""

from __future__ import annotations

import argparse
import time
import zlib
from collections.abc import Sequence
from typing import Any

from labkit import bench, pcm
from labkit.bench._ears import share
from labkit.engine.grammar import ENGLISH, LANGUAGES, normalise
from labkit.engine.hearing import Hearing

__all__ = ["VOICES", "Ear", "measure", "phrases", "said"]

VOICES = ("alloy", "echo", "shimmer")
"""Those with which no weight was fitted."""
PHRASES = 40
MOST_RIGHT, MOST_DECLINED = {"at_least": 95}, {"at_least": 90}
AT_THE_END_MS = 100
"""Of an utterance's sound, what is still to be decoded when its turn is over, at most."""


def phrases(language: str, count: int = PHRASES) -> tuple[list[str], list[str], list[str]]:
    """Of the phrase book three quarters are listed: all their sentences, `count` of them to say, and `count` others.

    A phrase is in or out as a whole: with another number in it, it is no other phrase.
    """
    from labkit.phrases import BOOK

    book = sorted(BOOK.phrases, key=lambda phrase: zlib.crc32(phrase.english.encode()))
    examples = [[phrase.texts[language].fill(given) for given in phrase.texts[language].examples()] for phrase in book]
    cut = len(book) // 4
    to_say = [sentences[len(sentences) // 2] for sentences in examples]
    listed = [sentence for sentences in examples[cut:] for sentence in sentences]
    return listed, to_say[cut : cut + count], to_say[: min(cut, count)]


def said(text: str, voice: str, language: str) -> pcm.Samples:
    """A sentence as the engine's own voice says it, with some silence around it: int16 at 24 kHz."""
    from labkit.engine.voice import Voice

    words = Voice().speak(text, voice=voice, language=language)
    return pcm.to_samples(pcm.silence(300) + b"".join(word.pcm for word in words) + pcm.silence(300))


class Ear:
    """An ear in this process that listens for sentences by their language."""

    def __init__(self, listed: dict[str, list[str]]) -> None:
        from labkit.engine.polyglot import Polyglot

        self._recogniser = Polyglot()
        began = time.thread_time()
        self._recogniser.listen_for(listed)
        self.build_ms = (time.thread_time() - began) * 1000
        self.factors: list[float] = []
        """Of every utterance, processor time as a share of its length."""
        self.ends_ms: list[float] = []
        """Of every utterance, processor time for its last `AT_THE_END_MS` and for saying what it was."""

    def hear(self, samples: pcm.Samples) -> Hearing:
        """What it was."""
        from labkit.engine.decoder import RATE

        sound = pcm.resample(samples, pcm.SAMPLE_RATE, RATE)
        last = len(sound) - RATE * AT_THE_END_MS // 1000
        began = time.thread_time()
        self._recogniser.start(sound[RATE * 3 // 10 : RATE * 8 // 10])
        self._recogniser.feed(sound[:last])
        nearly = time.thread_time()
        self._recogniser.feed(sound[last:])
        hearing = self._recogniser.finish()
        ended = time.thread_time()
        self._recogniser.abandon()
        self.factors.append((ended - began) * RATE / len(sound))
        self.ends_ms.append((ended - nearly) * 1000)
        return hearing


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """For each language, whole sentences in three voices, and the two directions of an interpreter."""
    count = options.count or PHRASES
    alone = {language: _alone(language, count) for language in LANGUAGES}
    return {**alone, **{f"{ENGLISH} and {other}": _both(other, count) for other in LANGUAGES if other != ENGLISH}}


def _alone(language: str, count: int) -> dict[str, Any]:
    listed, to_say, others = phrases(language, count)
    ear = Ear({language: listed})
    heard = {voice: [(text, ear.hear(said(text, voice, language))) for text in to_say] for voice in VOICES}
    every = [pair for pairs in heard.values() for pair in pairs]
    declined = {voice: [not ear.hear(said(text, voice, language)).accepted for text in others] for voice in VOICES}
    goal = MOST_DECLINED if language == ENGLISH else {}
    return {
        "sentences": len(listed),
        "heard right": share(_right(every), **MOST_RIGHT),
        **{f"heard right, {voice}": share(_right(pairs)) for voice, pairs in heard.items()},
        "nearest is right": share([_is_nearest(*pair, language) for pair in every]),
        "among the three nearest": share([text in hearing.nearest for text, hearing in every]),
        "taken for another": share([hearing.accepted and hearing.text != text for text, hearing in every]),
        "unlisted declined": share([found for voice in VOICES for found in declined[voice]], **goal),
        **{f"unlisted declined, {voice}": share(found) for voice, found in declined.items()},
        **_times(ear),
    }


def _both(other: str, count: int) -> dict[str, Any]:
    """Two languages at once, said by one of the voices: whose sentence it was, and which."""
    parts = {language: phrases(language, count) for language in (ENGLISH, other)}
    ear = Ear({language: listed for language, (listed, _, _) in parts.items()})
    found, right = [], []
    for language, (_, to_say, _) in parts.items():
        hearings = [(text, ear.hear(said(text, VOICES[1], language))) for text in to_say]
        found += [hearing.language == language for _, hearing in hearings]
        right += _right(hearings)
    return {"direction found": share(found, at_least=95), "heard right": share(right), **_times(ear)}


def _right(heard: Sequence[tuple[str, Hearing]]) -> list[bool]:
    return [hearing.accepted and hearing.text == text for text, hearing in heard]


def _is_nearest(text: str, hearing: Hearing, language: str) -> bool:
    return hearing.closed_text == normalise(text, language)


def _times(ear: Ear) -> dict[str, Any]:
    return {
        "last 100 ms and result": {"unit": "ms", "goal": {"median": 50}, **bench.summary(ear.ends_ms)},
        "real-time factor": {"unit": "", **bench.summary(ear.factors)},
        "build_ms": round(ear.build_ms, 1),
    }
