"""The translation session: what is said when, alone; and as the openai SDK speaks with it."""

import asyncio
import base64
import json
from datetime import UTC, datetime
from typing import Any

import openai
import pytest
from engine.conftest import Served
from openai.types.realtime import RealtimeTranslationServerEvent
from pydantic import TypeAdapter

from labkit import pcm
from labkit.engine import effects
from labkit.engine.hearing import (
    EarFailed,
    Heard,
    HeardSoFar,
    Hearing,
    SpeechContinued,
    SpeechStarted,
    SpeechStopped,
    Word,
)
from labkit.engine.translation import Translation

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SERVER_EVENT: TypeAdapter[Any] = TypeAdapter(RealtimeTranslationServerEvent)
WORDS = (Word("how", 0, 200, True), Word("are", 200, 300, True), Word("you", 300, 450, True))
HOW = Hearing("How are you?", True, "how are you", "how are you", 90.0, WORDS)
MORNING = Hearing("Good morning!", True, "good morning", "good morning", 90.0)
UNKNOWN = Hearing("purple moon", False, "good morning", "purple moon", 5.0)
TRANSCRIBED = {"input": {"transcription": {"model": "gpt-realtime-whisper", "language": "en"}}}


class Client:
    """A translation whose voice speaks two words, each with 100 ms of sound, for every text."""

    def __init__(self, audio: dict[str, Any] | None = None) -> None:
        self.translation = Translation("gpt-realtime-translate", NOW)
        self.events: list[dict[str, Any]] = []
        self.effects: list[Any] = []
        self.take(self.translation.open())
        self.send("session.update", session={"audio": audio or TRANSCRIBED})

    def take(self, out: list[Any]) -> None:
        for what in out:
            if isinstance(what, dict):
                SERVER_EVENT.validate_python(what)
                self.events.append(what)
                continue
            self.effects.append(what)
            if isinstance(what, effects.Speak):
                for text in ("one ", "two"):
                    self.take(self.translation.spoke(what.response_id, text, pcm.silence(100), NOW))
                self.take(self.translation.finished(what.response_id, NOW))

    def send(self, kind: str, **fields: Any) -> None:
        self.take(self.translation.receive(json.dumps({"type": kind, **fields}), NOW))

    def hear(self, *reports: Any) -> None:
        for report in reports:
            self.take(self.translation.heard(report, NOW))

    def phrase(self, hearing: Hearing, start_ms: int = 1000, end_ms: int = 1650) -> None:
        self.hear(SpeechStarted(start_ms), SpeechStopped(start_ms, end_ms, end_ms - 100, hearing))

    @property
    def spoken(self) -> list[str]:
        return [effect.text for effect in self.effects if isinstance(effect, effects.Speak)]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == kind]

    @property
    def written(self) -> str:
        return "".join(event["delta"] for event in self.of("session.output_transcript.delta"))


def test_a_phrase_is_written_down_word_by_word_and_said_in_the_other_language() -> None:
    client = Client()
    client.phrase(HOW)
    heard = client.of("session.input_transcript.delta")
    assert [event["delta"] for event in heard] == ["How", " are", " you?"]
    assert [event["elapsed_ms"] for event in heard] == [1200, 1200, 1400]
    assert heard[1]["labkit"] == {"start_ms": 1200, "end_ms": 1300, "language": "en"}
    assert client.spoken == ["¿Cómo está usted?"]
    sound = client.of("session.output_audio.delta")
    assert [(event["elapsed_ms"], event["labkit"]["certain_ms"]) for event in sound] == [(1600, 1650), (1600, 1650)]
    assert base64.b64decode(sound[0]["delta"]) == pcm.silence(100)


def test_the_next_translation_comes_after_the_one_that_sounds() -> None:
    client = Client()
    client.phrase(HOW, 0, 500)
    client.phrase(MORNING, 550, 600)
    places = [event["elapsed_ms"] for event in client.of("session.output_audio.delta")]
    assert places == [400, 600, 600, 800]
    assert client.written == "one two one two"


def test_what_is_not_in_the_book_is_said_in_brackets_and_not_spoken() -> None:
    client = Client()
    client.phrase(UNKNOWN)
    assert client.spoken == []
    assert client.written == "[no está en el libro de frases]"
    client.phrase(Hearing())
    assert client.written.count("[") == 1


def test_the_target_language_is_passed_over() -> None:
    client = Client({"input": {"transcription": {"model": "x", "languages": ["en", "es"]}}})
    client.phrase(Hearing("¡Hola!", True, "hola", "", 90.0, language="es"))
    assert (client.spoken, client.written) == ([], "")
    assert client.of("session.input_transcript.delta")[0]["delta"] == "¡Hola!"


def test_a_phrase_is_said_before_its_end_once_no_other_can_follow() -> None:
    client = Client()
    client.hear(SpeechStarted(1000))
    for words in ("how", "how are"):  # the last word may not be over
        client.take(client.translation.so_far(words, "en", 1200))
    assert client.spoken == []
    client.take(client.translation.so_far("how are you", "en", 1500))
    client.take(client.translation.so_far("how are you", "en", 1600))
    assert client.spoken == ["¿Cómo está usted?"]
    client.hear(SpeechStopped(1000, 1700, 1600, HOW))
    assert client.spoken == ["¿Cómo está usted?"]


def test_the_ear_is_asked_for_words_before_the_end() -> None:
    client = Client()
    assert client.effects[-1].so_far
    client.hear(SpeechStarted(0), HeardSoFar(500, "how are you", "en"))
    assert client.spoken == ["¿Cómo está usted?"]


