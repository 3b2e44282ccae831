"""The protocol's events: client events checked, server events built, both with the openai SDK's own types.

The SDK's models allow unknown fields, so those are looked for by hand: a misspelt setting that is quietly
ignored costs a learner an hour. Errors are the protocol's (`type`, `code`, `message`, `param`, `event_id`).
"""

from __future__ import annotations

import json
import math
import secrets
from collections.abc import Iterator
from functools import cache
from typing import Any, get_args

from openai.types.realtime import (
    RealtimeClientEvent,
    RealtimeServerEvent,
    RealtimeSessionCreateRequest,
    RealtimeTranscriptionSessionCreateRequest,
)
from openai.types.realtime.response_item_reference import ResponseItemReference
from pydantic import BaseModel, ValidationError

from labkit.errors import LabkitError

Event = dict[str, Any]
OUR_EXTRAS = {
    "session": {"id", "object", "expires_at"},
    "session.audio.input.transcription": {"language", "languages"},
    "item": {"labkit"},
}
"""Fields that servers send and the SDK's types lack (openai 3.51.0): those of translation name no source language.

`labkit` is ours: when an item of a rebuilt conversation was first said.
"""
SESSIONS: dict[str, type[BaseModel]] = {
    "realtime": RealtimeSessionCreateRequest,
    "transcription": RealtimeTranscriptionSessionCreateRequest,
}
IN_TRANSCRIPTION = ("session.update", "input_audio_buffer.", "conversation.item.retrieve", "conversation.item.delete")
"""What a transcription session takes: nothing is said to it that is not sound, and it answers nothing."""


