"""A cascade inside a conversation; a script plays the session that listens, another one the three stages."""

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from test_dialogue import FakeServer, nothing, until
from websockets.asyncio.server import serve

from labkit import images, pcm, speaking
from labkit.cascade import CascadeWire, Models
from labkit.cascade.stages import Speaker, Written
from labkit.dialogue import Dialogue
from labkit.engines import Target
from labkit.errors import ConnectError, ServerError
from labkit.wire import Wire

TONE = b"\1\0" * 24
"""One millisecond."""
VAD = {"type": "server_vad", "silence_duration_ms": 200}


class Gates:
    """Stages that say what they were told to, each as soon as its gate is open."""

    def __init__(self) -> None:
        self.streamed = True
        self.heard: str | Exception = "hello"
        self.language = ""
        self.answer = ["Hi. ", "Bye."]
        self.asked: dict[str, Any] = {}
        self.gates = {name: asyncio.Event() for name in ("transcribe", "think", "speak")}
        self.cancelled: list[str] = []
        for gate in self.gates.values():
            gate.set()

    async def _pass(self, name: str) -> None:
        try:
            await self.gates[name].wait()
        except asyncio.CancelledError:
            self.cancelled.append(name)
            raise

    async def transcribe(self, model: str, sound: bytes, hints: dict[str, Any]) -> Written:
        self.asked["transcribe"] = (model, sound, hints)
        await self._pass("transcribe")
        if isinstance(self.heard, Exception):
            raise self.heard
        return Written(self.heard, {"type": "duration", "seconds": 1.0}, self.language)

    async def think(self, model: str, messages: list[Any], usage: dict[str, Any]) -> AsyncIterator[str]:
        self.asked["think"] = (model, messages)
        for token in self.answer:
            yield token
            await self._pass("think")
        usage.update(prompt_tokens=3, completion_tokens=2)

    async def speak(self, model: str, text: str, speaker: Speaker) -> AsyncIterator[tuple[str, bytes]]:
        self.asked.setdefault("speak", []).append((model, text, speaker))
        yield text, TONE * 100
        await self._pass("speak")

    async def aclose(self) -> None: ...


@contextlib.asynccontextmanager
async def talking(
    settings: dict[str, Any] | None = None,
    *,
    models: Models | None = None,
    kind: str = "other",
    voices: dict[str, str] | None = None,
):
    """The server, the conversation and the stages, open."""
    server, stages = FakeServer(nothing), Gates()
    async with serve(server, "127.0.0.1", 0) as running:
        port = running.sockets[0].getsockname()[1]
        target = Target(kind, f"http://127.0.0.1:{port}/v1", "m", "a-key")
        wire = CascadeWire(target, streamed=True, models=models, voices=voices)
        audio = {"input": {"turn_detection": VAD, "transcription": {"model": "t", "prompt": "hello"}}}
        dialogue = Dialogue(target, settings or {"type": "realtime", "audio": audio}, [], wire=wire)
        await dialogue.open(30)
        await wire._stages.aclose()
        wire._stages = stages
        yield server, dialogue, stages
        await dialogue.close()


async def say(server: FakeServer, dialogue: Dialogue, number: int = 1) -> None:
    """Somebody speaks for 200 ms after 100 ms of silence."""
    begin = round(dialogue._wire._microphone.now_ms)
    for sound in (pcm.silence(100), TONE * 200, pcm.silence(100)):
        dialogue.append(sound, 0.0)
    await until(lambda: server.kinds()[-1] == "input_audio_buffer.append")
    await server.say("input_audio_buffer.speech_started", audio_start_ms=begin + 100, item_id=f"u{number}")
    await until(lambda: received(dialogue).count("input_audio_buffer.speech_started") == number)
    await server.say("input_audio_buffer.speech_stopped", audio_end_ms=begin + 300, item_id=f"u{number}")
    await server.say("input_audio_buffer.committed", item_id=f"u{number}", previous_item_id=None)
    item = {"id": f"u{number}", "type": "message", "role": "user", "content": [{"type": "input_audio"}]}
    await server.say("conversation.item.added", item=item)
    await server.say(
        "conversation.item.input_audio_transcription.completed", item_id=f"u{number}", transcript="inner", usage={}
    )


