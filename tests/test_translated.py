"""Phrases, latencies and the table of words, from sound that was sent and events that came."""

from typing import Any

import numpy as np
import pytest

from labkit import pcm
from labkit.translated import Phrases, Row, Translated


def tone(ms: int, amplitude: int = 6000) -> bytes:
    return pcm.to_bytes((np.sin(np.arange(ms * 24) / 10) * amplitude).astype(np.int16))


def delta(kind: str, text: str = "", **fields: Any) -> dict[str, Any]:
    return {"type": f"session.{kind}.delta", "delta": text, **fields}


def heard(*parts: bytes) -> Translated:
    translated = Translated()
    for part in parts:
        translated.phrases.add(part)
    return translated


def test_sound_is_parted_into_phrases_by_its_pauses() -> None:
    phrases = Phrases()
    for part in (pcm.silence(300), tone(400), pcm.silence(200), tone(300), pcm.silence(700), tone(500)):
        phrases.add(part)
    assert [(phrase.begin_ms, phrase.end_ms) for phrase in phrases.utterances] == [(300, 1200), (1900, None)]
    assert phrases.position_ms == 2400


def test_a_click_and_a_quiet_room_are_no_phrase() -> None:
    phrases = Phrases()
    for part in (tone(300, 60), tone(30), pcm.silence(800)):
        phrases.add(part)
    assert phrases.utterances == []


def test_our_engines_deltas_give_every_word_its_place() -> None:
    translated = heard(pcm.silence(100), tone(600), pcm.silence(900))
    for word, start, end in (("Good", 110, 350), (" morning!", 350, 700)):
        exact = {"start_ms": start, "end_ms": end}
        translated.transcript(delta("input_transcript", word, elapsed_ms=200, labkit=exact), 900)
    for word, at_ms in (("¡Buenos ", 650.0), ("días!", 1050.0)):
        certain = {"elapsed_ms": 600, "labkit": {"certain_ms": 650}}
        translated.transcript(delta("output_transcript", word, **certain), 900)
        translated.sounded(delta("output_audio", **certain), tone(400), at_ms)
    (phrase,) = translated.phrases.utterances
    assert phrase.latency_ms == -50
    assert repr(phrase) == "<'Good morning!' → '¡Buenos días!', -50 ms after its end>"
    assert translated.rows == [
        Row("Good", 110, 350, "¡Buenos", 650, 1050),
        Row("morning!", 350, 700, "días!", 1050, 1450),
    ]
    assert (translated.heard, translated.said) == ("Good morning!", "¡Buenos días!")


def test_a_server_that_says_less_is_taken_at_its_word() -> None:
    translated = heard(pcm.silence(100), tone(600), pcm.silence(600), tone(600), pcm.silence(600))
    translated.transcript(delta("output_transcript", "Hola", elapsed_ms=800), 2000)
    translated.sounded(delta("output_audio", elapsed_ms=800), tone(400), 2100)
    translated.sounded(delta("output_audio", elapsed_ms=None), tone(400), 2500)
    first, second = translated.phrases.utterances
    assert (first.latency_ms, second.latency_ms) == (1400, 600)
    assert translated.rows[0] == Row("", None, None, "Hola", 800, None)


def test_the_stream_is_silent_where_nothing_was_said() -> None:
    translated = heard(tone(600))
    translated.sounded(delta("output_audio"), tone(100), 250)
    stream = translated.stream
    assert len(stream) == 350 * 24
    assert not stream[: 250 * 24].any()
    assert stream[250 * 24 :] == pytest.approx(pcm.to_samples(tone(100)))
    assert len(Translated().stream) == 0


def test_a_loudspeaker_corrects_when_it_was_heard() -> None:
    translated = heard(tone(600), pcm.silence(600))
    certain = {"labkit": {"certain_ms": 600}}
    translated.transcript(delta("output_transcript", "Hola", **certain), 700)
    translated.sounded(delta("output_audio", **certain), tone(400), 700)
    assert translated.number_of(delta("output_audio", **certain), 700) == 0
    translated.started(0, 760)
    assert translated.phrases.utterances[0].latency_ms == 160
    assert translated.rows == [Row("", None, None, "Hola", 760, 1160)]
    translated.started(-1, 900)
