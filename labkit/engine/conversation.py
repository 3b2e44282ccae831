"""The protocol's state machine: client events and what the ear, eyes and voice report in, server events out.

It does no I/O and knows no clock: time comes in as an argument. What it needs done (listen, look, speak)
goes out as effects beside the events; the shell in `app` carries them out and reports back.

    client event ──► receive ──┐                      ┌──► server events
    ear, eyes, voice ──► heard/saw/spoke ── state ────┴──► effects
"""

# ruff: noqa: SLF001 - the table below the class names its methods

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from labkit import pcm
from labkit.engine import calls, effects, settings
from labkit.engine.answering import Answering, Out, State
from labkit.engine.events import Event, ProtocolError, client_event, failure, new_id, server_event
from labkit.engine.hearing import EarEvent, EarFailed, Heard, Hearing, IdleTimedOut, SpeechStarted, SpeechStopped
from labkit.engine.input_buffer import InputBuffer
from labkit.engine.items import Item, decoded_sound, from_client, picture
from labkit.engine.skills import Skill
from labkit.errors import UsageError

log = logging.getLogger("labkit.engine")


class Conversation:
    """One client's conversation with the engine."""

    def __init__(self, skill: Skill, now: datetime) -> None:
        self._state = State(skill, settings.defaults(skill.name, int(now.timestamp())))
        self._answers = Answering(self._state)
        self._input = InputBuffer()
        self._speech_item: str | None = None
        """The item that the speech going on will become."""

    def open(self) -> Out:
        """The first event, and how the ear shall listen."""
        session = self._state.session
        return [server_event("session.created", session=session), self._ear_settings(session)]

    def receive(self, raw: str | bytes, now: datetime) -> Out:
        """One message of the client; whatever is wrong with it becomes an `error` event."""
        event_id = None
        try:
            event = client_event(raw)
            event_id = event.get("event_id")
            return _RECEIVE[event["type"]](self, event, now)
        except ProtocolError as error:
            error.event_id = error.event_id or event_id
            return [error.to_event()]
        except Exception as error:  # the client is told, the conversation goes on
            log.exception("An event of the client could not be obeyed.")
            return [failure(error, event_id)]

    def _reported(self, now: datetime, work: Callable[..., Out], *report: Any) -> Out:
        """What a report leads to; one that cannot be dealt with is said, and nothing waits for it."""
        try:
            return work(*report, now)
        except Exception as error:  # the client is told, the conversation goes on
            log.exception("A report could not be dealt with.")
            return [failure(error), *self._answers.go_on(now)]

    # -- session ---------------------------------------------------------------------------------------------

    def _session_update(self, event: Event, now: datetime) -> Out:
        voice_fixed = any(item.wire.get("role") == "assistant" and item.audio for item in self._state.items)
        session = settings.updated(self._state.session, event["session"], voice_fixed=voice_fixed)
        out: Out = [server_event("session.updated", session=session), self._ear_settings(session)]
        self._state.session = session
        return out

    def _ear_settings(self, session: Event) -> effects.ConfigureEar:
        expected = settings.expected_sentences(session)
        sentences = [*self._state.skill.sentences(), *expected, *calls.sentences(session["tools"])]
        return effects.ConfigureEar(list(dict.fromkeys(sentences)), session["audio"]["input"]["turn_detection"])

    @property
    def _turn_detection(self) -> Event | None:
        value: Event | None = self._state.session["audio"]["input"]["turn_detection"]
        return value

    # -- sound from the client -------------------------------------------------------------------------------

    def _append(self, event: Event, now: datetime) -> Out:
        sound = decoded_sound(event["audio"], "audio")
        self._input.append(sound, keep_all=self._turn_detection is None or self._speech_item is not None)
        return [effects.HearAudio(sound)]

    def _commit(self, event: Event, now: datetime) -> Out:
        sound = self._input.take()
        have_ms = pcm.duration_ms(sound)
        if have_ms < 100:
            message = f"Error committing input audio buffer: at least 100ms of audio is needed, it has {have_ms:.2f}ms."
            raise ProtocolError("input_audio_buffer_commit_empty", message)
        item_id = self._speech_item or new_id("item")
        self._speech_item = None
        self._state.pending.add(item_id)
        return [*self._committed(item_id, sound, None), effects.CommitEar(item_id)]

    def _clear(self, event: Event, now: datetime) -> Out:
        self._input.take()
        self._speech_item = None
        return [server_event("input_audio_buffer.cleared"), effects.ClearEar()]

    def _committed(self, item_id: str, sound: bytes, hearing: Hearing | None) -> Out:
        content = [{"type": "input_audio", "transcript": hearing.text if hearing else None}]
        wire = {"id": item_id, "object": "realtime.item", "type": "message", "status": "completed", "role": "user"}
        item = Item({**wire, "content": content}, audio=sound, hearing=hearing)
        events = self._added(item, None)
        previous = events[0]["previous_item_id"]
        committed = server_event("input_audio_buffer.committed", item_id=item_id, previous_item_id=previous)
        return [committed, *events, *(self._transcribed(item) if hearing else [])]

    def _added(self, item: Item, previous_item_id: str | None) -> list[Event]:
        fields = {"previous_item_id": self._state.items.add(item, previous_item_id), "item": item.wire}
        return [server_event("conversation.item.added", **fields), server_event("conversation.item.done", **fields)]

    def _transcribed(self, item: Item) -> list[Event]:
        if not self._state.session["audio"]["input"]["transcription"]:
            return []
        said = {"item_id": item.id, "content_index": 0, "transcript": item.text}
        used = {"type": "duration", "seconds": round(pcm.duration_ms(item.audio) / 1000, 3)}
        return [server_event("conversation.item.input_audio_transcription.completed", usage=used, **said)]

    # -- what the ear and the eyes report --------------------------------------------------------------------

    def heard(self, event: EarEvent, now: datetime) -> Out:
        """A report of the ear."""
        return self._reported(now, self._heard, event)

    def _heard(self, event: EarEvent, now: datetime) -> Out:
        if isinstance(event, SpeechStarted):
            return self._speech_started(event, now)
        if isinstance(event, SpeechStopped):
            return self._speech_stopped(event, now)
        if isinstance(event, Heard):
            return self._understood(event.commit_id, event.hearing, None, now)
        if isinstance(event, IdleTimedOut):
            return self._idle(event, now)
        return self._ear_failed(event, now)

    def _speech_started(self, event: SpeechStarted, now: datetime) -> Out:
        self._speech_item = new_id("item")
        fields = {"audio_start_ms": event.audio_start_ms, "item_id": self._speech_item}
        out: Out = [server_event("input_audio_buffer.speech_started", **fields)]
        if (self._turn_detection or {}).get("interrupt_response", True):
            out += self._answers.interrupt(now)
        return out

    def _speech_stopped(self, event: SpeechStopped, now: datetime) -> Out:
        item_id = self._speech_item or new_id("item")
        self._speech_item = None
        out: Out = [server_event("input_audio_buffer.speech_stopped", audio_end_ms=event.audio_end_ms, item_id=item_id)]
        out += self._committed(item_id, self._input.take(event.audio_start_ms, event.audio_end_ms), event.hearing)
        if (self._turn_detection or {}).get("create_response", True):
            out += self._answers.respond_after_speech(now)
        return out

    def _idle(self, event: IdleTimedOut, now: datetime) -> Out:
        """Nobody spoke: the silence is committed and answered, so that the model can ask whether anyone is there."""
        item_id = new_id("item")
        fields = {"audio_start_ms": event.audio_start_ms, "audio_end_ms": event.audio_end_ms, "item_id": item_id}
        sound = self._input.take(event.audio_start_ms, event.audio_end_ms)
        nothing = Hearing("", False, "", "", 0.0, (), 0.0)
        out: Out = [server_event("input_audio_buffer.timeout_triggered", **fields)]
        return [*out, *self._committed(item_id, sound, nothing), *self._answers.respond_after_speech(now)]

    def _ear_failed(self, event: EarFailed, now: datetime) -> Out:
        self._speech_item = None
        error = {"type": "server_error", "code": "ear_failed", "message": event.reason, "param": None, "event_id": None}
        out: Out = [server_event("error", error=error), self._ear_settings(self._state.session)]
        for item_id in list(self._state.pending):
            out += self._understood(item_id, None, None, now)
        return out

    def saw(self, item_id: str, sight: Any, now: datetime) -> Out:
        """A picture was looked at; `sight` is `None` where it could not be read."""
        return self._reported(now, self._understood, item_id, None, sight)

    def failed(self, effect: effects.Effect, error: Exception, now: datetime) -> Out:
        """An effect could not be carried out, this was raised: said, and nothing waits for it."""
        return self._reported(now, self._failed, effect, error)

    def _failed(self, effect: effects.Effect, error: Exception, now: datetime) -> Out:
        if isinstance(effect, effects.Speak):
            return self._answers.fail(effect.response_id, error, now)
        if isinstance(effect, effects.LookAt) and isinstance(error, UsageError):  # the picture's fault, not ours
            unreadable = ProtocolError("invalid_image", str(error), "item.content.image_url")
            return [failure(unreadable), *self._understood(effect.item_id, None, None, now)]
        if isinstance(effect, effects.LookAt | effects.CommitEar):
            self._state.pending.discard(effect.item_id)
            return self._answers.fail_waiting(error, now)
        return [failure(error)]

    def _understood(self, item_id: str, hearing: Hearing | None, sight: Any, now: datetime) -> Out:
        self._state.pending.discard(item_id)
        out: Out = []
        for item in self._state.items:
            if item.id == item_id:
                item.sight = sight or item.sight
                if hearing:
                    item.hearing = hearing
                    item.wire["content"][0]["transcript"] = hearing.text
                    out += self._transcribed(item)
        return [*out, *self._answers.go_on(now)]

    # -- items -----------------------------------------------------------------------------------------------

    def _item_create(self, event: Event, now: datetime) -> Out:
        item = from_client(event["item"])
        looks = [
            effects.LookAt(item.id, picture(p)) for p in item.wire.get("content", []) if p["type"] == "input_image"
        ]
        added = self._added(item, event.get("previous_item_id"))
        self._state.pending.update(look.item_id for look in looks)
        return [*added, *looks]

    def _item_retrieve(self, event: Event, now: datetime) -> Out:
        item = self._state.items.get(event["item_id"], "item_retrieve_invalid_item_id")
        return [server_event("conversation.item.retrieved", item=item.with_audio())]

    def _item_delete(self, event: Event, now: datetime) -> Out:
        self._state.items.delete(event["item_id"])
        return [server_event("conversation.item.deleted", item_id=event["item_id"])]

    def _item_truncate(self, event: Event, now: datetime) -> Out:
        item = self._state.items.get(event["item_id"], "item_truncate_invalid_item_id")
        item.truncate(event["content_index"], event["audio_end_ms"])
        fields = {name: event[name] for name in ("item_id", "content_index", "audio_end_ms")}
        return [server_event("conversation.item.truncated", **fields), effects.FarEndCut()]

    # -- responses -------------------------------------------------------------------------------------------

    def spoke(self, response_id: str, text: str, sound: bytes, now: datetime) -> Out:
        """The voice has the next word ready."""
        return self._reported(now, self._answers.spoke, response_id, text, sound)

    def finished(self, response_id: str, now: datetime) -> Out:
        """The voice has said everything."""
        return self._reported(now, self._answers.finished, response_id)

    def _refuse_output_buffer(self, event: Event, now: datetime) -> Out:
        message = "output_audio_buffer.clear is for WebRTC and SIP; over a WebSocket the client holds the sound."
        raise ProtocolError("invalid_value", message, "type")


_RECEIVE: dict[str, Callable[[Conversation, Event, datetime], Out]] = {
    "session.update": Conversation._session_update,
    "input_audio_buffer.append": Conversation._append,
    "input_audio_buffer.commit": Conversation._commit,
    "input_audio_buffer.clear": Conversation._clear,
    "conversation.item.create": Conversation._item_create,
    "conversation.item.retrieve": Conversation._item_retrieve,
    "conversation.item.delete": Conversation._item_delete,
    "conversation.item.truncate": Conversation._item_truncate,
    "response.create": lambda self, event, now: self._answers.create(event, now),
    "response.cancel": lambda self, event, now: self._answers.cancel(event, now),
    "output_audio_buffer.clear": Conversation._refuse_output_buffer,
}
