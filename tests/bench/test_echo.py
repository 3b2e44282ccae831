from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from labkit import pcm
from labkit.bench import echo


def test_answers_differ():
    assert len(set(echo.sentences(echo.ANSWERS))) == echo.ANSWERS


def test_the_echo_has_the_level_and_the_delay_asked_for():
    sound = (np.random.default_rng(1).normal(size=48_000) * 3000).astype(np.int16)
    heard = echo.echo_of(sound, -30, 100, np.random.default_rng(2))
    assert not heard[:2400].any()
    echoed = heard[2400 : 2400 + len(sound)].astype(np.int16)
    assert abs(pcm.level_db(echoed) - (pcm.level_db(sound) - 30)) < 0.5


def test_a_quiet_echo_interrupts_nothing():
    found = echo.measure(SimpleNamespace(shared=None, count=1))
    assert found["-30 dB"]["false_interruptions"] == 0
    assert found["-30 dB"]["people"]["n"] == 0