def received(dialogue: Dialogue) -> list[str]:
    kinds = [record.event["type"] for record in dialogue.log.records if not record.sent]
    return [kind for kind in kinds if kind == "labkit.stage" or not kind.startswith("labkit.")]


async def test_an_interpreter_speaks_each_language_in_its_own_voice() -> None:
    async with talking(voices={"en": "marin", "es": "cedar"}) as (server, dialogue, stages):
        stages.heard, stages.language = "Where is the station?", "en"
        stages.answer = ["Tengo hambre. ", "Tengo sed."]
        dialogue.expect_answer()
        await say(server, dialogue)
        turn = await dialogue.wait(30)
        assert [speaker for *_, speaker in stages.asked["speak"]] == [Speaker("cedar", 1.0, "Spanish")] * 2
        completed = [r.event for r in dialogue.log.records if r.event["type"].endswith("transcription.completed")]
        assert completed[-1]["labkit"] == {"language": "en"}
        assert turn.assistant == "Tengo hambre. Tengo sed."


async def test_a_spoken_turn_in_the_protocols_order() -> None:
    async with talking(models=Models("a", "b", "c")) as (server, dialogue, stages):
        dialogue.expect_answer()
        await say(server, dialogue)
        turn = await dialogue.wait(30)
        assert stages.asked["transcribe"] == ("a", TONE * 200, {"prompt": "hello"})
        assert stages.asked["think"] == ("b", [{"role": "user", "content": "hello"}])
        assert stages.asked["speak"] == [("c", "Hi.", Speaker("marin")), ("c", " Bye.", Speaker("marin"))]
        events = received(dialogue)
    assert events[events.index("input_audio_buffer.speech_started") :] == [
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
        "response.created",
        "conversation.item.input_audio_transcription.completed",
        "labkit.stage",
        "labkit.stage",
        "labkit.stage",
        "response.output_item.added",
        "conversation.item.added",
        "response.content_part.added",
        "response.output_audio_transcript.delta",
        "response.output_audio.delta",
        "response.output_audio_transcript.delta",
        "response.output_audio.delta",
        "response.output_audio.done",
        "response.output_audio_transcript.done",
        "response.content_part.done",
        "conversation.item.done",
        "response.output_item.done",
        "response.done",
    ]
    assert (turn.user, turn.assistant, turn.status, turn.spoken) == ("hello", "Hi. Bye.", "completed", True)
    assert turn.model == "cascade of a + b + c"
    assert turn.usage[0]["total_tokens"] == 5
    assert turn.transcription_usage == [{"type": "duration", "seconds": 1.0}]
    assert turn.audio_ms == 100 + 150 + 100
    stamps = [turn.stamps[name] for name in ("committed", "transcribed", "first_token", "first_sentence", "first_text")]
    assert stamps == sorted(stamps)


async def test_the_session_inside_is_told_to_listen_only_and_the_client_sees_what_it_asked_for() -> None:
    async with talking() as (server, dialogue, _):
        inner = server.received[0]["session"]["audio"]["input"]
        assert inner["turn_detection"] == {**VAD, "create_response": False, "interrupt_response": False}
        assert dialogue.turn_detection == {**VAD, "create_response": True, "interrupt_response": True}
        assert dialogue.settings["model"] == "cascade of gpt-transcribe + gpt-5.4-mini + gpt-4o-mini-tts"
        push_to_talk = speaking.PushToTalk(dialogue)
        await push_to_talk.hold()
        await until(lambda: dialogue.turn_detection is None)
        push_to_talk._held_from_ms -= 200
        await push_to_talk.release()
        await until(lambda: dialogue.turn_detection is not None)
        assert dialogue.turn_detection == {**VAD, "create_response": True, "interrupt_response": True}


async def test_a_server_that_is_told_nothing_of_turns_still_answers_nothing() -> None:
    async with talking({"type": "realtime"}) as (server, _, __):
        quiet = {"type": "server_vad", "create_response": False, "interrupt_response": False}
        assert server.received[0]["session"]["audio"]["input"]["turn_detection"] == quiet


async def test_a_hosted_session_does_not_write_down_what_the_cascade_does() -> None:
    settings = {"type": "realtime", "audio": {"input": {"transcription": {"model": "t"}}}}
    async with talking(settings, kind="hosted") as (server, dialogue, _):
        assert server.received[0]["session"]["audio"]["input"]["transcription"] is None
        assert dialogue.settings["audio"]["input"]["transcription"] == {"model": "t"}


