from __future__ import annotations

import numpy as np
import pytest

from labkit.engine.stretch import SLOWER, Stretch

RATE = 16_000


def tone(hertz: float) -> np.ndarray:
    return (np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE) * 8000).astype(np.int16)


@pytest.mark.parametrize("hertz", [300.0, 1200.0, 4800.0])
def test_every_frequency_is_lower_and_as_loud(hertz):
    out = Stretch().push(tone(hertz)).astype(float)
    assert len(out) == pytest.approx(RATE * SLOWER, abs=20)
    spectrum = np.abs(np.fft.rfft(out * np.hanning(len(out))))
    assert np.argmax(spectrum) * RATE / len(out) == pytest.approx(hertz / SLOWER, abs=2)
    assert np.abs(out[100:-100]).max() == pytest.approx(8000, rel=0.05)


def test_it_does_not_matter_how_the_sound_comes():
    sound, whole, pieces = tone(440.0), Stretch(), Stretch()
    parts = [pieces.push(sound[at : at + 333]) for at in range(0, len(sound), 333)]
    assert np.array_equal(np.concatenate(parts), whole.push(sound))
