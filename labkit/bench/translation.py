"""Translation: from the end of a phrase to the first translated sound, by turns, by a cascade, and by the socket.

Synthetic voices say phrases of the book to a script's session; the end is the last voiced frame of what was sent, the
first sound is when it came to the session, where nothing else was playing: link, rendering and output come on top.
The socket is told which language is spoken, the other two listen for both.
"""

from __future__ import annotations

import argparse
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import labkit
from labkit import bench, pcm
from labkit.bench._ears import share
from labkit.bench.phrases import said
from labkit.errors import ServerError, WaitTimeoutError

__all__ = ["Answer", "Clip", "clips", "figures", "measure"]

DIRECTIONS = (("en", "es"), ("es", "en"), ("fr", "en"), ("de", "en"))
VOICES = ("echo", "shimmer")
COUNT = 4
"""Phrases of each kind and direction."""
PATIENCE_S = 15.0
FIXED, SLOTS = "fixed phrases", "phrases with a slot"


@dataclass(frozen=True)
class Clip:
    """A phrase, and what it should become."""

    text: str
    kind: str
    wanted: str
    sound: pcm.Samples


@dataclass(frozen=True)
class Answer:
    """What became of it; `latency_ms` is negative for a translation that began before the phrase had ended."""

    clip: Clip
    latency_ms: float | None
    right: bool


Translate = Callable[[Clip], Answer]


def clips(source: str, to: str, count: int) -> list[Clip]:
    """So many phrases of each kind, the same ones on every run, the voices in turn."""
    from labkit.phrases import BOOK, Match

    book = sorted(BOOK.phrases, key=lambda phrase: zlib.crc32(phrase.english.encode()))
    found = []
    for kind in (FIXED, SLOTS):
        some = [phrase for phrase in book if bool(phrase.texts[source].slots) == (kind == SLOTS)][:count]
        for number, phrase in enumerate(some):
            values = phrase.texts[source].examples()
            chosen = values[len(values) // 2]
            text = phrase.texts[source].fill(chosen)
            wanted = BOOK.translate(Match(phrase, source, chosen), to)
            found.append(Clip(text, kind, wanted, said(text, VOICES[number % len(VOICES)], source)))
    return found


@contextmanager
def by_turns(source: str, to: str, pipeline: str = "realtime") -> Iterator[Translate]:
    """An ordinary session with the interpreter's lesson."""
    lesson = labkit.lessons.interpreter(*(("en", source) if to == "en" else (source, to)))

    def answer(clip: Clip) -> Answer:
        turn = session.speak(clip.sound).wait(PATIENCE_S, heard=True)
        stamps = turn.stamps
        known = "first_audio" in stamps and "last_voiced" in stamps
        latency = stamps["first_audio"] - stamps["last_voiced"] if known else None
        return Answer(clip, latency, turn.assistant.startswith(clip.wanted))

    with labkit.connect("embedded", lesson=lesson, pipeline=pipeline, timeout_s=60) as session:
        yield answer


@contextmanager
def by_cascade(source: str, to: str) -> Iterator[Translate]:
    """The same over transcription, chat and speech."""
    with by_turns(source, to, "cascade") as answer:
        yield answer


@contextmanager
def by_socket(source: str, to: str) -> Iterator[Translate]:
    """The translation socket."""
    from labkit.translating import translate

    def answer(clip: Clip) -> Answer:
        before = len(translation.utterances)
        written = len(translation.said)
        translation.speak(clip.sound).wait(PATIENCE_S)
        came = translation.said[written:].strip()
        late = [phrase.latency_ms for phrase in translation.utterances[before:] if phrase.latency_ms is not None]
        return Answer(clip, late[-1] if late else None, came == clip.wanted)

    with translate(to, source=source, engine="embedded", timeout_s=60) as translation:
        yield answer


WAYS = {"by turns": by_turns, "by a cascade": by_cascade, "the socket": by_socket}


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Every phrase by every way, one way after the other."""
    found: dict[str, list[Answer]] = {name: [] for name in WAYS}
    for source, to in DIRECTIONS:
        some = clips(source, to, options.count or COUNT)
        for name, way in WAYS.items():
            with way(source, to) as translate:
                _patiently(translate, some[0])  # the ear still learns what to listen for
                found[name] += [_patiently(translate, clip) for clip in some]
    return figures(found)


def _patiently(translate: Translate, clip: Clip) -> Answer:
    with suppress(WaitTimeoutError, ServerError):  # as where nothing was understood: then it was not translated
        return translate(clip)
    return Answer(clip, None, right=False)


def figures(found: dict[str, list[Answer]]) -> dict[str, Any]:
    """For each way and kind of phrase; and how much sooner the socket was with the same phrase than the turns."""
    ways = {f"{name}, {kind}": _figure(found[name], kind) for name in found for kind in (FIXED, SLOTS)}
    turns, socket = (
        {
            answer.clip.text: answer.latency_ms
            for answer in found[name]
            if answer.right and answer.latency_ms is not None
        }
        for name in ("by turns", "the socket")
    )
    sooner = [turns[text] - latency for text, latency in socket.items() if text in turns]
    return {"unit": "ms", **ways, "the socket sooner than turns by": bench.summary(sooner)}


def _figure(answers: list[Answer], kind: str) -> dict[str, Any]:
    some = [answer for answer in answers if answer.clip.kind == kind]
    right = [answer.latency_ms for answer in some if answer.right and answer.latency_ms is not None]
    return {
        "latency": bench.summary(right),
        "begun before the end": share([latency < 0 for latency in right]),
        "translated right": share([answer.right for answer in some]),
    }
