from __future__ import annotations

import numpy as np
import pytest
from sounds import SENTENCES, spoken

from labkit import pcm
from labkit.engine import listener as listening
from labkit.engine.grammar import State
from labkit.engine.hearing import (
    Heard,
    HeardSoFar,
    Hearing,
    IdleTimedOut,
    SpeechContinued,
    SpeechStarted,
    SpeechStopped,
)
from labkit.engine.listener import Listener
from labkit.engine.recogniser import Partial, Recogniser
from labkit.engine.turn_taking import LONGEST_TURN_MS
from labkit.engine.voice_activity import silero

SERVER_VAD = {"type": "server_vad", "prefix_padding_ms": 300, "silence_duration_ms": 200}


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser()


class Deaf:
    """A recogniser that counts what it is given and hears nothing."""

    active = False

    def __init__(self) -> None:
        self.fed: list[int] = []

    def start(self, level_db):
        self.active = True
        self.fed.append(0)

    def feed(self, samples):
        self.fed[-1] += len(samples)

    def finish(self):
        self.active = False
        return Hearing()

    def abandon(self):
        self.active = False

    def listen_for(self, sentences):
        self.sentences = sentences

    def partial(self):
        return Partial(State.OUTSIDE, 0.0, "", 0)


def loud(window) -> float:
    """A detector that takes every sound for speech."""
    return 0.95 if max(window) > 0.01 else 0.02


def ear(recogniser, detection=SERVER_VAD, *, sentences=SENTENCES, base_ms=0, detector=silero):
    """A listener and the list of its events."""
    recogniser.abandon()
    events: list = []
    made = Listener(recogniser, (detector(), detector()), events.append, base_ms)
    made.configure(sentences, detection)
    return made, events


@pytest.mark.parametrize("detection", [SERVER_VAD, {"type": "semantic_vad"}])
def test_a_spoken_turn(recogniser, detection):
    made, events = ear(recogniser, detection)
    for chunk in pcm.chunks(spoken("count to twenty")):
        made.append(chunk)
    started, stopped = events
    assert isinstance(started, SpeechStarted)
    assert isinstance(stopped, SpeechStopped)
    assert 100 <= started.audio_start_ms <= 350
    assert started.audio_start_ms == stopped.audio_start_ms
    assert stopped.audio_start_ms < stopped.last_voiced_ms < stopped.audio_end_ms
    assert (stopped.hearing.text, stopped.hearing.accepted) == ("count to twenty", True)
    assert abs(stopped.audio_start_ms + stopped.hearing.words[0].start_ms - 500) <= 60


def test_words_that_have_settled_are_told_before_the_end_to_those_who_asked(recogniser):
    made, events = ear(recogniser)
    made.configure(SENTENCES, SERVER_VAD, so_far=True)
    for chunk in pcm.chunks(spoken("count to twenty")):
        made.append(chunk)
    started, *so_far, stopped = events
    assert so_far
    assert all(isinstance(event, HeardSoFar) and event.language == "en" for event in so_far)
    assert started.audio_start_ms < so_far[0].at_ms < stopped.audio_end_ms
    assert so_far[-1].text == "count to twenty"
    assert len({event.text for event in so_far}) == len(so_far)


def test_positions_and_words_do_not_depend_on_how_the_sound_is_cut(recogniser):
    heard = []
    for size in (960, 1000, 333, 1_000_000):
        recogniser.forget_channel()
        made, events = ear(recogniser)
        sound = spoken("thank you")
        for start in range(0, len(sound), size):
            made.append(sound[start : start + size])
        heard.append([(event.audio_start_ms, getattr(event, "audio_end_ms", None)) for event in events])
        assert events[-1].hearing.text == "thank you"
    assert heard[0] == heard[3]
    assert all(abs(a - b) <= 20 for one in heard for a, b in zip(one[1], heard[0][1], strict=True))


def test_positions_count_from_the_beginning_of_the_session():
    first, later = (ear(Deaf(), base_ms=base)[0] for base in (0, 7000))
    found = []
    for made in (first, later):
        events: list = []
        made._emit = events.append
        made.append(spoken("what time is it"))
        found.append(events)
    assert found[1][0].audio_start_ms == found[0][0].audio_start_ms + 7000
    assert found[1][1].last_voiced_ms == found[0][1].last_voiced_ms + 7000


def test_the_client_may_end_the_turn(recogniser):
    made, events = ear(recogniser, None)
    made.append(spoken("say that like a robot", 3000, 2000))
    assert events == []
    made.commit("item_1")
    assert isinstance(events[0], Heard)
    assert (events[0].commit_id, events[0].hearing.text) == ("item_1", "say that like a robot")


def test_a_commit_in_mid_speech_ends_the_turn_without_a_stop(recogniser):
    made, events = ear(recogniser)
    sound = spoken("say that like a robot", 500, 0)
    made.append(sound)
    made.commit("item_1")
    made.append(pcm.silence(1000))
    assert [type(event) for event in events] == [SpeechStarted, Heard]
    assert events[1].hearing.closed_text == "say that like a robot"


