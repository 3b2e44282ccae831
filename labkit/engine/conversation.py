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

from labkit.engine import effects, settings
from labkit.engine.answering import Answering
from labkit.engine.events import Event, ProtocolError, client_event, failure, server_event
from labkit.engine.hearing import EarEvent
from labkit.engine.items import from_client, picture
from labkit.engine.skills import Skill
from labkit.engine.speech import Speech
from labkit.engine.state import Out, State
from labkit.errors import UsageError

log = logging.getLogger("labkit.engine")


class Conversation:
    """One client's conversation with the engine."""

    def __init__(self, skill: Skill, now: datetime, kind: str = "realtime") -> None:
        """`kind` is "realtime", or "transcription": what is said is written down, and nothing answered."""
        self._state = State(skill, settings.defaults(skill.name, int(now.timestamp()), kind))
        self._answers = Answering(self._state)
        self._speech = Speech(self._state, self._answers)

    def open(self) -> Out:
        """The first event, and how the ear shall listen."""
        session = self._state.session
        return [server_event("session.created", session=settings.shown(session)), self._state.ear_settings(session)]

    def receive(self, raw: str | bytes, now: datetime) -> Out:
        """One message of the client; whatever is wrong with it becomes an `error` event."""
        event_id = None
        try:
            event = client_event(raw, self._state.session["type"])
            event_id = event.get("event_id")
            if self._state.items.was_taken_back(event.get("item_id")):
                return []  # the event crossed with `conversation.item.deleted`
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
        out: Out = [server_event("session.updated", session=settings.shown(session)), self._state.ear_settings(session)]
        self._state.session = session
        return out

    # -- what the ear and the eyes report --------------------------------------------------------------------

    def heard(self, event: EarEvent, now: datetime) -> Out:
        """A report of the ear."""
        return self._reported(now, self._speech.heard, event)

    def saw(self, look: effects.LookAt, sight: Any, now: datetime) -> Out:
        """A picture was looked at; `sight` is `None` where it could not be read."""
        return self._reported(now, self._saw, look, sight)

    def _saw(self, look: effects.LookAt, sight: Any, now: datetime) -> Out:
        self._state.pending.discard(look)
        if sight is not None and (item := self._state.items.find(look.item_id)) is not None:
            item.sights[look.content_index] = sight
        return self._answers.go_on(now)

    def failed(self, effect: effects.Effect, error: Exception, now: datetime) -> Out:
        """An effect could not be carried out, this was raised: said, and nothing waits for it."""
        return self._reported(now, self._failed, effect, error)

    def _failed(self, effect: effects.Effect, error: Exception, now: datetime) -> Out:
        if isinstance(effect, effects.Speak):
            return self._answers.fail(effect.response_id, error, now)
        if isinstance(effect, effects.LookAt) and isinstance(error, UsageError):  # the picture's fault, not ours
            unreadable = ProtocolError("invalid_image", str(error), "item.content.image_url")
            return [failure(unreadable), *self._saw(effect, None, now)]
        if isinstance(effect, effects.LookAt | effects.CommitEar):
            self._state.pending.discard(effect)
            return self._answers.fail_waiting(error, now)
        return [failure(error)]

    # -- items -----------------------------------------------------------------------------------------------

    def _item_create(self, event: Event, now: datetime) -> Out:
        item = from_client(event["item"])
        item.at = _first_came(item.wire.pop("labkit", None))
        parts = enumerate(item.wire.get("content", []))
        looks = [effects.LookAt(item.id, at, picture(part)) for at, part in parts if part["type"] == "input_image"]
        added = self._state.add(item, event.get("previous_item_id"), now)
        if looks:
            self._state.look_at(looks)
        return [*added, *looks]

    def _item_retrieve(self, event: Event, now: datetime) -> Out:
        item = self._state.items.get(event["item_id"], "item_retrieve_invalid_item_id")
        return [server_event("conversation.item.retrieved", item=item.with_audio())]

    def _item_delete(self, event: Event, now: datetime) -> Out:
        item_id = event["item_id"]
        item = self._state.items.find(item_id)
        self._state.items.delete(item_id)
        deleted = server_event("conversation.item.deleted", item_id=item_id)
        if item is None or not any(part["type"] == "input_image" for part in item.wire.get("content", [])):
            return [deleted]
        self._state.look_away(item_id)
        return [deleted, effects.LookAway(item_id), *self._answers.go_on(now)]

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


def _first_came(ours: Any) -> datetime | None:
    """When an item of a rebuilt conversation was first said; `None` where the client does not say."""
    if not isinstance(ours, dict):
        return None
    try:
        return datetime.fromisoformat(str(ours.get("at"))).astimezone()
    except ValueError as error:
        raise ProtocolError("invalid_value", "Invalid 'item.labkit.at': not a time.", "item.labkit.at") from error


_RECEIVE: dict[str, Callable[[Conversation, Event, datetime], Out]] = {
    "session.update": Conversation._session_update,
    "input_audio_buffer.append": lambda self, event, now: self._speech.append(event, now),
    "input_audio_buffer.commit": lambda self, event, now: self._speech.commit(event, now),
    "input_audio_buffer.clear": lambda self, event, now: self._speech.clear(event, now),
    "conversation.item.create": Conversation._item_create,
    "conversation.item.retrieve": Conversation._item_retrieve,
    "conversation.item.delete": Conversation._item_delete,
    "conversation.item.truncate": Conversation._item_truncate,
    "response.create": lambda self, event, now: self._answers.create(event, now),
    "response.cancel": lambda self, event, now: self._answers.cancel(event, now),
    "output_audio_buffer.clear": Conversation._refuse_output_buffer,
}
