"""The state machine alone: client events and reports in, server events and effects out, no clock and no I/O."""

import base64
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from labkit import pcm
from labkit.engine import conversation, effects
from labkit.engine.calls import Call
from labkit.engine.conversation import Conversation
from labkit.engine.hearing import EarFailed, Heard, Hearing, SpeechStarted, SpeechStopped
from labkit.engine.input_buffer import MAX_APPEND_BYTES
from labkit.engine.skills import Reply, Request
from labkit.errors import MissingPartError, UsageError

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


class Echo:
    """A skill that says what it was asked, so that what it was given is seen."""

    name = "labkit-echo"
    you_can_say = ("hello",)
    own_tools: frozenset[str] = frozenset({"show"})

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.calls: tuple[Call, ...] = ()

    def warm_up(self) -> None: ...

    def sentences(self) -> Sequence[str]:
        return ["hello", "go on"]

    def sentences_in(self, language: str) -> Sequence[str]:
        return {"es": ["¡Hola!"]}.get(language, [])

    def reply(self, request: Request) -> Reply:
        self.requests.append(request)
        return Reply(f"you said {request.text}", calls=self.calls)


def hearing(text: str, accepted: bool = True) -> Hearing:
    return Hearing(text, accepted, text, text, 100.0, (), 1.0)


class Client:
    """Speaks to a conversation; keeps the events and carries the effects out as asked."""

    def __init__(self) -> None:
        self.skill = Echo()
        self.conversation = Conversation(self.skill, NOW)
        self.events: list[dict[str, Any]] = []
        self.effects: list[effects.Effect] = []
        self.take(self.conversation.open())

    def take(self, out: list[Any]) -> list[str]:
        self.events += [what for what in out if isinstance(what, dict)]
        self.effects += [what for what in out if not isinstance(what, dict)]
        return [what["type"] for what in out if isinstance(what, dict)]

    def send(self, kind: str, **fields: Any) -> list[str]:
        return self.take(self.conversation.receive(json.dumps({"type": kind, **fields}), NOW))

    def type(self, text: str) -> list[str]:
        content = [{"type": "input_text", "text": text}]
        return self.send("conversation.item.create", item={"type": "message", "role": "user", "content": content})

    def append(self, ms: int) -> list[str]:
        return self.send("input_audio_buffer.append", audio=base64.b64encode(pcm.silence(ms)).decode())

    def speak(self, words: int, ms: int = 100) -> list[str]:
        """Have the voice say the newest reply's first words, `ms` of sound each."""
        speak = next(e for e in reversed(self.effects) if isinstance(e, effects.Speak))
        out = []
        for word in speak.text.split()[:words]:
            out += self.take(self.conversation.spoke(speak.response_id, f"{word} ", pcm.silence(ms), NOW))
        return out

    def finish(self) -> list[str]:
        speak = next(e for e in reversed(self.effects) if isinstance(e, effects.Speak))
        return self.take(self.conversation.finished(speak.response_id, NOW))

    def last(self, kind: str) -> dict[str, Any]:
        return next(event for event in reversed(self.events) if event["type"] == kind)

    def error(self) -> str:
        return str(self.last("error")["error"]["code"])


@pytest.fixture
def client() -> Client:
    return Client()


def say(client: Client, text: str = "hello") -> list[str]:
    client.type(text)
    client.send("response.create")
    client.speak(99)
    return client.finish()


def test_the_order_of_a_spoken_turn(client: Client) -> None:
    client.append(2000)
    order = client.take(client.conversation.heard(SpeechStarted(300), NOW))
    client.append(500)
    order += client.take(client.conversation.heard(SpeechStopped(300, 1800, 1600, hearing("hello")), NOW))
    order += client.speak(1) + client.finish()
    assert order == [
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
        "response.created",
        "response.output_item.added",
        "conversation.item.added",
        "response.content_part.added",
        "response.output_audio_transcript.delta",
        "response.output_audio.delta",
        "response.output_audio.done",
        "response.output_audio_transcript.done",
        "response.content_part.done",
        "conversation.item.done",
        "response.output_item.done",
        "response.done",
    ]
    started, stopped = (
        client.last("input_audio_buffer.speech_started"),
        client.last("input_audio_buffer.speech_stopped"),
    )
    assert started["item_id"] == stopped["item_id"] == client.last("input_audio_buffer.committed")["item_id"]
    assert client.last("response.done")["response"]["status"] == "completed"


