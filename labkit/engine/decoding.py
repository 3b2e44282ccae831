"""The sound of an utterance, and its decoding, which runs behind it.

    sound ──► without noise ──► kept ──► decoded, at most a multiple of each packet ──► partial, hearing

Decoding begins when the voice's level is known, catches up at a bounded rate so that no packet waits, and is
level with the sound by the time a silence is long enough to matter. The sound is kept until it is forgotten:
an utterance that goes on after all is decoded once more from its beginning.
"""

from __future__ import annotations

import dataclasses
import math
import time

import numpy as np

from labkit.engine.denoiser import Denoiser
from labkit.engine.hearing import Hearing, Word
from labkit.engine.recogniser import Partial, Recognises
from labkit.engine.turn_taking import LONGEST_TURN_MS
from labkit.engine.voice_activity import RATE
from labkit.pcm import Samples

PER_MS = RATE // 1000
VOICE_MS = 480
"""The beginning of the voice, which says how loud it is, and through what it came."""


SHARE = 0.8
"""Of a core that decoding may take while somebody speaks: the rest hears when speech begins and ends."""
RECENT = 0.1
"""Weight of the newest packet in how long decoding takes."""


class Decoding:
    """One utterance after the other; positions are samples at `RATE` since the first."""

    def __init__(self, recogniser: Recognises) -> None:
        self._recogniser = recogniser
        self._denoiser = Denoiser()
        self._sound = bytearray()
        self._end = 0
        """The first sample that is still to come out of the denoiser."""
        self.start = 0
        """The first sample that is kept; while an utterance is open, where its decoding began."""
        self._done = 0
        self._words = ("", 0)
        self._load = 0.0

    @property
    def active(self) -> bool:
        """An utterance is open."""
        return self._recogniser.active

    @property
    def _kept(self) -> int:
        return len(self._sound) // 2

    def push(self, samples: Samples, *, speech: bool) -> None:
        """More sound, `speech` when it may be; what is more than `LONGEST_TURN_MS` of one utterance is dropped."""
        clean = self._denoiser.push(samples, speech=speech)
        self._end += len(clean)
        room = LONGEST_TURN_MS * PER_MS - self._kept
        self._sound += clean[: max(0, room)].tobytes()

    def keep(self, first: int) -> None:
        """Forget what is older than that sample."""
        old = min(first, self._end) - self.start
        if old > 0:
            del self._sound[: old * 2]
            self.start = self.start + old if self._sound else self._end  # what was too much was never kept
            self._done = max(0, self._done - old)

    def open(self, first: int, voice: int) -> None:
        """Begin to decode at the sample `first`, for somebody whose voice begins at the sample `voice`."""
        self.keep(first)
        self._done, self._words = 0, ("", 0)
        at = max(0, voice - self.start)
        self._recogniser.start(self._samples(at, at + VOICE_MS * PER_MS))

    def _samples(self, first: int, end: int) -> Samples:
        return np.frombuffer(bytes(self._sound[first * 2 : end * 2]), dtype=np.int16)

    def decode(self, samples: int | None = None) -> None:
        """Decode so many more; None for all that is there."""
        end = self._kept if samples is None else min(self._kept, self._done + samples)
        if end > self._done:
            began = time.thread_time()
            self._recogniser.feed(self._samples(self._done, end))
            load = (time.thread_time() - began) * RATE / (end - self._done)
            self._load += RECENT * (load - self._load) if self._load else load
            self._done = end

    @property
    def pace(self) -> float:
        """How many times real time it can decode without falling behind in everything else."""
        return SHARE / self._load if self._load else math.inf

    @property
    def behind(self) -> int:
        """Samples that are not decoded yet."""
        return self._kept - self._done

    def partial(self, now_ms: int) -> tuple[Partial, int]:
        """The words so far, and for how long they have been the same, ms."""
        partial = self._recogniser.partial()
        if partial.closed_text != self._words[0]:
            self._words = (partial.closed_text, now_ms)
        return partial, now_ms - self._words[1]

    def conclude(self, zero_ms: int) -> Hearing:
        """What was heard, words counted from `zero_ms`; the utterance may stay open until `close`."""
        self.decode()
        return _shifted(self._recogniser.finish(), self.start // PER_MS - zero_ms)

    def close(self) -> None:
        """The utterance is over; its sound stays."""
        self._recogniser.abandon()


def _shifted(hearing: Hearing, by_ms: int) -> Hearing:
    """The words' times moved from the decoder's start to the utterance's."""
    words = tuple(
        Word(word.text, max(0, word.start_ms + by_ms), max(0, word.end_ms + by_ms), word.sure) for word in hearing.words
    )
    return dataclasses.replace(hearing, words=words)
