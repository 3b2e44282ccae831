"""`/v1/audio/transcriptions` and `/v1/audio/speech`: the engine's ear and voice for whole files and texts."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Iterator

from starlette.concurrency import iterate_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

from labkit import pcm
from labkit.engine import settings, skills
from labkit.engine.ear import Ear, EarPool
from labkit.engine.grammar import ENGLISH, LANGUAGES, Listed
from labkit.engine.hearing import EarEvent, EarFailed, Heard, Hearing
from labkit.engine.http_api import Fields, RequestError, encoded, event_stream, fields_of, text_of
from labkit.engine.turn_taking import LONGEST_TURN_MS
from labkit.engine.voice import DEFAULT_VOICE, STYLES, SpokenWord, Voice, tokens
from labkit.errors import EngineError
from labkit.tokens import ANSWER_MS_PER_TOKEN, USER_MS_PER_TOKEN
from labkit.tokens import of_text as text_tokens

LONGEST_TEXT = 4096
"""Characters that are spoken in one request: the API's own limit."""
SLOWEST, FASTEST = 0.25, 4.0
"""The API's limits of `speed`."""
FORMATS = {"mp3": ("MP3", None), "flac": ("FLAC", None), "opus": ("OGG", "OPUS"), "wav": ("WAV", "PCM_16")}
"""Formats of speech beside `pcm`, as libsndfile calls container and coding; the first is the API's default."""
WRITTEN = ("json", "text", "verbose_json")
_NAMES = {"en": "english", "es": "spanish", "fr": "french", "de": "german"}
"""Languages as a verbose transcript calls them."""
_SPOKEN = {**_NAMES, "zh": "chinese"}
"""Languages as instructions for the voice call them."""


class FileEars:
    """Ears that hear whole files; one is kept open, because a conversation asks again soon."""

    def __init__(self, pool: EarPool) -> None:
        self._pool = pool
        self._kept: list[tuple[Ear, _Report]] = []

    async def hear(self, samples: pcm.Samples, sentences: Listed) -> Hearing:
        """What int16 samples of shape (n,) at 24 kHz are heard as, out of these sentences or freely.

        Raises `EngineError` when the ear dies over it.
        """
        ear, report = await self._take()
        try:
            ear.configure(sentences=sentences, turn_detection=None)
            for chunk in pcm.chunks(pcm.to_bytes(samples), 1000):
                ear.append(chunk)
                await ear.drained()
            ear.commit("file")
            hearing = await report.heard()
        except BaseException:  # half a file stays in no ear
            await ear.aclose()
            raise
        if self._kept:
            await ear.aclose()
        else:
            self._kept.append((ear, report))
        return hearing

    async def _take(self) -> tuple[Ear, _Report]:
        while self._kept:
            ear, report = self._kept.pop()
            if report.alive:
                return ear, report
            await ear.aclose()
        report = _Report()
        return await self._pool.acquire(report), report


class _Report:
    """Waits for what an ear says of the file that was committed."""

    def __init__(self) -> None:
        self._heard: asyncio.Queue[Hearing | EngineError] = asyncio.Queue()
        self.alive = True

    def __call__(self, event: EarEvent) -> None:
        if isinstance(event, EarFailed):
            self.alive = False
            self._heard.put_nowait(EngineError(f"{event.reason}: send the file again."))
        elif isinstance(event, Heard):
            self._heard.put_nowait(event.hearing)

    async def heard(self) -> Hearing:
        """The hearing; raises `EngineError` where the ear died."""
        hearing = await self._heard.get()
        if isinstance(hearing, EngineError):
            raise hearing
        return hearing


