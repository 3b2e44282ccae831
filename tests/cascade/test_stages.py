"""The three requests of a cascade, against servers that answer them in their own ways."""

import base64
import contextlib
import io
import json
import wave
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import openai
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from labkit import pcm
from labkit.cascade.stages import Models, Speaker, Stages, Written
from labkit.engines import Target
from labkit.errors import ConnectError, LabkitError, ServerError

SOUND = pcm.silence(300)


@contextlib.asynccontextmanager
async def talking_to(path: str, answer: Any, *, streamed: bool) -> AsyncIterator[tuple[Stages, list[Any]]]:
    """Stages whose server answers one path; what it was sent is kept."""
    sent: list[Any] = []

    async def endpoint(request: Request) -> Response:
        if request.headers["content-type"].startswith("multipart"):
            form = await request.form()
            sent.append({name: value if isinstance(value, str) else await value.read() for name, value in form.items()})
        else:
            sent.append(json.loads(await request.body()))
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Response) else answer()

    transport = httpx2.ASGITransport(Starlette(routes=[Route(path, endpoint, methods=["POST"])]))
    client = openai.AsyncOpenAI(
        base_url="http://lab.example/v1",
        api_key="k",
        max_retries=0,
        http_client=httpx2.AsyncClient(transport=transport),
    )
    stages = Stages(client, Target("other", "http://lab.example/v1", "m", "k"), {}, streamed=streamed)
    yield stages, sent
    await stages.aclose()


def sse(*events: Any) -> Response:
    lines = [f"data: {event if isinstance(event, str) else json.dumps(event)}\n\n" for event in events]
    return StreamingResponse(iter(lines), media_type="text/event-stream")


async def test_a_recording_goes_out_as_a_wav_file() -> None:
    usage = {"type": "duration", "seconds": 0.3}
    answer = JSONResponse({"text": " hola ", "usage": usage, "languages": [{"code": "es"}]})
    async with talking_to("/v1/audio/transcriptions", answer, streamed=False) as (stages, sent):
        hints = {"prompt": "hello", "languages": ["en", "es"]}
        assert await stages.transcribe("m", SOUND, hints) == Written("hola", usage, "es")
    assert (sent[0]["model"], sent[0]["prompt"], sent[0]["languages[]"]) == ("m", "hello", "es")
    with wave.open(io.BytesIO(sent[0]["file"])) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (24_000, 1, 2)
        assert file.readframes(file.getnframes()) == SOUND


async def test_a_transcription_may_come_in_words() -> None:
    usage = {"type": "tokens", "input_tokens": 3, "output_tokens": 2, "total_tokens": 5}
    deltas = [{"type": "transcript.text.delta", "delta": word} for word in ("he", "llo")]
    done = {"type": "transcript.text.done", "text": "Hello.", "usage": usage}
    async with talking_to("/v1/audio/transcriptions", sse(*deltas, done), streamed=True) as (stages, sent):
        assert await stages.transcribe("m", SOUND, {}) == Written("Hello.", usage)
    assert sent[0]["stream"] == "true"
    async with talking_to("/v1/audio/transcriptions", sse(*deltas), streamed=True) as (stages, _):
        assert await stages.transcribe("m", SOUND, {}) == Written("hello")


