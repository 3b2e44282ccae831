"""A connection that breaks at every bad moment: a script plays the servers, and twice the real engine is killed."""

import asyncio
import base64
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.frames import Close
from websockets.http11 import Response

import labkit
from labkit import pcm, reconnecting, runtime, samples, speaking
from labkit.dialogue import Dialogue
from labkit.engines import Target
from labkit.errors import ConnectError
from labkit.reconnecting import ReconnectingWire
from labkit.turns import Event
from labkit.unsettled import item_id_of

TARGET = Target("other", "http://h/v1", "m", "k")
MANUAL = {"type": "realtime", "audio": {"input": {"turn_detection": None}}}
DETECTED = {"type": "realtime", "audio": {"input": {"turn_detection": {"type": "server_vad"}}}}
ECHOES = {"delete": "deleted", "truncate": "truncated", "clear": "cleared"}


def failed(why: Exception, message: str = "h ended the conversation (x). What was said is kept.") -> ConnectError:
    """What a wire raises, with what was behind it."""
    error = ConnectError(message)
    error.__context__ = why
    return error


def broken(code: int = 1001) -> ConnectError:
    return failed(ConnectionClosedError(Close(code, "x"), None))


class Server:
    """One server after the other: each connection is a new one that knows nothing."""

    def __init__(self) -> None:
        self.received: list[Event] = []
        """By the server of now."""
        self.connections = 0
        self.refuses: Exception | None = None
        self.silent: set[str] = set()
        """Events that are not answered."""
        self._events: asyncio.Queue[Event | Exception] = asyncio.Queue()

    # -- as a wire -------------------------------------------------------------------------------------------

    half_trip_ms = None

    async def open(self, timeout_s: float) -> None:
        if self.connections and self.refuses:
            raise self.refuses
        self.connections += 1
        self.received, self._events = [], asyncio.Queue()
        self.say("session.created", session={"model": "m"})

    def send(self, event: Event) -> bool:
        self.received.append(event)
        part, _, what = event["type"].rpartition(".")
        if event["type"] in self.silent:
            return True
        if event["type"] == "session.update":
            self.say("session.updated", session={"model": "m", **event["session"]})
        elif event["type"] == "conversation.item.create":
            self.add(event["item"])
        elif event["type"] == "input_audio_buffer.commit":
            self.commit(f"spoken{self.connections}")
        elif what in ECHOES:
            self.say(f"{part}.{ECHOES[what]}", **{k: v for k, v in event.items() if k not in ("type", "event_id")})
        return True

    async def events(self) -> AsyncIterator[Event]:
        while not isinstance(event := await self._events.get(), Exception):
            yield event
        raise event

    async def close(self) -> None: ...

    # -- what the test has it do -----------------------------------------------------------------------------

    def say(self, kind: str, **fields: Any) -> None:
        self._events.put_nowait({"type": kind, "event_id": "e", **fields})

    def lose(self, error: Exception | None = None) -> None:
        self._events.put_nowait(error or broken())

    def add(self, item: Event) -> None:
        self.say("conversation.item.added", item=item)
        self.say("conversation.item.done", item=item)

    def commit(self, item_id: str) -> None:
        self.say("input_audio_buffer.committed", item_id=item_id)
        content = [{"type": "input_audio", "transcript": None}]
        self.add({"id": item_id, "type": "message", "role": "user", "content": content})

    def begin(self, name: str) -> None:
        self.say("response.created", response={"id": name, "conversation_id": "c"})
        item = {"id": f"answer_{name}", "type": "message", "role": "assistant", "content": []}
        self.say("response.output_item.added", response_id=name, item=item)
        self.say("conversation.item.added", item=item)

    def words(self, name: str, *words: str) -> None:
        of = {"response_id": name, "item_id": f"answer_{name}"}
        for word in words:
            self.say("response.output_audio_transcript.delta", delta=word, **of)
            self.say("response.output_audio.delta", delta=base64.b64encode(pcm.silence(200)).decode(), **of)

    def end(self, name: str, *output: Event) -> None:
        done = {"id": name, "status": "completed", "output": list(output), "conversation_id": "c"}
        self.say("response.done", response=done)

    def answer(self, name: str, *words: str) -> None:
        self.begin(name)
        self.words(name, *words)
        self.end(name)

    # -- what it was told ------------------------------------------------------------------------------------

    def told(self) -> list[str]:
        """In short, and without sound."""
        kinds = [(event["type"].rpartition(".")[2], item_id_of(event)) for event in self.received]
        return [f"{kind} {item_id}".strip() for kind, item_id in kinds if kind != "append"]

    def items(self) -> list[tuple[str, str]]:
        """Who said what, of the items that were created."""
        items = [event["item"] for event in self.received if event["type"] == "conversation.item.create"]
        return [(i.get("role", i["type"]), (i.get("content") or [{}])[0].get("text", "")) for i in items]

    def sound_ms(self) -> float:
        sound = [event["audio"] for event in self.received if event["type"] == "input_audio_buffer.append"]
        return pcm.duration_ms(b"".join(map(base64.b64decode, sound)))


