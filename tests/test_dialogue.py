"""The client against servers that do the unexpected; a script plays the server."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

import labkit
from labkit import pcm, speaking
from labkit.cost import Meter
from labkit.dialogue import Dialogue
from labkit.engines import Target
from labkit.link import get_link

SESSION = {"type": "realtime", "model": "m", "audio": {"input": {"turn_detection": {"type": "server_vad"}}}}
Script = Callable[["FakeServer", dict[str, Any]], Any]


class FakeServer:
    """Accepts one client at a time, opens a session, and answers each client event as the script says."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.received: list[dict[str, Any]] = []
        self.headers: dict[str, str] = {}
        self.open_sockets = 0
        self.socket: ServerConnection | None = None

    async def __call__(self, socket: ServerConnection) -> None:
        self.socket, self.headers = socket, {name.lower(): value for name, value in socket.request.headers.raw_items()}
        self.open_sockets += 1
        try:
            await self.say("session.created", session=SESSION)
            async for message in socket:
                event = json.loads(message)
                self.received.append(event)
                if event["type"] == "session.update":
                    await self.say("session.updated", session={**SESSION, **event["session"]})
                await asyncio.ensure_future(self.answer(event))
        finally:
            self.open_sockets -= 1

    async def answer(self, event: dict[str, Any]) -> None:
        result = self.script(self, event)
        if result is not None:
            await result

    async def say(self, kind: str, **fields: Any) -> None:
        await self.socket.send(json.dumps({"type": kind, "event_id": "e", **fields}))

    def kinds(self) -> list[str]:
        return [event["type"] for event in self.received]

    async def respond(self, number: int, *words: str, status: str = "completed", **extra: Any) -> None:
        of = {"response_id": f"r{number}", "item_id": f"i{number}", "output_index": 0, "content_index": 0}
        await self.say("response.created", response={"id": f"r{number}", "conversation_id": "c"})
        item = {"id": f"i{number}", "type": "message", "role": "assistant"}
        await self.say("response.output_item.added", response_id=f"r{number}", output_index=0, item=item)
        for word in words:
            await self.say("response.output_audio_transcript.delta", delta=word, **of)
        done = {"id": f"r{number}", "status": status, "output": [item] if words else [], **extra}
        await self.say("response.done", response=done)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - a test looks on from outside
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def talking_with(script: Script, meter: Meter | None = None) -> AsyncIterator[tuple[FakeServer, Dialogue]]:
    server = FakeServer(script)
    async with serve(server, "127.0.0.1", 0) as running:
        port = running.sockets[0].getsockname()[1]
        target = Target("other", f"http://127.0.0.1:{port}/v1", "m", "its-own-key")
        dialogue = Dialogue(target, dict(SESSION), [], meter=meter)
        await dialogue.open(30)
        yield server, dialogue
        await dialogue.close()


def nothing(server: FakeServer, event: dict[str, Any]) -> None:
    return None


def on(kind: str, *answers: Callable[[FakeServer], Any]) -> Script:
    """Answer the first event of a type with the first answer, and so on."""
    left = list(answers)
    return lambda server, event: left.pop(0)(server) if event["type"] == kind and left else None


async def test_strange_events_do_not_end_the_conversation() -> None:
    async def strange(server: FakeServer) -> None:
        await server.socket.send("not json")
        await server.socket.send("[]")
        await server.say("input_audio_buffer.speech_started")
        await server.say("conversation.item.added", item={"id": "x", "role": "user", "content": None})
        await server.say("something.new", of={"the": "future"})
        await server.respond(1, "well ", "then")

    async with talking_with(on("response.create", strange)) as (_, dialogue):
        await speaking.say(dialogue, "hello")
        assert (await dialogue.wait(30)).assistant == "well then"


async def test_a_failed_answer_is_an_error_with_its_reason() -> None:
    details = {"type": "failed", "error": {"code": "insufficient_quota", "message": "You exceeded your quota"}}
    script = on("response.create", lambda s: s.respond(1, status="failed", status_details=details))
    async with talking_with(script) as (_, dialogue):
        await speaking.say(dialogue, "hello")
        with pytest.raises(labkit.ServerError, match="exceeded your quota"):
            await dialogue.wait(30)


async def test_a_question_that_crossed_with_another_answer_is_asked_again() -> None:
    async def busy(server: FakeServer) -> None:
        error = {"type": "invalid_request_error", "code": "conversation_already_has_active_response", "message": "busy"}
        await server.say("response.created", response={"id": "r0", "conversation_id": "c"})
        await server.say("error", error=error)
        await server.say("response.done", response={"id": "r0", "status": "completed", "output": []})

    async with talking_with(on("response.create", busy, lambda s: s.respond(1, "here"))) as (server, dialogue):
        await speaking.say(dialogue, "hello")
        async with asyncio.timeout(30):
            while not dialogue.log.turns or dialogue.log.turns[-1].assistant != "here":
                await dialogue.wait(30)
        assert server.kinds().count("response.create") == 2


