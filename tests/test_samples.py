from __future__ import annotations

import numpy as np
import pytest
import soundfile
import still_lifes
from PIL import Image

from labkit import images, pcm, samples
from labkit.bench.phrases import Ear
from labkit.engine.skills import find
from labkit.errors import UsageError
from labkit.lessons import TUTOR
from labkit.phrases import BOOK

RECORDINGS = [name for name in samples.names() if samples.path(name).suffix == ".wav"]
SENTENCES = [*find("labkit-start").sentences(), *TUTOR.expect]


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
def test_a_recording_says_what_a_skill_understands(name):
    assert name.replace("_", " ") in SENTENCES


def test_the_engine_understands_every_recording():
    pytest.importorskip("pocketsphinx")
    from labkit.engine.ear import hear_file

    heard = {name: hear_file(pcm.read(samples.path(name)), SENTENCES) for name in RECORDINGS}
    assert {name: hearing.text for name, hearing in heard.items()} == {n: n.replace("_", " ") for n in RECORDINGS}
    assert all(hearing.accepted for hearing in heard.values())


@pytest.mark.parametrize("name", [*samples.PAIR, *samples.TALK])
def test_a_sentence_of_a_lesson_is_small_16_khz_mono_speech(name):
    file = samples.path(name)
    information = soundfile.info(file)
    assert (information.samplerate, information.channels) == (16_000, 1)
    assert file.stat().st_size < 30_000
    speech = pcm.read(file)
    assert pcm.level_db(speech[: 250 * 24]) < -60
    assert -28 < pcm.level_db(speech) < -15


def test_every_recording_is_the_learner_s_or_of_a_lesson():
    spoken = {name for name in samples.names() if samples.path(name).suffix == ".ogg"}
    assert spoken == {*samples.PAIR, *samples.TALK}


@pytest.mark.parametrize(("language", "text"), samples.PAIR.values())
def test_what_the_pair_says_is_in_the_phrase_book(language, text):
    assert BOOK.match(text, language)


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_pair_is_heard_right_among_all_phrases_of_its_language(language):
    pytest.importorskip("pocketsphinx")
    ear = Ear({language: BOOK.sentences(language)})
    for name, (spoken, text) in samples.PAIR.items():
        if spoken == language:
            hearing = ear.hear(pcm.read(samples.path(name)))
            assert (hearing.text, hearing.accepted) == (text, True)


def test_the_talk_is_heard_right_among_what_else_a_learner_says():
    pytest.importorskip("pocketsphinx")
    ear = Ear({"en": [*find("labkit-start").sentences(), *samples.TALK.values()]})
    for name, text in samples.TALK.items():
        hearing = ear.hear(pcm.read(samples.path(name)))
        assert (hearing.text, hearing.accepted) == (text, True)


@pytest.mark.parametrize("name", [name for name in samples.names() if name.startswith("board_")])
def test_a_board_is_a_small_picture_of_640_x_480(name):
    file = samples.path(name)
    assert images.size(file.read_bytes()) == (640, 480)
    assert file.stat().st_size < 40_000


@pytest.mark.parametrize("name", ["coffee", "ball"])
def test_a_still_life_is_the_picture_that_the_script_draws(name):
    file = samples.path(name)
    assert images.size(file.read_bytes()) == (640, 480)
    assert file.stat().st_size <= 30_000
    drawn = np.asarray(getattr(still_lifes, name)(), dtype=float)
    assert np.abs(drawn - np.asarray(Image.open(file), dtype=float)).mean() < 4