def test_the_committed_sound_is_what_lay_between_start_and_end(client: Client) -> None:
    client.append(2000)
    client.take(client.conversation.heard(SpeechStarted(300), NOW))
    client.take(client.conversation.heard(SpeechStopped(300, 1800, 1600, hearing("hello")), NOW))
    client.send("conversation.item.retrieve", item_id=client.last("input_audio_buffer.committed")["item_id"])
    sound = client.last("conversation.item.retrieved")["item"]["content"][0]["audio"]
    assert pcm.duration_ms(base64.b64decode(sound)) == 1500


def test_transcription_is_told_only_when_asked_for(client: Client) -> None:
    client.append(2000)
    stopped = SpeechStopped(0, 900, 700, hearing("hello"))
    assert not any("transcription" in kind for kind in client.take(client.conversation.heard(stopped, NOW)))
    client.finish()
    client.send("session.update", session={"type": "realtime", "audio": {"input": {"transcription": {"model": "m"}}}})
    stopped = SpeechStopped(900, 1900, 1700, hearing("go on"))
    client.take(client.conversation.heard(stopped, NOW))
    assert client.last("conversation.item.input_audio_transcription.completed")["transcript"] == "go on"


def test_manual_turns_wait_for_the_ear(client: Client) -> None:
    client.send("session.update", session={"type": "realtime", "audio": {"input": {"turn_detection": None}}})
    client.append(1000)
    assert client.send("input_audio_buffer.commit")[0] == "input_audio_buffer.committed"
    assert client.send("response.create") == ["response.created"]
    item_id = client.last("input_audio_buffer.committed")["item_id"]
    assert effects.CommitEar(item_id) in client.effects
    client.take(client.conversation.heard(Heard(item_id, hearing("hello")), NOW))
    client.speak(99)
    assert client.last("response.output_audio_transcript.delta")["delta"] == "hello "


def test_text_answers_need_no_voice(client: Client) -> None:
    client.type("hello")
    order = client.send("response.create", response={"output_modalities": ["text"]})
    assert order[-1] == "response.done"
    assert client.last("response.output_text.done")["text"] == "you said hello"
    assert client.last("response.done")["response"]["output"][0]["content"] == [
        {"type": "output_text", "text": "you said hello"}
    ]


def test_speech_over_an_answer_cancels_it(client: Client) -> None:
    client.type("hello")
    client.send("response.create")
    client.speak(1)
    order = client.take(client.conversation.heard(SpeechStarted(0), NOW))
    assert order[0] == "input_audio_buffer.speech_started"
    assert order[-1] == "response.done"
    response = client.last("response.done")["response"]
    assert response["status_details"] == {"type": "cancelled", "reason": "turn_detected"}
    assert response["output"][0]["status"] == "incomplete"
    assert client.speak(99) == []  # what the voice still had is stale


def test_speech_does_not_interrupt_where_it_may_not(client: Client) -> None:
    detection = {"type": "server_vad", "interrupt_response": False}
    client.send("session.update", session={"type": "realtime", "audio": {"input": {"turn_detection": detection}}})
    client.type("hello")
    client.send("response.create")
    client.append(1000)
    assert client.take(client.conversation.heard(SpeechStarted(0), NOW)) == ["input_audio_buffer.speech_started"]
    stopped = SpeechStopped(0, 900, 700, hearing("go on"))
    assert "response.created" not in client.take(client.conversation.heard(stopped, NOW))
    assert "response.created" in client.finish()


