"""Turns of a server decided by the embedded engine: what goes where, and a conversation with both for real."""

import base64
from typing import Any

import numpy as np
import pytest
from engine.conftest import Served, served
from test_dialogue import until

from labkit import pcm, samples, speaking
from labkit.dialogue import Dialogue
from labkit.engines import Target
from labkit.local_turns import LocalTurnsWire
from labkit.turns import Turn
from labkit.wire import Wire

__all__ = ["served"]
SEMANTIC = {"type": "semantic_vad"}


def update(detection: Any) -> dict[str, Any]:
    listening = {"turn_detection": detection, "transcription": {"model": "m", "prompt": "hello"}}
    return {"type": "session.update", "session": {"type": "realtime", "audio": {"input": listening}}}


class Both:
    """A wire between a client, a server and a decider that only keep what they get."""

    def __init__(self, monkeypatch) -> None:
        self.server: list[dict[str, Any]] = []
        self.decider: list[dict[str, Any]] = []
        server, decider = Target("hosted", "http://h/v1", "m", "k"), Target("embedded", "http://e/v1", "m", "k")
        self.wire = LocalTurnsWire(server, decider)

        def sent(wire: Wire, event: dict[str, Any]) -> bool:
            (self.server if wire is self.wire else self.decider).append(event)
            return True

        monkeypatch.setattr(Wire, "send", sent)
        self.wire.send(update(SEMANTIC))
        self.forget()

    def forget(self) -> None:
        self.server.clear()
        self.decider.clear()

    def append(self, ms: int) -> None:
        self.wire.send({"type": "input_audio_buffer.append", "audio": base64.b64encode(pcm.silence(ms)).decode()})

    def started(self, ms: int) -> list[str]:
        event = {"type": "input_audio_buffer.speech_started", "audio_start_ms": ms, "item_id": "d"}
        return [shown["type"] for shown in self.wire._decided(event)]

    def stopped(self, ms: int) -> list[str]:
        event = {"type": "input_audio_buffer.speech_stopped", "audio_end_ms": ms, "item_id": "d"}
        return [shown["type"] for shown in self.wire._decided(event)]

    def says(self, kind: str, **fields: Any) -> list[dict[str, Any]]:
        return self.wire._answered({"type": kind, **fields})

    def answers(self, response_id: str = "r", item_id: str = "answer", kind: str = "message") -> None:
        self.says("response.created", response={"id": response_id, "conversation_id": "c"})
        item = {"id": item_id, "type": kind}
        self.says("response.output_item.added", response_id=response_id, item=item)

    def turn(self) -> None:
        """300 to 1300 ms, answered."""
        self.append(1400)
        self.started(300)
        self.stopped(1300)
        self.says("input_audio_buffer.committed", item_id="first")
        self.answers()
        self.forget()

    def told(self) -> list[str]:
        """What the server was told, in short."""
        return [f"{event['type']} {event.get('item_id', '')}".strip() for event in self.server]

    def heard_ms(self) -> float:
        """How much sound the server was given."""
        sound = [e["audio"] for e in self.server if e["type"] == "input_audio_buffer.append"]
        return sum(pcm.duration_ms(base64.b64decode(audio)) for audio in sound)


@pytest.fixture
def both(monkeypatch) -> Both:
    return Both(monkeypatch)


def test_the_detection_goes_to_the_decider_and_the_server_gets_none(both: Both) -> None:
    both.wire.send(update({"type": "semantic_vad", "eagerness": "low", "interrupt_response": True}))
    assert both.server[0]["session"]["audio"]["input"]["turn_detection"] is None
    assert both.decider[0]["session"] == {
        "type": "transcription",
        "audio": {
            "input": {
                "turn_detection": {"type": "semantic_vad", "eagerness": "low"},
                "transcription": {"prompt": "hello"},
            }
        },
    }


def test_the_client_sees_the_detection_in_force(both: Both) -> None:
    session = {"type": "realtime", "audio": {"input": {"format": "f", "turn_detection": None}}}
    shown = both.says("session.updated", session=session)[0]["session"]["audio"]["input"]
    assert shown == {"format": "f", "turn_detection": {"type": "semantic_vad", "labkit_local": True}}
    both.wire.send(update(shown["turn_detection"]))  # as push to talk gives it back
    assert both.decider[-1]["session"]["audio"]["input"]["turn_detection"] == SEMANTIC


def test_a_turn_is_committed_and_answered_with_its_own_sound_only(both: Both) -> None:
    both.append(1400)
    assert both.told() == []
    assert both.started(300) == ["input_audio_buffer.speech_started"]
    assert both.heard_ms() == 1100
    both.append(200)
    assert both.stopped(1500) == ["input_audio_buffer.speech_stopped"]
    assert both.heard_ms() == 1300
    assert both.told()[-2:] == ["input_audio_buffer.commit", "response.create"]


def test_speech_over_an_answer_cancels_it(both: Both) -> None:
    both.turn()
    both.append(3000)
    both.started(2500)
    assert both.told()[0] == "response.cancel"
    assert "conversation.item.delete" not in str(both.told())
    assert both.heard_ms() == 1900


