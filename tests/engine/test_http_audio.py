"""`/v1/audio/transcriptions` and `/v1/audio/speech`, driven by the openai SDK."""

import base64
import io
import json
from collections.abc import AsyncIterator

import numpy as np
import openai
import pytest
import soundfile
from engine.conftest import Served

from labkit import pcm, samples
from labkit.engine.ear import EarPool
from labkit.engine.hearing import Heard, Hearing
from labkit.engine.http_audio import FileEars
from labkit.engine.voice import VOICES, Voice
from labkit.errors import EngineError

MODEL = "labkit-start"


@pytest.fixture
async def client(served: Served) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(base_url=served.address, api_key=served.token, max_retries=0) as client:
        yield client


async def test_recordings_are_written_down_one_after_the_other(client) -> None:
    for name in ("what_time_is_it", "hello", "what_time_is_it"):
        heard = await client.audio.transcriptions.create(file=samples.path(name), model=MODEL)
        assert heard.text == name.replace("_", " ")
        assert heard.usage.type == "duration"
        assert heard.usage.seconds == pytest.approx(len(pcm.read(samples.path(name))) / 24_000, abs=0.001)


async def test_two_at_a_time(client) -> None:
    import asyncio

    names = ["hello", "thank_you"]
    asked = (client.audio.transcriptions.create(file=samples.path(name), model=MODEL) for name in names)
    assert [heard.text for heard in await asyncio.gather(*asked)] == ["hello", "thank you"]


@pytest.mark.parametrize(("container", "rate", "channels"), [("FLAC", 8000, 1), ("WAV", 44_100, 2), ("OGG", 24_000, 1)])
async def test_files_of_any_kind(client, container, rate, channels) -> None:
    file = io.BytesIO()
    mono = pcm.read(samples.path("hello"), rate)
    soundfile.write(file, np.stack([mono] * channels, axis=1), rate, format=container)
    heard = await client.audio.transcriptions.create(file=(f"x.{container.lower()}", file.getvalue()), model=MODEL)
    assert heard.text == "hello"


async def test_streamed_as_words_then_the_whole(client) -> None:
    stream = await client.audio.transcriptions.create(file=samples.path("what_time_is_it"), model=MODEL, stream=True)
    events = [event async for event in stream]
    assert [event.delta for event in events[:-1]] == ["what ", "time ", "is ", "it"]
    assert (events[-1].type, events[-1].text) == ("transcript.text.done", "what time is it")
    assert events[-1].usage.input_tokens == 15


async def test_as_text_and_with_the_places_of_the_words(client) -> None:
    hello = {"file": samples.path("hello"), "model": MODEL}
    assert await client.audio.transcriptions.create(**hello, response_format="text") == "hello\n"
    verbose = await client.audio.transcriptions.create(**hello, response_format="verbose_json")
    assert [word.word for word in verbose.words] == ["hello"]
    assert 0 < verbose.words[0].start < verbose.words[0].end < verbose.duration


async def test_listed_sentences_are_listened_for(client) -> None:
    spoken = await client.audio.speech.create(
        model=MODEL, voice="ash", input="The cat sat on the mat.", response_format="wav"
    )
    upload = {"file": ("x.wav", spoken.content), "model": MODEL}
    listed = await client.audio.transcriptions.create(**upload, prompt="good morning\nThe cat sat on the mat")
    assert listed.text == "The cat sat on the mat"
    by_keyword = await client.audio.transcriptions.create(**upload, keywords=["The cat sat on the mat"])
    assert by_keyword.text == "The cat sat on the mat"


async def test_silence_is_nothing(client) -> None:
    silent = io.BytesIO()
    soundfile.write(silent, np.zeros(24_000, dtype=np.int16), 24_000, format="WAV")
    heard = await client.audio.transcriptions.create(file=("x.wav", silent.getvalue()), model=MODEL)
    assert heard.text == ""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"file": ("x.wav", b"no sound")}, "is not a sound file"),
        ({"file": ("x.wav", b"")}, "is not a sound file"),
        ({"response_format": "srt"}, "json, text, verbose_json"),
        ({"language": "it"}, "hears en, es, fr, de"),
    ],
)
async def test_what_cannot_be_heard_is_said(client, change, message) -> None:
    with pytest.raises(openai.BadRequestError, match=message):
        await client.audio.transcriptions.create(**{"file": samples.path("hello"), "model": MODEL, **change})


async def test_more_than_a_minute_is_refused(client) -> None:
    long = io.BytesIO()
    soundfile.write(long, np.zeros(61 * 8000, dtype=np.int16), 8000, format="FLAC")
    with pytest.raises(openai.BadRequestError, match="longer than 60 s"):
        await client.audio.transcriptions.create(file=("x.flac", long.getvalue()), model=MODEL)


async def test_an_ear_that_dies_over_a_file_leaves_the_next_one_heard() -> None:
    pool = EarPool()
    ears = FileEars(pool)
    hello = pcm.read(samples.path("hello"))
    try:
        assert (await ears.hear(hello, ["hello"])).text == "hello"
        kept, _ = ears._kept[0]
        kept._process.kill()
        with pytest.raises(EngineError, match="send the file again"):
            await ears.hear(hello, ["hello"])
        assert (await ears.hear(hello, ["hello"])).text == "hello"
    finally:
        await pool.aclose()


