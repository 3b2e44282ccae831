"""A turn that was ended too early: what came of it is taken back, and one item with all that was said follows."""

import asyncio
import base64
import random
from typing import Any

import openai
import pytest
from engine.conftest import Served
from engine.test_conversation import NOW, SHOW, Client, answer_calls, client, hearing

from labkit import pcm, samples
from labkit.engine import effects
from labkit.engine.calls import Call
from labkit.engine.hearing import SpeechContinued, SpeechStarted, SpeechStopped

__all__ = ["client"]
FIRST, WHOLE = "count to ten", "count to ten backwards"


def half(client: Client, text: str = FIRST) -> list[str]:
    """The first piece: 300 to 1300 ms."""
    client.append(1400)
    order = client.take(client.conversation.heard(SpeechStarted(300), NOW))
    return order + client.take(client.conversation.heard(SpeechStopped(300, 1300, 1100, hearing(text)), NOW))


def on_again(client: Client, start_ms: int = 300) -> list[str]:
    client.append(400)
    return client.take(client.conversation.heard(SpeechContinued(start_ms), NOW))


def rest(client: Client, text: str = WHOLE, end_ms: int = 2300) -> list[str]:
    client.append(1000)
    return client.take(client.conversation.heard(SpeechStopped(300, end_ms, end_ms - 200, hearing(text)), NOW))


def items(client: Client) -> list[str]:
    """Who has said what, as the engine knows it."""
    return [f"{item.wire.get('role')}: {item.text.strip()}" for item in client.conversation._state.items]


def committed_ms(client: Client) -> float:
    client.send("conversation.item.retrieve", item_id=client.last("input_audio_buffer.committed")["item_id"])
    sound = client.last("conversation.item.retrieved")["item"]["content"][0]["audio"]
    return pcm.duration_ms(base64.b64decode(sound))


def test_the_order_of_a_turn_taken_up_again(client: Client) -> None:
    half(client)
    first = client.last("input_audio_buffer.committed")["item_id"]
    client.speak(1)
    answer = client.last("response.output_item.added")["item"]["id"]
    order = on_again(client)
    deleted = [event["item_id"] for event in client.events if event["type"] == "conversation.item.deleted"]
    order += rest(client)
    assert deleted == [answer, first]
    assert order == [
        "input_audio_buffer.speech_started",
        "response.output_audio.done",
        "response.output_audio_transcript.done",
        "response.content_part.done",
        "conversation.item.done",
        "response.output_item.done",
        "response.done",
        "conversation.item.deleted",
        "conversation.item.deleted",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
        "response.created",
        "response.output_item.added",
        "conversation.item.added",
        "response.content_part.added",
    ]
    started = client.last("input_audio_buffer.speech_started")
    assert started["audio_start_ms"] == 300
    assert started["item_id"] == client.last("input_audio_buffer.committed")["item_id"] != first
    assert client.last("input_audio_buffer.committed")["previous_item_id"] is None
    done = client.last("response.done")["response"]
    assert done["status_details"] == {"type": "cancelled", "reason": "turn_detected"}
    assert done["usage"]["output_tokens"] > 0


def test_one_item_has_the_sound_of_both_pieces_and_is_answered(client: Client) -> None:
    half(client)
    on_again(client)
    rest(client)
    assert committed_ms(client) == 2000
    client.speak(99)
    client.finish()
    assert items(client) == [f"user: {WHOLE}", f"assistant: you said {WHOLE}"]
    assert client.skill.requests[-1].history == []


def test_it_may_happen_again(client: Client) -> None:
    half(client)
    on_again(client)
    rest(client, "count to ten and")
    on_again(client)
    rest(client, WHOLE, 3500)
    assert committed_ms(client) == 3200
    client.finish()
    assert items(client)[0] == f"user: {WHOLE}"
    assert len(items(client)) == 2


def test_an_answer_that_was_complete_is_taken_back_too_and_no_echo_of_it_expected(client: Client) -> None:
    half(client)
    client.speak(99)
    client.finish()
    client.effects.clear()
    order = on_again(client)
    assert order == ["input_audio_buffer.speech_started", *["conversation.item.deleted"] * 2]
    assert effects.FarEndCut() in client.effects
    assert items(client) == []


def test_an_answer_in_flight_falls_silent(client: Client) -> None:
    half(client)
    speak = next(effect for effect in client.effects if isinstance(effect, effects.Speak))
    on_again(client)
    assert effects.StopSpeaking(speak.response_id) in client.effects
    assert client.conversation.spoke(speak.response_id, "stale", pcm.silence(100), NOW) == []