async def test_typing_skips_the_transcription_and_never_reaches_the_session_inside() -> None:
    async with talking() as (server, dialogue, stages):
        await speaking.say(dialogue, "count")
        turn = await dialogue.wait(30)
        assert (turn.user, turn.assistant, turn.spoken) == ("count", "Hi. Bye.", False)
        assert "transcribe" not in stages.asked
        assert server.kinds() == ["session.update"]
        await speaking.say(dialogue, "more")
        await dialogue.wait(30)
        said = [(message["role"], message["content"]) for message in stages.asked["think"][1]]
        assert said[1:] == [("assistant", "Hi. Bye."), ("user", "more")]


async def test_instructions_lead_the_messages() -> None:
    async with talking({"type": "realtime", "instructions": "Be kind."}) as (_, dialogue, stages):
        await speaking.say(dialogue, "x")
        await dialogue.wait(30)
        assert stages.asked["think"][1][0] == {"role": "system", "content": "Be kind."}
        dialogue.expect_answer()
        dialogue.send({"type": "response.create", "response": {"instructions": "Be rude."}})
        await dialogue.wait(30)
        assert stages.asked["think"][1][0] == {"role": "system", "content": "Be rude."}


async def test_pictures_are_shown_to_the_chat_model() -> None:
    async with talking() as (_, dialogue, stages):
        await speaking.show(dialogue, images.PNG, "what is it")
        await dialogue.wait(30)
        picture, text = stages.asked["think"][1][0]["content"]
        assert picture["image_url"]["url"].startswith("data:image/png;base64,")
        assert text == {"type": "text", "text": "what is it"}


@pytest.mark.parametrize("stage", ["transcribe", "think", "speak"])
async def test_speaking_stops_the_answer_in_every_stage(stage: str) -> None:
    async with talking() as (server, dialogue, stages):
        stages.gates[stage].clear()
        await say(server, dialogue)
        await until(lambda: stage in stages.asked)
        await server.say("input_audio_buffer.speech_started", audio_start_ms=500, item_id="u2")
        await until(lambda: dialogue.log.turns[0].done)
        turn = dialogue.log.turns[0]
        assert turn.status == "cancelled"
        await until(lambda: stage in stages.cancelled)
        done = next(r.event for r in dialogue.log.records if r.event["type"] == "response.done")
        assert done["response"]["status_details"] == {"type": "cancelled", "reason": "turn_detected"}


async def test_what_was_interrupted_before_it_was_written_down_is_answered_with_the_next() -> None:
    async with talking() as (server, dialogue, stages):
        stages.gates["transcribe"].clear()
        await say(server, dialogue, 1)
        await until(lambda: "transcribe" in stages.asked)
        await say(server, dialogue, 2)
        stages.gates["transcribe"].set()
        await until(lambda: dialogue.log.newest.status == "completed")
        assert [message["content"] for message in stages.asked["think"][1]] == ["hello", "hello"]
        assert [turn.user for turn in dialogue.log.turns] == ["hello", "hello"]


async def test_only_heard_words_stay_in_the_history() -> None:
    async with talking() as (_, dialogue, stages):
        await speaking.say(dialogue, "x")
        turn = await dialogue.wait(30)
        where = {"item_id": turn.item_ids[0], "content_index": 0, "audio_end_ms": 200}
        dialogue.send({"type": "conversation.item.truncate", **where})
        await speaking.say(dialogue, "y")
        await dialogue.wait(30)
        assert [message["content"] for message in stages.asked["think"][1]] == ["x", "Hi.", "y"]
        assert "conversation.item.truncated" in received(dialogue)


async def test_cancelling() -> None:
    async with talking() as (_, dialogue, stages):
        stages.gates["think"].clear()
        await speaking.say(dialogue, "x")
        await until(lambda: dialogue.log.turns and dialogue.log.turns[0].assistant == "Hi.")
        await dialogue.interrupt()
        await until(lambda: dialogue.log.turns[0].done)
        assert dialogue.log.turns[0].status == "cancelled"
        dialogue.send({"type": "response.cancel"})
        await until(lambda: dialogue.errors)
        assert dialogue.errors[-1]["error"]["code"] == "response_cancel_not_active"


