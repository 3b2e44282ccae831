"""One conversation's ear: sound and commands in, `EarEvent`s out. No input or output of its own.

    24 kHz ─► 16 kHz ─► frames ─► echo gate ─► turn taker ─► decoding ─► hearing

A turn that semantic turn taking ended too early is taken up again: while it may still go on its sound is kept,
and speech that begins soon enough continues it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from labkit.engine.decoding import PER_MS, Decoding
from labkit.engine.echo_gate import EchoGate
from labkit.engine.grammar import Listed
from labkit.engine.hearing import (
    EarEvent,
    Heard,
    HeardSoFar,
    Hearing,
    IdleTimedOut,
    SpeechContinued,
    SpeechStarted,
    SpeechStopped,
)
from labkit.engine.recogniser import Recognises
from labkit.engine.turn_taking import LONGEST_TURN_MS, ONSET_FRAMES, TurnDetection, TurnTaker
from labkit.engine.voice_activity import FRAME, FRAME_MS, Detector, Downsampler, Frame, VoiceActivity
from labkit.pcm import BYTES_PER_MS, CHUNK_MS, SAMPLE_RATE, SILENCE_DB, Samples, levels_db, to_samples

LEAD_MS = 300
"""Sound before the onset that is decoded too: the detector needs up to 150 ms of speech, and words begin softly."""
MANUAL_LEAD_MS = 2000
"""The same when the client ends turns: a commit without a detected onset decodes this much."""
MAYBE_SPEECH = 0.2
"""Least probability of sound that is not taken for noise, and is decoded at a commit although no onset was found."""
LEVEL_MS = 240
"""Voice that has to be heard before decoding begins with a channel of its level."""
PACE, HURRY, HURRY_AFTER_MS, FAR_BEHIND_MS = 2, 4, 40, 600
"""Sound decoded with each packet, as a multiple of its length: while speaking, and once it has been silent for
that long or decoding is that far behind; less where this computer cannot do it."""
LEVEL_WITHIN_MS = 20
"""Sound that may still wait for decoding when the words so far are asked for."""
SETTLED_MS, SETTLED_AGREEMENT = 120, 60.0
"""Words so far that have been the same for that long, and agree so well. With 80 ms, or an agreement of 40, more of the
translations that are begun on them are wrong."""
RECOVER_MS = 700
"""Speech that begins this soon after its turn was over continues it: in all of 10 turns that were cut off in a
pause or an "uhm" the person spoke again within 630 ms."""


@dataclass(frozen=True)
class _Ended:
    """A turn that may still go on."""

    earliest: int
    """The first frame that could belong to it."""
    start: int
    """Its first frame of speech."""
    end: int
    """The first frame after it."""

    def goes_on(self, start: int) -> bool:
        """Speech that begins with that frame belongs to it."""
        soon = (start - self.end) * FRAME_MS <= RECOVER_MS
        return soon and (start - self.start) * FRAME_MS < LONGEST_TURN_MS


class Listener:
    """Everything between appended sound and what was heard."""

    def __init__(
        self,
        recogniser: Recognises,
        detectors: tuple[Detector, Detector],
        emit: Callable[[EarEvent], None],
        base_ms: int = 0,
    ) -> None:
        self._recogniser = recogniser
        self._emit = emit
        self._base_ms = base_ms
        self._downsampler = Downsampler()
        self._activity = VoiceActivity(detectors)
        self._gate = EchoGate()
        self._taker = TurnTaker()
        self._decoding = Decoding(recogniser)
        self._sentences: Listed = ()
        self._new_sentences: Listed | None = None
        self._so_far: str | None = None
        """The settled words that were told last; None: nobody wants to know."""
        self._rest = b""
        self._far_rest = b""
        self._earliest = 0
        """The first frame that does not belong to the turn before."""
        self._ended: _Ended | None = None
        self._probability = self._likeliest = 0.0
        self._idle_since: int | None = None
        self._frame = -1

    # Commands

    def configure(self, sentences: Listed, turn_detection: Mapping[str, Any] | None, *, so_far: bool = False) -> None:
        """Turn detection counts at once, listed sentences from the next utterance; `so_far` has `HeardSoFar` told."""
        self._so_far = "" if so_far else None
        self._taker.detection = TurnDetection.of(turn_detection)
        if self._taker.detection.type != "semantic_vad":
            self._ended = None
        listed = sentences if isinstance(sentences, Mapping) else tuple(sentences)
        if listed != self._sentences:
            self._new_sentences = listed
        self._renew_sentences()

    def append(self, pcm: bytes) -> None:
        """More sound: PCM16 mono 24 kHz of any length."""
        pcm = self._rest + pcm
        whole = len(pcm) // 2 * 2
        self._rest = pcm[whole:]
        step = CHUNK_MS * BYTES_PER_MS
        for start in range(0, whole, step):
            self._packet(to_samples(pcm[start : min(start + step, whole)]))

    def commit(self, commit_id: str) -> None:
        """End the utterance now; answers with `Heard`."""
        hearing = self._conclude()
        self._rest_until_next_turn()
        self._emit(Heard(commit_id, hearing))

    def clear(self) -> None:
        """Forget the sound of the utterance."""
        self._rest_until_next_turn()

    def far_end(self, pcm: bytes) -> None:
        """Sound that is played from now on, after what was announced before it."""
        pcm = self._far_rest + pcm
        frame = FRAME_MS * BYTES_PER_MS
        whole = len(pcm) // frame * frame
        self._far_rest = pcm[whole:]
        self._gate.play(levels_db(to_samples(pcm[:whole]), SAMPLE_RATE // 100).tolist())

    def silence_far_end(self) -> None:
        """Playback was cut off."""
        self._gate.cut()

    def pause(self, frames: int) -> None:
        """No sound was appended for that long: playback went on, and whoever speaks next begins anew."""
        self._gate.skip(frames)
        self._ended = None
        self._renew_sentences()

    # Sound

    def _packet(self, samples: Samples) -> None:
        samples = self._downsampler.push(samples)
        for frame in self._activity.push(samples):
            self._hear(frame)
        self._decoding.push(samples, speech=self._taker.speaking or self._probability >= MAYBE_SPEECH)
        if self._taker.speaking:
            self._decode(len(samples))
            if self._is_over():
                self._stop()
        else:
            self._forget_old_sound()

    def _hear(self, frame: Frame) -> None:
        self._frame = frame.index
        self._probability = frame.probability
        self._likeliest = max(self._likeliest, frame.probability)
        echo_db = self._gate.step(frame.level_db, self._taker.speaking)
        is_echo = self._gate.sounds_alike if echo_db > SILENCE_DB else lambda: False
        if self._taker.listen(frame, echo_db, is_echo):
            self._begin()
        self._watch_idle(frame, echo_db > SILENCE_DB)

    def _begin(self) -> None:
        event: type[SpeechStarted | SpeechContinued] = SpeechStarted
        if self._ended is not None and self._ended.goes_on(self._taker.start):
            self._taker.start, self._earliest = self._ended.start, self._ended.earliest
            event = SpeechContinued
        self._ended = None
        if self._taker.detection.type != "manual":
            self._emit(event(self._base_ms + self._padded_start_ms))

    @property
    def _padded_start_ms(self) -> int:
        padded = self._taker.start * FRAME_MS - self._taker.detection.prefix_padding_ms
        return max(padded, self._earliest * FRAME_MS, 0)

    def _forget_old_sound(self) -> None:
        if self._ended is not None:
            if self._ended.goes_on(self._frame - ONSET_FRAMES):
                return
            self._ended = None
            self._renew_sentences()
        keep_ms = MANUAL_LEAD_MS if self._taker.detection.type == "manual" else LEAD_MS
        self._decoding.keep((self._frame + 1) * FRAME - keep_ms * PER_MS)

    # Decoding

    def _decode(self, samples: int) -> None:
        quiet = self._taker.silence_ms >= HURRY_AFTER_MS
        if not self._decoding.active:
            spoken_ms = (self._frame - self._taker.start) * FRAME_MS
            if spoken_ms < LEVEL_MS and not quiet:
                return
            self._open(self._taker.start * FRAME - LEAD_MS * PER_MS)
        hurry = quiet or self._decoding.behind > FAR_BEHIND_MS * PER_MS
        self._decoding.decode(round(samples * min(HURRY if hurry else PACE, self._decoding.pace)))
        if self._so_far is not None:
            self._tell_so_far((self._frame + 1) * FRAME_MS)

    def _tell_so_far(self, now_ms: int) -> None:
        partial, stable_ms = self._decoding.partial(now_ms)
        settled = stable_ms >= SETTLED_MS and partial.agreement >= SETTLED_AGREEMENT
        if settled and partial.closed_text != self._so_far:
            self._so_far = partial.closed_text
            self._emit(HeardSoFar(self._base_ms + now_ms, partial.closed_text, partial.language))

    def _open(self, first: int) -> None:
        self._decoding.open(max(first, self._earliest * FRAME), self._taker.start * FRAME)

    def _is_over(self) -> bool:
        """The turn ends here. Semantic turn taking looks at the words, once all that was said is decoded."""
        wanted = self._taker.detection.type == "semantic_vad" and self._taker.silence_ms >= HURRY_AFTER_MS
        if not wanted or not self._decoding.active or self._decoding.behind > LEVEL_WITHIN_MS * PER_MS:
            return self._taker.over(None, 0)
        return self._taker.over(*self._decoding.partial((self._frame + 1) * FRAME_MS))

    # Ends

    def _stop(self) -> None:
        start, last = self._padded_start_ms, (max(self._taker.last_voiced, self._taker.start) + 1) * FRAME_MS
        hearing, end, base = self._conclude(), self._frame + 1, self._base_ms
        self._emit(SpeechStopped(base + start, base + end * FRAME_MS, base + last, hearing))
        ended = _Ended(self._earliest, self._taker.start, end)
        self._rest_until_next_turn(ended if self._taker.detection.type == "semantic_vad" else None)

    def _conclude(self) -> Hearing:
        """Decode what is left and say what was heard; an empty hearing when there was no speech."""
        if not self._decoding.active and (self._taker.speaking or self._likeliest >= MAYBE_SPEECH):
            self._open(self._earliest * FRAME)
        if not self._decoding.active:
            return Hearing()
        speaking = self._taker.speaking
        return self._decoding.conclude(self._padded_start_ms if speaking else self._decoding.start // PER_MS)

    def _rest_until_next_turn(self, ended: _Ended | None = None) -> None:
        self._decoding.close()
        self._taker.end()
        self._earliest, self._ended = self._frame + 1, ended
        if ended is None:
            self._decoding.keep(self._earliest * FRAME)
        self._likeliest = 0.0
        self._idle_since = None
        self._so_far = None if self._so_far is None else ""
        self._renew_sentences()

    def _renew_sentences(self) -> None:
        """The new list counts, unless a turn goes on or may still go on."""
        if self._new_sentences is not None and not self._taker.speaking and self._ended is None:
            self._sentences, self._new_sentences = self._new_sentences, None
            self._recogniser.listen_for(self._sentences)

    def _watch_idle(self, frame: Frame, playing: bool) -> None:
        """Count the quiet after an answer; once it is long enough, say so, once."""
        limit = self._taker.detection.idle_timeout_ms
        if playing:
            self._idle_since = frame.index + 1
        if self._idle_since is None or limit is None or self._taker.speaking:
            return
        if (frame.index + 1 - self._idle_since) * FRAME_MS >= limit:
            start, self._idle_since = self._idle_since, None
            self._emit(IdleTimedOut(self._base_ms + start * FRAME_MS, self._base_ms + frame.end_ms))