async def test_an_answer_whole_and_in_tokens() -> None:
    counted = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    head = {"id": "c", "created": 0, "model": "m"}
    message = {"role": "assistant", "content": "Hi there"}
    whole = JSONResponse(
        {
            **head,
            "object": "chat.completion",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": counted,
        }
    )
    usage: dict[str, Any] = {}
    async with talking_to("/v1/chat/completions", whole, streamed=False) as (stages, sent):
        asked = [{"role": "user", "content": "x"}]
        assert [token async for token in stages.think("m", asked, usage)] == ["Hi there"]
    assert sent == [{"model": "m", "messages": asked}]
    assert usage == counted

    chunk = {**head, "object": "chat.completion.chunk"}
    deltas = [{"role": "assistant", "content": ""}, {"content": "Hi"}, {"content": " there"}, {}]
    chunks = [{**chunk, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    told = sse(*chunks, {**chunk, "choices": [], "usage": counted}, "[DONE]")
    usage = {}
    async with talking_to("/v1/chat/completions", told, streamed=True) as (stages, _):
        assert [token async for token in stages.think("m", [], usage)] == ["Hi", " there"]
    assert usage == counted


async def spoken(answer: Any, *, streamed: bool, speed: float = 1.0, language: str = "") -> list[tuple[str, bytes]]:
    async with talking_to("/v1/audio/speech", answer, streamed=streamed) as (stages, sent):
        said = [word async for word in stages.speak("m", "Hello out there.", Speaker("marin", speed, language))]
    assert (sent[0]["response_format"], sent[0]["voice"]) == ("pcm", "marin")
    assert sent[0].get("speed", 1.0) == speed
    assert sent[0].get("instructions", "") == (f"Speak {language}." if language else "")
    return said


@pytest.mark.parametrize("streamed", [False, True])
async def test_words_are_laid_over_sound_in_odd_pieces(streamed: bool) -> None:
    pieces = [SOUND[:1001], SOUND[1001:1002], SOUND[1002:]]
    said = await spoken(
        lambda: StreamingResponse(iter(pieces), media_type="audio/pcm"),
        streamed=streamed,
        speed=1.5,
        language="English",
    )
    assert "".join(word for word, _ in said) == "Hello out there."
    assert b"".join(sound for _, sound in said) == SOUND
    assert all(len(sound) % 2 == 0 for _, sound in said)


@pytest.mark.parametrize("streamed", [False, True])
async def test_words_are_exact_where_the_server_names_them(streamed: bool) -> None:
    words = [("Hello ", pcm.silence(100)), ("out ", pcm.silence(50)), ("there.", pcm.silence(70))]
    delta = {"type": "speech.audio.delta"}
    events = [{**delta, "labkit.word": word, "audio": base64.b64encode(sound).decode()} for word, sound in words]
    assert await spoken(sse(*events, {"type": "speech.audio.done"}), streamed=streamed) == words


@pytest.mark.parametrize("streamed", [False, True])
async def test_events_without_words_are_sound(streamed: bool) -> None:
    event = {"type": "speech.audio.delta", "audio": base64.b64encode(SOUND).decode()}
    said = await spoken(sse(event, {"type": "speech.audio.done"}, "[DONE]"), streamed=streamed)
    assert "".join(word for word, _ in said) == "Hello out there."
    assert b"".join(sound for _, sound in said) == SOUND


def failing(status: int, message: str) -> Response:
    return JSONResponse({"error": {"message": message, "type": "x", "code": None, "param": None}}, status)


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(
    ("path", "answer", "kind", "message"),
    [
        ("/v1/other", failing(200, ""), ConnectError, r"lab.example has no /.*: a cascade needs /audio/transcriptions"),
        (None, failing(404, "No such model."), ConnectError, r"\(No such model\)"),
        (None, failing(429, "Slow down."), ServerError, "with status 429: Slow down$"),
        (None, failing(500, "Oh."), ServerError, "with status 500: Oh$"),
        (None, httpx2.ReadError("gone"), ConnectError, "did not answer as it should"),
        (None, JSONResponse([]), LabkitError, "as it should|empty"),
        (None, lambda: sse("{"), LabkitError, "as it should|empty"),
        (None, lambda: sse({"error": {"message": "Broke."}}), LabkitError, "Broke|as it should|empty"),
    ],
)
async def test_what_goes_wrong_is_a_sentence(path, answer, kind, message, streamed) -> None:
    async def transcribe(stages: Stages) -> None:
        if not (await stages.transcribe("m", SOUND, {})).text:
            raise LabkitError("empty")

    async def think(stages: Stages) -> None:
        if not [token async for token in stages.think("m", [], {})]:
            raise LabkitError("empty")

    async def speak(stages: Stages) -> None:
        if not [sound async for _, sound in stages.speak("m", "Hi.", Speaker("marin")) if sound]:
            raise LabkitError("empty")

    stages_of = {"/v1/audio/transcriptions": transcribe, "/v1/chat/completions": think, "/v1/audio/speech": speak}
    for own, stage in stages_of.items():
        if own == "/v1/audio/speech" and getattr(answer, "body", None) == b"[]":
            continue  # two bytes are a sample
        async with talking_to(path or own, answer, streamed=streamed) as (stages, _):
            with pytest.raises(kind, match=message):
                await stage(stages)


def test_models_are_named_once() -> None:
    assert str(Models("a", "b", "c")) == "a + b + c"
    assert str(Models("a", "a", "a")) == "a"