async def transcriptions(request: Request, ears: FileEars) -> Response:
    """Write down a sound file of up to a minute.

    `model` is a skill, whose sentences are listened for; `prompt` and `keywords` list more, one a line. The sound is of
    the `language`, or of one of the `languages`, and the transcript says of which.
    """
    async with request.form(max_files=1, max_fields=100) as form:
        samples = await _sound(form)
        said = {name: value for name, value in form.items() if isinstance(value, str)}
        sentences = _sentences(form)
    written = text_of(said, "response_format", "json")
    if written not in WRITTEN:
        raise RequestError("invalid_value", f"'response_format' is one of {', '.join(WRITTEN)}.", "response_format")
    hearing = await ears.hear(samples, sentences)
    if said.get("stream", "").lower() == "true":
        return event_stream(_transcript_events(hearing, samples))
    if written == "text":
        return PlainTextResponse(hearing.text + "\n")
    return JSONResponse(_transcript(hearing, samples, verbose=written == "verbose_json"))


async def _sound(form: FormData) -> pcm.Samples:
    """The uploaded file as 24 kHz samples; raises `RequestError` or `AudioFileError`."""
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise RequestError("missing_required_parameter", "Missing required parameter: 'file'.", "file")
    samples = await asyncio.to_thread(pcm.decode, await file.read(), file.filename or "the file")
    if len(samples) > LONGEST_TURN_MS * pcm.SAMPLE_RATE // 1000:
        longest_s = LONGEST_TURN_MS // 1000
        raise RequestError("invalid_value", f"The sound is longer than {longest_s} s: cut it into pieces.", "file")
    return samples


def _sentences(form: FormData) -> Listed:
    """What is listened for: the skill's sentences, and those that the client expects, as in a realtime session."""
    transcription = {name: "\n".join(_listed(form, name)) for name in ("prompt", "language")}
    lists = {name: _listed(form, name) for name in ("keywords", "languages")}
    expected = settings.expected_by_language({"audio": {"input": {"transcription": {**transcription, **lists}}}})
    if unknown := [language for language in expected if language not in LANGUAGES]:
        message = f"Invalid language {unknown[0]!r}: the embedded engine hears {', '.join(LANGUAGES)}."
        raise RequestError("invalid_value", message, "language")
    skill = skills.find(str(form.get("model")))
    own = {tag: skill.sentences() if tag == ENGLISH else skill.sentences_in(tag) for tag in expected}
    return {language: list(dict.fromkeys([*own[language], *expected[language]])) for language in expected}


def _listed(form: FormData, name: str) -> list[str]:
    """The texts of a field, which may be there several times and end in brackets."""
    return [text for text in [*form.getlist(f"{name}[]"), *form.getlist(name)] if isinstance(text, str)]


def _seconds(samples: pcm.Samples) -> float:
    return round(len(samples) / pcm.SAMPLE_RATE, 3)


def _transcript(hearing: Hearing, samples: pcm.Samples, *, verbose: bool) -> Fields:
    used = {"type": "duration", "seconds": _seconds(samples)}
    short = {"text": hearing.text, "languages": _languages(hearing), "usage": used}
    if not verbose:
        return short
    words = [{"word": w.text, "start": w.start_ms / 1000, "end": w.end_ms / 1000} for w in hearing.words]
    language = _NAMES[hearing.language]
    return {**short, "task": "transcribe", "language": language, "duration": _seconds(samples), "words": words}


def _languages(hearing: Hearing) -> list[Fields]:
    return [{"code": hearing.language}] if hearing.closed_text else []


async def _transcript_events(hearing: Hearing, samples: pcm.Samples) -> AsyncIterator[Fields]:
    """The words one by one, all at once: two decoders have to agree on the whole before any is known.

    The usage counts tokens, as the event's type has it, and seconds, as transcription is priced.
    """
    text = hearing.text
    for word in tokens(text):
        yield {"type": "transcript.text.delta", "delta": word}
    heard = round(_seconds(samples) * 1000 / USER_MS_PER_TOKEN)
    counted = {"type": "tokens", **_counted(heard, text_tokens(text))}
    details = {"input_token_details": {"audio_tokens": heard, "text_tokens": 0}}
    used = {**counted, **details, "seconds": _seconds(samples)}
    yield {"type": "transcript.text.done", "text": text, "languages": _languages(hearing), "usage": used}