@pytest.mark.parametrize("end", ["completed", "cancelled", "incomplete", "failed"])
def test_speech_during_an_answer_is_answered_once_however_that_ends(client: Client, end: str) -> None:
    detection = {"type": "server_vad", "interrupt_response": False}
    client.send("session.update", session={"type": "realtime", "audio": {"input": {"turn_detection": detection}}})
    client.type("hello")
    client.send("response.create", response={"max_output_tokens": 3} if end == "incomplete" else {})
    client.append(2000)
    for start_ms in (0, 1000):
        client.take(client.conversation.heard(SpeechStarted(start_ms), NOW))
        stopped = SpeechStopped(start_ms, start_ms + 900, start_ms + 700, hearing("go on"))
        client.take(client.conversation.heard(stopped, NOW))
    speak = next(e for e in client.effects if isinstance(e, effects.Speak))
    if end == "cancelled":
        client.send("response.cancel")
    elif end == "incomplete":
        client.take(client.conversation.spoke(speak.response_id, "you", pcm.silence(1000), NOW))
    elif end == "failed":
        client.take(client.conversation.failed(speak, OSError("no voice"), NOW))
    else:
        client.finish()
    assert client.last("response.done")["response"]["status"] == end
    client.finish()
    assert sum(event["type"] == "response.created" for event in client.events) == 2
    assert client.last("response.done")["response"]["status"] == "completed"


