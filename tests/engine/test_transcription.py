"""Transcription sessions: what is said is written down and nothing is answered; alone, and through the openai SDK."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import openai
import pytest
from engine.conftest import Served
from engine.test_conversation import NOW, Client, hearing

from labkit import pcm, samples
from labkit.engine import conversation
from labkit.engine.hearing import Heard, Hearing, SpeechStarted, SpeechStopped

TRANSCRIBED = "conversation.item.input_audio_transcription"
WHISPER = {"model": "gpt-realtime-whisper"}


def update(**listening: Any) -> dict[str, Any]:
    return {"type": "transcription", "audio": {"input": listening}}


@pytest.fixture
def client() -> Client:
    client = Client()
    client.conversation = conversation.Conversation(client.skill, NOW, "transcription")
    client.take(client.conversation.open())
    return client


def test_the_session_shows_what_it_has_and_no_more(client: Client) -> None:
    session = client.last("session.created")["session"]
    assert set(session) == {"id", "object", "type", "expires_at", "include", "audio"}
    assert (session["type"], session["object"]) == ("transcription", "realtime.transcription_session")
    assert set(session["audio"]) == {"input"}
    assert session["audio"]["input"]["transcription"] == {"model": "gpt-transcribe"}
    client.send("session.update", session=update(transcription={"prompt": "hello there"}))
    after = client.last("session.updated")["session"]["audio"]["input"]["transcription"]
    assert after == {"model": "gpt-transcribe", "prompt": "hello there"}


def test_the_transcript_says_in_which_language_it_was_heard(client: Client) -> None:
    for heard in (Hearing("hola", accepted=True, closed_text="hola", language="es"), Hearing()):
        client.append(2000)
        client.take(client.conversation.heard(SpeechStarted(300), NOW))
        client.take(client.conversation.heard(SpeechStopped(300, 1800, 1600, heard), NOW))
        completed = client.last(f"{TRANSCRIBED}.completed")
        assert completed.get("labkit") == ({"language": "es"} if heard.text else None)


def test_a_turn_is_written_down_and_not_answered(client: Client) -> None:
    client.append(2000)
    order = client.take(client.conversation.heard(SpeechStarted(300), NOW))
    order += client.take(client.conversation.heard(SpeechStopped(300, 1800, 1600, hearing("hello")), NOW))
    assert order == [
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
        f"{TRANSCRIBED}.delta",
        f"{TRANSCRIBED}.completed",
    ]
    assert client.last(f"{TRANSCRIBED}.delta")["delta"] == client.last(f"{TRANSCRIBED}.completed")["transcript"]


def test_the_client_may_end_turns(client: Client) -> None:
    client.send("session.update", session=update(turn_detection=None, transcription=WHISPER))
    client.append(1000)
    client.send("input_audio_buffer.commit")
    item_id = client.last("input_audio_buffer.committed")["item_id"]
    order = client.take(client.conversation.heard(Heard(item_id, hearing("hello")), NOW))
    assert order == [f"{TRANSCRIBED}.delta", f"{TRANSCRIBED}.completed"]


def test_a_model_without_turn_detection_is_refused_one(client: Client) -> None:
    assert client.send("session.update", session=update(transcription=WHISPER)) == ["error"]
    assert client.last("error")["error"]["param"] == "session.audio.input.turn_detection"


def test_nothing_that_is_heard_is_no_delta(client: Client) -> None:
    client.append(2000)
    client.take(client.conversation.heard(SpeechStarted(300), NOW))
    order = client.take(client.conversation.heard(SpeechStopped(300, 1800, 1600, hearing("")), NOW))
    assert order[-2:] == ["conversation.item.done", f"{TRANSCRIBED}.completed"]


@asynccontextmanager
async def connected(served: Served) -> AsyncIterator[Any]:
    client = openai.AsyncOpenAI(api_key=served.token, base_url=served.address)
    async with client.realtime.connect(extra_query={"intent": "transcription"}) as connection:
        yield connection


async def until(connection: Any, kind: str) -> list[Any]:
    """Events up to one of this type."""
    events: list[Any] = []
    async with asyncio.timeout(60):
        while not events or events[-1].type != kind:
            events.append(await connection.recv())
    return events


async def say(connection: Any, name: str, silence_ms: int) -> None:
    sound = pcm.to_bytes(pcm.read(samples.path(name))) + pcm.silence(silence_ms)
    for chunk in pcm.chunks(sound):
        await connection.input_audio_buffer.append(audio=base64.b64encode(chunk).decode())


async def test_with_the_sdk_by_turn_detection(served: Served) -> None:
    async with connected(served) as connection:
        detection = {"type": "semantic_vad"}
        await connection.session.update(
            session=update(turn_detection=detection, noise_reduction={"type": "near_field"})
        )
        before = await until(connection, "session.updated")
        assert [event.session.type for event in before] == ["transcription", "transcription"]
        await say(connection, "hello", 1500)
        events = await until(connection, f"{TRANSCRIBED}.completed")
        assert events[-1].transcript.lower().startswith("hello")
        assert [event.type for event in events][:3] == [
            "input_audio_buffer.speech_started",
            "input_audio_buffer.speech_stopped",
            "input_audio_buffer.committed",
        ]
        await connection.response.create()
        refused = await until(connection, "error")
        assert refused[-1].error.code == "invalid_value"
        assert not any(event.type.startswith("response.") for event in refused)


async def test_with_the_sdk_by_commits(served: Served) -> None:
    async with connected(served) as connection:
        await connection.session.update(session=update(turn_detection=None, transcription=WHISPER))
        await say(connection, "hello", 100)
        await connection.input_audio_buffer.commit()
        events = await until(connection, f"{TRANSCRIBED}.completed")
        assert events[-1].transcript.lower().startswith("hello")
        assert not any("speech" in event.type for event in events)


async def test_with_the_sdk_in_another_language(served: Served) -> None:
    from labkit.engine.voice import Voice

    sentences = ["¿Dónde está la estación?", "Buenos días."]
    spoken = b"".join(word.pcm for word in Voice().speak(sentences[0], voice="echo", language="es"))
    async with connected(served) as connection:
        transcription = {"model": "gpt-transcribe", "language": "es", "prompt": "\n".join(sentences)}
        await connection.session.update(session=update(transcription=transcription))
        for chunk in pcm.chunks(pcm.silence(300) + spoken + pcm.silence(1000), 100):
            await connection.input_audio_buffer.append(audio=base64.b64encode(chunk).decode())
        events = await until(connection, f"{TRANSCRIBED}.completed")
        assert events[-1].transcript == sentences[0]
