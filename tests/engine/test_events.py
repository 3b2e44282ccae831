import json

import pytest

from labkit.engine.events import ProtocolError, client_event, failure, server_event
from labkit.errors import MissingPartError


def refused(event: object, session_type: str = "realtime") -> ProtocolError:
    with pytest.raises(ProtocolError) as caught:
        client_event(event if isinstance(event, str) else json.dumps(event), session_type)
    return caught.value


def update(**session: object) -> dict[str, object]:
    return {"type": "session.update", "event_id": "e1", "session": {"type": "realtime", **session}}


def references(*entries: dict[str, object]) -> dict[str, object]:
    return {"type": "response.create", "response": {"input": [{"type": "item_reference", **e} for e in entries]}}


@pytest.mark.parametrize(
    ("event", "code", "param"),
    [
        ("{", "invalid_json", None),
        ("[]", "invalid_event", None),
        ("[" * 100_000, "invalid_json", None),
        ({}, "invalid_event", "type"),
        ({"type": "response.creat"}, "invalid_value", "type"),
        ({"type": ["response.create"]}, "invalid_value", "type"),
        ({"type": "input_audio_buffer.append"}, "missing_required_parameter", "audio"),
        ({"type": "input_audio_buffer.append", "audio": 5}, "invalid_type", "audio"),
        ({"type": "session.update"}, "missing_required_parameter", "session"),
        ({"type": "session.update", "session": {}}, "missing_required_parameter", "session.type"),
        (update(type="transcription"), "invalid_parameter", "session.type"),
        (update(temperature=1), "unknown_parameter", "session.temperature"),
        (
            update(audio={"input": {"turn_detection": {"type": "vad"}}}),
            "invalid_value",
            "session.audio.input.turn_detection.type",
        ),
        (
            {
                "type": "conversation.item.create",
                "item": {"type": "message", "role": "user", "content": [{"tpe": "x"}]},
            },
            "unknown_parameter",
            "item.content.tpe",
        ),
        (
            update(audio={"input": {"turn_detection": {"type": "server_vad", "threshold": "0.5"}}}),
            "invalid_type",
            "session.audio.input.turn_detection.threshold",
        ),
        (
            update(audio={"input": {"turn_detection": {"type": "server_vad", "silence_duration_ms": "300"}}}),
            "invalid_type",
            "session.audio.input.turn_detection.silence_duration_ms",
        ),
        (update(audio={"output": {"speed": "1"}}), "invalid_type", "session.audio.output.speed"),
        (
            update(truncation={"type": "retention_ratio", "retention_ratio": "0.5"}),
            "invalid_value",
            "session.truncation",
        ),
        (
            {"type": "conversation.item.truncate", "item_id": "i", "content_index": 0, "audio_end_ms": "10"},
            "invalid_type",
            "audio_end_ms",
        ),
        (update(instructions="\ud800"), "invalid_json", None),
        ('{"type": "response.create", "response": {"max_output_tokens": NaN}}', "invalid_json", None),
        ('{"type": "response.create", "response": {"max_output_tokens": 1e999}}', "invalid_json", None),
        (references({}), "missing_required_parameter", "response.input.0.id"),
        (references({"id": 5}), "invalid_type", "response.input.0.id"),
        (references({"id": "i", "text": "x"}), "unknown_parameter", "response.input.0.text"),
    ],
)
def test_what_is_wrong_is_named(event: object, code: str, param: str | None) -> None:
    error = refused(event)
    assert (error.code, error.param) == (code, param)


def test_the_error_names_the_event_that_caused_it() -> None:
    event = refused(update(volume=3)).to_event()
    assert event["error"]["event_id"] == "e1"
    assert event["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    ("event", "code", "param"),
    [
        (update(), "invalid_parameter", "session.type"),
        (update(type="transcription", instructions="x"), "unknown_parameter", "session.instructions"),
        ({"type": "response.create"}, "invalid_value", "type"),
        ({"type": "response.cancel"}, "invalid_value", "type"),
        ({"type": "conversation.item.create", "item": {"type": "message", "role": "user"}}, "invalid_value", "type"),
    ],
)
def test_a_transcription_session_takes_sound_and_its_own_settings(event: object, code: str, param: str) -> None:
    error = refused(event, "transcription")
    assert (error.code, error.param) == (code, param)


def test_a_good_event_comes_back_as_it_was() -> None:
    event = {"type": "response.create", "response": {"conversation": "none", "output_modalities": ["text"]}}
    assert client_event(json.dumps(event)) == event


def test_explicit_nulls_and_references_come_through() -> None:
    for event in (update(audio={"input": {"turn_detection": None}}), references({"id": "a"}, {"id": "b"})):
        assert client_event(json.dumps(event)) == event


def test_a_mistake_of_ours_is_a_server_error() -> None:
    assert failure(KeyError("x"), "e1")["error"]["type"] == "server_error"
    assert failure(KeyError("x"), "e1")["error"]["event_id"] == "e1"
    assert failure(MissingPartError("Run pip."))["error"]["message"] == "Run pip."
    assert failure(ProtocolError("invalid_value", "No."))["error"]["code"] == "invalid_value"


def test_a_wrong_server_event_is_loud() -> None:
    with pytest.raises(ValueError, match="item_id"):
        server_event("conversation.item.deleted")
