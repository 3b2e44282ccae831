from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from sounds import SENTENCES
from sounds import spoken as recorded

from labkit import pcm
from labkit.engine.foreign_recogniser import ForeignRecogniser
from labkit.engine.grammar import State, normalise
from labkit.engine.hearing import Hearing, SpeechStopped
from labkit.engine.listener import Listener
from labkit.engine.polyglot import Polyglot
from labkit.engine.voice import Voice
from labkit.engine.voice_activity import silero

VOICE = "shimmer"
"""A voice with which nothing was tuned."""
LISTED = {
    "es": ["¡Hola!", "¿Dónde está la estación?", "Quiero un café con leche.", "La cuenta, por favor.", "No entiendo.",
           "¿A qué hora sale el tren?", "He perdido mi pasaporte.", "Muchas gracias.", "Gire a la derecha."],
    "fr": ["Bonjour !", "Où est la gare ?", "Je voudrais un café au lait.", "L'addition, s'il vous plaît.",
           "Je ne comprends pas.", "À quelle heure part le train ?", "J'ai perdu mon passeport.", "Merci beaucoup."],
    "de": ["Hallo!", "Wo ist der Bahnhof?", "Ich möchte einen Kaffee mit Milch.", "Die Rechnung, bitte.",
           "Ich verstehe nicht.", "Wann fährt der Zug ab?", "Ich habe meinen Pass verloren.", "Vielen Dank."],
}  # fmt: skip
UNLISTED = {
    "es": "Mi abuelo trabajaba en una fábrica.",
    "fr": "Mon grand-père travaillait dans une usine.",
    "de": "Mein Großvater arbeitete in einer Fabrik.",
}


@cache
def spoken(text: str, language: str, tail_ms: int = 300) -> bytes:
    words = Voice().speak(text, voice=VOICE, language=language)
    return pcm.silence(300) + b"".join(word.pcm for word in words) + pcm.silence(tail_ms)


def at_rate(sound: bytes) -> pcm.Samples:
    return pcm.resample(pcm.to_samples(sound), pcm.SAMPLE_RATE, 16_000)


def hear(recogniser, sound: bytes) -> Hearing:
    samples = at_rate(sound)
    recogniser.start(samples[4800:12480])
    recogniser.feed(samples)
    return recogniser.finish()


@pytest.fixture(scope="module", params=list(LISTED))
def ear(request) -> ForeignRecogniser:
    recogniser = ForeignRecogniser()
    recogniser.listen_for({request.param: LISTED[request.param]})
    return recogniser


def originals(ear: ForeignRecogniser) -> dict[str, str]:
    return {normalise(text, ear.language): text for text in LISTED[ear.language]}


@pytest.fixture(scope="module")
def polyglot() -> Polyglot:
    return Polyglot()


def test_listed_sentences_are_heard_as_they_were_listed(ear):
    texts = LISTED[ear.language]
    found = [hear(ear, spoken(text, ear.language)) for text in texts]
    assert [originals(ear)[hearing.closed_text] for hearing in found] == texts
    accepted = [hearing for hearing in found if hearing.accepted]
    assert len(accepted) >= len(texts) - 3
    for hearing in accepted:
        assert (hearing.text, hearing.language) == (originals(ear)[hearing.closed_text], ear.language)
        assert " ".join(word.text for word in hearing.words) == hearing.closed_text
        assert hearing.words[0].start_ms >= 150


def test_others_are_declined_and_the_nearest_is_told(ear):
    hearing = hear(ear, spoken(UNLISTED[ear.language], ear.language))
    assert (hearing.text, hearing.accepted, hearing.words) == ("", False, ())
    assert hearing.closed_text in {"", *originals(ear)}


def test_silence_is_nothing(ear):
    assert hear(ear, pcm.silence(1000)).text == ""


def test_where_nothing_is_listed_nothing_is_heard():
    deaf = ForeignRecogniser()
    for listed in ([], ["你好"]):
        deaf.listen_for({"es": listed})
        heard = hear(deaf, spoken(UNLISTED["es"], "es"))
        assert (heard.text, heard.closed_text, heard.accepted) == ("", "", False)
        assert deaf.partial().state is State.PREFIX


def test_the_partial_hypothesis_knows_when_the_sentence_is_whole(ear):
    text = LISTED[ear.language][2]
    samples = at_rate(spoken(text, ear.language))
    ear.start(samples[4800:12480])
    ear.feed(samples[: len(samples) // 2])
    early = ear.partial().state
    ear.feed(samples[len(samples) // 2 :])
    late = ear.partial()
    ear.abandon()
    assert early in {State.PREFIX, State.OUTSIDE}
    assert (late.state, originals(ear)[late.closed_text]) == (State.TERMINAL, text)
    assert late.agreement >= 45


def test_a_turn_ends_soon_after_a_whole_sentence(ear):
    polyglot, events = Polyglot(), []
    listener = Listener(polyglot, (silero(), silero()), events.append)
    listener.configure({ear.language: LISTED[ear.language]}, {"type": "semantic_vad"})
    text = LISTED[ear.language][5]
    for chunk in pcm.chunks(spoken(text, ear.language, 1500)):
        listener.append(chunk)
    stopped = events[-1]
    assert isinstance(stopped, SpeechStopped)
    assert (stopped.hearing.text, stopped.hearing.language) == (text, ear.language)
    assert stopped.audio_end_ms - stopped.last_voiced_ms <= 400


@pytest.mark.parametrize("foreign", ["es", "fr", "de"])
def test_of_two_languages_the_one_that_is_spoken_is_heard(polyglot, foreign):
    polyglot.listen_for({"en": SENTENCES, foreign: LISTED[foreign]})
    for text in LISTED[foreign][2:5]:
        hearing = hear(polyglot, spoken(text, foreign))
        assert hearing.language == foreign
        assert hearing.text in {text, ""}
    for text in SENTENCES[:3]:
        hearing = hear(polyglot, recorded(text, 300, 300))
        assert (hearing.text, hearing.language) == (text, "en")


def test_english_alone_is_heard_as_ever(polyglot):
    polyglot.listen_for({"es": LISTED["es"]})
    polyglot.listen_for(SENTENCES)
    hearing = hear(polyglot, recorded(SENTENCES[1], 300, 300))
    assert (hearing.text, hearing.accepted, hearing.language) == (SENTENCES[1], True, "en")
    assert polyglot.partial().closed_text == SENTENCES[1]
    assert polyglot.active
    polyglot.abandon()
    assert not polyglot.active


def test_loud_and_quiet_voices_are_the_same(ear):
    text = LISTED[ear.language][1]
    quiet = pcm.to_bytes((pcm.to_samples(spoken(text, ear.language)) * 0.1).astype(np.int16))
    assert originals(ear)[hear(ear, quiet).closed_text] == text