def test_speech_over_nothing_cancels_nothing(both: Both) -> None:
    both.turn()
    both.says("response.done", response={"id": "r"})
    both.append(3000)
    both.started(2500)
    assert both.told() == ["input_audio_buffer.append"]


def test_a_turn_taken_up_again_is_taken_back_and_sent_as_a_whole(both: Both) -> None:
    both.turn()
    both.append(600)
    both.started(300)
    assert both.told() == [
        "response.cancel",
        "conversation.item.delete answer",
        "conversation.item.delete first",
        "input_audio_buffer.append",
    ]
    assert both.heard_ms() == 1700
    assert both.wire.send({"type": "conversation.item.truncate", "item_id": "answer"}) is False


def test_what_the_server_is_late_with_is_taken_back_when_it_comes(both: Both) -> None:
    both.append(1400)
    both.started(300)
    both.stopped(1300)
    both.forget()
    both.append(400)
    both.started(300)
    both.says("input_audio_buffer.committed", item_id="first")
    both.answers()
    assert both.told() == [
        "response.cancel",
        "input_audio_buffer.append",
        "conversation.item.delete first",
        "response.cancel",
        "conversation.item.delete answer",
    ]
    late = "conversation.item.input_audio_transcription.completed"
    assert both.says(late, item_id="first", transcript="x") == []


def test_an_answer_that_called_a_function_stays(both: Both) -> None:
    both.turn()
    both.says("response.output_item.added", response_id="r", item={"id": "call", "type": "function_call"})
    both.append(600)
    both.started(300)
    assert both.told() == ["response.cancel", "input_audio_buffer.append"]
    assert both.heard_ms() == 700


def test_errors_of_our_own_events_are_not_the_clients(both: Both) -> None:
    both.turn()
    both.append(2000)
    both.started(2500)
    error = {"code": "response_cancel_not_active", "event_id": both.server[0]["event_id"]}
    assert both.says("error", error=error) == []
    assert len(both.says("error", error={"code": "invalid_value", "event_id": None})) == 1


def test_push_to_talk_reaches_the_server_as_it_is(both: Both) -> None:
    both.wire.send(update(None))
    both.wire.send({"type": "input_audio_buffer.clear"})
    both.append(500)
    both.wire.send({"type": "input_audio_buffer.commit"})
    assert both.heard_ms() == 500
    assert both.told()[-1] == "input_audio_buffer.commit"


def test_a_commit_of_the_clients_brings_what_was_kept(both: Both) -> None:
    both.append(500)
    both.wire.send({"type": "input_audio_buffer.commit"})
    assert both.heard_ms() == 500
    both.append(100)
    both.started(500)
    assert both.heard_ms() == 600


def test_what_is_no_sound_is_for_the_server_to_refuse(both: Both) -> None:
    for audio in (None, 5, "***"):
        both.forget()
        both.wire.send({"type": "input_audio_buffer.append", "audio": audio})
        assert len(both.server) == (0 if audio is None else 1)


@pytest.fixture
async def dialogue(served: Served):
    server = Target("other", served.address, "labkit-start", served.token)
    listening = {"turn_detection": SEMANTIC, "transcription": {"model": "m", "prompt": "hello\nhello thank you"}}
    settings = {"type": "realtime", "audio": {"input": listening}}
    dialogue = Dialogue(server, settings, [], wire=LocalTurnsWire(server, server))
    await dialogue.open(60)
    yield dialogue
    await dialogue.close()


async def say(dialogue: Dialogue, *names: str, pause_ms: int = 1000) -> Turn:
    """Speak recordings, a pause before each, and then nothing for so long that the last turn ends, too."""
    pause, silence = (pcm.to_samples(pcm.silence(ms)) for ms in (pause_ms, 1500))
    sound = [part for name in names for part in (pause, pcm.read(samples.path(name)))]
    await speaking.speak(dialogue, np.concatenate([*sound, silence]))
    return await dialogue.wait(60)


async def test_a_conversation_whose_turns_are_decided_here(dialogue: Dialogue) -> None:
    assert dialogue.turn_detection == {**SEMANTIC, "labkit_local": True}
    turn = await say(dialogue, "hello")
    assert turn.user.lower().startswith("hello")
    assert turn.status == "completed"
    await say(dialogue, "count_to_twenty")
    assert (await say(dialogue, "stop")).user.lower().startswith("stop")
    assert [turn.interrupted for turn in dialogue.log.turns][1:] == [True, False]
    assert dialogue.errors == []


async def test_a_turn_taken_up_again_is_one_turn(dialogue: Dialogue) -> None:
    turn = await say(dialogue, "hello", "thank_you", pause_ms=250)
    await until(lambda: turn.recovered and turn.done)  # a late ear takes it up when its first answer is there
    assert (turn.user, turn.recovered) == ("hello thank you", 1)
    assert len(dialogue.log.turns) == 1
    assert dialogue.errors == []