def test_truncation_really_cuts_what_the_engine_knows(client: Client) -> None:
    say(client, "one two three")
    item_id = client.last("response.output_item.added")["item"]["id"]
    client.send("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=260)
    assert client.last("conversation.item.truncated")["audio_end_ms"] == 260
    client.send("conversation.item.retrieve", item_id=item_id)
    part = client.last("conversation.item.retrieved")["item"]["content"][0]
    assert part["transcript"] == "you said one"
    assert pcm.duration_ms(base64.b64decode(part["audio"])) == 260
    say(client, "go on")
    assert ("assistant", "you said one") in client.skill.requests[-1].history


@pytest.mark.parametrize("end_ms", [-1, 5001])
def test_truncating_outside_the_sound_is_refused(client: Client, end_ms: int) -> None:
    say(client)
    item_id = client.last("response.output_item.added")["item"]["id"]
    client.send("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=end_ms)
    assert client.error() == "invalid_value"


def test_nothing_heard_leaves_nothing(client: Client) -> None:
    say(client)
    item_id = client.last("response.output_item.added")["item"]["id"]
    client.send("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=0)
    client.send("conversation.item.retrieve", item_id=item_id)
    assert client.last("conversation.item.retrieved")["item"]["content"][0]["transcript"] == ""


@pytest.mark.parametrize(
    ("kind", "fields", "code"),
    [
        ("response.cancel", {}, "response_cancel_not_active"),
        ("input_audio_buffer.commit", {}, "input_audio_buffer_commit_empty"),
        ("conversation.item.delete", {"item_id": "no"}, "item_delete_invalid_item_id"),
        ("conversation.item.retrieve", {"item_id": "no"}, "item_retrieve_invalid_item_id"),
        (
            "conversation.item.truncate",
            {"item_id": "no", "content_index": 0, "audio_end_ms": 0},
            "item_truncate_invalid_item_id",
        ),
        ("input_audio_buffer.append", {"audio": "***"}, "invalid_value"),
        ("input_audio_buffer.append", {"audio": "AAAA"}, "invalid_value"),
        ("output_audio_buffer.clear", {}, "invalid_value"),
    ],
)
def test_errors_have_the_protocols_codes_and_leave_the_conversation_intact(
    client: Client, kind: str, fields: dict[str, Any], code: str
) -> None:
    assert client.send(kind, **fields, event_id="mine") == ["error"]
    assert client.error() == code
    assert client.last("error")["error"]["event_id"] == "mine"
    assert say(client)[-1] == "response.done"


CRASHED_ONCE = [
    ("session.update", {"session": {"type": "realtime", "audio": None}}),
    ("session.update", {"session": {"type": "realtime", "tools": [{"type": "function"}]}}),
    (
        "session.update",
        {"session": {"type": "realtime", "tools": [{"type": "function", "name": "a", "parameters": 5}]}},
    ),
    ("conversation.item.create", {"item": {"type": "message", "role": "user", "content": [{"text": "x"}]}}),
    ("conversation.item.truncate", {"item_id": "mine", "content_index": -5, "audio_end_ms": 0}),
    ("conversation.item.truncate", {"item_id": "mine", "content_index": 0, "audio_end_ms": "10"}),
    ("response.create", {"response": {"audio": {"output": {"voice": {"id": "voice_1"}}}}}),
    ("response.create", {"response": {"tools": [{"type": "function"}]}}),
    ("response.create", {"response": {"max_output_tokens": 0}}),
    ("response.create", {"response": {"input": [{"type": "item_reference", "id": "no"}]}}),
    ("response.create", {"response": {"input": [{"type": "message", "role": "user", "content": [{}]}]}}),
]


@pytest.mark.parametrize(("kind", "fields"), CRASHED_ONCE)
def test_wrong_events_change_nothing(client: Client, kind: str, fields: dict[str, Any]) -> None:
    content = [{"type": "output_text", "text": "hello"}]
    client.send(
        "conversation.item.create", item={"id": "mine", "type": "message", "role": "assistant", "content": content}
    )
    client.send("session.update", session={"type": "realtime"})
    before = client.last("session.updated")["session"]
    assert client.send(kind, **fields) == ["error"]
    assert client.last("error")["error"]["type"] == "invalid_request_error"
    client.send("session.update", session={"type": "realtime"})
    assert client.last("session.updated")["session"] == before
    assert say(client)[-1] == "response.done"


def test_a_mistake_of_ours_is_said_and_the_conversation_goes_on(client: Client, monkeypatch) -> None:
    monkeypatch.setattr(conversation, "from_client", lambda item: item["nothing"])
    assert client.type("hello") == ["error"]
    assert client.last("error")["error"]["type"] == "server_error"
    assert say(client)[-1] == "response.done"


def failed(client: Client) -> dict[str, Any]:
    """The newest response, which has failed and was said to."""
    assert client.last("error")["error"]["type"] == "server_error"
    response = client.last("response.done")["response"]
    assert response["status"] == "failed"
    assert response["status_details"]["error"]["type"] == "server_error"
    return response


def test_what_is_raised_while_thinking_ends_the_response(client: Client, monkeypatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(client.skill, "reply", lambda request: 1 / 0)
        client.send("response.create")
        failed(client)
    assert say(client)[-1] == "response.done"


def test_what_is_raised_while_speaking_ends_the_response(client: Client) -> None:
    client.type("hello")
    client.send("response.create")
    client.speak(1)
    speak = next(e for e in client.effects if isinstance(e, effects.Speak))
    client.take(client.conversation.failed(speak, OSError("no voice"), NOW))
    assert failed(client)["output"][0]["status"] == "incomplete"
    assert say(client)[-1] == "response.done"


@pytest.mark.parametrize(
    ("error", "status"), [(MissingPartError("Run pip."), "failed"), (UsageError("?"), "in_flight")]
)
def test_what_is_raised_while_looking_leaves_nothing_waiting(client: Client, error: Exception, status: str) -> None:
    content = [{"type": "input_image", "image_url": "data:image/png;base64,AAAA"}]
    client.send("conversation.item.create", item={"type": "message", "role": "user", "content": content})
    client.send("response.create")
    look = next(e for e in client.effects if isinstance(e, effects.LookAt))
    client.take(client.conversation.failed(look, error, NOW))
    if status == "failed":
        assert failed(client)["status_details"]["error"]["message"] == "Run pip."
    else:
        assert client.error() == "invalid_image"
        client.finish()
    assert say(client)[-1] == "response.done"


def test_a_report_that_cannot_be_dealt_with_is_said_and_nothing_waits(client: Client, monkeypatch) -> None:
    client.send("session.update", session={"type": "realtime", "audio": {"input": {"turn_detection": None}}})
    client.append(1000)
    client.send("input_audio_buffer.commit")
    client.send("response.create")
    item_id = client.last("input_audio_buffer.committed")["item_id"]
    monkeypatch.setattr(client.conversation._speech, "_transcribed", lambda item: 1 / 0)
    assert client.take(client.conversation.heard(Heard(item_id, hearing("hello")), NOW))[0] == "error"
    assert any(isinstance(e, effects.Speak) for e in client.effects)


def test_references_stand_where_the_client_put_them(client: Client) -> None:
    text = [{"type": "input_text", "text": "first"}]
    client.send("conversation.item.create", item={"id": "a", "type": "message", "role": "user", "content": text})
    new = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "new"}]}
    given = [new, {"type": "item_reference", "id": "a"}]
    client.send("response.create", response={"input": given, "output_modalities": ["text"]})
    assert client.last("response.output_text.done")["text"] == "you said first"
    assert client.skill.requests[-1].history == [("user", "new")]
    client.send("response.create", response={"input": given[::-1], "output_modalities": ["text"]})
    assert client.last("response.output_text.done")["text"] == "you said new"


@pytest.mark.parametrize(
    "part",
    [
        {"type": "input_audio", "audio": base64.b64encode(bytes(MAX_APPEND_BYTES + 2)).decode()},
        {"type": "input_audio", "audio": "AAAA"},
        {"type": "input_image", "image_url": f"data:image/png;base64,{'AAAA' * (effects.MAX_IMAGE_BYTES // 3 + 1)}"},
    ],
    ids=["sound", "half a sample", "picture"],
)
def test_what_is_too_large_for_an_item_is_refused(client: Client, part: dict[str, Any]) -> None:
    assert client.send("conversation.item.create", item={"type": "message", "role": "user", "content": [part]}) == [
        "error"
    ]
    assert say(client)[-1] == "response.done"


def test_an_oversized_append_is_refused_and_the_next_is_heard(client: Client) -> None:
    sound = base64.b64encode(bytes(15 * 1024 * 1024 + 2)).decode()
    assert client.send("input_audio_buffer.append", audio=sound) == ["error"]
    assert client.append(20) == []
    assert client.effects[-1] == effects.HearAudio(pcm.silence(20))


def test_one_answer_at_a_time_but_out_of_band_ones_beside_it(client: Client) -> None:
    client.type("hello")
    client.send("response.create")
    assert client.send("response.create") == ["error"]
    assert client.error() == "conversation_already_has_active_response"
    message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "apart"}]}
    aside = {"conversation": "none", "input": [message], "output_modalities": ["text"], "metadata": {"topic": "x"}}
    order = client.send("response.create", response=aside)
    assert "conversation.item.added" not in order
    done = client.last("response.done")["response"]
    assert (done["conversation_id"], done["metadata"]) == (None, {"topic": "x"})
    assert client.last("response.output_text.done")["text"] == "you said apart"


