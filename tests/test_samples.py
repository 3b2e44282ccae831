from __future__ import annotations

import numpy as np
import pytest
import soundfile

from labkit import pcm, samples
from labkit.engine.skills import find
from labkit.errors import UsageError

RECORDINGS = [name for name in samples.names() if samples.path(name).suffix == ".wav"]


def test_an_unknown_name_is_refused_with_all_names():
    with pytest.raises(UsageError, match="what_time_is_it"):
        samples.path("nothing")


@pytest.mark.parametrize("name", ["../samples/hello", "hello.wav", "", "__init__"])
def test_a_name_is_not_a_file_path(name):
    with pytest.raises(UsageError):
        samples.path(name)


@pytest.mark.parametrize("name", RECORDINGS)
def test_a_recording_is_small_16_khz_mono_speech_after_a_quiet_lead(name):
    file = samples.path(name)
    information = soundfile.info(file)
    assert (information.samplerate, information.channels) == (16_000, 1)
    assert file.stat().st_size < 100_000
    speech = pcm.read(file)
    assert -75 < pcm.level_db(speech[: 280 * 24]) < -60
    assert pcm.level_db(speech) > -28
    assert np.max(np.abs(speech)) < 32_000


@pytest.mark.parametrize("name", RECORDINGS)
def test_a_recording_says_what_the_first_skill_understands(name):
    assert name.replace("_", " ") in find("labkit-start").sentences()


def test_the_engine_understands_every_recording():
    pytest.importorskip("pocketsphinx")
    from labkit.engine.ear import hear_file

    sentences = find("labkit-start").sentences()
    heard = {name: hear_file(pcm.read(samples.path(name)), sentences) for name in RECORDINGS}
    assert {name: hearing.text for name, hearing in heard.items()} == {n: n.replace("_", " ") for n in RECORDINGS}
    assert all(hearing.accepted for hearing in heard.values())