def test_what_was_said_too_early_is_corrected_or_called_uncertain() -> None:
    client = Client()
    for hearing in (MORNING, UNKNOWN):
        client.hear(SpeechStarted(1000))
        client.take(client.translation.so_far("how are you", "en", 1500))
        client.hear(SpeechStopped(1000, 1700, 1600, hearing))
    assert client.spoken == ["¿Cómo está usted?", "Corrección: ¡Buenos días!", "¿Cómo está usted?"]
    assert client.written.endswith(" [no es seguro]")


def test_a_phrase_that_goes_on_is_not_said_twice() -> None:
    client = Client()
    client.phrase(HOW)
    client.hear(SpeechContinued(1000), SpeechStopped(1000, 2600, 2500, HOW))
    assert client.spoken == ["¿Cómo está usted?"]
    assert len(client.of("session.input_transcript.delta")) == 3


def test_the_ear_listens_for_all_languages_but_the_target_unless_one_is_named() -> None:
    client = Client()
    assert [*client.effects[-1].sentences] == ["en"]
    client.send(
        "session.update", session={"audio": {"input": {"transcription": None}, "output": {"language": "fr-CA"}}}
    )
    assert client.of("session.updated")[-1]["session"]["audio"]["output"] == {"language": "fr"}
    assert [*client.effects[-1].sentences] == ["en", "es", "de"]
    client.phrase(HOW)
    assert client.of("session.input_transcript.delta") == []
    assert client.spoken == ["Comment allez-vous ?"]


@pytest.mark.parametrize(
    ("event", "code", "param"),
    [
        ({"type": "response.create"}, "invalid_value", "type"),
        ({"type": "session.update", "session": {"voice": "marin"}}, "unknown_parameter", "session.voice"),
        (
            {"type": "session.update", "session": {"audio": {"output": {"language": "ja"}}}},
            "invalid_value",
            "session.audio.output.language",
        ),
        (
            {
                "type": "session.update",
                "session": {"audio": {"input": {"transcription": {"model": "x", "language": 7}}}},
            },
            "invalid_type",
            "session.audio.input.transcription.language",
        ),
        (
            {
                "type": "session.update",
                "session": {"audio": {"input": {"transcription": {"model": "x", "language": "zh"}}}},
            },
            "invalid_value",
            "session.audio.input.transcription.language",
        ),
        ({"type": "session.input_audio_buffer.append", "audio": "!"}, "invalid_value", "audio"),
    ],
)
def test_what_cannot_be_is_refused(event: dict[str, Any], code: str, param: str) -> None:
    client = Client()
    before = client.of("session.updated")[-1]["session"]
    client.take(client.translation.receive(json.dumps({**event, "event_id": "mine"}), NOW))
    error = client.of("error")[-1]["error"]
    assert (error["code"], error["param"], error["event_id"]) == (code, param, "mine")
    client.send("session.update", session={})
    assert client.of("session.updated")[-1]["session"] == before


def test_closing_says_what_is_left_first() -> None:
    client = Client()
    client.hear(SpeechStarted(1000))
    client.send("session.close")
    assert client.effects[-1] == effects.CommitEar("close")
    client.send("session.input_audio_buffer.append", audio="AAAA")
    assert client.of("error")[-1]["error"]["code"] == "session_closing"
    client.hear(Heard("close", HOW))
    assert client.spoken == ["¿Cómo está usted?"]
    assert [event["type"] for event in client.events][-1] == "session.closed"
    assert len(client.of("session.closed")) == 1


def test_an_ear_or_a_voice_that_fails_is_said_and_the_session_goes_on() -> None:
    client = Client()
    client.hear(EarFailed("it died"))
    assert client.of("error")[-1]["error"]["code"] == "ear_failed"
    assert isinstance(client.effects[-1], effects.ConfigureEar)
    speak = client.translation._output.say("Hola", "es", 0)[0]
    client.take(client.translation.failed(speak, RuntimeError("no voice"), NOW))
    assert client.of("error")[-1]["error"]["type"] == "server_error"
    client.phrase(HOW)
    assert client.spoken == ["¿Cómo está usted?"]


# -- over the socket ---------------------------------------------------------------------------------------------


async def test_with_the_sdk(served: Served) -> None:
    from labkit.engine.voice import Voice

    spoken = b"".join(word.pcm for word in Voice().speak("How are you?", voice="echo"))
    client = openai.AsyncOpenAI(api_key=served.token, base_url=served.address)
    async with client.realtime.translations.connect(model="gpt-realtime-translate") as connection:
        assert (await connection.recv()).type == "session.created"
        await connection.session.update(session={"audio": TRANSCRIBED})  # type: ignore[typeddict-item]
        for chunk in pcm.chunks(pcm.silence(500) + spoken + pcm.silence(800), 200):
            await connection.session.input_audio_buffer.append(audio=base64.b64encode(chunk).decode())
        await connection.session.close()
        async with asyncio.timeout(30):
            events = [event async for event in connection]
    for event in events:
        SERVER_EVENT.validate_python(event.to_dict())
    said = "".join(event.delta for event in events if event.type == "session.output_transcript.delta")
    assert said == "¿Cómo está usted?"
    sound = b"".join(base64.b64decode(e.delta) for e in events if e.type == "session.output_audio.delta")
    assert pcm.duration_ms(sound) > 500
    assert events[-1].type == "session.closed"


async def test_a_wrong_token_is_refused(served: Served) -> None:
    from websockets.exceptions import InvalidStatus

    client = openai.AsyncOpenAI(api_key="wrong", base_url=served.address)
    with pytest.raises(InvalidStatus, match="401"):
        await client.realtime.translations.connect(model="gpt-realtime-translate").enter()