class Talk:
    """A conversation over connections that break."""

    def __init__(self, settings: Event) -> None:
        self.server = Server()
        self.dialogue = Dialogue(TARGET, settings, [], wire=ReconnectingWire(TARGET, lambda _: self.server))
        self.notes: list[Event] = []
        self.back = asyncio.Event()
        self.dialogue.on("labkit.reconnected", lambda _: self.back.set())
        for kind in ("labkit.reconnecting", "labkit.reconnected", "error"):
            self.dialogue.on(kind, self.notes.append)

    async def quiet(self) -> None:
        """Until nothing is on its way any more."""
        for _ in range(50):
            await asyncio.sleep(0)

    async def lose(self) -> None:
        """The connection breaks, and there is another."""
        self.server.lose()
        await self.come_back()

    async def come_back(self) -> None:
        """The server is there again."""
        self.server.refuses = None
        await self.back.wait()
        self.back.clear()
        await self.quiet()

    async def say(self, text: str) -> None:
        await speaking.say(self.dialogue, text)
        await self.quiet()

    async def speak(self, ms: int) -> None:
        self.dialogue.append(pcm.silence(ms), 0.0)
        await self.quiet()

    def held(self) -> list[tuple[str, str, str]]:
        return [(one.kind, one.text, one.state) for one in self.dialogue.log.context.held]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconnecting, "PAUSES_S", (0.0,))


def run(scenario: Callable[[Talk], Coroutine[Any, Any, None]], settings: Event = DETECTED) -> None:
    async def whole() -> None:
        talk = Talk(settings)
        await talk.dialogue.open(30)
        try:
            async with asyncio.timeout(20):
                await scenario(talk)
        finally:
            await talk.dialogue.close()

    asyncio.run(whole())


def test_an_answer_under_way_ends_with_what_had_come_and_is_not_asked_for_again() -> None:
    async def scenario(talk: Talk) -> None:
        await talk.say("count")
        talk.server.begin("r")
        talk.server.words("r", "one, ", "two, ")
        await talk.quiet()
        await talk.lose()
        turn = await talk.dialogue.wait(1)
        assert (turn.status, turn.assistant, turn.interrupted) == ("incomplete", "one, two, ", False)
        assert talk.server.items() == [("user", "count"), ("assistant", "one, two,")]
        assert "create" not in talk.server.told()
        assert [note["type"] for note in talk.notes] == ["labkit.reconnecting", "labkit.reconnected"]
        assert "h ended the conversation (x): after" in talk.notes[1]["sentence"]
        assert talk.notes[1]["sentence"].endswith("with all that was said; the answer under way ends here.")

    run(scenario)