async def test_half_a_file_stays_in_no_ear() -> None:
    class Ear:
        closed = False

        def configure(self, **_) -> None: ...
        def append(self, sound: bytes) -> None: ...
        def commit(self, _: str) -> None:
            self.report(Heard("file", Hearing()))

        async def drained(self) -> None:
            if self.broken:
                raise ConnectionError

        async def aclose(self) -> None:
            self.closed = True

    class Pool:
        async def acquire(self, report) -> Ear:
            ear = Ear()
            ear.report, ear.broken = report, True
            given.append(ear)
            return ear

    given: list[Ear] = []
    ears = FileEars(Pool())  # type: ignore[arg-type]
    with pytest.raises(ConnectionError):
        await ears.hear(pcm.read(samples.path("hello")), [])
    assert given[0].closed
    assert not ears._kept


async def test_every_format_is_the_same_speech(client) -> None:
    said = {"model": MODEL, "voice": "marin", "input": "Hello there."}
    raw = (await client.audio.speech.create(**said, response_format="pcm")).content
    for form in ("wav", "flac", "mp3", "opus"):
        answer = await client.audio.speech.create(**said, response_format=form)
        sound, rate = soundfile.read(io.BytesIO(answer.content))
        assert answer.response.headers["content-type"] == f"audio/{form}"
        assert len(sound) / rate == pytest.approx(len(raw) / 48_000, abs=0.1)


async def test_pcm_comes_in_pieces(client) -> None:
    stream = client.audio.speech.with_streaming_response
    asked = {"model": MODEL, "voice": "marin", "input": "One two three. Four five six.", "response_format": "pcm"}
    async with stream.create(**asked) as response:
        pieces = [piece async for piece in response.iter_bytes()]
    assert len(pieces) > 2
    assert pcm.duration_ms(b"".join(pieces)) > 1000


async def test_streamed_events_say_which_word_they_are(client) -> None:
    stream = client.audio.speech.with_streaming_response
    asked = {"model": MODEL, "voice": "marin", "input": "One two three.", "response_format": "pcm"}
    async with stream.create(**asked, stream_format="sse") as response:
        lines = [line async for line in response.iter_lines() if line.startswith("data: {")]
    events = [json.loads(line[6:]) for line in lines]
    assert [event["labkit.word"] for event in events[:-1]] == ["One ", "two ", "three."]
    assert all(len(base64.b64decode(event["audio"])) > 4800 for event in events[:-1])
    assert events[-1]["type"] == "speech.audio.done"
    assert events[-1]["usage"]["output_tokens"] > 10


async def test_speed_voice_and_style_change_the_sound(client) -> None:
    async def spoken(**change) -> bytes:
        said = {"model": MODEL, "voice": "marin", "input": "Hello there.", "response_format": "pcm", **change}
        return (await client.audio.speech.create(**said)).content

    plain = await spoken()
    assert len(await spoken(speed=2.0)) < 0.7 * len(plain)
    others = [await spoken(voice={"id": "ash"}), await spoken(instructions="Please whisper.")]
    assert len({plain, *others}) == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"voice": "nobody"}, ", ".join(VOICES)),
        ({"speed": 9}, "from 0.25 to 4.0"),
        ({"speed": "fast"}, "from 0.25 to 4.0"),
        ({"input": ""}, "1 to 4096"),
        ({"input": "a" * 5000}, "1 to 4096"),
        ({"input": 5}, "a text is needed"),
        ({"response_format": "aac"}, "is one of pcm"),
        ({"stream_format": "sse"}, "carry pcm"),
    ],
)
async def test_what_cannot_be_spoken_is_said(client, change, message) -> None:
    with pytest.raises(openai.BadRequestError, match=message):
        await client.audio.speech.create(**{"model": MODEL, "voice": "marin", "input": "Hello.", **change})


@pytest.mark.parametrize(("text", "language"), [("hola buenos días", "es"), ("good morning everybody", "en")])
async def test_one_of_several_languages_is_heard_and_named(client, text, language) -> None:
    sound = io.BytesIO()
    spoken = b"".join(word.pcm for word in Voice().speak(text, voice="shimmer", language=language))
    soundfile.write(sound, pcm.to_samples(pcm.silence(300) + spoken + pcm.silence(300)), 24_000, format="WAV")
    heard = await client.audio.transcriptions.create(
        file=("x.wav", sound.getvalue()),
        model=MODEL,
        languages=["en", "es"],
        prompt="es: hola buenos días\ngood morning everybody",
    )
    assert (heard.text, [found.code for found in heard.languages]) == (text, [language])


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ({"model": "labkit-start"}, "en"),
        ({"model": "labkit-start", "instructions": "Speak Spanish."}, "es"),
        ({"model": "labkit-interpreter"}, "es"),
        ({"model": "labkit-interpreter", "instructions": "Speak German, slow."}, "de"),
    ],
)
async def test_the_language_of_a_text(client, asked, language) -> None:
    said = "¿Dónde está la estación?"
    style = "slow" if "slow" in asked.get("instructions", "") else None
    spoken = await client.audio.speech.create(input=said, voice="cedar", response_format="pcm", **asked)
    wanted = sum(len(word.pcm) for word in Voice().speak(said, voice="cedar", language=language, style=style))
    assert len(await spoken.aread()) == pytest.approx(wanted, rel=0.01), "each language takes a time of its own"
