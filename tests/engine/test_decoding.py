from __future__ import annotations

import numpy as np

from labkit.engine.decoding import PER_MS, VOICE_MS, Decoding
from labkit.engine.grammar import State
from labkit.engine.hearing import Hearing, Word
from labkit.engine.recogniser import Partial
from labkit.engine.turn_taking import LONGEST_TURN_MS

FRAME = 10 * PER_MS
TONE = (np.sin(np.arange(PER_MS * 1000) / 5) * 8000).astype(np.int16)


class Scripted:
    """A recogniser that notes what it is given."""

    active = False

    def __init__(self) -> None:
        self.fed: list[int] = []
        self.voices: list[np.ndarray] = []
        self.words = "go"

    def start(self, voice):
        self.active = True
        self.voices.append(voice)
        self.fed.append(0)

    def feed(self, samples):
        self.fed[-1] += len(samples)

    def partial(self):
        return Partial(State.PREFIX, 50.0, self.words, 1)

    def finish(self):
        return Hearing("go", words=(Word("go", 100, 300, True),))

    def abandon(self):
        self.active = False


def heard(sound=TONE) -> tuple[Decoding, Scripted]:
    recogniser = Scripted()
    decoding = Decoding(recogniser)
    for start in range(0, len(sound), FRAME):
        decoding.push(sound[start : start + FRAME], speech=True)
    return decoding, recogniser


def test_decoding_runs_behind_the_sound_and_catches_up():
    decoding, recogniser = heard()
    decoding.open(200 * PER_MS, 300 * PER_MS)
    decoding.decode(100 * PER_MS)
    assert recogniser.fed == [100 * PER_MS]
    assert decoding.behind == 800 * PER_MS - 100 * PER_MS - FRAME
    decoding.decode()
    assert decoding.behind == 0
    assert len(recogniser.voices[0]) == VOICE_MS * PER_MS
    assert np.max(np.abs(recogniser.voices[0])) > 4000


def test_words_are_counted_from_where_the_turn_begins():
    decoding, recogniser = heard()
    decoding.open(200 * PER_MS, 300 * PER_MS)
    hearing = decoding.conclude(50)
    assert [(word.start_ms, word.end_ms) for word in hearing.words] == [(250, 450)]
    assert recogniser.active
    decoding.close()
    assert not decoding.active


def test_an_utterance_can_be_decoded_once_more_from_its_beginning():
    decoding, recogniser = heard()
    decoding.open(200 * PER_MS, 300 * PER_MS)
    decoding.conclude(0)
    decoding.close()
    decoding.push(TONE, speech=True)
    decoding.open(200 * PER_MS, 300 * PER_MS)
    decoding.decode()
    assert recogniser.fed[1] == recogniser.fed[0] + len(TONE)


def test_what_is_forgotten_is_gone_and_positions_stay():
    decoding, recogniser = heard()
    decoding.keep(600 * PER_MS)
    decoding.keep(100 * PER_MS)
    assert decoding.start == 600 * PER_MS
    decoding.keep(1000 * PER_MS)
    assert decoding.start == 990 * PER_MS
    decoding.push(TONE, speech=True)
    decoding.open(1500 * PER_MS, 0)
    decoding.decode()
    assert recogniser.fed == [500 * PER_MS - FRAME]


def test_no_more_than_the_longest_utterance_is_kept():
    decoding, recogniser = heard(np.tile(TONE, LONGEST_TURN_MS // 1000 + 5))
    decoding.open(0, 0)
    decoding.decode()
    assert recogniser.fed == [LONGEST_TURN_MS * PER_MS]
    decoding.keep(10**9)
    decoding.push(TONE, speech=True)
    assert decoding.behind == len(TONE)


def test_words_are_stable_for_as_long_as_they_do_not_change():
    decoding, recogniser = heard()
    decoding.open(0, 0)
    stable = [decoding.partial(now)[1] for now in (1000, 1040)]
    recogniser.words = "go on"
    assert [*stable, decoding.partial(1080)[1], decoding.partial(1100)[1]] == [0, 40, 0, 20]


def test_sound_after_a_turn_that_was_too_long_is_where_it_was_spoken():
    decoding = Decoding(Scripted())
    minute = np.zeros(61_000 * 16, np.int16)
    for start in range(0, len(minute), 16_000):
        decoding.push(minute[start : start + 16_000], speech=False)
    decoding.keep(61_000 * 16)
    before = decoding.start
    decoding.push(minute[:1600], speech=False)
    assert decoding.start == before
    assert decoding.behind <= 1600