def test_an_answer_of_which_nothing_had_come_is_asked_for_again_and_waited_for() -> None:
    async def scenario(talk: Talk) -> None:
        await talk.say("count")
        waiting = asyncio.create_task(talk.dialogue.wait(15))
        talk.server.begin("r")
        await talk.lose()
        assert talk.server.told()[-1] == "create"
        assert talk.server.items() == [("user", "count")]
        talk.server.answer("again", "one.")
        turn = await waiting
        assert (turn.status, turn.user, turn.assistant) == ("completed", "count", "one.")
        assert len(talk.dialogue.log.turns) == 1

    run(scenario)


def test_what_the_server_had_not_taken_in_is_sent_again_once() -> None:
    async def scenario(talk: Talk) -> None:
        talk.server.silent = {"conversation.item.create", "response.create"}
        await talk.say("count")
        talk.server.silent = set()
        await talk.lose()
        assert talk.server.items() == [("user", "count")]
        assert talk.server.told()[-1] == "create"
        talk.server.answer("r", "one.")
        await talk.quiet()
        await talk.lose()
        assert talk.server.items() == [("user", "count"), ("assistant", "one.")]
        assert talk.server.told()[-1] != "create"

    run(scenario)


def test_a_rebuilt_answer_can_still_be_cut_and_keeps_its_id() -> None:
    async def scenario(talk: Talk) -> None:
        await talk.say("count")
        talk.server.answer("r", "one, ", "two, ", "three.")
        await talk.quiet()
        await talk.lose()
        where = {"item_id": "answer_r", "content_index": 0, "audio_end_ms": 250}
        talk.dialogue.send({"type": "conversation.item.truncate", **where})
        await talk.quiet()
        assert talk.server.told()[-2:] == ["delete answer_r", "create answer_r"]
        assert talk.server.items()[-1] == ("assistant", "one,")
        assert talk.server.received[-1]["previous_item_id"] == item_id_of(talk.server.received[1])
        assert talk.held() == [("typed", "count", "held"), ("answer", "one,", "held")]
        await talk.lose()
        assert talk.server.items() == [("user", "count"), ("assistant", "one,")]

    run(scenario)


def test_a_cut_that_crossed_with_the_break_is_not_forgotten() -> None:
    async def scenario(talk: Talk) -> None:
        await talk.say("count")
        talk.server.answer("r", "one, ", "two, ", "three.")
        talk.server.silent = {"conversation.item.truncate"}
        await talk.quiet()
        where = {"item_id": "answer_r", "content_index": 0, "audio_end_ms": 0}
        talk.dialogue.send({"type": "conversation.item.truncate", **where})
        await talk.lose()
        assert talk.server.told()[-1] == "delete answer_r"
        talk.dialogue.send({"type": "conversation.item.delete", "item_id": "answer_r"})
        await talk.quiet()
        assert talk.held()[-1] == ("answer", "", "deleted")
        assert talk.server.told().count("delete answer_r") == 1

    run(scenario)


def test_words_being_spoken_are_sent_again_with_what_is_said_meanwhile() -> None:
    async def scenario(talk: Talk) -> None:
        await talk.speak(5000)
        talk.server.say("input_audio_buffer.speech_started", audio_start_ms=4000, item_id="u")
        await talk.quiet()
        talk.server.refuses = failed(OSError())
        talk.server.lose()
        await talk.quiet()
        await talk.speak(700)
        await talk.come_back()
        assert talk.server.sound_ms() == 300 + 1000 + 700
        assert "create" not in talk.server.told()
        seen: list[Event] = []
        talk.dialogue.on("input_audio_buffer.speech_started", seen.append)
        talk.server.say("input_audio_buffer.speech_started", audio_start_ms=300, item_id="v")
        await talk.quiet()
        assert seen[0]["audio_start_ms"] == 4000

    run(scenario)