def test_what_was_said_before_stays(client: Client) -> None:
    client.type("hello")
    before = client.last("conversation.item.added")["item"]["id"]
    half(client)
    on_again(client)
    assert items(client) == ["user: hello"]
    rest(client)
    assert client.last("input_audio_buffer.committed")["previous_item_id"] == before


def test_what_was_typed_meanwhile_stays(client: Client) -> None:
    half(client)
    client.type("and quickly")
    on_again(client)
    assert items(client) == ["user: and quickly"]


LATE: list[tuple[str, dict[str, Any]]] = [
    ("conversation.item.truncate", {"content_index": 0, "audio_end_ms": 50}),
    ("conversation.item.delete", {}),
    ("conversation.item.retrieve", {}),
]


@pytest.mark.parametrize(("kind", "fields"), LATE)
def test_late_events_about_what_was_taken_back_are_no_errors(client: Client, kind: str, fields: dict[str, Any]) -> None:
    half(client)
    client.speak(1)
    on_again(client)
    for gone in [event["item_id"] for event in client.events if event["type"] == "conversation.item.deleted"]:
        assert client.send(kind, item_id=gone, **fields) == []
    assert client.send(kind, item_id="another", **fields) == ["error"]


def test_an_item_that_shall_follow_one_taken_back_comes_last(client: Client) -> None:
    half(client)
    gone = client.last("input_audio_buffer.committed")["item_id"]
    on_again(client)
    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hello"}]}
    assert client.send("conversation.item.create", item=item, previous_item_id=gone)[0] == "conversation.item.added"


def test_only_so_many_are_remembered(client: Client) -> None:
    half(client)
    gone = client.last("input_audio_buffer.committed")["item_id"]
    for _ in range(70):
        on_again(client)
        rest(client)
    assert client.send("conversation.item.retrieve", item_id=gone) == ["error"]


def test_an_answer_that_called_a_function_stays_and_the_turn_is_an_ordinary_one(client: Client) -> None:
    tool = {"type": "function", "name": "roll_dice", "parameters": {"type": "object", "properties": {}}}
    client.send("session.update", session={"type": "realtime", "tools": [tool]})
    half(client, "roll dice")
    call = client.last("response.done")["response"]["output"][0]
    assert call["type"] == "function_call"
    assert on_again(client) == ["input_audio_buffer.speech_started"]
    rest(client, "roll dice twice")
    assert committed_ms(client) == 2000
    assert [item.text for item in client.conversation._state.items][0::2] == ["roll dice", "roll dice twice"]


def calls_on_its_own(client: Client) -> None:
    """The skill shows something with every answer."""
    client.send("session.update", session={"type": "realtime", "tools": [SHOW]})
    client.skill.calls = (Call("show", "{}"),)


@pytest.mark.parametrize("spoken", [False, True], ids=["at the calls", "at the words"])
def test_what_the_skill_calls_itself_is_taken_back_with_its_output(client: Client, spoken: bool) -> None:
    calls_on_its_own(client)
    half(client)
    answer_calls(client)
    if spoken:
        client.send("response.create")
        client.speak(2)
    gone = [item.id for item in client.conversation._state.items]
    assert on_again(client)[-1] == "conversation.item.deleted"
    deleted = [event["item_id"] for event in client.events if event["type"] == "conversation.item.deleted"]
    assert sorted(deleted) == sorted(gone)
    assert items(client) == []
    rest(client)
    assert committed_ms(client) == 2000
    answer_calls(client)
    client.send("response.create")
    assert client.skill.requests[-1].text == WHOLE
    assert client.skill.requests[-1].outputs == [("show", "ok")]


def test_an_output_that_comes_after_its_call_was_taken_back_counts_for_nothing(client: Client) -> None:
    calls_on_its_own(client)
    half(client)
    on_again(client)
    answer_calls(client)
    rest(client)
    assert client.skill.requests[-1].outputs == []
    assert client.last("response.done")["response"]["output"][0]["name"] == "show"


def test_an_answer_that_may_not_be_interrupted_stays(client: Client) -> None:
    detection = {"type": "semantic_vad", "interrupt_response": False}
    client.send("session.update", session={"type": "realtime", "audio": {"input": {"turn_detection": detection}}})
    half(client)
    assert on_again(client) == ["input_audio_buffer.speech_started"]
    assert rest(client)[-1] == "conversation.item.done"
    assert "response.created" in client.finish()