def test_items_go_where_the_client_puts_them(client: Client) -> None:
    client.type("second")
    first = {"id": "mine", "type": "message", "role": "user", "content": [{"type": "input_text", "text": "first"}]}
    client.send("conversation.item.create", item=first, previous_item_id="root")
    assert client.last("conversation.item.added")["previous_item_id"] is None
    assert client.send("conversation.item.create", item=first) == ["error"]
    assert client.error() == "item_create_duplicate_item_id"
    client.send("conversation.item.delete", item_id="mine")
    assert client.send("conversation.item.retrieve", item_id="mine") == ["error"]


@pytest.mark.parametrize(
    ("transcription", "sentences"),
    [
        ({"language": "en"}, ["hello", "go on"]),
        ({"language": "es", "prompt": "adiós"}, {"es": ["¡Hola!", "adiós"]}),
        ({"languages": ["en", "es"]}, {"en": ["hello", "go on"], "es": ["¡Hola!", "adiós"]}),
    ],
)
def test_the_ear_listens_in_the_languages_of_the_session(client: Client, transcription, sentences) -> None:
    settings = {"model": "whisper-1", "prompt": "es: adiós", **transcription}
    client.send("session.update", session={"type": "realtime", "audio": {"input": {"transcription": settings}}})
    configured = next(e for e in reversed(client.effects) if isinstance(e, effects.ConfigureEar))
    assert configured.sentences == sentences