def test_what_is_said_in_the_outage_alone_is_sent_too() -> None:
    async def scenario(talk: Talk) -> None:
        await talk.speak(5000)
        talk.server.refuses = failed(OSError())
        talk.server.lose()
        await talk.quiet()
        await talk.speak(2000)
        await talk.come_back()
        assert talk.server.sound_ms() == 1000 + 2000

    run(scenario)


def test_a_committed_turn_that_was_not_understood_is_spoken_again() -> None:
    async def scenario(talk: Talk) -> None:
        await talk.speak(600)
        talk.dialogue.send({"type": "input_audio_buffer.commit"})
        talk.dialogue.ask()
        await talk.quiet()
        talk.server.begin("r")
        await talk.lose()
        assert talk.server.told() == ["update", "commit", "create"]
        assert talk.server.sound_ms() == 600
        kind = "conversation.item.input_audio_transcription.completed"
        talk.server.say(kind, item_id="spoken2", transcript="hello", content_index=0)
        talk.server.answer("r", "hi.")
        await talk.quiet()
        assert [one for one in talk.held() if one[2] == "held"] == [
            ("spoken", "hello", "held"),
            ("answer", "hi.", "held"),
        ]
        await talk.lose()
        assert (talk.server.items(), talk.server.sound_ms()) == ([("user", "hello"), ("assistant", "hi.")], 0)

    run(scenario, MANUAL)


def test_settings_in_force_are_restored() -> None:
    async def scenario(talk: Talk) -> None:
        push = speaking.PushToTalk(talk.dialogue)
        await push.hold()
        await talk.speak(400)
        await talk.lose()
        assert talk.server.received[0]["session"] == MANUAL
        await push.release()
        await talk.quiet()
        assert talk.dialogue.turn_detection == {"type": "server_vad"}

    run(scenario)


async def called(talk: Talk) -> None:
    """Somebody says "roll", and the server has begun to call the function."""
    await talk.say("roll")
    call = {"id": "call", "type": "function_call", "call_id": "c", "name": "roll", "arguments": "{}"}
    talk.server.say("response.created", response={"id": "r", "conversation_id": "c"})
    talk.server.say("response.output_item.added", response_id="r", item=call)
    talk.server.add(call)


def test_calls_are_rebuilt_and_an_output_that_came_meanwhile_follows() -> None:
    async def scenario(talk: Talk) -> None:
        await called(talk)
        talk.server.end("r")
        await talk.quiet()
        talk.server.refuses = failed(OSError())
        talk.server.lose()
        await talk.quiet()
        output = {"type": "function_call_output", "call_id": "c", "output": "6"}
        talk.dialogue.send({"type": "conversation.item.create", "item": output})
        talk.dialogue.send({"type": "response.create"})
        await talk.come_back()
        assert [role for role, _ in talk.server.items()] == ["user", "function_call", "function_call_output"]
        assert talk.server.told()[-1] == "create"
        assert talk.server.told().count("create") == 1

    run(scenario)


def test_a_call_that_nobody_was_told_of_is_made_again() -> None:
    async def scenario(talk: Talk) -> None:
        await called(talk)
        await talk.lose()
        assert talk.server.items() == [("user", "roll")]
        assert talk.server.told()[-1] == "create"
        assert talk.held()[-1] == ("call", "roll({})", "deleted")

    run(scenario)


def test_pictures_come_along_as_long_as_they_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labkit.rebuilding.KEPT_PICTURES", 1)

    async def scenario(talk: Talk) -> None:
        for name in ("old", "new"):
            content = [{"type": "input_image", "image_url": f"data:{name}"}]
            item = {"id": name, "type": "message", "role": "user", "content": content}
            talk.dialogue.send({"type": "conversation.item.create", "item": item})
        await talk.quiet()
        await talk.lose()
        assert talk.server.told() == ["update", "create new"]
        assert talk.server.received[1]["item"]["content"][0]["image_url"] == "data:new"
        assert (talk.notes[-1]["lost"], talk.notes[-1]["items"]) == (["old"], 1)
        assert talk.held() == [("picture", "", "dropped"), ("picture", "", "held")]
        talk.dialogue.send({"type": "conversation.item.delete", "item_id": "old"})
        await talk.quiet()
        assert talk.server.told() == ["update", "create new"]

    run(scenario)


