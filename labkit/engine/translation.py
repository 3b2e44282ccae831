"""The translation socket's state machine: sound goes in, and what the phrase book makes of it comes out, without turns.

    sound ──► the ear ──► what is certain so far, what a phrase was ──► translation ──► voice ──► words and their sound

Like `conversation` it does no I/O and knows no clock. What somebody says is one phrase of the book or is not
translated: the transcript then says so in brackets, and nothing is spoken. What is said in the target language, or
in a language that is not listened for, is passed over.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from labkit import pcm
from labkit.engine import effects, translation_phrases
from labkit.engine.events import Event, ProtocolError, failure, new_id
from labkit.engine.grammar import LANGUAGES as HEARD
from labkit.engine.grammar import language_of
from labkit.engine.hearing import (
    EarEvent,
    EarFailed,
    Heard,
    HeardSoFar,
    Hearing,
    SpeechContinued,
    SpeechStarted,
    SpeechStopped,
)
from labkit.engine.items import decoded_sound
from labkit.engine.settings import SESSION_S
from labkit.engine.state import Out
from labkit.engine.translation_events import client_event, server_event
from labkit.engine.translation_output import Output, elapsed
from labkit.phrases import LANGUAGES as SPOKEN

__all__ = ["Translation"]

log = logging.getLogger("labkit.engine")
DEFAULT_TARGET = "es"
"""The language of the protocol's own examples."""
TURN_DETECTION = {"type": "semantic_vad"}
"""Waits least after a whole phrase."""
NOT_IN_BOOK = {
    "en": "not in the phrase book",
    "es": "no está en el libro de frases",
    "fr": "pas dans le recueil de phrases",
    "de": "nicht im Phrasenbuch",
    "zh": "短语手册里没有",
}
UNSURE = {"en": "not certain", "es": "no es seguro", "fr": "pas certain", "de": "nicht sicher", "zh": "不确定"}
"""Said too early: what followed did not bear it out."""
CORRECTION = {"en": "Correction", "es": "Corrección", "fr": "Correction", "de": "Korrektur", "zh": "更正"}
"""What was said too early was wrong: as an interpreter would, it is said again."""