def test_a_tool_is_called_by_its_name_and_its_output_is_said(client: Client) -> None:
    tool = {
        "type": "function",
        "name": "roll_dice",
        "parameters": {"type": "object", "properties": {"sides": {"type": "integer"}}},
    }
    client.send("session.update", session={"type": "realtime", "tools": [tool]})
    configured = next(e for e in reversed(client.effects) if isinstance(e, effects.ConfigureEar))
    assert "roll dice" in configured.sentences
    client.type("please roll the dice with 20 sides")
    order = client.send("response.create")
    assert order[-1] == "response.done"
    call = client.last("response.done")["response"]["output"][0]
    assert (call["type"], call["name"], json.loads(call["arguments"])) == ("function_call", "roll_dice", {"sides": 20})
    output = {"type": "function_call_output", "call_id": call["call_id"], "output": "17"}
    client.send("conversation.item.create", item=output)
    client.send("response.create", response={"output_modalities": ["text"]})
    assert "17" in client.last("response.output_text.done")["text"]


SHOW = {"type": "function", "name": "show", "parameters": {"type": "object", "properties": {}}}
PICTURE = {"type": "input_image", "image_url": "data:image/png;base64,AAAA"}


def answer_calls(client: Client, output: str = "ok") -> list[dict[str, Any]]:
    """Hand over an output for every call of the newest response; returns the calls."""
    called = client.last("response.done")["response"]["output"]
    for call in called:
        item = {"type": "function_call_output", "call_id": call["call_id"], "output": output}
        client.send("conversation.item.create", item=item)
    return called


@pytest.fixture
def calling(client: Client) -> Client:
    """Somebody who declared the tool of a skill that calls it twice, and another that was not declared."""
    client.send("session.update", session={"type": "realtime", "tools": [SHOW], "output_modalities": ["text"]})
    client.skill.calls = (Call("show", '{"line": 1}'), Call("missing", "{}"), Call("show", '{"line": 2}'))
    return client


def test_a_skill_calls_several_functions_and_then_speaks(calling: Client) -> None:
    calling.type("hello")
    order = calling.send("response.create")
    one_call = [
        "response.output_item.added",
        "conversation.item.added",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "conversation.item.done",
        "response.output_item.done",
    ]
    assert order == ["response.created", *one_call, *one_call, "response.done"]
    placed = [event["output_index"] for event in calling.events if "output_index" in event]
    assert placed == [0, 0, 0, 0, 1, 1, 1, 1]
    called = answer_calls(calling, "seen")
    assert [call["arguments"] for call in called] == ['{"line": 1}', '{"line": 2}']
    assert len({call["call_id"] for call in called}) == len({call["id"] for call in called}) == 2
    assert {call["status"] for call in called} == {"completed"}
    calling.send("response.create")
    assert calling.last("response.output_text.done")["text"] == "you said hello"
    assert calling.skill.requests[-1].outputs == [("show", "seen"), ("show", "seen")]
    assert calling.skill.requests[-1].tools == {"show"}


def test_the_next_sentence_has_calls_of_its_own(calling: Client) -> None:
    for text in ("hello", "go on"):
        calling.type(text)
        calling.send("response.create")
        answer_calls(calling)
        calling.send("response.create")
        assert calling.last("response.output_text.done")["text"] == f"you said {text}"
    assert sum(event["type"] == "response.created" for event in calling.events) == 4


