"""What a translation session heard and said, on one axis: milliseconds of the sound that was sent.

Pure: sound that is sent, server events and the moments at which they are heard come in; phrases, latencies and the
table of words are read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import zip_longest
from typing import NamedTuple

import numpy as np

from labkit import pcm, trace
from labkit.turns import Event

__all__ = ["Phrases", "Row", "Spoken", "Translated", "Utterance", "Word"]

FRAME = pcm.SAMPLE_RATE * trace.FRAME_MS // 1000
QUIET_DB, BELOW_PEAK_DB = -50.0, 30.0
"""A frame is loud above both: the first, and so far below the loudest of its phrase."""
PAUSE_MS = 500
"""Quiet for so long ends a phrase: longer than the pause between two clauses, shorter than most between sentences."""
LEAST_LOUD_MS = 60
"""Less is a click."""


@dataclass(frozen=True)
class Word:
    """A piece of a transcript and its place, ms; `end_ms` is `None` where the server states none."""

    text: str
    start_ms: float
    end_ms: float | None


class Row(NamedTuple):
    """A line of the table of words. Both columns are in order of time: the words of a line are no pair."""

    source: str
    source_from_ms: int | None
    source_to_ms: int | None
    target: str
    target_from_ms: int | None
    target_to_ms: int | None


class Spoken(NamedTuple):
    """Translated sound, and when it is heard."""

    heard_ms: float
    sound: bytes


@dataclass
class Utterance:
    """A phrase as it was spoken, and what came of it; milliseconds of the sound that was sent."""

    begin_ms: float
    end_ms: float | None = None
    """Its last voiced frame; `None` while it is being said."""
    first_audio_ms: float | None = None
    """When its translation was first heard; `None`: not yet, or never."""
    heard: list[Word] = field(default_factory=list)
    said: list[Word] = field(default_factory=list)

    @property
    def latency_ms(self) -> int | None:
        """From the end of the phrase to the first sound of its translation; negative where that came before."""
        if self.end_ms is None or self.first_audio_ms is None:
            return None
        return round(self.first_audio_ms - self.end_ms)

    def __repr__(self) -> str:
        late = "" if self.latency_ms is None else f", {self.latency_ms} ms after its end"
        return f"<{_text(self.heard)!r} → {_text(self.said)!r}{late}>"


def _text(words: list[Word]) -> str:
    return "".join(word.text for word in words).strip()


class Phrases:
    """Parts sound that is sent into phrases, by its pauses."""

    def __init__(self) -> None:
        self.utterances: list[Utterance] = []
        self.position_ms = 0.0
        """How much sound was sent."""
        self._levels: list[float] = []
        """Of the phrase that is being said."""
        self._quiet_ms = 0

    def add(self, chunk: bytes) -> None:
        """More 24 kHz PCM16, in whole 10 ms frames."""
        for level in pcm.levels_db(pcm.to_samples(chunk), FRAME).tolist():
            self._frame(level)
            self.position_ms += trace.FRAME_MS

    def _frame(self, level: float) -> None:
        loud = level > max(QUIET_DB, max(self._levels, default=QUIET_DB) - BELOW_PEAK_DB)
        speaking = bool(self._levels)
        if not speaking and not loud:
            return
        if not speaking:
            self.utterances.append(Utterance(self.position_ms))
        self._levels.append(level)
        self._quiet_ms = 0 if loud else self._quiet_ms + trace.FRAME_MS
        if self._quiet_ms >= PAUSE_MS:
            self._end()

    def _end(self) -> None:
        phrase = self.utterances[-1]
        first, last = trace.first_voiced(self._levels), trace.last_voiced(self._levels)
        loud_ms = len(self._levels) * trace.FRAME_MS - self._quiet_ms
        self._levels, self._quiet_ms = [], 0
        if first is None or last is None or loud_ms < LEAST_LOUD_MS:
            self.utterances.pop()
            return
        phrase.end_ms = phrase.begin_ms + (last + 1) * trace.FRAME_MS
        phrase.begin_ms += first * trace.FRAME_MS

    def number_at(self, ms: float) -> int:
        """The number of the phrase that had begun last at that position; -1 where none had."""
        return sum(phrase.begin_ms <= ms for phrase in self.utterances) - 1

    def at(self, ms: float) -> Utterance | None:
        """That phrase."""
        number = self.number_at(ms)
        return self.utterances[number] if number >= 0 else None


class Translated:
    """Everything of one session."""

    def __init__(self) -> None:
        self.phrases = Phrases()
        self.heard, self.said = "", ""
        """The transcripts, as they came."""
        self.sounds: list[Spoken] = []

    def transcript(self, event: Event, now_ms: float) -> None:
        """A delta of one of the transcripts, which came at that position."""
        text, exact, elapsed = event["delta"], event.get("labkit") or {}, event.get("elapsed_ms")
        start = now_ms if elapsed is None else float(elapsed)
        if event["type"] == "session.input_transcript.delta":
            self.heard += text
            word = Word(text, exact.get("start_ms", start), exact.get("end_ms"))
            if phrase := self.phrases.at(word.end_ms or start):
                phrase.heard.append(word)
            return
        self.said += text
        if phrase := self.phrases.at(_origin(event, now_ms)):
            phrase.said.append(Word(text, start, None))

    def number_of(self, event: Event, now_ms: float) -> int:
        """The number of the phrase that a delta of the translation belongs to, -1 where it is unknown."""
        return self.phrases.number_at(_origin(event, now_ms))

    def sounded(self, event: Event, sound: bytes, heard_ms: float) -> None:
        """Translated sound that is heard from that position on."""
        self.sounds.append(Spoken(heard_ms, sound))
        phrase = self.phrases.at(_origin(event, heard_ms))
        if phrase is None:
            return
        if phrase.first_audio_ms is None:
            phrase.first_audio_ms = heard_ms
        if "labkit" in event and phrase.said:  # our engine sends a word and then its sound
            phrase.said[-1] = Word(phrase.said[-1].text, heard_ms, heard_ms + pcm.duration_ms(sound))

    def started(self, number: int, heard_ms: float) -> None:
        """A loudspeaker says when a phrase's translation was first heard, which was a guess until then."""
        if not 0 <= number < len(self.phrases.utterances):
            return
        phrase = self.phrases.utterances[number]
        late_ms = heard_ms - (heard_ms if phrase.first_audio_ms is None else phrase.first_audio_ms)
        phrase.first_audio_ms = heard_ms
        phrase.said[:] = [
            Word(word.text, word.start_ms + late_ms, None if word.end_ms is None else word.end_ms + late_ms)
            for word in phrase.said
        ]

    @property
    def stream(self) -> pcm.Samples:
        """The translated sound as it is heard, int16 of shape (n,) at 24 kHz; silent where nothing is said."""
        ends = [
            round((spoken.heard_ms + pcm.duration_ms(spoken.sound)) * pcm.SAMPLE_RATE / 1000) for spoken in self.sounds
        ]
        stream = np.zeros(max(ends, default=0), dtype=np.int16)
        for end, spoken in zip(ends, self.sounds, strict=True):
            samples = pcm.to_samples(spoken.sound)[-end:]
            stream[end - len(samples) : end] = samples
        return stream

    @property
    def rows(self) -> list[Row]:
        """The table of words, phrase by phrase."""
        found = []
        for phrase in self.phrases.utterances:
            for source, target in zip_longest(phrase.heard, phrase.said):
                found.append(Row(*_cells(source), *_cells(target)))
        return found


def _origin(event: Event, now_ms: float) -> float:
    """Which moment of the sound that was sent a delta of the translation comes of, as far as the server says."""
    for place in (event.get("labkit", {}).get("certain_ms"), event.get("elapsed_ms")):
        if place is not None:
            return float(place)
    return now_ms


def _cells(word: Word | None) -> tuple[str, int | None, int | None]:
    if word is None:
        return "", None, None
    return word.text.strip(), round(word.start_ms), None if word.end_ms is None else round(word.end_ms)
