from __future__ import annotations

import numpy as np

from labkit.engine.echo_gate import FIRST_GAIN_DB, MARGIN_DB, EchoGate
from labkit.pcm import SILENCE_DB

QUIET_DB = -70.0


def answer(frames: int, seed: int = 3) -> list[float]:
    """Levels that rise and fall like speech, about -20 dB."""
    chance = np.random.default_rng(seed)
    syllables = np.repeat(chance.uniform(-35, -14, frames // 12 + 1), 12)[:frames]
    return np.convolve(syllables, np.ones(5) / 5, mode="same").tolist()


def run(gate: EchoGate, microphone: list[float], *, speaking: bool = False) -> list[float]:
    return [gate.step(level, speaking) for level in microphone]


def echoed(levels: list[float], gain_db: float, delay: int = 18) -> list[float]:
    return [QUIET_DB] * delay + [max(QUIET_DB, level + gain_db) for level in levels]


def test_nothing_played_is_nothing_to_fear():
    assert run(EchoGate(), [-20.0] * 30) == [SILENCE_DB] * 30


def test_the_limit_follows_the_playback_and_lasts_for_the_longest_delay():
    gate = EchoGate()
    gate.play([-20.0] * 10)
    limits = run(gate, [-90.0] * 70)
    assert limits[:40] == [-20.0 + FIRST_GAIN_DB] * 40
    assert [limit > SILENCE_DB for limit in limits] == [True] * 59 + [False] * 11


def test_the_gain_of_the_path_is_learnt_and_the_echo_stays_below_the_limit():
    gate, levels = EchoGate(), answer(400)
    gate.play(levels)
    heard = echoed(levels, -35.0)
    limits = run(gate, heard)
    assert all(level <= limit + MARGIN_DB for level, limit in zip(heard[18:400], limits[18:400], strict=True))
    assert -40 < gate.gain_db < -30


def test_a_person_over_the_echo_teaches_nothing():
    gate, levels = EchoGate(), answer(600)
    gate.play(levels)
    run(gate, echoed(levels, -35.0)[:300])
    learnt = gate.gain_db
    run(gate, [-12.0] * 100)
    assert gate.gain_db == learnt
    assert not gate.sounds_alike()


def test_an_echo_that_is_louder_than_expected_is_recognised_by_its_shape():
    gate, levels = EchoGate(), answer(300)
    gate.play(levels)
    run(gate, echoed(levels, -11.0)[:200])
    assert gate.sounds_alike()
    assert gate.gain_db > -15


def test_a_person_as_loud_as_the_answer_is_never_taken_for_its_echo():
    gate, levels = EchoGate(), answer(300)
    gate.play(levels)
    run(gate, echoed(levels, -4.0)[:200])
    assert not gate.sounds_alike()


def test_cutting_playback_ends_the_limit_after_the_delay():
    gate = EchoGate()
    gate.play([-20.0] * 500)
    run(gate, [-60.0] * 100)
    gate.cut()
    limits = run(gate, [-60.0] * 80)
    assert gate.playing is False
    assert limits[0] > SILENCE_DB
    assert limits[-1] == SILENCE_DB


def test_playback_goes_on_while_the_microphone_is_closed():
    gate = EchoGate()
    gate.play([-20.0] * 100)
    gate.skip(200)
    assert run(gate, [-60.0] * 60)[-1] == SILENCE_DB
