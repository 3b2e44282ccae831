"""A cascade's settings: what the session inside is told, what the client sees, and what an answer needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from labkit.cascade.stages import Models, Speaker
from labkit.turns import Event

QUIET = {"create_response": False, "interrupt_response": False}
"""What the session inside is told: it ends turns and answers nothing."""
DEFAULT_VOICE = "marin"
HINTS = ("prompt", "language", "languages")
KNOWS_LANGUAGES = "gpt-transcribe"
"""The hosted transcription model that takes several languages; others take one."""


@dataclass(frozen=True)
class AnswerSettings:
    """What of a session's settings an answer needs."""

    hints: Event
    """For the transcription: `prompt`, `language` and `languages`, as far as they are set."""
    preamble: list[Event]
    """Messages for the chat model before what was said."""
    voice: str
    speed: float
    voices: Mapping[str, str] = field(default_factory=dict)
    """Who speaks which language, where a lesson has several."""

    def speaker(self, text: str) -> Speaker:
        """Who speaks this text, and in which language."""
        if not self.voices:
            return Speaker(self.voice, self.speed)
        from labkit.phrases import BOOK, LANGUAGES

        language = BOOK.language_of(text, list(self.voices)) or next(iter(self.voices))
        return Speaker(self.voices[language], self.speed, LANGUAGES[language])


class Settings:
    """The settings in force, and the difference between what the client asked for and what the session is told."""

    def __init__(self, models: Models | None, *, hosted: bool, voices: Mapping[str, str] | None = None) -> None:
        self.models = models or Models()
        """Which model does which stage."""
        self.embedded = False
        """Whether the embedded engine answers."""
        self._own_models = models is None
        self._hosted = hosted
        self._voices = voices or {}
        self._asked: Event = {"turn_detection": {"type": "server_vad"}}
        """The parts of the client's `audio.input` that the session is told otherwise."""
        self._session: Event = {}

    def inside(self, event: Event) -> Event:
        """A `session.update` of the client for the session inside."""
        session: Event = event.get("session") or {}
        audio = session.get("audio") or {}
        listening = audio.get("input") or {}
        self._asked.update({name: listening[name] for name in ("turn_detection", "transcription") if name in listening})
        detection = self._asked["turn_detection"]
        told: Event = {"turn_detection": detection and {**detection, **QUIET}}
        if detection and "idle_timeout_ms" in detection:
            told["turn_detection"]["idle_timeout_ms"] = None  # it would answer the silence
        if self._hosted:
            told["transcription"] = None  # it would be paid twice
        return {**event, "session": {**session, "audio": {**audio, "input": {**listening, **told}}}}

    def created(self, session: Event) -> None:
        """The session inside says who it is."""
        model = str(session.get("model"))
        self.embedded = model.startswith("labkit-")
        if self.embedded and self._own_models:
            self.models = Models(model, model, model)
        self._session = session

    def updated(self, session: Event) -> Event:
        """The settings in force, as the client shall see them: as it asked for them."""
        audio = session.get("audio") or {}
        listening = {**(audio.get("input") or {})}
        if detection := listening.get("turn_detection"):
            asked = self._asked["turn_detection"] or {}
            listening["turn_detection"] = {**detection, **{name: asked.get(name, True) for name in QUIET}}
        listening["transcription"] = self._asked.get("transcription", listening.get("transcription"))
        self._session = {**session, "audio": {**audio, "input": listening}, "model": f"cascade of {self.models}"}
        return self._session

    def _audio(self, side: str) -> Event:
        return (self._session.get("audio") or {}).get(side) or {}

    def does(self, what: str) -> bool:
        """Whether the server shall `create_response` or `interrupt_response` by itself."""
        return bool((self._audio("input").get("turn_detection") or {}).get(what, True))

    def of_answer(self, instructions: str | None) -> AnswerSettings:
        """For one answer; `instructions` replace the session's."""
        transcription = self._audio("input").get("transcription") or {}
        hints = {name: transcription[name] for name in HINTS if transcription.get(name)}
        if not (self.embedded or self.models.transcription.startswith(KNOWS_LANGUAGES)):
            hints.pop("languages", None)
        told = instructions or self._session.get("instructions")
        preamble = [{"role": "system", "content": told}] if told else []
        if self.embedded and "prompt" in hints:  # its skills answer to sentences that they were told of
            preamble.append({"role": "developer", "content": hints["prompt"]})
        output = self._audio("output")
        voice, speed = output.get("voice") or DEFAULT_VOICE, output.get("speed") or 1.0
        return AnswerSettings(hints, preamble, voice, speed, self._voices)
