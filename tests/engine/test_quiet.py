from __future__ import annotations

import numpy as np

from labkit.engine.quiet import CLOSED, EDGE, FRAME, QuietCut

VOICE = (np.sin(np.arange(FRAME * 50) / 5) * 8000).astype(np.int16)


def quiet(frames: int, level: float = 2.0) -> np.ndarray:
    return (np.sin(np.arange(FRAME * frames) / 3) * level).astype(np.int16)


def test_quiet_is_cut_and_places_are_known():
    cut = QuietCut(VOICE)
    passed = cut.push(np.concatenate([quiet(30), VOICE, quiet(40), VOICE, quiet(60)]))
    assert len(passed) == len(cut.places) * FRAME == (EDGE + 50 + CLOSED + 50 + EDGE) * FRAME
    assert cut.places[0] == 30 - EDGE
    assert (cut.place(EDGE), cut.place(EDGE + 50 + CLOSED), cut.place(10**6)) == (30, 120, 169 + EDGE)


def test_a_stop_consonant_stays_whole():
    cut = QuietCut(VOICE)
    sound = np.concatenate([VOICE, quiet(8), VOICE])
    assert np.array_equal(cut.push(sound), sound)


def test_it_does_not_matter_how_the_sound_comes():
    sound = np.concatenate([quiet(30), VOICE, quiet(40), VOICE, quiet(60)])
    whole, pieces = QuietCut(VOICE), QuietCut(VOICE)
    passed = np.concatenate([pieces.push(sound[at : at + 333]) for at in range(0, len(sound), 333)])
    assert np.array_equal(passed, whole.push(sound))
    assert pieces.places == whole.places


def test_noise_before_the_voice_is_quiet():
    cut = QuietCut(VOICE)
    cut.push(np.concatenate([quiet(30, 800.0), VOICE]))
    assert cut.places[0] == 30 - EDGE


def test_where_nobody_speaks_nothing_is_left():
    cut = QuietCut(VOICE)
    assert len(cut.push(quiet(100))) == 0
    assert cut.place(3) == 3