@pytest.mark.parametrize(
    ("patience_s", "lost", "refused", "expected"),
    [
        (0.05, broken(), failed(OSError(), "nobody is there"), "ended the conversation"),
        (60, broken(), failed(InvalidStatus(Response(401, "", {})), "h refused the key"), "refused the key"),
        (60, broken(1000), None, "ended the conversation"),
    ],
)
def test_it_gives_up(
    monkeypatch: pytest.MonkeyPatch, patience_s: float, lost: Exception, refused: Exception, expected: str
) -> None:
    monkeypatch.setattr(reconnecting, "PATIENCE_S", patience_s)

    async def scenario(talk: Talk) -> None:
        await talk.say("hello")
        talk.server.refuses = refused
        talk.server.lose(lost)
        with pytest.raises(ConnectError, match=expected):
            await talk.dialogue.wait(15)
        assert talk.server.connections == 1

    run(scenario)


def test_a_server_that_breaks_every_connection_is_left_alone() -> None:
    async def scenario(talk: Talk) -> None:
        talk.dialogue.on("labkit.reconnected", lambda _: talk.server.lose())
        talk.server.lose()
        with pytest.raises(ConnectError):
            await talk.dialogue.wait(15)
        assert talk.server.connections == 1 + reconnecting.MOST_SHORT

    run(scenario)


def test_closing_ends_the_attempts() -> None:
    async def scenario(talk: Talk) -> None:
        talk.server.refuses = failed(OSError())
        talk.server.lose()
        await talk.quiet()
        await talk.dialogue.close()
        with pytest.raises(labkit.SessionClosedError):
            talk.dialogue.send({"type": "response.create"})
        assert [note["type"] for note in talk.notes] == ["labkit.reconnecting"]

    run(scenario)


def test_nonsense_is_refused_without_a_connection_too() -> None:
    async def scenario(talk: Talk) -> None:
        talk.server.refuses = failed(OSError())
        talk.server.lose()
        await talk.quiet()
        with pytest.raises(labkit.UsageError):
            talk.dialogue.send({"type": "response.create", "response": {1, 2}})

    run(scenario)


def kill_the_engine() -> None:
    announced = runtime.read()
    assert announced is not None
    os.kill(int(announced["pid"]), signal.SIGKILL)


def kill_once_at(session: labkit.RealtimeSession, kind: str) -> None:
    """The engine dies when it says this for the first time."""
    left = [kill_the_engine]
    session.on(kind, lambda _: left and left.pop()())


@pytest.mark.timeout(300)
def test_the_engine_is_killed_in_mid_answer_and_while_somebody_speaks(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(reconnecting, "PATIENCE_S", 100.0)  # each time another engine is started meanwhile
    monkeypatch.setenv("LABKIT_RUNTIME_DIR", str(tmp_path))
    with labkit.connect(engine="embedded") as session:
        assert session.say("count to three").wait(60).assistant == "one, two, three."
        kill_once_at(session, "response.created")
        answer = session.say("what did i say").wait(60).assistant
        assert "You said: count to three".startswith(answer.rstrip())  # whole, or what had come of it
        kill_once_at(session, "input_audio_buffer.speech_started")
        turn = session.speak(samples.path("what_time_is_it")).wait(60)
        assert (turn.user, turn.status) == ("what time is it", "completed")
        assert session.say("what did i say").wait(60).assistant == "You said: what time is it"
        notes = [record.event for record in session.log if record.event["type"] == "labkit.reconnected"]
        assert [note["lost"] for note in notes] == [[], []]
        assert sum(one.state == "held" for one in session.context.held) == 8
    kill_the_engine()
