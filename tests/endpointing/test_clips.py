import numpy as np
import pytest

from labkit import pcm
from labkit.endpointing.clips import AFTER_MS, BEFORE_MS, Clip, can_pause, clip_of, crop, with_pause
from labkit.errors import UsageError

RANDOM = np.random.default_rng(3)


def noise(ms, level):
    return RANDOM.normal(0, level, ms * 24).astype(np.int16)


def sentence():
    """Three words with two gaps of 60 ms, after a second of quiet."""
    words = [noise(ms, 3000) for ms in (400, 300, 400)]
    gap = noise(60, 12)
    return np.concatenate([noise(1000, 12), words[0], gap, words[1], gap, words[2], noise(100, 12)])


def test_a_clip_begins_before_the_speech_and_lasts_as_long_as_the_longest_wait():
    clip = clip_of(sentence())
    assert (clip.start_ms, clip.end_ms) == (BEFORE_MS, BEFORE_MS + 1220)
    assert len(clip.sound) == (clip.end_ms + AFTER_MS) * 24


def test_what_follows_a_short_recording_is_its_rooms_noise():
    clip = clip_of(sentence())
    added = clip.sound[-1000 * 24 :]
    assert pcm.level_db(added) == pytest.approx(pcm.level_db(noise(1000, 12)), abs=2)


def test_speech_at_the_very_beginning_has_nothing_before_it():
    assert crop(noise(800, 3000), 0, 800).start_ms == 0


def test_a_pause_is_put_at_a_gap_and_moves_the_end():
    clip = clip_of(sentence())
    paused = with_pause(clip, 500, seed=0)
    assert paused.end_ms - clip.end_ms == 500
    assert len(paused.sound) - len(clip.sound) == 500 * 24
    levels = pcm.levels_db(paused.sound[clip.start_ms * 24 : paused.end_ms * 24], 240)
    runs = "".join("." if level < -50 else "#" for level in levels).split("#")
    assert max(len(run) for run in runs) >= 50


def test_the_seed_chooses_the_gap_the_same_each_time():
    clip = clip_of(sentence())
    sounds = [with_pause(clip, 300, seed).sound for seed in range(8)]
    assert all(np.array_equal(sound, with_pause(clip, 300, seed).sound) for seed, sound in enumerate(sounds))
    assert len({sound[: clip.end_ms * 24].tobytes() for sound in sounds}) > 1


def test_a_single_word_has_no_gap():
    assert not can_pause(Clip(noise(500, 3000), 0, 500))
    assert can_pause(clip_of(sentence()))


def test_silence_is_no_recording():
    with pytest.raises(UsageError, match="no sound in it"):
        clip_of(np.zeros(4800, dtype=np.int16))
