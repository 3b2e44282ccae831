from dataclasses import dataclass, field

import pytest

from labkit.exercises import first_conversation as lesson
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