def test_silence_is_committed_as_nothing(recogniser):
    made, events = ear(recogniser, None)
    made.append(pcm.silence(1000))
    made.commit("item_1")
    assert events == [Heard("item_1", Hearing())]


def test_cleared_sound_is_forgotten(recogniser):
    made, events = ear(recogniser, None)
    made.append(spoken("count to twenty", 500, 0))
    made.clear()
    made.append(pcm.silence(500))
    made.commit("item_1")
    assert [event.hearing.text for event in events] == [""]


def test_two_turns_do_not_overlap():
    made, events = ear(Deaf())
    made.append(spoken("count to twenty", 500, 260) * 2)
    started, stopped, again, _ = events
    assert started.audio_start_ms < stopped.audio_end_ms <= again.audio_start_ms


def test_sentences_listed_in_mid_speech_count_from_the_next_turn():
    deaf = Deaf()
    made, _ = ear(deaf)
    made.append(spoken("count to twenty", 500, 0))
    made.configure(["stop"], SERVER_VAD)
    assert list(deaf.sentences) == SENTENCES
    made.append(pcm.silence(500))
    assert list(deaf.sentences) == ["stop"]


def test_decoding_is_level_with_the_sound_when_the_turn_ends_and_never_hurries_a_packet():
    class Slow(Deaf):
        """Notes the most it was given with one packet."""

        most = 0

        def feed(self, samples):
            super().feed(samples)
            self.most = max(self.most, len(samples))

    deaf = Slow()
    made, events = ear(deaf)
    for chunk in pcm.chunks(spoken("say that like a robot")):
        made.append(chunk)
    stopped = events[-1]
    assert deaf.most <= listening.HURRY * pcm.CHUNK_MS * 16
    assert deaf.fed[0] >= (stopped.audio_end_ms - stopped.audio_start_ms - 100) * 16


