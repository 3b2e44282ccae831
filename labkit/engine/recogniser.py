"""Two decoders that must agree: one knows only the listed sentences, the other everyday English.

pocketsphinx holds the interpreter lock while it decodes, so a conversation's recogniser lives in a process of
its own (`labkit.engine.ear_worker`); `hear_file` uses one in the caller's process.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labkit.engine.agreement import FRAME_MS, Segment, agreement, text_of
from labkit.engine.grammar import Grammar, State, pronounce
from labkit.engine.hearing import Hearing, Word
from labkit.errors import MissingPartError
from labkit.pcm import SAMPLE_RATE, Samples, levels_db, resample, to_bytes

RATE = 16_000
"""Hz, what the acoustic model was trained on."""
ACCEPT = 40.0
"""Least agreement of an accepted sentence; see `labkit.bench.listed` for what it lets through."""
SECOND_LOOK_S = 8.0
"""Declined utterances up to this long are decoded once more with the channel that the first pass learnt."""
SURE = 0.9
"""Least posterior of a sure word: nine in ten of those were right in spoken orders, one in three of all were wrong."""
_CHUNK = RATE // 50 * 2
"""Bytes of one decoding step, 20 ms."""

_MEAN_CEPSTRUM = (4.8, -1.3, 8.2, -0.8, 0.1, -2.9, -6.5, -1.1, -2.7, 2.4, -3.0, 0.9)
"""Channel mean of speech through ordinary microphones (30 speakers), coefficients 1 to 12."""
_LOUDNESS_CEPSTRUM = (63.6, 0.775)
"""Coefficient 0 = first + second times level in dB: fitted over the same speech at 0 to -30 dB gain."""


@dataclass(frozen=True)
class Partial:
    """What the utterance sounds like so far."""

    state: State
    agreement: float
    closed_text: str
    open_words: int


def speech_level(samples: Samples) -> float:
    """Level of the voiced parts, dB below full scale: the 85th percentile of 10 ms frames at `RATE`."""
    levels = levels_db(samples, RATE // 100)
    return float(np.percentile(levels, 85)) if len(levels) else -60.0


def initial_cepstrum(level_db: float) -> str:
    """The decoder's starting channel mean for a voice of that level, in pocketsphinx's notation."""
    base, slope = _LOUDNESS_CEPSTRUM
    return ",".join(f"{value:.3f}" for value in (base + slope * max(level_db, -70.0), *_MEAN_CEPSTRUM))


def _decoder(**settings: Any) -> Any:
    try:
        import pocketsphinx
    except ImportError as error:
        raise MissingPartError(
            "Hearing needs the embedded engine's parts: install them with `pip install 'labkit[engine]'`."
        ) from error
    # The flat-lexicon pass changes little and costs up to 200 ms at the end of an utterance.
    return pocketsphinx.Decoder(loglevel="FATAL", fwdflat=False, cmn="live", **settings)


def _segments(decoder: Any) -> list[Segment]:
    return [
        Segment(re.sub(r"\(\d+\)$", "", part.word), part.start_frame, part.end_frame, float(part.ascore), part.prob)
        for part in decoder.seg() or ()
        if part.word != "(NULL)"
    ]


class Recogniser:
    """Decodes one utterance at a time; not thread-safe."""

    def __init__(self) -> None:
        self._closed = _decoder(lm=None, bestpath=False)
        self._open = _decoder(maxhmmpf=3000, maxwpf=10)
        self._open.config["maxhmmpf"], self._open.config["maxwpf"] = 30_000, -1
        self._open.add_lm("careful", self._open.get_lm("_default"))
        self._phones = lru_cache(maxsize=20_000)(self._lookup)
        self._channel: str | None = None
        self._pcm = bytearray()
        self._agreed: tuple[tuple[str, str], float] = (("", ""), 0.0)
        self.active = False
        """An utterance is open."""
        self.listen_for(())

    def _lookup(self, word: str) -> tuple[str, ...]:
        return tuple((self._open.lookup_word(word) or self._closed.lookup_word(word) or "").split())

    def listen_for(self, sentences: Sequence[str]) -> None:
        """Replace the listed sentences; only between utterances."""
        self.grammar = Grammar(sentences)
        new = sorted(word for word in self.grammar.words if self._closed.lookup_word(word) is None)
        for word in new:
            self._closed.add_word(word, pronounce(word, self._open.lookup_word), update=word == new[-1])
        self._phones.cache_clear()
        if self.grammar.originals:
            final, steps = self.grammar.transitions()
            self._closed.add_fsg("listed", self._closed.create_fsg("listed", 0, final, steps))
            self._closed.activate_search("listed")

    @property
    def _decoders(self) -> list[Any]:
        return [self._open, self._closed] if self.grammar.originals else [self._open]

    def forget_channel(self) -> None:
        """Another person, another microphone: what was learnt of the last one no longer counts."""
        self._channel = None

    def start(self, level_db: float) -> None:
        """Open an utterance of a voice of that level."""
        self._pcm.clear()
        self._open.activate_search("_default")
        self._open_decoders(self._channel or initial_cepstrum(level_db))
        self.active = True

    def _open_decoders(self, channel: str) -> None:
        for decoder in self._decoders:
            decoder.set_cmn(channel)
            decoder.start_utt()

    def feed(self, samples: Samples) -> None:
        """Decode more of the utterance: int16 at `RATE`."""
        pcm = to_bytes(samples)
        self._pcm += pcm
        self._decode(pcm)

    def _decode(self, pcm: bytes | bytearray) -> None:
        for start in range(0, len(pcm), _CHUNK):
            for decoder in self._decoders:
                decoder.process_raw(bytes(pcm[start : start + _CHUNK]))

    def _listen(self) -> tuple[list[Segment], list[Segment], float]:
        """Both hypotheses as they are now, and how well they agree."""
        opened = _segments(self._open)
        closed = _segments(self._closed) if self.grammar.originals else []
        if not text_of(closed) or not text_of(opened):
            return closed, opened, 0.0
        return closed, opened, agreement(closed, opened, self._phones)

    def partial(self) -> Partial:
        """What it sounds like so far; cheap enough for every packet."""
        closed = self._closed.hyp() if self.grammar.originals else None
        opened = self._open.hyp()
        texts = (closed.hypstr if closed else "", opened.hypstr if opened else "")
        if texts != self._agreed[0]:
            self._agreed = (texts, self._listen()[2])
        return Partial(self.grammar.state(texts[0]), self._agreed[1], texts[0], len(texts[1].split()))

    def finish(self, *, careful: bool = False) -> Hearing:
        """Close the utterance and say what it was; `careful` looks twice whatever the first pass heard."""
        began = time.perf_counter()
        self._end()
        closed, opened, score = self._listen()
        short = len(self._pcm) <= SECOND_LOOK_S * RATE * 2
        if careful or (short and text_of(opened) and not self._accepts(closed, score)):
            closed, opened, score = self._look_again()
        self._remember_channel(opened)
        return self._hearing(closed, opened, score, (time.perf_counter() - began) * 1000)

    def _look_again(self) -> tuple[list[Segment], list[Segment], float]:
        """Decode the utterance once more, with the channel that it taught and a wider search."""
        self._open.activate_search("careful")
        self._open_decoders(self._open.get_cmn(True))
        self._decode(self._pcm)
        self._end()
        return self._listen()

    def abandon(self) -> None:
        """Close the utterance without a result."""
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
        )


def _word(part: Segment, sure: bool) -> Word:
    return Word(part.word, part.start * FRAME_MS, (part.end + 1) * FRAME_MS, sure)


def freely_heard(opened: Sequence[Segment]) -> tuple[Word, ...]:
    """The open model's words; sure where its lattice leaves little doubt."""
    return tuple(_word(part, part.posterior >= SURE) for part in opened if part.is_word)


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
def _shared() -> Recogniser:
    return Recogniser()


def hear_file(samples: NDArray[np.int16], sentences: Sequence[str]) -> Hearing:
    """What a whole clip of int16 samples at 24 kHz is heard as, out of these sentences or freely.

    The channel is learnt in a first pass over the clip and the words come from the second.
    """
    recogniser = _shared()
    recogniser.forget_channel()
    recogniser.listen_for(sentences)
    at_rate = resample(samples, SAMPLE_RATE, RATE)
    recogniser.start(speech_level(at_rate))
    recogniser.feed(at_rate)
    return recogniser.finish(careful=True)
