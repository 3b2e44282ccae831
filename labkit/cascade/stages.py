"""The three requests of a cascade: a recording becomes text, the text an answer, the answer sound."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import wave
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labkit import pcm
from labkit.cascade.text import Paced, proportioned
from labkit.engines import Target
from labkit.errors import ConnectError, LabkitError, ServerError
from labkit.turns import Event

if TYPE_CHECKING:
    import openai

TIMEOUT_S = 30.0
"""A stage from which nothing comes for this long has failed."""
NEEDED = "a cascade needs /audio/transcriptions, /chat/completions and /audio/speech"
Word = tuple[str, bytes]
"""A word of the answer and its sound, 24 kHz PCM16."""


@dataclass(frozen=True)
class Models:
    """Which model does which stage."""

    transcription: str = "gpt-transcribe"
    chat: str = "gpt-5.4-mini"
    speech: str = "gpt-4o-mini-tts"

    def __str__(self) -> str:
        return " + ".join(dict.fromkeys((self.transcription, self.chat, self.speech)))


@dataclass
class Written:
    """What was said, written down."""

    text: str
    usage: Event | None = None
    language: str = ""
    """Such as "es", where the server says it."""


@dataclass(frozen=True)
class Speaker:
    """How a text is to be spoken."""

    voice: str
    speed: float = 1.0
    language: str = ""
    """Its name in English; the model finds it out by itself where none is given."""


class Stages:
    """Talks with one server; `streamed` stages hand on what they have, the others all at once."""

    def __init__(self, client: openai.AsyncOpenAI, target: Target, headers: Event, *, streamed: bool) -> None:
        self._client = client
        self._host = target.host
        self._options: dict[str, Any] = {"extra_headers": headers}
        self.streamed = streamed
        """Whether a stage hands on what it has before all of it is there."""

    async def aclose(self) -> None:
        """End the connections."""
        await self._client.close()

    async def transcribe(self, model: str, sound: bytes, hints: Event) -> Written:
        """The words of 24 kHz PCM16; `hints` are the session's `prompt`, `language` and `languages`."""
        file = ("turn.wav", _wav(sound), "audio/wav")
        with self._explained("/audio/transcriptions"):
            if not self.streamed:
                whole = await self._client.audio.transcriptions.create(file=file, model=model, **hints, **self._options)
                return Written(whole.text.strip(), _plain(whole.usage), _language(whole.languages))
            written = Written("")
            events = await self._client.audio.transcriptions.create(
                file=file, model=model, stream=True, **hints, **self._options
            )
            async for event in events:
                if event.type == "transcript.text.delta":
                    written.text += event.delta
                elif event.type == "transcript.text.done":
                    written = Written(event.text, _plain(event.usage), _language(event.languages))
            written.text = written.text.strip()
            return written

    async def think(self, model: str, messages: list[Event], usage: Event) -> AsyncGenerator[str]:
        """The answer, token by token; what it used is put into `usage`."""
        asked: Event = {"model": model, "messages": messages, **self._options}
        with self._explained("/chat/completions"):
            if not self.streamed:
                whole = await self._client.chat.completions.create(**asked)
                usage.update(_plain(whole.usage) or {})
                yield whole.choices[0].message.content or ""
                return
            asked["stream_options"] = {"include_usage": True}
            chunks = await self._client.chat.completions.create(stream=True, **asked)
            async for chunk in chunks:
                usage.update(_plain(chunk.usage) or {})
                if chunk.choices and (token := chunk.choices[0].delta.content):
                    yield token

    async def speak(self, model: str, text: str, speaker: Speaker) -> AsyncGenerator[Word]:
        """The words of a text with their sound.

        Which sound is which word is exact where the server says so (the embedded engine does), else in proportion to
        the letters.
        """
        async with contextlib.aclosing(self._sounds(model, text, speaker)) as sounds:
            async for word in self._worded(text, sounds):
                yield word

    async def _worded(self, text: str, sounds: AsyncGenerator[tuple[str | None, bytes]]) -> AsyncGenerator[Word]:
        if not self.streamed:
            whole = [piece async for piece in sounds]
            marked = all(word is not None for word, _ in whole)
            words = whole if marked else proportioned(text, b"".join(sound for _, sound in whole))
            for word, sound in words:
                yield word or "", sound
            return
        paced = Paced(text)
        async for word, sound in sounds:
            if word is not None:
                yield word, sound
                paced.forget()
            else:
                for said in paced.take(sound):
                    yield said
        for said in paced.rest():
            yield said

    async def _sounds(self, model: str, text: str, speaker: Speaker) -> AsyncGenerator[tuple[str | None, bytes]]:
        """Sound as it comes, with its word where the server says which it is."""
        asked: Event = {"model": model, "input": text, "voice": speaker.voice, "response_format": "pcm"}
        asked |= self._options
        if speaker.speed != 1:
            asked["speed"] = speaker.speed
        if speaker.language:
            asked["instructions"] = f"Speak {speaker.language}."
        odd = b""
        with self._explained("/audio/speech"):
            stream = self._client.audio.speech.with_streaming_response
            async with stream.create(stream_format="sse", **asked) as response:
                if "event-stream" in response.headers.get("content-type", ""):
                    async for line in response.iter_lines():
                        if (event := _event(line)).get("type") == "speech.audio.delta":
                            yield event.get("labkit.word"), base64.b64decode(event["audio"])
                    return
                async for chunk in response.iter_bytes():
                    sound = odd + chunk
                    whole = len(sound) // 2 * 2
                    odd = sound[whole:]
                    yield None, sound[:whole]

    @contextlib.contextmanager
    def _explained(self, path: str) -> Iterator[None]:
        """What goes wrong in a stage, as a sentence."""
        import openai

        try:
            yield
        except openai.NotFoundError as error:
            raise ConnectError(
                f"{self._host} has no {path}, or not this model ({_said(error)}): {NEEDED}; try pipeline='realtime'"
            ) from error
        except openai.APIStatusError as error:
            raise ServerError(f"{self._host} refused {path} with status {error.status_code}: {_said(error)}") from error
        except LabkitError:
            raise
        except (
            Exception
        ) as error:  # a connection that breaks, an answer that is none: the libraries raise what they like
            said = _said(error) if isinstance(error, openai.APIError) else f"{type(error).__name__} {error}".strip()
            raise ConnectError(f"{path} of {self._host} did not answer as it should ({said}): try again") from error


def _said(error: openai.APIError) -> str:
    body = error.body if isinstance(error.body, dict) else {}
    return str(body.get("message") or error.message).strip().rstrip(".")


def _language(detected: Any) -> str:
    return str(detected[0].code) if detected else ""


def _plain(usage: Any) -> Event | None:
    return usage.model_dump(exclude_none=True) if usage is not None else None


def _event(line: str) -> Event:
    """The event of a line of server-sent events, empty for any other line."""
    found = json.loads(line[5:]) if line.startswith("data:") and "{" in line else {}
    return found if isinstance(found, dict) else {}


def _wav(sound: bytes) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(pcm.SAMPLE_RATE)
        file.writeframes(sound)
    return out.getvalue()
