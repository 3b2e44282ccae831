from __future__ import annotations

import numpy as np
import pytest
from sounds import SENTENCES, spoken

from labkit import pcm
from labkit.engine.agreement import Segment
from labkit.engine.grammar import State
from labkit.engine.recogniser import (
    Recogniser,
    both_heard,
    freely_heard,
    hear_file,
    initial_cepstrum,
    is_narrow,
    speech_level,
)


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser()


def at_rate(text: str) -> pcm.Samples:
    return pcm.resample(pcm.to_samples(spoken(text, 300, 300)), pcm.SAMPLE_RATE, 16_000)


VOICE = at_rate("count to twenty")[4800:12480]


def test_a_channel_that_ends_at_4_khz_is_known():
    telephone = pcm.resample(pcm.resample(VOICE, 16_000, 8000), 8000, 16_000)
    assert is_narrow(telephone)
    assert not is_narrow(VOICE)
    assert not is_narrow(np.zeros(0, np.int16))


@pytest.mark.parametrize("text", ["hello", "count to twenty"])
def test_listed_sentences_are_heard_through_a_telephone(recogniser, text):
    recogniser.listen_for(SENTENCES)
    recogniser.forget_channel()
    sound = pcm.resample(pcm.resample(at_rate(text), 16_000, 8000), 8000, 16_000)
    recogniser.start(sound[4800:12480])
    recogniser.feed(sound)
    assert recogniser.finish().text == text


@pytest.mark.parametrize("text", SENTENCES[:3])
def test_listed_sentences_are_accepted_as_they_were_listed(text):
    listed = [sentence.capitalize() + "!" for sentence in SENTENCES]
    hearing = hear_file(pcm.to_samples(spoken(text)), listed)
    assert hearing.accepted
    assert hearing.text == text.capitalize() + "!"
    assert [word.text for word in hearing.words] == text.split()
    assert all(500 - 150 < word.start_ms < word.end_ms for word in hearing.words)


def test_others_are_declined_with_the_open_models_words():
    hearing = hear_file(pcm.to_samples(spoken("say that like a robot")), ["what time is it", "thank you", "go on"])
    assert not hearing.accepted
    assert hearing.text == hearing.open_text != ""
    assert hearing.closed_text in {"what time is it", "thank you", "go on"}


@pytest.mark.parametrize("samples", [np.zeros(0, np.int16), np.zeros(3, np.int16), np.zeros(24_000, np.int16)])
@pytest.mark.parametrize("sentences", [[], ["yes", "no"]])
def test_silence_is_nothing(samples, sentences):
    hearing = hear_file(samples, sentences)
    assert (hearing.text, hearing.accepted, hearing.words) == ("", False, ())


def test_words_that_the_dictionary_lacks_can_be_heard():
    listed = ["say that like a roebott", "close the door", "what time is it"]
    hearing = hear_file(pcm.to_samples(spoken("say that like a robot")), listed)
    assert hearing.text == "say that like a roebott"


def test_the_partial_hypothesis_knows_when_the_sentence_is_whole(recogniser):
    recogniser.listen_for(SENTENCES)
    recogniser.start(VOICE)
    sound = at_rate("count to twenty")
    recogniser.feed(sound[: len(sound) // 2])
    early = recogniser.partial().state
    recogniser.feed(sound[len(sound) // 2 :])
    late = recogniser.partial()
    assert recogniser.finish().text == "count to twenty"
    assert early in {State.PREFIX, State.OUTSIDE}
    assert (late.state, late.closed_text) == (State.TERMINAL, "count to twenty")


def test_an_abandoned_utterance_leaves_nothing_behind(recogniser):
    recogniser.listen_for(SENTENCES)
    recogniser.start(VOICE)
    recogniser.feed(at_rate("thank you"))
    recogniser.abandon()
    recogniser.start(VOICE)
    assert recogniser.finish().text == ""


def test_the_list_can_be_replaced_between_utterances(recogniser):
    for listed, accepted in ((["count to twenty"], True), (["thank you"], False), (["count to twenty", "stop"], True)):
        recogniser.listen_for(listed)
        recogniser.start(VOICE)
        recogniser.feed(at_rate("count to twenty"))
        assert recogniser.finish().accepted is accepted


def test_words_are_sure_where_the_other_decoder_has_them_too():
    closed = [Segment("go", 0, 9, 0.0), Segment("on", 10, 19, 0.0), Segment("</s>", 20, 20, 0.0)]
    opened = [Segment("go", 2, 9, 0.0, 0.95), Segment("in", 10, 15, 0.0, 0.4), Segment("on", 40, 49, 0.0, 0.99)]
    assert [(word.text, word.sure) for word in both_heard(closed, opened)] == [("go", True), ("on", False)]
    assert [(word.text, word.sure) for word in freely_heard(opened)] == [("go", True), ("in", False), ("on", True)]
    assert (both_heard(closed, opened)[1].start_ms, both_heard(closed, opened)[1].end_ms) == (100, 200)


def test_louder_voices_start_with_a_louder_channel():
    loud = (np.sin(np.arange(16_000) / 5) * 10_000).astype(np.int16)
    quiet = loud // 10
    assert speech_level(loud) == pytest.approx(speech_level(quiet) + 20, abs=0.1)
    first = [float(initial_cepstrum(speech_level(sound)).split(",")[0]) for sound in (quiet, loud)]
    assert first[0] < first[1]
    assert speech_level(np.zeros(0, np.int16)) < -50