def _counted(given: int, made: int) -> Fields:
    return {"input_tokens": given, "output_tokens": made, "total_tokens": given + made}


async def speech(request: Request) -> Response:
    """Speak a text.

    `pcm` (24 kHz, 16 bit, mono) and `stream_format: "sse"` come a word at a time, other formats whole. In the stream
    each `speech.audio.delta` says in `labkit.word` which word its sound is. `instructions` may name a style and a
    language ("Speak Spanish."); a text of the interpreter's is otherwise spoken in the language that it is in.
    """
    fields = await fields_of(request)
    words = _spoken(fields)
    form = text_of(fields, "response_format", next(iter(FORMATS)))
    if form != "pcm" and form not in FORMATS:
        raise RequestError(
            "invalid_value", f"'response_format' is one of pcm, {', '.join(FORMATS)}.", "response_format"
        )
    if text_of(fields, "stream_format", "audio") == "sse":
        if form != "pcm":
            raise RequestError("invalid_value", "Streamed events carry pcm: set 'response_format'.", "response_format")
        return event_stream(_speech_events(words, fields["input"]))
    if form == "pcm":
        return StreamingResponse((word.pcm for word in words), media_type="audio/pcm")
    return Response(await asyncio.to_thread(_file, words, *FORMATS[form]), media_type=f"audio/{form}")


def _spoken(fields: Fields) -> Iterator[SpokenWord]:
    """The words with their sound, made as they are asked for; raises `RequestError` or `UsageError` at once."""
    text = text_of(fields, "input")
    if not 0 < len(text) <= LONGEST_TEXT:
        raise RequestError("invalid_value", f"'input' has 1 to {LONGEST_TEXT} characters.", "input")
    voice = fields.get("voice") or DEFAULT_VOICE
    speed = fields.get("speed") or 1.0
    if not isinstance(speed, int | float) or not SLOWEST <= speed <= FASTEST:
        raise RequestError("invalid_value", f"'speed' is a number from {SLOWEST} to {FASTEST}.", "speed")
    asked = text_of(fields, "instructions", "").lower()
    style = next((style for style in STYLES if style in asked), None)
    name = text_of(voice, "id") if isinstance(voice, dict) else text_of({"voice": voice}, "voice")
    language = _language(fields, asked)
    return Voice().speak(text, voice=name, speed=float(speed), style=style, language=language)


def _language(fields: Fields, asked: str) -> str:
    """In which a text is spoken: as the instructions say, else what an interpreter's text is in, else English."""
    named = next((code for code, name in _SPOKEN.items() if name in asked), None)
    if named is None and fields.get("model") == "labkit-interpreter":
        from labkit.phrases import BOOK

        named = BOOK.language_of(fields["input"])
    return named or ENGLISH


async def _speech_events(words: Iterator[SpokenWord], text: str) -> AsyncIterator[Fields]:
    sound_ms = 0.0
    async for word in iterate_in_threadpool(words):
        sound_ms += pcm.duration_ms(word.pcm)
        yield {"type": "speech.audio.delta", "audio": encoded(word.pcm), "labkit.word": word.text}
    made = round(sound_ms / ANSWER_MS_PER_TOKEN)
    yield {"type": "speech.audio.done", "usage": _counted(text_tokens(text), made)}


def _file(words: Iterator[SpokenWord], container: str, coding: str | None) -> bytes:
    """All the sound as a file of libsndfile's."""
    import soundfile

    out = io.BytesIO()
    samples = pcm.to_samples(b"".join(word.pcm for word in words))
    soundfile.write(out, samples, pcm.SAMPLE_RATE, format=container, subtype=coding)
    return out.getvalue()