async def test_a_second_question_while_answering_is_refused_and_then_asked_again() -> None:
    async with talking() as (_, dialogue, stages):
        stages.gates["think"].clear()
        dialogue.ask()
        await until(lambda: "think" in stages.asked)
        dialogue.ask()
        await until(lambda: dialogue.errors)
        assert dialogue.errors[0]["error"]["code"] == "conversation_already_has_active_response"
        stages.gates["think"].set()
        await until(lambda: received(dialogue).count("response.done") == 2)


async def test_an_answer_that_may_not_be_interrupted_is_followed_by_the_next() -> None:
    detection = {**VAD, "interrupt_response": False}
    settings = {"type": "realtime", "audio": {"input": {"turn_detection": detection}}}
    async with talking(settings) as (server, dialogue, stages):
        stages.gates["think"].clear()
        await say(server, dialogue, 1)
        await until(lambda: "think" in stages.asked)
        await say(server, dialogue, 2)
        await until(lambda: received(dialogue).count("input_audio_buffer.committed") == 2)
        stages.gates["think"].set()
        await until(lambda: received(dialogue).count("response.done") == 2)
        assert [turn.status for turn in dialogue.log.turns] == ["completed", "completed"]


async def test_a_commit_of_the_client_is_waited_for() -> None:
    async with talking({"type": "realtime", "audio": {"input": {"turn_detection": None}}}) as (
        server,
        dialogue,
        stages,
    ):
        dialogue.append(TONE * 300, 0.0)
        dialogue.send({"type": "input_audio_buffer.commit"})
        dialogue.ask()
        await until(lambda: "input_audio_buffer.commit" in server.kinds())
        assert "response.created" not in received(dialogue)
        await server.say("input_audio_buffer.committed", item_id="u1", previous_item_id=None)
        assert (await dialogue.wait(30)).user == "hello"
        assert stages.asked["transcribe"][1] == TONE * 300
        dialogue.send({"type": "input_audio_buffer.commit"})
        dialogue.ask()
        await server.say("error", error={"code": "input_audio_buffer_commit_empty", "message": "Nothing."})
        await until(lambda: received(dialogue).count("response.done") == 2)


async def test_a_turn_that_was_ended_too_early_is_taken_back() -> None:
    async with talking() as (server, dialogue, stages):
        await say(server, dialogue, 1)
        await until(lambda: received(dialogue).count("response.done") == 1)
        await server.say("input_audio_buffer.speech_started", audio_start_ms=100, item_id="u2")
        await server.say("conversation.item.deleted", item_id="u1")
        await until(lambda: received(dialogue).count("conversation.item.deleted") == 2)
        await server.say("input_audio_buffer.speech_stopped", audio_end_ms=350, item_id="u2")
        await server.say("input_audio_buffer.committed", item_id="u2", previous_item_id=None)
        await until(lambda: received(dialogue).count("response.done") == 2)
        assert len(stages.asked["transcribe"][1]) == 250 * len(TONE)
        assert stages.asked["think"][1] == [{"role": "user", "content": "hello"}]
        assert len(dialogue.log.turns) == 1
        assert dialogue.log.turns[0].recovered == 1


async def test_nothing_understood_is_said_and_the_conversation_goes_on() -> None:
    async with talking() as (server, dialogue, stages):
        stages.heard = ""
        dialogue.expect_answer()
        await say(server, dialogue, 1)
        with pytest.raises(ServerError, match=r"^The answer failed: nothing was understood: .* is empty\.$"):
            await dialogue.wait(30)
        assert dialogue.log.turns[0].status == "failed"
        stages.heard = "hello"
        dialogue.expect_answer()
        await say(server, dialogue, 2)
        assert (await dialogue.wait(30)).assistant == "Hi. Bye."


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ConnectError("lab.example has no /audio/transcriptions"), "lab.example has no"),
        (ZeroDivisionError(), "made a mistake"),
    ],
)
async def test_a_stage_that_fails_fails_the_answer(error: Exception, message: str) -> None:
    async with talking() as (server, dialogue, stages):
        stages.heard = error
        dialogue.expect_answer()
        await say(server, dialogue)
        with pytest.raises(ServerError, match=message):
            await dialogue.wait(30)
        assert dialogue.log.turns[0].user_failed
        await speaking.say(dialogue, "x")
        assert (await dialogue.wait(30)).assistant == "Hi. Bye."


