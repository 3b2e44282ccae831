from __future__ import annotations

import base64

import numpy as np
import pytest

from labkit.bench import _learners, _witness, transport_echo


def recording(samples, rate, times):
    """As the page gives it: times are rows of (start, due, arrival, length), ms and samples."""
    text = base64.b64encode(np.asarray(samples, "<i2").tobytes()).decode()
    return {"rate": rate, "samples": text, "times": times}


def steady(count, late=lambda number: 5.0):
    """Pieces of 10 ms at 1 kHz, whose clock is 1000 ms behind the page's; each arrives `late` ms after its end."""
    return [(10.0 * n, 10.0 * n + 10, 1000 + 10.0 * n + 10 + late(n), 10) for n in range(count)]


def test_the_fastest_arrival_places_the_sound():
    tap = _witness.tap(recording(np.zeros(1000), 1000, steady(100, lambda number: 0.0 if number % 10 == 0 else 7.0)))
    assert tap.time_ms(0) == pytest.approx(1000)
    assert tap.time_ms(555) == pytest.approx(1555)


def test_a_clock_that_slips_is_followed():
    tap = _witness.tap(recording(np.zeros(4000), 1000, steady(400, lambda number: 0.0 if number < 200 else 60.0)))
    assert tap.time_ms(1990) == pytest.approx(2990)
    assert tap.time_ms(2000) == pytest.approx(3060)


def test_onset_and_sound_before():
    samples = np.zeros(1000)
    samples[500:600] = 5000
    tap = _witness.tap(recording(samples, 1000, steady(100, lambda _: 0.0)))
    assert tap.onset_ms(1000) == pytest.approx(1500)
    assert tap.onset_ms(1550) == pytest.approx(1550)
    assert tap.onset_ms(1600) is None
    assert not tap.sounds(1500)
    assert tap.sounds(1650)


def test_echoes_are_paired_chirp_by_chirp():
    samples = np.zeros(3000)
    samples[[300, 1500]] = 10_000
    played = np.roll(samples, 50)
    taps = [_witness.tap(recording(sound, 1000, steady(300, lambda _: 0.0))) for sound in (samples, played)]
    assert transport_echo.echoes(_witness.Heard(*taps, output_latency_ms=16.0)) == pytest.approx([66, 66])


def test_noise_is_so_much_softer_than_the_voice(tmp_path):
    clips = _learners.choose(None, 2)
    _learners.microphone_file(tmp_path / "noisy.wav", clips, gap_s=1, lead_s=2, snr_db=15)
    import soundfile

    sound, rate = soundfile.read(tmp_path / "noisy.wav", dtype="int16")
    quiet = sound[: 2 * rate].astype(np.float64)
    assert 20 * np.log10(_learners.VOICE_RMS / np.sqrt(np.mean(quiet**2))) == pytest.approx(15, abs=0.5)


def test_without_recordings_nothing_else_is_listed():
    assert _learners.other_texts(None, ["hello"]) == []