def test_without_answers_the_item_is_taken_back_all_the_same(client: Client) -> None:
    detection = {"type": "semantic_vad", "create_response": False}
    client.send("session.update", session={"type": "realtime", "audio": {"input": {"turn_detection": detection}}})
    half(client)
    assert on_again(client) == ["input_audio_buffer.speech_started", "conversation.item.deleted"]
    assert rest(client)[-1] == "conversation.item.done"


@pytest.mark.parametrize("between", ["input_audio_buffer.commit", "input_audio_buffer.clear"])
def test_nothing_is_taken_back_once_the_client_ended_the_turn(client: Client, between: str) -> None:
    half(client)
    client.append(200)
    client.send(between)
    assert "conversation.item.deleted" not in on_again(client)


def test_an_item_that_the_client_has_deleted_is_not_deleted_again(client: Client) -> None:
    half(client)
    client.send("conversation.item.delete", item_id=client.last("input_audio_buffer.committed")["item_id"])
    assert "conversation.item.deleted" not in on_again(client)
    rest(client)
    assert committed_ms(client) == 2000


def test_going_on_without_a_turn_before_is_speech_that_begins(client: Client) -> None:
    assert on_again(client) == ["input_audio_buffer.speech_started"]
    assert "input_audio_buffer.committed" in rest(client)


async def test_a_recording_with_a_pause_becomes_one_item(served: Served) -> None:
    """The first sentence is listed on its own, so the ear ends the turn in the pause, and takes it up again."""
    pieces = [pcm.to_bytes(pcm.read(samples.path(name))) for name in ("hello", "thank_you")]
    sound = pieces[0] + pcm.silence(250) + pieces[1] + pcm.silence(1500)
    async with openai.AsyncOpenAI(api_key=served.token, base_url=served.address).realtime.connect() as connection:
        listening: Any = {
            "turn_detection": {"type": "semantic_vad"},
            "transcription": {"model": "gpt-transcribe", "prompt": "hello\nhello thank you"},
        }
        await connection.session.update(session={"type": "realtime", "audio": {"input": listening}})
        for chunk in pcm.chunks(sound):
            await connection.input_audio_buffer.append(audio=base64.b64encode(chunk).decode())
        events: list[Any] = []
        async with asyncio.timeout(60):
            while not finished(events):
                events.append(await connection.recv())
        users = [event.item.id for event in events if event.type == "conversation.item.done" and is_user(event.item)]
        deleted = [event.item_id for event in events if event.type == "conversation.item.deleted"]
        assert len(users) == 2
        assert users[0] in deleted
        assert users[1] not in deleted
        said = [event.transcript for event in events if event.type.endswith("transcription.completed")]
        assert said == ["hello", "hello thank you"]
        await connection.conversation.item.retrieve(item_id=users[0])  # crossed: no answer, no error
        await connection.conversation.item.retrieve(item_id=users[1])
        async with asyncio.timeout(60):
            told = await connection.recv()
        assert told.type == "conversation.item.retrieved"
        kept_ms = pcm.duration_ms(base64.b64decode(told.item.content[0].audio))
        assert kept_ms > sum(map(pcm.duration_ms, pieces))


def finished(events: list[Any]) -> bool:
    stopped = sum(event.type == "input_audio_buffer.speech_stopped" for event in events)
    return stopped == 2 and events[-1].type == "response.done" and events[-1].response.status == "completed"


def is_user(item: Any) -> bool:
    return getattr(item, "role", "") == "user"


def test_turns_taken_up_again_at_random_leave_no_piece_behind(client: Client) -> None:
    """However often, and whatever the voice has said by then: one item with the whole, and one answer."""
    seeded = random.Random(3)
    end_ms = 0
    for _ in range(30):
        start_ms, pieces = end_ms, seeded.randrange(1, 5)
        client.take(client.conversation.heard(SpeechStarted(start_ms), NOW))
        for number in range(pieces):
            end_ms += 500
            client.append(500)
            text = " ".join(["word"] * (number + 1))
            client.take(client.conversation.heard(SpeechStopped(start_ms, end_ms, end_ms, hearing(text)), NOW))
            client.speak(seeded.randrange(3))
            if seeded.random() < 0.3:
                client.finish()
            if number + 1 < pieces:
                client.take(client.conversation.heard(SpeechContinued(start_ms), NOW))
        assert committed_ms(client) == 500 * pieces
        client.finish()
        assert items(client)[-2] == f"user: {text}"
    assert len(items(client)) == 60
    assert not any(event["type"] == "error" for event in client.events)