async def test_an_answer_that_a_question_interrupts_is_not_the_questions_answer() -> None:
    async def begun(server: FakeServer) -> None:
        await server.say("response.created", response={"id": "r0", "conversation_id": "c"})

    async def interrupted(server: FakeServer) -> None:
        await server.say("response.done", response={"id": "r0", "status": "cancelled", "output": []})
        await asyncio.sleep(0.2)  # what was said before is still being understood
        await server.respond(1, "here")

    async with talking_with(on("response.create", begun, interrupted)) as (_, dialogue):
        await speaking.say(dialogue, "hello")
        await until(lambda: dialogue.answering)
        await speaking.say(dialogue, "where are you")
        assert (await dialogue.wait(30)).assistant == "here"
        assert [turn.status for turn in dialogue.log.turns] == ["cancelled", "completed"]


def called(number: int) -> dict[str, str]:
    return {"type": "function_call", "name": "show", "call_id": f"c{number}", "arguments": "{}"}


async def test_who_began_to_speak_is_not_talked_over_by_the_answer_to_a_call() -> None:
    async with talking_with(nothing) as (server, dialogue):
        dialogue.functions = {"show": lambda: "shown"}

        async def outputs(number: int) -> None:
            await server.respond(number, output=[called(number)])
            await until(lambda: server.kinds().count("conversation.item.create") == number)

        await server.say("input_audio_buffer.speech_started", audio_start_ms=0)
        await outputs(1)
        await asyncio.sleep(0.05)
        assert "response.create" not in server.kinds()
        await server.say("input_audio_buffer.speech_stopped", audio_end_ms=0)
        await outputs(2)
        await until(lambda: server.kinds()[-2:] == ["conversation.item.create", "response.create"])


async def test_what_the_environment_holds_for_openai_stays_with_openai(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-real")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-secret")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-secret")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer sk-real\nX-Gateway: gw-secret")
    async with talking_with(nothing) as (server, _):
        assert server.headers["authorization"] == "Bearer its-own-key"
        assert not [value for value in server.headers.values() if "secret" in value or "sk-real" in value]


async def test_a_socks_proxy_does_not_stand_before_this_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    async with talking_with(nothing) as (server, _):
        assert server.open_sockets == 1


async def test_an_opening_that_is_cancelled_leaves_no_connection() -> None:
    server = FakeServer(nothing)
    server.say = lambda *_, **__: asyncio.sleep(0)  # type: ignore[method-assign] - never opens a session
    async with serve(server, "127.0.0.1", 0) as running:
        port = running.sockets[0].getsockname()[1]
        dialogue = Dialogue(Target("other", f"http://127.0.0.1:{port}/v1", "m", "k"), dict(SESSION), [])
        opening = asyncio.create_task(dialogue.open(20))
        await until(lambda: server.open_sockets)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        await until(lambda: not server.open_sockets)


async def test_what_is_too_large_is_refused_here() -> None:
    async with talking_with(nothing) as (_, dialogue):
        with pytest.raises(labkit.UsageError, match="at most"):
            dialogue.send({"type": "input_audio_buffer.append", "audio": "A" * 31 * 1024 * 1024})
        assert dialogue.closed is None


async def test_push_to_talk_gives_turn_detection_back_however_it_is_pressed() -> None:
    async with talking_with(nothing) as (server, dialogue):
        button = speaking.PushToTalk(dialogue)
        await button.hold()
        await button.release()
        await button.hold()  # again, before the server has confirmed anything
        await button.release()
        await until(lambda: server.kinds().count("session.update") == 5)
        wanted = [e["session"]["audio"]["input"].get("turn_detection") for e in server.received[1:] if "session" in e]
        assert [detection and detection["type"] for detection in wanted] == [None, "server_vad", None, "server_vad"]