async def test_an_answer_without_words_is_said() -> None:
    async with talking() as (_, dialogue, stages):
        stages.answer = [""]
        await speaking.say(dialogue, "x")
        with pytest.raises(ServerError, match="answered nothing"):
            await dialogue.wait(30)
        assert "speak" not in stages.asked


@pytest.mark.parametrize(
    "event",
    [
        {"type": "conversation.item.create"},
        {"type": "conversation.item.create", "item": {"type": "function_call_output", "output": "1"}},
        {"type": "conversation.item.create", "item": {"type": "message", "content": [{"type": "input_image"}]}},
        {"type": "response.create", "response": {"conversation": "none"}},
        {"type": "response.create", "response": 5},
    ],
)
async def test_what_a_cascade_cannot_do_is_an_error_event(event: dict[str, Any]) -> None:
    async with talking() as (_, dialogue, _stages):
        dialogue.send(event)
        await until(lambda: dialogue.errors)
        assert dialogue.errors[0]["error"]["code"] == "invalid_value"
        await speaking.say(dialogue, "x")
        await dialogue.wait(30)


async def test_other_peoples_items_and_events_go_to_the_session_inside() -> None:
    async with talking() as (server, dialogue, _):
        dialogue.send({"type": "conversation.item.delete", "item_id": "unknown"})
        dialogue.send({"type": "input_audio_buffer.append", "audio": "é"})
        dialogue.send({"type": "something.else"})
        await until(lambda: "something.else" in server.kinds())
        assert "conversation.item.delete" in server.kinds()


async def test_items_are_deleted_here() -> None:
    async with talking() as (server, dialogue, stages):
        await speaking.say(dialogue, "x")
        turn = await dialogue.wait(30)
        for item_id in (turn.user_item, turn.item_ids[0]):
            dialogue.send({"type": "conversation.item.delete", "item_id": item_id})
        await speaking.say(dialogue, "y")
        await dialogue.wait(30)
        assert [message["content"] for message in stages.asked["think"][1]] == ["y"]
        dialogue.send({"type": "conversation.item.truncate", "item_id": turn.item_ids[0], "audio_end_ms": 0})
        assert server.kinds() == ["session.update"]
        assert not dialogue.errors


async def test_a_server_that_answers_all_the_same_is_not_listened_to() -> None:
    async with talking() as (server, dialogue, _):
        await server.respond(1, "I ", "was ", "told ", "not to.")
        await server.say("input_audio_buffer.speech_started")
        await server.say("rate_limits.updated", rate_limits=[])
        await until(lambda: "rate_limits.updated" in received(dialogue))
        assert not dialogue.log.turns
        assert dialogue.closed is None


async def test_the_end_of_the_session_inside_is_the_end() -> None:
    async with talking() as (server, dialogue, _):
        await server.socket.close(1001, "Too late.")
        await until(lambda: dialogue.closed)
        assert isinstance(dialogue.closed, ConnectError)
        assert "Too late." in str(dialogue.closed)


async def test_sound_goes_out_as_base64() -> None:
    async with talking() as (_, dialogue, __):
        sounds = []
        dialogue.on("response.output_audio.delta", lambda event: sounds.append(base64.b64decode(event["delta"])))
        await speaking.say(dialogue, "x")
        turn = await dialogue.wait(30)
        assert b"".join(sounds) == dialogue.sound(turn) == TONE * 100 + pcm.silence(150) + TONE * 100


async def test_no_key_and_no_header_of_the_hosted_service_goes_to_another_server(monkeypatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-secret")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-secret")
    requests: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
        requests.append(head)
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    async def not_at_all(self: Wire, timeout_s: float) -> None: ...

    monkeypatch.setattr(Wire, "open", not_at_all)
    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        wire = CascadeWire(Target("other", f"http://127.0.0.1:{port}/v1", "m", "its-own-key"))
        await wire.open(1)
        with pytest.raises(ConnectError, match=r"127\.0\.0\.1 has no /audio/transcriptions"):
            await wire._stages.transcribe("m", TONE, {})
        await wire.close()
    assert b"Bearer its-own-key" in requests[0]
    assert b"secret" not in requests[0]
