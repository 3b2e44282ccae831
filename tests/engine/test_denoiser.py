from __future__ import annotations

import numpy as np

from labkit.engine.denoiser import Denoiser

RNG = np.random.default_rng(3)
NOISE = (RNG.normal(size=16_000) * 300).astype(np.int16)
TONE = (np.sin(np.arange(16_000) / 4) * 6000).astype(np.int16)


def cleaned(sound, *, speech_from: int, step: int = 160):
    denoiser = Denoiser()
    pieces = [sound[start : start + step] for start in range(0, len(sound), step)]
    return np.concatenate(
        [denoiser.push(piece, speech=index * step >= speech_from) for index, piece in enumerate(pieces)]
    )


def level(samples) -> float:
    return float(np.sqrt(np.mean(samples.astype(float) ** 2)))


def test_steady_noise_is_taken_off_and_the_voice_stays_in_its_place():
    clean = cleaned(np.concatenate([NOISE, TONE + NOISE]), speech_from=16_000)
    assert len(clean) == 32_000 - 160
    assert level(clean[8000:15_000]) < level(NOISE) / 5
    voice, true = clean[18_000:31_000].astype(float), TONE[2000:15_000].astype(float)
    assert level(voice - true) < level(NOISE) / 3


def test_what_has_no_noise_is_not_changed():
    sound = np.concatenate([np.zeros(8000, np.int16), TONE])
    assert np.abs(cleaned(sound, speech_from=8000)[9000:].astype(int) - sound[9000:-160]).max() <= 1


def test_it_does_not_matter_how_the_sound_is_cut():
    sound = np.concatenate([NOISE, TONE])
    assert np.array_equal(cleaned(sound, speech_from=0, step=160), cleaned(sound, speech_from=0, step=480))


def test_speech_is_not_learnt_as_noise():
    clean = cleaned(np.concatenate([NOISE, TONE, NOISE]), speech_from=16_000)
    assert level(clean[20_000:31_000]) > 0.98 * level(TONE)


def test_noise_that_changes_is_followed():
    louder = (NOISE.astype(int) * 4).astype(np.int16)
    clean = cleaned(np.concatenate([NOISE, louder, louder]), speech_from=1_000_000)
    assert level(clean[-8000:]) < level(louder) / 5


def test_nothing_comes_of_nothing():
    assert len(Denoiser().push(np.zeros(0, np.int16), speech=False)) == 0


def test_who_speaks_at_once_is_not_taken_for_noise():
    assert level(cleaned(TONE, speech_from=1600)[3200:]) > 0.95 * level(TONE)
