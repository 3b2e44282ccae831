"""Cascades through `connect`, with the real engine."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from engine.conftest import Served, own_engine, served  # noqa: F401 - fixtures

import labkit
from labkit import cascade, reconnecting, samples, trace
from labkit.opening import PIPELINES

STAGES = ["speech_stopped", "committed", "transcribed", "first_token", "first_sentence", "first_text", "first_audio"]
MANUAL = {"turn_detection": "manual"}


def options(engine: Served) -> dict[str, Any]:
    return {"base_url": engine.address, "api_key": engine.token, "model": "labkit-start"}


@pytest.fixture(params=[False, True], ids=["naive", "streamed"])
def session(request, served: Served) -> Iterator[labkit.RealtimeSession]:  # noqa: F811
    with cascade.connect(streamed=request.param, **options(served)) as opened:
        yield opened


def test_typing(session) -> None:
    turn = session.say("count to three").wait()
    assert (turn.user, turn.assistant) == ("count to three", "one, two, three.")
    assert len(session.sound(turn)) / 24 == pytest.approx(turn.audio_ms)


def test_speaking_has_every_stage_in_order(session) -> None:
    turn = session.speak(samples.path("what_time_is_it")).wait()
    assert turn.user == "what time is it"
    assert turn.assistant.startswith("It is ")
    stamps = [turn.stamps[name] for name in STAGES]
    assert stamps == sorted(stamps)
    found = trace.trace(turn)
    assert [span.name for span in found.spans][:5] == ["end of turn", "commit", "transcription", "model", "voice"]
    assert turn.transcription_usage


def test_talking_over_an_answer_leaves_only_what_was_heard(session) -> None:
    session.say("count to twenty").wait()
    time.sleep(1)
    turn = session.speak(samples.path("what_did_you_say")).wait()
    counted = session.turns[0]
    assert counted.interrupted
    assert counted.heard_exact
    assert counted.unheard.endswith("twenty.")
    assert counted.heard
    assert turn.assistant == f"I said: {counted.heard}"
    assert len(trace.barge_ins(session.turns)) == 1


def test_showing_a_picture(session) -> None:
    turn = session.show(samples.path("whiteboard"), "what do you see").wait()
    assert turn.assistant
    assert "not shown" not in turn.assistant


def test_expected_sentences_reach_the_ear_and_the_skill(served: Served) -> None:  # noqa: F811
    lesson = labkit.Lesson(expect=("what is the time in london",))
    with cascade.connect(lesson=lesson, **options(served)) as session:
        assert session.say("What is the time in London?").wait().assistant.startswith("You said: ")


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_an_interpreter_speaks_both_languages_in_every_pipeline(served: Served, pipeline: str) -> None:  # noqa: F811
    chosen = {**options(served), "model": "labkit-interpreter", "pipeline": pipeline}
    with labkit.connect(lesson=labkit.lessons.interpreter("en", "es"), **chosen) as session:
        turns = [session.say(text).wait() for text in ("How much does it cost?", "¿Cuánto cuesta?")]
        assert [turn.assistant for turn in turns] == ["¿Cuánto cuesta?", "How much does it cost?"]
        assert all(turn.audio_ms > 500 for turn in turns)


def test_manual_turns(served: Served) -> None:  # noqa: F811
    with cascade.connect(streamed=True, **options(served), **MANUAL) as session:
        assert session.speak(samples.path("hello")).wait().user == "hello"


def test_a_race_runs_every_pipeline_with_the_same_recording(served: Served) -> None:  # noqa: F811
    turns = cascade.race(samples.path("hello"), turn_detection="semantic_vad", **options(served))
    assert list(turns) == list(PIPELINES)
    assert [[turn.user for turn in of_one] for of_one in turns.values()] == [["hello"]] * 3
    assert {turn.detection for of_one in turns.values() for turn in of_one} == {"semantic_vad"}
    assert [trace.trace(of_one[0]).total_ms is not None for of_one in turns.values()] == [True] * 3


def test_an_engine_that_is_gone_for_good_ends_the_conversation(
    own_engine: Served,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reconnecting, "PATIENCE_S", 0.2)
    with cascade.connect(**options(own_engine)) as session:
        own_engine.process.kill()
        with pytest.raises(labkit.LabkitError):
            session.say("hello").wait()