class Translation:
    """One client's translation session."""

    def __init__(self, model: str, now: datetime) -> None:
        self._session: Event = {
            "id": new_id("sess"),
            "type": "translation",
            "model": model,
            "expires_at": int(now.timestamp()) + SESSION_S,
            "audio": {
                "input": {"transcription": None, "noise_reduction": None},
                "output": {"language": DEFAULT_TARGET},
            },
        }
        self._output = Output()
        self._listened_for: list[str] = []
        """The languages that the ear knows of."""
        self._received_ms = 0.0
        self._open = False
        """A phrase is being said."""
        self._said: str | None = None
        """The translation of that phrase, or of its beginning, that was spoken already."""
        self._written, self._gap = "", ""
        """What the transcript has of that phrase; what stands before the next word."""
        self._closing = self._flushed = False
        """The client has asked for the end; the ear has heard everything."""

    @property
    def _to(self) -> str:
        language: str = self._session["audio"]["output"]["language"]
        return language

    # -- from the client -------------------------------------------------------------------------------------

    def open(self) -> Out:
        """The first event. The ear learns what to listen for, which takes a while, with the first update or sound."""
        return [server_event("session.created", session=copy.deepcopy(self._session))]

    def _listen(self) -> Out:
        """How the ear shall listen, where that is new to it."""
        if self._listened_for == (sources := _sources(self._session)):
            return []
        self._listened_for = sources
        return [self._ear_settings()]

    def _ear_settings(self) -> effects.ConfigureEar:
        listed = {language: translation_phrases.sentences(language) for language in _sources(self._session)}
        return effects.ConfigureEar(listed, TURN_DETECTION, so_far=True)

    def receive(self, raw: str | bytes, now: datetime) -> Out:
        """One message of the client; whatever is wrong with it becomes an `error` event."""
        event_id = None
        try:
            event = client_event(raw)
            event_id = event.get("event_id")
            return self._obey(event)
        except ProtocolError as error:
            error.event_id = error.event_id or event_id
            return [error.to_event()]
        except Exception as error:  # the client is told, the session goes on
            log.exception("An event of the client could not be obeyed.")
            return [failure(error, event_id)]

    def _obey(self, event: Event) -> Out:
        if self._closing:
            raise ProtocolError("session_closing", "The session is being closed: nothing more is taken.", "type")
        match event["type"]:
            case "session.update":
                return self._update(event["session"])
            case "session.input_audio_buffer.append":
                sound = decoded_sound(event["audio"], "audio")
                self._received_ms += pcm.duration_ms(sound)
                return [*self._listen(), effects.HearAudio(sound)]
            case _:
                self._closing = True
                return [effects.CommitEar("close")]

    def _update(self, update: Mapping[str, Any]) -> Out:
        self._session = updated(self._session, update)
        return [server_event("session.updated", session=copy.deepcopy(self._session)), *self._listen()]

    # -- from the ear ----------------------------------------------------------------------------------------

    def heard(self, event: EarEvent, now: datetime) -> Out:
        """A report of the ear."""
        match event:
            case SpeechStarted():
                self._open, self._said, self._written = True, None, ""
            case SpeechContinued():
                self._open = True  # what was said of its beginning is compared with the whole
            case HeardSoFar(at_ms, words, language):
                return self.so_far(words, language, at_ms)
            case SpeechStopped(start_ms, end_ms, _, hearing):
                return self._phrase(start_ms, end_ms, hearing)
            case Heard(_, hearing):
                end_ms = round(self._received_ms)
                last = self._phrase(end_ms, end_ms, hearing) if self._open or hearing.accepted else []
                self._flushed = True
                return [*last, *self._closed()]
            case EarFailed(reason):
                error = {"type": "server_error", "code": "ear_failed", "message": reason, "param": None}
                return [server_event("error", error={**error, "event_id": None}), self._ear_settings()]
        return []

    def so_far(self, words: str, language: str, at_ms: int) -> Out:
        """The phrase that goes on has begun with these words: it is translated once nothing else can follow.

        The last word does not count, since it may not be over: "zwei" may become "zweiundvierzig". Of 200 synthetic
        phrases in four languages 80 were then said early and right (63 before their end), and 7 were wrong; with it
        110 and 14.
        """
        before = words.rpartition(" ")[0]
        certain = translation_phrases.certain(before, language, self._to) if language != self._to else None
        if not self._open or self._said is not None or certain is None:
            return []
        self._said = certain
        return self._output.say(certain, self._to, at_ms)

    def _phrase(self, start_ms: int, end_ms: int, hearing: Hearing) -> Out:
        """Somebody has said something: it is written down, and translated unless it has been already."""
        self._open = False
        if not hearing.closed_text and not hearing.text:
            return []
        out: Out = list(self._transcribed(start_ms, end_ms, hearing))
        if hearing.accepted and hearing.language == self._to:
            return out
        known = hearing.text if hearing.accepted else ""
        wanted = translation_phrases.translation(known, hearing.language, self._to)
        said, self._said = self._said, wanted or self._said
        if wanted is None:
            return [*out, *self._output.note((UNSURE if said else NOT_IN_BOOK)[self._to], end_ms)]
        if wanted == said:
            return out
        return [*out, *self._output.say(f"{CORRECTION[self._to]}: {wanted}" if said else wanted, self._to, end_ms)]

    def _transcribed(self, start_ms: int, end_ms: int, hearing: Hearing) -> Iterator[Event]:
        """The words of the phrase, each with its place, as far as the transcript has not got them yet."""
        text = hearing.text or "[…]"
        new = text.removeprefix(self._written).strip()
        if not new or not self._session["audio"]["input"]["transcription"]:
            return
        words = new.split()
        places = [(start_ms + word.start_ms, start_ms + word.end_ms) for word in hearing.words]
        if len(places) != len(words):
            words, places = [new], [(start_ms, end_ms)]
        for word, (begin_ms, last_ms) in zip(words, places, strict=True):
            exact = {"start_ms": begin_ms, "end_ms": last_ms, "language": hearing.language}
            yield server_event(
                "session.input_transcript.delta", delta=self._gap + word, elapsed_ms=elapsed(last_ms), labkit=exact
            )
            self._gap = " "
        self._written = text

    # -- the voice -------------------------------------------------------------------------------------------

    def spoke(self, response_id: str, text: str, sound: bytes, now: datetime) -> Out:
        """The voice has the next word ready."""
        return self._output.spoke(text, sound)

    def finished(self, response_id: str, now: datetime) -> Out:
        """The voice has said an utterance."""
        return [*self._output.finished(), *self._closed()]

    def failed(self, effect: effects.Effect, error: Exception, now: datetime) -> Out:
        """An effect could not be carried out: said, and nothing waits for it."""
        if isinstance(effect, effects.Speak):
            return [failure(error), *self._output.finished(), *self._closed()]
        self._flushed |= isinstance(effect, effects.CommitEar)
        return [failure(error), *self._closed()]

    def saw(self, look: effects.LookAt, sight: Any, now: datetime) -> Out:
        """Nothing is looked at."""
        return []

    def _closed(self) -> Out:
        """The last event, once everything has been said that was still to be said."""
        return [server_event("session.closed")] if self._flushed and self._output.idle else []


def _sources(session: Event) -> list[str]:
    """The languages that are listened for: the transcription's, else all but the target."""
    transcription = session["audio"]["input"]["transcription"] or {}
    tags = transcription.get("languages") or [transcription.get("language")]
    named = list(dict.fromkeys(language_of(tag) for tag in tags if tag))
    return named or [language for language in HEARD if language != session["audio"]["output"]["language"]]


def updated(session: Event, update: Mapping[str, Any]) -> Event:
    """The settings after an update; raises `ProtocolError` and changes nothing when one cannot be had."""
    merged = copy.deepcopy(session)
    audio = update.get("audio") or {}
    merged["audio"]["input"] |= copy.deepcopy(audio.get("input") or {})
    if tag := (audio.get("output") or {}).get("language"):
        merged["audio"]["output"]["language"] = language_of(tag)
    _refuse(merged["audio"]["output"]["language"], SPOKEN, "output.language", "speaks")
    for language in _sources(merged):
        _refuse(language, HEARD, "input.transcription.language", "hears")
    return merged


def _refuse(language: str, known: Collection[str], param: str, does: str) -> None:
    if language not in known:
        message = f"Invalid language {language!r}: the embedded engine {does} {', '.join(known)}."
        raise ProtocolError("invalid_value", message, f"session.audio.{param}")