class ProtocolError(Exception):
    """A client event that cannot be obeyed; becomes an `error` event and leaves the conversation intact."""

    def __init__(self, code: str, message: str, param: str | None = None, event_id: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.param, self.event_id = code, message, param, event_id

    def to_event(self) -> Event:
        """The `error` event that tells the client."""
        fields = {"code": self.code, "message": self.message, "param": self.param, "event_id": self.event_id}
        return server_event("error", error={"type": "invalid_request_error", **fields})


def failure(error: Exception, event_id: str | None = None) -> Event:
    """The `error` event for anything that was raised: the client's mistakes by their code, ours as `server_error`."""
    if isinstance(error, ProtocolError):
        return error.to_event()
    message = f"The engine made a mistake ({type(error).__name__}): try again, its log says more."
    if isinstance(error, LabkitError):
        message = str(error)
    fields = {"code": "server_error", "message": message, "param": None, "event_id": event_id}
    return server_event("error", error={"type": "server_error", **fields})


def new_id(prefix: str) -> str:
    """A fresh identifier in the protocol's style, such as `item_4f0c…`."""
    return f"{prefix}_{secrets.token_hex(10)}"


@cache
def models(union: Any) -> dict[str, type[BaseModel]]:
    """The SDK's types of a union of events, by the events' types."""
    members = get_args(get_args(union)[0])
    return {get_args(member.model_fields["type"].annotation)[0]: member for member in members}


def client_event(raw: str | bytes, session_type: str = "realtime") -> Event:
    """A client's message as a checked event; raises `ProtocolError` where it is not one of such a session."""
    event, model = of_union(raw, RealtimeClientEvent)
    event_id = id_of(event)
    if session_type == "transcription" and not event["type"].startswith(IN_TRANSCRIPTION):
        message = f"'{event['type']}' is not for a transcription session: leave out ?intent=transcription to converse."
        raise ProtocolError("invalid_value", message, "type", event_id)
    if event["type"] == "session.update":
        _check_session(event, session_type, event_id)
    else:
        check(model, _without_references(event, event_id), "", event_id)
    return event


def of_union(raw: str | bytes, union: Any) -> tuple[Event, type[BaseModel]]:
    """A client's message, not checked further, and its type in a union; raises `ProtocolError` where it has none."""
    event = _parsed(raw)
    if "type" not in event:
        raise ProtocolError("invalid_event", "The 'type' field is missing.", "type", id_of(event))
    model = models(union).get(str(event["type"]))
    if model is None:
        known = ", ".join(f"'{name}'" for name in models(union))
        message = f"Invalid value: '{event['type']}'. Supported values are: {known}."
        raise ProtocolError("invalid_value", message, "type", id_of(event))
    return event, model


def id_of(event: Event) -> str | None:
    """The client's own id of its event, if it gave one."""
    return event.get("event_id") if isinstance(event.get("event_id"), str) else None


def _parsed(raw: str | bytes) -> Event:
    try:
        event = json.loads(raw, parse_constant=_number, parse_float=_number)
    except (ValueError, RecursionError) as error:
        raise ProtocolError("invalid_json", f"The message is not JSON: {error}.") from error
    if not isinstance(event, dict):
        raise ProtocolError("invalid_event", "An event is a JSON object with a 'type'.")
    return event


def _number(text: str) -> float:
    """A number that can be sent back: Python's NaN and Infinity (1e999, too) are no JSON."""
    if not math.isfinite(value := float(text)):
        raise ValueError(f"{text} is not a number of JSON")
    return value


def _without_references(event: Event, event_id: str | None) -> Event:
    """The event as the SDK's types know it: they have no `item_reference` in `response.input`, the protocol has."""
    response = event.get("response") if event["type"] == "response.create" else None
    entries = response.get("input") if isinstance(response, dict) else None
    if not isinstance(response, dict) or not isinstance(entries, list):
        return event
    kept = [_stand_in(entry, f"response.input.{at}", event_id) for at, entry in enumerate(entries)]
    return {**event, "response": {**response, "input": kept}}


def _stand_in(entry: object, path: str, event_id: str | None) -> object:
    """A checked `item_reference` becomes an empty message, so that the others keep their place in messages."""
    if not isinstance(entry, dict) or entry.get("type") != "item_reference":
        return entry
    check(ResponseItemReference, entry, path, event_id)
    return {"type": "message", "role": "user", "content": []}


def _check_session(event: Event, session_type: str, event_id: str | None) -> None:
    session = event.get("session")
    if not isinstance(session, dict):
        raise ProtocolError("missing_required_parameter", "Missing required parameter: 'session'.", "session", event_id)
    wanted = session.get("type")
    if wanted is None:
        message = "Missing required parameter: 'session.type'."
        raise ProtocolError("missing_required_parameter", message, "session.type", event_id)
    if wanted != session_type:
        message = f"Passing a {wanted} session update event to a {session_type} session is not allowed."
        raise ProtocolError("invalid_parameter", message, "session.type", event_id)
    check(SESSIONS[session_type], session, "session", event_id)


def check(model: type[BaseModel], fields: Event, path: str, event_id: str | None) -> None:
    """Strict: a number in quotes is no number. From JSON, since pydantic's strict mode wants instances otherwise."""
    try:
        checked = model.model_validate_json(json.dumps(fields), strict=True)
    except ValidationError as error:
        raise _from_pydantic(error, path, event_id) from error
    except RecursionError as error:
        raise ProtocolError("invalid_json", "The message is nested too deeply.", None, event_id) from error
    for name in _unknown(checked, path):
        raise ProtocolError("unknown_parameter", f"Unknown parameter: '{name}'.", name, event_id)


def _from_pydantic(error: ValidationError, path: str, event_id: str | None) -> ProtocolError:
    if (broken := error.errors()[0])["type"] == "json_invalid":
        return ProtocolError("invalid_json", f"The message is not JSON: {broken['msg']}.", None, event_id)
    first = min(error.errors(), key=lambda detail: len(detail["loc"]))
    # Unions name the class they tried; those start with a capital letter and mean nothing to a client.
    steps = [path, *(str(step) for step in first["loc"] if not str(step)[:1].isupper() and "[" not in str(step))]
    param = ".".join(step for step in steps if step)
    if first["type"] == "missing":
        return ProtocolError("missing_required_parameter", f"Missing required parameter: '{param}'.", param, event_id)
    code = "invalid_type" if first["type"].endswith("_type") else "invalid_value"
    return ProtocolError(code, f"Invalid value for '{param}': {first['msg']}.", param, event_id)


def _unknown(model: BaseModel, path: str) -> Iterator[str]:
    allowed = OUR_EXTRAS.get(path, set())
    for name in model.model_extra or {}:
        if name not in allowed:
            yield f"{path}.{name}".lstrip(".")
    for name in model.model_fields_set & set(type(model).model_fields):
        for inner in _models_in(getattr(model, name)):
            yield from _unknown(inner, f"{path}.{name}".lstrip("."))


def _models_in(value: object) -> Iterator[BaseModel]:
    if isinstance(value, BaseModel):
        yield value
    elif isinstance(value, list):
        for entry in value:
            yield from _models_in(entry)


def server_event(kind: str, **fields: Any) -> Event:
    """A server event with a fresh id; a ValidationError here is a bug of ours and is meant to be loud."""
    event = {"type": kind, "event_id": new_id("event"), **fields}
    models(RealtimeServerEvent)[kind].model_validate(event)
    return event
