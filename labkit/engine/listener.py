"""One conversation's ear: sound and commands in, `EarEvent`s out. No input or output of its own.

    24 kHz ─► 16 kHz ─► frames ─► echo gate ─► turn taker ─► decoders ─► hearing

Decoding runs behind the sound: it begins when the voice's level is known, catches up at a bounded rate so that
no packet waits, and is level with the sound by the time a silence is long enough to matter.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from labkit.engine.echo_gate import EchoGate
from labkit.engine.hearing import EarEvent, Heard, Hearing, IdleTimedOut, SpeechStarted, SpeechStopped, Word
from labkit.engine.recogniser import Partial, Recogniser, speech_level
from labkit.engine.turn_taking import LONGEST_TURN_MS, TurnDetection, TurnTaker
from labkit.engine.voice_activity import FRAME, FRAME_MS, RATE, Detector, Downsampler, Frame, VoiceActivity
from labkit.pcm import BYTES_PER_MS, CHUNK_MS, SAMPLE_RATE, SILENCE_DB, Samples, levels_db, to_samples

PER_MS = RATE // 1000
LEAD_MS = 300
"""Sound before the onset that is decoded too: the detector needs up to 150 ms of speech, and words begin softly."""
MANUAL_LEAD_MS = 2000
"""The same when the client ends turns: a commit without a detected onset decodes this much."""
MAYBE_SPEECH = 0.2
"""Least probability in the sound before a commit for decoding it although no onset was found."""
LEVEL_MS = 240
"""Voice that has to be heard before decoding begins with a channel of its level."""
STEP_MS, HURRY_MS, HURRY_AFTER_MS = 40, 60, 40
"""Sound decoded with each packet: while speaking, and once it has been silent for that long."""


class Listener:
    """Everything between appended sound and what was heard."""

    def __init__(
        self,
        recogniser: Recogniser,
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
        self._sentences: tuple[str, ...] = ()
        self._new_sentences: tuple[str, ...] | None = None
        self._rest = b""
        self._far_rest = b""
        self._sound: Samples = np.zeros(0, dtype=np.int16)
        self._sound_start = 0
        self._turn_end = 0
        self._likeliest = 0.0
        self._decode_start_ms = 0
        self._words: tuple[str, int] = ("", 0)
        self._idle_since: int | None = None
        self._frame = -1

    # Commands

    def configure(self, sentences: Sequence[str], turn_detection: Mapping[str, Any] | None) -> None:
        """Listed sentences count from the next utterance, turn detection at once."""
        self._taker.detection = TurnDetection.of(turn_detection)
        if tuple(sentences) != self._sentences:
            self._new_sentences = tuple(sentences)
        if not self._taker.speaking:
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
        self._emit(Heard(commit_id, self._conclude()))

    def clear(self) -> None:
        """Forget the sound of the utterance."""
        self._recogniser.abandon()
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

    def skip_far_end(self, frames: int) -> None:
        """Playback went on for that many frames while no sound was appended."""
        self._gate.skip(frames)

    # Sound

    def _packet(self, samples: Samples) -> None:
        samples = self._downsampler.push(samples)
        self._sound = np.concatenate([self._sound, samples])
        for frame in self._activity.push(samples):
            self._hear(frame)
        if self._taker.speaking:
            self._decode_some()
            partial = self._partial()
            if self._taker.over(partial, self._stable_ms):
                self._stop()
        else:
            self._forget_old_sound()

    def _hear(self, frame: Frame) -> None:
        self._frame = frame.index
        self._likeliest = max(self._likeliest, frame.probability)
        echo_db = self._gate.step(frame.level_db, self._taker.speaking)
        is_echo = self._gate.sounds_alike if echo_db > SILENCE_DB else lambda: False
        if self._taker.listen(frame, echo_db, is_echo):
            self._begin()
        self._watch_idle(frame, echo_db > SILENCE_DB)

    def _begin(self) -> None:
        self._words = ("", self._frame)
        if self._taker.detection.type != "manual":
            self._emit(SpeechStarted(self._base_ms + self._padded_start_ms))

    @property
    def _padded_start_ms(self) -> int:
        padded = self._taker.start * FRAME_MS - self._taker.detection.prefix_padding_ms
        return max(padded, self._turn_end * FRAME_MS, 0)

    def _forget_old_sound(self) -> None:
        keep_ms = MANUAL_LEAD_MS if self._taker.detection.type == "manual" else LEAD_MS
        self._drop(len(self._sound) - (keep_ms * PER_MS))

    def _drop(self, samples: int) -> None:
        if samples > 0:
            self._sound = self._sound[samples:]
            self._sound_start += samples

    # Decoding

    def _open(self, start: int) -> None:
        """Begin to decode at that sample."""
        self._drop(start - self._sound_start)
        self._decode_start_ms = self._sound_start // PER_MS
        voiced = self._sound[max(0, self._taker.start * FRAME - self._sound_start) :]
        self._recogniser.start(speech_level(voiced[: LEVEL_MS * 2 * PER_MS]))

    def _decode_some(self) -> None:
        quiet = self._taker.silence_ms >= HURRY_AFTER_MS
        if not self._recogniser.active:
            spoken_ms = (self._frame - self._taker.start) * FRAME_MS
            if spoken_ms < LEVEL_MS and not quiet:
                return
            self._open(max(self._turn_end * FRAME, self._taker.start * FRAME - LEAD_MS * PER_MS))
        self._feed((HURRY_MS if quiet else STEP_MS) * PER_MS)

    def _feed(self, samples: int) -> None:
        room = LONGEST_TURN_MS * PER_MS - (self._sound_start - self._decode_start_ms * PER_MS)
        piece = self._sound[:samples]
        if len(piece) and room > 0:
            self._recogniser.feed(piece[:room])
        self._drop(len(piece))

    def _partial(self) -> Partial | None:
        """The words so far, when semantic turn taking needs them."""
        wanted = self._taker.detection.type == "semantic_vad" and self._taker.silence_ms >= HURRY_AFTER_MS
        if not wanted or not self._recogniser.active:
            return None
        partial = self._recogniser.partial()
        if partial.closed_text != self._words[0]:
            self._words = (partial.closed_text, self._frame)
        return partial

    @property
    def _stable_ms(self) -> int:
        return (self._frame - self._words[1]) * FRAME_MS

    # Ends

    def _stop(self) -> None:
        start, last = self._padded_start_ms, (max(self._taker.last_voiced, self._taker.start) + 1) * FRAME_MS
        hearing = self._conclude()
        base = self._base_ms
        self._emit(SpeechStopped(base + start, base + self._turn_end * FRAME_MS, base + last, hearing))

    def _conclude(self) -> Hearing:
        """Decode what is left and close the utterance; an empty hearing when there was no speech."""
        if not self._recogniser.active and (self._taker.speaking or self._likeliest >= MAYBE_SPEECH):
            self._open(self._turn_end * FRAME)
        hearing = Hearing()
        if self._recogniser.active:
            shift = self._decode_start_ms - self._padded_start_ms if self._taker.speaking else 0
            self._feed(len(self._sound))
            hearing = _shifted(self._recogniser.finish(), shift)
        self._rest_until_next_turn()
        return hearing

    def _rest_until_next_turn(self) -> None:
        self._taker.end()
        self._turn_end = self._frame + 1
        self._drop(len(self._sound))
        self._likeliest = 0.0
        self._idle_since = None
        self._renew_sentences()

    def _renew_sentences(self) -> None:
        if self._new_sentences is not None:
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


def _shifted(hearing: Hearing, by_ms: int) -> Hearing:
    """The words' times moved from the decoder's start to the utterance's."""
    words = tuple(
        Word(word.text, max(0, word.start_ms + by_ms), max(0, word.end_ms + by_ms), word.sure) for word in hearing.words
    )
    return dataclasses.replace(hearing, words=words)
