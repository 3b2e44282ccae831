from __future__ import annotations

import numpy as np
import pytest

from labkit import pcm
from labkit.engine.voice_activity import FRAME, RATE, Downsampler, VoiceActivity


def tone(hertz: float, seconds: float, rate: int = pcm.SAMPLE_RATE, level: float = 8000.0) -> pcm.Samples:
    return (np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate) * level).astype(np.int16)


def test_downsampling_in_pieces_equals_downsampling_at_once():
    sound = tone(440, 0.5)
    whole = Downsampler().push(sound)
    piecewise = Downsampler()
    cuts = np.cumsum([1, 2, 479, 480, 7, 1000])
    pieces = [piecewise.push(piece) for piece in np.split(sound, cuts)]
    assert np.array_equal(np.concatenate(pieces), whole)
    assert len(whole) == len(sound) * 2 // 3


@pytest.mark.parametrize(("hertz", "kept"), [(300, True), (3000, True), (6000, True), (10_500, False)])
def test_speech_passes_and_what_would_alias_does_not(hertz, kept):
    level = pcm.level_db(Downsampler().push(tone(hertz, 0.5))[100:])
    expected = pcm.level_db(tone(hertz, 0.5))
    assert abs(level - expected) < 1 if kept else level < expected - 40


def test_frames_do_not_depend_on_how_the_sound_is_cut():
    def frames(size: int):
        activity = VoiceActivity((np.mean, np.mean))
        sound = np.concatenate([tone(200, 0.3, RATE), np.zeros(RATE // 4, dtype=np.int16)])
        return [frame for start in range(0, len(sound), size) for frame in activity.push(sound[start : start + size])]

    assert frames(320) == frames(77) == frames(100_000)
    assert [frame.index for frame in frames(320)] == list(range(55))


def test_two_detectors_look_in_turns_half_a_window_apart():
    seen: list[tuple[str, float]] = []

    def detector(name):
        def look(samples):
            seen.append((name, round(samples[0] * 32768)))
            return 0.5

        return look

    VoiceActivity((detector("a"), detector("b"))).push(np.arange(10 * FRAME, dtype=np.int16))
    assert seen == [("a", 0), ("b", 256), ("a", 512), ("b", 768), ("a", 1024)]


def test_the_floor_is_the_quiet_and_the_peak_the_loudest_of_two_seconds():
    chance = np.random.default_rng(1)
    noise = (chance.normal(size=2 * RATE) * 30).astype(np.int16)
    activity = VoiceActivity((lambda _: 0.0, lambda _: 0.0))
    activity.push(noise)
    loud = activity.push(tone(300, 0.5, RATE))[-1]
    later = activity.push(np.tile(noise, 2))[-1]
    assert loud.floor_db == pytest.approx(-61, abs=3)
    assert loud.peak_db == pytest.approx(-15, abs=1)
    assert later.peak_db < -55
    assert len(activity.push(noise[: FRAME - 1])) == 0