def test_a_client_that_hands_nothing_over_is_answered_all_the_same(calling: Client) -> None:
    calling.type("hello")
    calling.send("response.create")
    calling.send("response.create")
    assert calling.last("response.output_text.done")["text"] == "you said hello"
    assert calling.skill.requests[-1].outputs == []


def test_a_skill_calls_nothing_where_it_may_not(calling: Client) -> None:
    calling.type("hello")
    calling.send("response.create", response={"tool_choice": "none"})
    assert calling.last("response.output_text.done")["text"] == "you said hello"


def test_a_skills_own_functions_are_not_called_by_name(calling: Client) -> None:
    calling.skill.calls = ()
    configured = next(e for e in reversed(calling.effects) if isinstance(e, effects.ConfigureEar))
    assert "show" not in configured.sentences
    calling.type("please show it")
    calling.send("response.create")
    assert calling.last("response.output_text.done")["text"] == "you said please show it"


@pytest.mark.parametrize("late", [False, True], ids=["during the calls", "after the calls"])
def test_a_picture_that_comes_while_functions_are_called_does_not_hide_the_words(calling: Client, late: bool) -> None:
    calling.type("hello")
    calling.send("response.create")
    steps = [lambda: see(calling), lambda: answer_calls(calling)]
    for step in steps[::-1] if late else steps:
        step()
    calling.send("response.create")
    assert calling.last("response.output_text.done")["text"] == "you said hello"
    assert len(calling.skill.requests[-1].outputs) == 2
    assert len(calling.skill.requests[-1].pictures) == 1


def see(client: Client) -> None:
    """Show a picture that is read at once."""
    client.send("conversation.item.create", item={"type": "message", "role": "user", "content": [PICTURE]})
    look = next(e for e in reversed(client.effects) if isinstance(e, effects.LookAt))
    client.take(client.conversation.saw(look, SimpleNamespace(width=512, height=512), NOW))


def test_a_picture_alone_has_no_words(client: Client) -> None:
    say(client)
    see(client)
    client.send("response.create")
    assert not client.skill.requests[-1].has_words
    assert client.skill.requests[0].has_words


def test_new_pictures_are_those_since_the_last_answer(calling: Client) -> None:
    def new() -> int:
        calling.send("response.create")
        return calling.skill.requests[-1].new_pictures

    see(calling)
    assert new() == 1
    answer_calls(calling)  # and asks for no answer: the call alone was one
    see(calling)
    see(calling)
    assert new() == 2
    see(calling)  # while the functions run
    answer_calls(calling)
    assert new() == 3
    answer_calls(calling)
    assert new() == 3
    assert calling.last("response.output_text.done")["text"] == "you said what do you see"
    see(calling)
    assert new() == 1


def test_a_picture_is_looked_at_before_the_answer(client: Client) -> None:
    url = "data:image/png;base64," + base64.b64encode(b"picture").decode()
    content = [{"type": "input_image", "image_url": url}, {"type": "input_text", "text": "what is it"}]
    client.send("conversation.item.create", item={"type": "message", "role": "user", "content": content})
    assert client.send("response.create") == ["response.created"]
    look = next(e for e in client.effects if isinstance(e, effects.LookAt))
    assert look.image == b"picture"
    client.take(client.conversation.saw(look, None, NOW))
    assert any(isinstance(e, effects.Speak) for e in client.effects)


