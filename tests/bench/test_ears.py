from __future__ import annotations

import argparse

import numpy as np
import pytest

from labkit import pcm, samples
from labkit.bench import _ears, near_misses, noise, pauses, turn_end
from labkit.bench._ears import Listening, Said, phrases, share, turn_of
from labkit.engine.hearing import Hearing, SpeechContinued, SpeechStarted, SpeechStopped
from labkit.errors import UsageError


def stop(text: str = "go on") -> SpeechStopped:
    return SpeechStopped(0, 900, 800, Hearing(text, True))


@pytest.fixture(scope="module")
def clip() -> Said:
    sound = np.concatenate([np.zeros(12_000, np.int16), pcm.read(samples.path("say_that_like_a_robot"))])
    voiced = np.flatnonzero(pcm.levels_db(sound, 240) > -45)
    start, end = voiced[0] * 10.0, (voiced[-1] + 1) * 10.0
    sound = np.concatenate([sound[: round(end * 24)], np.zeros(36_000, np.int16)])
    return Said("robot", "say that like a robot", sound, start, end)


def test_a_turn_that_was_ended_once():
    turn = turn_of([(100, SpeechStarted(0)), (1130, stop())], end_ms=1000)
    assert (turn.delay_ms, turn.early, turn.taken_up, turn.is_whole("go on")) == (130, False, 0, True)


def test_a_turn_that_was_taken_up_again_is_whole_though_it_began_too_early():
    turn = turn_of([(500, stop("go")), (700, SpeechContinued(0)), (1130, stop())], end_ms=1000)
    assert (turn.delay_ms, turn.early, turn.taken_up, turn.is_whole("go on")) == (None, True, 1, True)
    assert turn.hearing.text == "go on"


def test_a_turn_that_was_answered_on_a_part():
    turn = turn_of([(500, stop("go")), (900, SpeechStarted(0)), (1130, stop("on"))], end_ms=1000)
    assert (turn.early, turn.is_whole("go on"), turn.is_whole("go")) == (True, False, True)


def test_a_turn_that_never_ended():
    turn = turn_of([(100, SpeechStarted(0))], end_ms=1000)
    assert (turn.delay_ms, turn.hearing, turn.is_whole("go on")) == (None, Hearing(), True)


def test_shares():
    assert share([True, False, False, False], below=4) == {"value": 25.0, "unit": "%", "n": 4, "goal": {"below": 4}}
    assert share([])["value"] is None


def test_an_ear_on_a_simulated_clock(clip):
    turn = Listening().hear(clip, phrases())
    assert turn.hearing.text.lower().startswith("say that like a robot")
    assert turn.delay_ms is not None
    assert turn.delay_ms > 50


def test_noise_is_as_loud_as_it_says_and_the_same_again(clip):
    once, again = _ears.noise(clip, 15.0), _ears.noise(clip, 15.0)
    assert np.array_equal(once.sound, again.sound)
    added = (once.sound.astype(float) - clip.sound)[240:]
    voice = clip.sound[round(clip.start_ms * 24) : round(clip.end_ms * 24)].astype(float)
    assert 10 * np.log10(np.mean(voice**2) / np.mean(added**2)) == pytest.approx(15, abs=0.5)


def test_hesitations_are_between_words_and_move_the_end(clip):
    made = pauses._hesitations(clip)
    assert set(made) == {"300 ms", "500 ms", "800 ms", "uhm"}
    for kind, longer in (("300 ms", 300), ("800 ms", 800), ("uhm", 700)):
        assert made[kind].end_ms == clip.end_ms + longer
        assert len(made[kind].sound) == len(clip.sound) + longer * 24


@pytest.mark.parametrize("figure", [turn_end, near_misses, noise, pauses])
def test_without_recordings_it_says_what_is_needed(figure):
    with pytest.raises(UsageError, match="--shared"):
        figure.measure(argparse.Namespace(shared=None, count=None))