def test_endless_speech_is_cut_and_decoded_within_bounds():
    deaf = Deaf()
    made, events = ear(deaf, detector=lambda: loud)
    voiced = spoken("say that like a robot", 0, 0)
    made.append(voiced * (LONGEST_TURN_MS * 48 // len(voiced) + 10))
    turns = [event for event in events if isinstance(event, SpeechStopped)]
    assert turns
    assert turns[0].audio_end_ms - turns[0].audio_start_ms <= LONGEST_TURN_MS + 400
    assert max(deaf.fed) <= (LONGEST_TURN_MS + 1000) * 16
    made.configure([], None)
    made.append(voiced * (2 * LONGEST_TURN_MS * 48 // len(voiced)))
    made.commit("item_1")
    assert deaf.fed[-1] <= LONGEST_TURN_MS * 16


def test_the_answers_own_echo_interrupts_nothing_and_a_person_does():
    answer = pcm.to_samples(spoken("what can you do", 0, 100) * 3)
    chance = np.random.default_rng(5)
    echo = np.concatenate([np.zeros(4800), answer * 0.05])
    room = chance.normal(size=24_000 + len(echo)) * 20
    room[24_000:] += echo
    person = pcm.to_samples(spoken("count to twenty", 0, 0)).astype(float)
    for with_person, expected in ((False, []), (True, [SpeechStarted])):
        heard = room.copy()
        if with_person:
            heard[60_000 : 60_000 + len(person)] += person[: len(heard) - 60_000]
        made, events = ear(Deaf())
        made.append(pcm.to_bytes(heard[:24_000].astype(np.int16)))
        made.far_end(pcm.to_bytes(answer))
        made.append(pcm.to_bytes(np.clip(heard[24_000:], -32768, 32767).astype(np.int16)))
        assert [type(event) for event in events][:1] == expected


def test_quiet_after_an_answer_is_noticed_once():
    made, events = ear(Deaf(), {**SERVER_VAD, "idle_timeout_ms": 5000}, detector=lambda: loud)
    made.append(pcm.silence(8000))
    assert events == []
    made.far_end(spoken("thank you", 0, 0))
    made.append(pcm.silence(20_000))
    assert [type(event) for event in events] == [IdleTimedOut]
    assert events[0].audio_end_ms - events[0].audio_start_ms == 5000
    assert events[0].audio_start_ms > 8500


def test_a_byte_that_is_half_a_sample_waits_for_the_other(recogniser):
    made, events = ear(recogniser)
    sound = spoken("count to twenty")
    made.append(sound[:1001])
    made.append(sound[1001:])
    assert events[-1].hearing.text == "count to twenty"


SEMANTIC = {"type": "semantic_vad"}
BOTH = [*SENTENCES, "thank you count to twenty"]
FIRST, REST = spoken("thank you", 500, 0), spoken("count to twenty", 0, 1500)


def played(made, sound: bytes) -> None:
    for chunk in pcm.chunks(sound):
        made.append(chunk)


def test_a_turn_that_was_over_too_early_is_taken_up_again(recogniser):
    made, events = ear(recogniser, SEMANTIC, sentences=BOTH)
    played(made, FIRST + pcm.silence(700) + REST)
    assert [type(event) for event in events] == [SpeechStarted, SpeechStopped, SpeechContinued, SpeechStopped]
    started, early, continued, stopped = events
    assert early.hearing.text == "thank you"
    assert early.audio_start_ms == started.audio_start_ms == continued.audio_start_ms == stopped.audio_start_ms
    assert (stopped.hearing.text, stopped.hearing.accepted) == ("thank you count to twenty", True)
    assert stopped.hearing.words[0].start_ms == pytest.approx(early.hearing.words[0].start_ms, abs=30)
    assert stopped.audio_end_ms == pytest.approx(500 + 700 + (len(FIRST) + len(REST)) / 48 - 2000 + 140, abs=150)


def test_it_may_go_on_more_than_once():
    made, events = ear(Deaf(), SEMANTIC, detector=lambda: loud)
    made._taker.over = lambda partial, stable_ms: made._taker.silence_ms >= 150
    played(made, (spoken("thank you", 100, 400)) * 3 + pcm.silence(1000))
    kinds = [type(event) for event in events]
    assert kinds == [SpeechStarted, SpeechStopped, *[SpeechContinued, SpeechStopped] * 2]
    assert len({event.audio_start_ms for event in events}) == 1


def test_who_speaks_again_later_begins_a_turn(recogniser):
    made, events = ear(recogniser, SEMANTIC, sentences=BOTH)
    played(made, FIRST + pcm.silence(1500) + REST)
    assert [type(event) for event in events] == [SpeechStarted, SpeechStopped] * 2
    assert [event.hearing.text for event in events[1::2]] == ["thank you", "count to twenty"]
    assert events[1].audio_end_ms <= events[2].audio_start_ms


@pytest.mark.parametrize(
    ("detection", "meanwhile"),
    [
        ({"type": "server_vad", "silence_duration_ms": 200}, lambda made: None),
        (SEMANTIC, lambda made: made.commit("item_1")),
        (SEMANTIC, lambda made: made.clear()),
        (SEMANTIC, lambda made: (made.configure(BOTH, None), made.configure(BOTH, SEMANTIC))),
    ],
)
def test_nothing_is_taken_up_that_the_client_or_a_fixed_silence_ended(detection, meanwhile):
    made, events = ear(Deaf(), detection, sentences=BOTH, detector=lambda: loud)
    made._taker.over = lambda partial, stable_ms: made._taker.silence_ms >= 200
    played(made, FIRST + pcm.silence(400))
    meanwhile(made)
    played(made, REST)
    assert SpeechContinued not in {type(event) for event in events}
    assert [type(event) for event in events if not isinstance(event, Heard)] == [SpeechStarted, SpeechStopped] * 2


def test_a_commit_and_a_new_list_after_speech_went_on(recogniser):
    made, events = ear(recogniser, SEMANTIC, sentences=BOTH)
    played(made, FIRST + pcm.silence(600))
    made.configure(["go on"], SEMANTIC)
    played(made, REST[: len(REST) - 1450 * 48])
    made.commit("item_1")
    assert [type(event) for event in events] == [SpeechStarted, SpeechStopped, SpeechContinued, Heard]
    assert events[-1].hearing.text == "thank you count to twenty"
    assert made._sentences == ("go on",)


def test_the_echo_of_the_answer_continues_nothing():
    made, events = ear(Deaf(), SEMANTIC, detector=lambda: loud)
    made._taker.over = lambda partial, stable_ms: made._taker.silence_ms >= 150
    played(made, FIRST + pcm.silence(180))
    answer = pcm.to_samples(spoken("what can you do", 0, 200))
    made.far_end(pcm.to_bytes(answer))
    echo = np.concatenate([np.zeros(2400), answer * 0.08]).astype(np.int16)
    played(made, pcm.to_bytes(echo))
    assert [type(event) for event in events] == [SpeechStarted, SpeechStopped]


def test_what_goes_on_is_bounded():
    made, events = ear(Deaf(), SEMANTIC, detector=lambda: loud)
    made._taker.over = lambda partial, stable_ms: made._taker.silence_ms >= 150
    piece = spoken("say that like a robot", 0, 400)
    played(made, piece * (2 * LONGEST_TURN_MS * 48 // len(piece)))
    stops = [event for event in events if isinstance(event, SpeechStopped)]
    assert max(stop.audio_end_ms - stop.audio_start_ms for stop in stops) <= LONGEST_TURN_MS + 4000
    assert sum(isinstance(event, SpeechStarted) for event in events) in {2, 3}
    assert max(made._recogniser.fed) <= (LONGEST_TURN_MS + 1000) * 16