def test_each_picture_of_an_item_is_waited_for_and_counted(client: Client) -> None:
    parts = [{"type": "input_image", "image_url": f"data:image/png;base64,{data}"} for data in ("AAAA", "BBBB")]
    client.send("conversation.item.create", item={"type": "message", "role": "user", "content": parts})
    client.send("response.create")
    looks = [effect for effect in client.effects if isinstance(effect, effects.LookAt)]
    small, large = SimpleNamespace(width=512, height=512), SimpleNamespace(width=1024, height=512)
    client.take(client.conversation.saw(looks[1], large, NOW))
    assert not any(isinstance(effect, effects.Speak) for effect in client.effects)
    client.take(client.conversation.saw(looks[0], small, NOW))
    assert client.skill.requests[-1].sight is large
    client.finish()
    counted = client.last("response.done")["response"]["usage"]["input_token_details"]["image_tokens"]
    assert counted == (85 + 170) + (85 + 2 * 170)


def test_an_address_is_no_picture(client: Client) -> None:
    content = [{"type": "input_image", "image_url": "https://example.org/x.png"}]
    assert client.send("conversation.item.create", item={"type": "message", "role": "user", "content": content}) == [
        "error"
    ]
    assert len(client.events) == 2  # session.created and the error: nothing was added


def test_usage_counts_what_was_read_and_said(client: Client) -> None:
    say(client)
    usage = client.last("response.done")["response"]["usage"]
    assert usage["output_token_details"] == {"text_tokens": 4, "audio_tokens": 6}  # 300 ms at 1 token per 50 ms
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    say(client)
    assert client.last("response.done")["response"]["usage"]["input_token_details"]["cached_tokens"] > 0


def test_the_token_budget_of_an_answer_ends_it(client: Client) -> None:
    client.type("hello")
    client.send("response.create", response={"max_output_tokens": 3})
    client.speak(99)
    response = client.last("response.done")["response"]
    assert response["status_details"] == {"type": "incomplete", "reason": "max_output_tokens"}


def test_old_items_are_dropped_as_the_truncation_setting_says(client: Client) -> None:
    limits = {"type": "retention_ratio", "retention_ratio": 0.5, "token_limits": {"post_instructions": 40}}
    client.send("session.update", session={"type": "realtime", "truncation": limits})
    for number in range(6):
        say(client, f"sentence number {number}")
    said = [text for _, text in client.skill.requests[-1].history]
    assert "sentence number 0" not in said
    assert "sentence number 4" in said


def test_a_full_context_with_truncation_disabled_fails_the_response(client: Client) -> None:
    client.send("session.update", session={"type": "realtime", "truncation": "disabled"})
    client.type("word " * 30_000)
    client.send("response.create")
    assert client.last("response.done")["response"]["status_details"]["error"]["code"] == "context_length_exceeded"


def test_a_dead_ear_is_said_and_nothing_waits_for_it(client: Client) -> None:
    client.send("session.update", session={"type": "realtime", "audio": {"input": {"turn_detection": None}}})
    client.append(1000)
    client.send("input_audio_buffer.commit")
    client.send("response.create")
    client.take(client.conversation.heard(EarFailed("The ear stopped."), NOW))
    assert client.last("error")["error"]["type"] == "server_error"
    assert any(isinstance(e, effects.Speak) for e in client.effects)


def test_many_events_at_random_never_break_it(client: Client) -> None:
    import random

    seeded = random.Random(7)
    kinds = [
        "response.create",
        "response.cancel",
        "input_audio_buffer.commit",
        "input_audio_buffer.clear",
        "session.update",
    ]
    for _ in range(400):
        choice = seeded.random()
        if choice < 0.4:
            client.send(seeded.choice(kinds), **({"session": {"type": "realtime"}} if seeded.random() < 0.5 else {}))
        elif choice < 0.6:
            client.append(seeded.choice([10, 200, 1000]))
        elif choice < 0.7:
            client.take(client.conversation.heard(SpeechStarted(0), NOW))
        elif choice < 0.8:
            client.take(client.conversation.heard(SpeechStopped(0, 100, 80, hearing("hello")), NOW))
        elif any(isinstance(e, effects.Speak) for e in client.effects):
            client.speak(2)
            client.finish()
    created = sum(event["type"] == "response.created" for event in client.events)
    done = sum(event["type"] == "response.done" for event in client.events)
    assert created - done in (0, 1)
