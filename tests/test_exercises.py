from dataclasses import dataclass, field

import pytest

from labkit.exercises import anatomy, latency
from labkit.exercises import first_conversation as lesson
from labkit.trace import trace
from labkit.turns import Record, Turn


@dataclass
class Session:
    turns: list[Turn] = field(default_factory=list)
    log: list[Record] = field(default_factory=list)


def event(kind: str, sent: bool = False, **fields: object) -> Record:
    return Record(0.0, sent, {"type": kind, **fields})


def interrupted(heard: int) -> Turn:
    words = [(f"word{n} ", 100.0 * n) for n in range(20)]
    text = "".join(word for word, _ in words)
    return Turn(0, assistant=text, interrupted=True, heard_ms=heard * 100.0, audio_ms=2000.0, words=words)


SPOKEN = [event("input_audio_buffer.speech_started")] * 2


@pytest.mark.parametrize(
    ("session", "passed", "said"),
    [
        (Session(), False, "no answer was interrupted"),
        (Session([interrupted(3)], SPOKEN[:1]), False, "by typing"),
        (Session([interrupted(12)], SPOKEN), False, "sooner"),
        (Session([interrupted(3)], SPOKEN), True, "3 words"),
    ],
)
def test_early_barge_in(session: Session, passed: bool, said: str) -> None:
    verdict = lesson.early_barge_in(session)
    assert (bool(verdict), said in repr(verdict)) == (passed, True)


def output(text: str) -> Record:
    return event("conversation.item.create", sent=True, item={"type": "function_call_output", "output": text})


def test_own_tool() -> None:
    called = Turn(0, calls=["dice()"], status="completed", assistant="The answer is 4.")
    assert not lesson.own_tool(Session())
    assert not lesson.own_tool(Session([called], [output('{"error": "no"}')]))
    assert not lesson.own_tool(Session([], [output("4")]))
    assert lesson.own_tool(Session([called], [output("4")]))


def sounding(index: int, begun: float, interrupted: bool = False) -> Turn:
    return Turn(index, user="count", audio_ms=1000.0, interrupted=interrupted, stamps={"first_audio": begun})


@pytest.mark.parametrize(
    ("turns", "begun", "passed", "said"),
    [
        ([], [], False, "nobody spoke"),
        ([sounding(0, 100.0)], [5000.0], False, "nobody spoke"),
        ([sounding(0, 100.0, interrupted=True)], [500.0], False, "which setting"),
        ([sounding(0, 100.0)], [500.0], True, "to its end"),
    ],
)
def test_undisturbed(turns: list[Turn], begun: list[float], passed: bool, said: str) -> None:
    log = [Record(t_ms, False, {"type": "input_audio_buffer.speech_started"}) for t_ms in begun]
    verdict = anatomy.undisturbed(Session(turns, log))
    assert (bool(verdict), said in repr(verdict)) == (passed, True)


ANSWERED = Session([Turn(0, spoken=True, stamps={"last_voiced": 0.0, "speech_stopped": 140.0, "first_audio": 152.5})])


@pytest.mark.parametrize(
    ("function", "passed", "said"),
    [
        (lambda log: 12.5, True, "12.5 ms"),
        (lambda log: 152.5, False, "which two records"),
        (lambda log: None, False, "a number"),
        (lambda log: 1 / 0, False, "ZeroDivisionError"),
    ],
)
def test_ttfb(function, passed: bool, said: str) -> None:
    verdict = anatomy.ttfb(function, ANSWERED)
    assert (bool(verdict), said in repr(verdict)) == (passed, True)


def test_ttfb_of_nothing() -> None:
    assert "no answered turn" in repr(anatomy.ttfb(lambda log: 1.0, Session()))


@dataclass
class Point:
    hangover_ms: int | None
    cut_percent: float


CURVE = [Point(100, 40.0), Point(300, 5.0), Point(500, 1.0), Point(None, 0.0)]


@pytest.mark.parametrize(
    ("chosen", "passed", "said"),
    [
        (123, False, "not on the curve"),
        (100, False, "40 %"),
        (500, False, "300 ms cuts few enough"),
        (300, True, "the shortest"),
    ],
)
def test_hangover(chosen: float, passed: bool, said: str) -> None:
    verdict = latency.hangover(CURVE, chosen)
    assert (bool(verdict), said in repr(verdict)) == (passed, True)


def within(turns: list[Turn], limit_ms: float) -> float:
    heard = [trace(turn).voice_to_voice_ms for turn in turns]
    return sum(ms is not None and ms <= limit_ms for ms in heard) / len(heard)


@pytest.mark.parametrize(
    ("function", "passed", "said"),
    [
        (within, True, "right"),
        (lambda turns, limit: within(turns[:-1], limit), False, "one never was"),
        (lambda turns, limit: "many", False, "a share"),
        (lambda turns, limit: 1 / 0, False, "ZeroDivisionError"),
    ],
)
def test_share_within(function, passed: bool, said: str) -> None:
    verdict = latency.share_within(function)
    assert (bool(verdict), said in repr(verdict)) == (passed, True)
