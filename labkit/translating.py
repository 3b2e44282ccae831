"""`translate`: what is said goes in, the same in another language comes out, without turns.

The translation socket of the Realtime protocol (`/realtime/translations`), hosted or of the embedded engine, over the
openai SDK. There is no conversation: sound streams both ways, and the server speaks as soon as it is certain.
The embedded engine knows a phrase book; what is not in it is not translated, and the transcript says so in brackets.
Use headphones: nothing keeps the translation out of the microphone.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Protocol, Self

from labkit import engines, pcm
from labkit.engines import Target
from labkit.link import Link, get_link
from labkit.playing import Output
from labkit.translated import Row, Utterance
from labkit.translator import Translator
from labkit.turns import Event

__all__ = ["Translation", "translate"]

TRANSLATOR = "gpt-realtime-translate"
TRANSCRIBER = "gpt-realtime-whisper"
"""The model that the protocol names for the transcript of what is said."""


class Microphone(Protocol):
    """What `Translation.listen` needs of a `labkit.Microphone`."""

    def on_chunk(self, callback: Callable[[bytes, float, int], object]) -> Callable[[], None]: ...


class Speaker(Output, Protocol):
    """And of a `labkit.Speaker`."""

    def on_started(self, callback: Callable[[str, float, float | None], object]) -> Callable[[], None]: ...


class Translation:
    """A translation session, for cells and scripts: methods block, none waits for a human."""

    def __init__(self, translator: Translator, link: Link) -> None:
        self._translator = translator
        self._link = link

    @property
    def engine(self) -> Target:
        """The server that translates."""
        return self._translator.target

    @property
    def settings(self) -> Event:
        """The session's settings in force, as the server states them."""
        return self._translator.settings

    @property
    def heard(self) -> str:
        """What was said, as far as the server has written it down."""
        return self._translator.translated.heard.strip()

    @property
    def said(self) -> str:
        """The translation; what stands in brackets was not spoken."""
        return self._translator.translated.said.strip()

    @property
    def utterances(self) -> list[Utterance]:
        """The phrases that were said, oldest first, with their latencies."""
        return list(self._translator.translated.phrases.utterances)

    def words(self) -> list[Row]:
        """The table of words: what was said and when, what was heard of the translation and when, phrase by phrase."""
        return self._translator.translated.rows

    def sound(self) -> pcm.Samples:
        """The translation as it was heard, from the first sample that was sent: int16 of shape (n,) at 24 kHz."""
        return self._translator.translated.stream

    def speak(self, recording: str | os.PathLike[str] | pcm.Samples) -> Translation:
        """Speak a sound file or 24 kHz int16 samples at the pace of speech; returns when all was spoken.

        Raises `AudioFileError` for a file that is missing, empty or not sound.
        """
        samples = pcm.read(recording) if isinstance(recording, str | os.PathLike) else pcm.checked(recording)
        self._link.call(self._translator.speak(samples))
        return self

    def wait(self, timeout_s: float = 30.0) -> Translation:
        """Until what was said last has been translated, and heard to its end.

        Raises `WaitTimeoutError`, `ServerError` for an error event, or what ended the session.
        """
        self._link.call(self._translator.wait(timeout_s))
        return self

    def listen(self, microphone: Microphone, speaker: Speaker | None = None) -> Callable[[], None]:
        """Translate what this microphone hears, and play it on the speaker; call what is returned to end that."""
        offs = [microphone.on_chunk(lambda chunk, _stamp, _number: self._feed(chunk))]
        if speaker is not None:
            self._translator.output = speaker
            offs.append(speaker.on_started(self._started))

        def end() -> None:
            for off in offs:
                off()

        return end

    def _feed(self, chunk: bytes) -> None:
        if self._translator.closed is None:
            self._translator.feed(chunk)

    def _started(self, item_id: str, stamp_ms: float, _arrived_ms: float | None) -> None:
        if self._link.clock is not None:
            self._translator.started(item_id, stamp_ms - self._link.clock.offset_ms)

    def close(self) -> None:
        """Have the server say what is left, and end the session; what was heard and said stays readable."""
        self._link.call(self._translator.close())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        to = self.settings["audio"]["output"]["language"]
        state = "closed" if self._translator.closed else "open"
        return f"<Translation {self.engine.label}, into {to}, {len(self.utterances)} phrases, {state}>"


async def _open(target: Target, settings: Event, timeout_s: float | None) -> Translator:
    timeout_s = engines.patience(target, timeout_s)
    translator = Translator(await engines.reach(target, timeout_s), settings)
    await translator.open(timeout_s)
    return translator


def translate(
    to: str = "es",
    *,
    source: str | None = None,
    engine: str | None = None,
    base_url: str | None = None,
    api_key: str | None = None,
    model: str | None = None,
    timeout_s: float | None = None,
) -> Translation:
    """Open a translation into a language, given by its tag, such as "es".

    `source` names the language that is spoken; without it the embedded engine listens for all that it knows but `to`,
    which takes three times the work, and a hosted model finds out. The other options are those of `labkit.connect`.

    Raises `UsageError`, `MissingPartError`, `EngineError`, `ConnectError` or, for a language that the server does not
    have, `ServerError`, each saying what to do next.
    """
    model = model or TRANSLATOR
    target = engines.choose(engine, base_url=base_url, api_key=api_key, model=model, skill=None, environ=os.environ)
    transcription = {"model": TRANSCRIBER, **({"language": source} if source else {})}
    settings = {"audio": {"input": {"transcription": transcription}, "output": {"language": to}}}
    link = get_link()
    return Translation(link.call(_open(target, settings, timeout_s)), link)
