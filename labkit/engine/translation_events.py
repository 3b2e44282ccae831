"""The events of the translation socket: the client's checked, ours built, both with the openai SDK's own types."""

from __future__ import annotations

from typing import Any

from openai.types.realtime import RealtimeTranslationClientEvent, RealtimeTranslationServerEvent
from pydantic import BaseModel

from labkit.engine.events import Event, check, id_of, models, new_id, of_union

__all__ = ["client_event", "server_event"]


def client_event(raw: str | bytes) -> Event:
    """A client's message as a checked event; raises `ProtocolError` where it is none of a translation session."""
    event, model = of_union(raw, RealtimeTranslationClientEvent)
    check(model, event, "", id_of(event))
    if event["type"] == "session.update":
        _check_languages(event)
    return event


class _Named(BaseModel):
    """The source language, which the SDK's types do not have: servers state it, and the engine takes it."""

    language: str | None = None
    languages: list[str] | None = None


def _check_languages(event: Event) -> None:
    listening = (event["session"].get("audio") or {}).get("input") or {}
    transcription = listening.get("transcription") or {}
    named = {name: transcription[name] for name in _Named.model_fields if name in transcription}
    check(_Named, named, "session.audio.input.transcription", id_of(event))


def server_event(kind: str, **fields: Any) -> Event:
    """A server event with a fresh id; a ValidationError here is a bug of ours and is meant to be loud."""
    event = {"type": kind, "event_id": new_id("event"), **fields}
    models(RealtimeTranslationServerEvent)[kind].model_validate(event)
    return event