async def test_sound_of_an_interrupted_answer_that_comes_late_is_not_played() -> None:
    of = {"response_id": "r1", "item_id": "i1", "output_index": 0, "content_index": 0}
    item = {"id": "i1", "type": "message", "role": "assistant"}

    async def begun(server: FakeServer) -> None:
        await server.say("response.created", response={"id": "r1", "conversation_id": "c"})

    async def late(server: FakeServer) -> None:
        await server.say("response.output_item.added", response_id="r1", output_index=0, item=item)
        await server.say("response.output_audio.delta", delta="AAAA" * 6400, **of)
        await server.say("response.done", response={"id": "r1", "status": "cancelled", "output": [item]})

    def script(server: FakeServer, event: dict[str, Any]) -> Any:
        return {"response.create": begun, "response.cancel": late}.get(event["type"], lambda _: None)(server)

    async with talking_with(script) as (server, dialogue):
        await speaking.say(dialogue, "hello")
        await until(lambda: dialogue.answering)
        await dialogue.interrupt()
        await until(lambda: "conversation.item.truncate" in server.kinds())
        assert server.received[-1]["audio_end_ms"] == 0
        assert dialogue.log.turns[0].heard == ""


async def test_a_turn_that_the_server_takes_back_is_neither_truncated_nor_an_interruption() -> None:
    of = {"response_id": "r1", "item_id": "i1", "output_index": 0, "content_index": 0}
    item = {"id": "i1", "type": "message", "role": "assistant"}
    user = {"id": "u1", "type": "message", "role": "user", "content": [{"type": "input_audio"}]}

    async def begun(server: FakeServer) -> None:
        await server.say("conversation.item.added", item=user)
        await server.say("response.created", response={"id": "r1", "conversation_id": "c"})
        await server.say("response.output_item.added", response_id="r1", output_index=0, item=item)
        await server.say("response.output_audio.delta", delta="AAAA" * 6400, **of)

    async def taken_back(server: FakeServer) -> None:
        await server.say("input_audio_buffer.speech_started", audio_start_ms=0, item_id="u2")
        await server.say("response.done", response={"id": "r1", "status": "cancelled", "output": [item]})
        for name in ("i1", "u1"):
            await server.say("conversation.item.deleted", item_id=name)
        await server.respond(2, "all of it")

    async with talking_with(on("input_audio_buffer.append", begun, taken_back)) as (server, dialogue):
        dialogue.append(pcm.silence(10), 0.0)
        await until(lambda: dialogue.answering)
        dialogue.append(pcm.silence(10), 10.0)
        await until(lambda: dialogue.log.newest and dialogue.log.newest.assistant == "all of it")
        await asyncio.sleep(0.1)
        [turn] = dialogue.log.turns
        assert (turn.recovered, turn.interrupted, turn.status) == (1, False, "completed")
        assert "conversation.item.truncate" not in server.kinds()


async def test_a_conversation_ends_at_its_spending_cap() -> None:
    usage = {"input_token_details": {"audio_tokens": 1000}, "output_token_details": {"audio_tokens": 1000}}
    script = on("response.create", lambda s: s.respond(1, "dear", usage=usage))
    async with talking_with(script, Meter("gpt-realtime-2.1", 0.05)) as (_, dialogue):
        told: list[labkit.LabkitError] = []
        dialogue.on_closed.add(told.append)
        await speaking.say(dialogue, "hello")
        await until(lambda: dialogue.closed)
        assert "spending cap" in str(told[0])
        assert "$0.096" in str(told[0])
        with pytest.raises(labkit.SessionClosedError, match="spending_cap_usd"):
            dialogue.ask()


async def test_the_way_from_the_server_is_measured() -> None:
    async with talking_with(on("response.create", lambda s: s.respond(1, "here"))) as (_, dialogue):
        await until(lambda: dialogue._wire.half_trip_ms is not None)
        await speaking.say(dialogue, "hello")
        await dialogue.wait(30)
        received = [record for record in dialogue.log.records if record.event["type"] == "response.created"]
        assert received[0].wire_ms is not None
        assert 0 < received[0].t_ms - received[0].wire_ms < 60_000


def test_an_option_that_does_not_exist_is_named() -> None:
    with pytest.raises(labkit.UsageError, match="instruction"):
        labkit.connect(instruction="be brief")


@pytest.mark.parametrize(
    "base_url", ["http://127.0.0.1:99999/v1", "http://127.0.0.1:80x/v1", "http://[::1/v1", "http:///v1"]
)
def test_addresses_that_are_none(base_url: str) -> None:
    with pytest.raises(labkit.UsageError, match="is not an address"):
        labkit.connect(base_url=base_url)


def test_a_recording_ends_in_a_whole_chunk() -> None:
    async def spoken() -> int:
        async with talking_with(nothing) as (server, dialogue):
            await speaking.speak(dialogue, pcm.to_samples(pcm.silence(35)))
            await asyncio.sleep(0.1)
            return len(
                [e for e in server.received if e["type"] == "input_audio_buffer.append" and len(e["audio"]) != 640]
            )

    assert get_link().call(spoken()) == 0
