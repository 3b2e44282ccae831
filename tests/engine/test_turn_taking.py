from __future__ import annotations

from dataclasses import dataclass

import pytest

from labkit.engine.grammar import State
from labkit.engine.turn_taking import LONGEST_TURN_MS, TurnDetection, TurnTaker, patience_ms
from labkit.engine.voice_activity import Frame
from labkit.errors import UsageError

VOICE_DB, QUIET_DB = -25.0, -65.0


@dataclass(frozen=True)
class Words:
    state: State = State.TERMINAL
    agreement: float = 90.0
    closed_text: str = "go on"
    open_words: int = 2
    may_burst: bool = False


class Stage:
    """Plays frames to a turn taker and notes when turns begin and end, in ms."""

    def __init__(self, **detection) -> None:
        self.taker = TurnTaker(TurnDetection.of({"type": "server_vad", **detection}))
        self.index = 0
        self.began: list[int] = []
        self.ended: list[int] = []
        self.voiced: list[int] = []
        self.words: Words | None = None

    def play(self, ms: int, level: float, probability: float, echo_db: float = -100.0) -> Stage:
        for _ in range(ms // 10):
            frame = Frame(self.index, level, probability, (probability, probability), QUIET_DB - 2, VOICE_DB)
            if self.taker.listen(frame, echo_db):
                self.began.append(frame.end_ms)
            if self.taker.over(self.words, 200):
                self.ended.append(frame.end_ms)
                self.voiced.append(self.taker.last_voiced)
                self.taker.end()
            self.index += 1
        return self

    def speech(self, ms: int) -> Stage:
        return self.play(ms, VOICE_DB, 0.97)

    def silence(self, ms: int, probability: float = 0.02) -> Stage:
        return self.play(ms, QUIET_DB, probability)


def test_a_turn_begins_with_speech_and_ends_after_the_silence_that_was_asked_for():
    stage = Stage(silence_duration_ms=300).silence(500).speech(600).silence(1000)
    assert stage.began == [510]
    assert stage.ended == [1400]
    assert stage.voiced == [109]


def test_energy_notices_the_end_before_the_detector_does():
    stage = Stage().silence(200).speech(600).silence(110, probability=0.8).silence(500)
    assert stage.ended == [1010]


def test_a_pause_shorter_than_the_silence_goes_on():
    assert Stage().silence(200).speech(300).silence(150).speech(300).silence(500).ended == [1150]


def test_noise_that_is_no_speech_begins_nothing():
    assert Stage().silence(200).play(600, VOICE_DB, 0.2).began == []


def test_the_threshold_asks_for_surer_speech():
    assert Stage(threshold=0.5).silence(100).play(300, VOICE_DB, 0.7).began == [120]
    assert Stage(threshold=0.9).silence(100).play(300, VOICE_DB, 0.7).began == []


def test_what_the_echo_could_be_is_nobody():
    stage = Stage().silence(100).play(1000, -40.0, 0.99, echo_db=-38.0)
    assert stage.began == []
    assert stage.play(200, -25.0, 0.99, echo_db=-38.0).began == [1130]


def test_without_turn_detection_only_the_client_ends_a_turn():
    stage = Stage()
    stage.taker.detection = TurnDetection.of(None)
    stage.silence(100).speech(300).silence(5000)
    assert (stage.began, stage.ended) == ([110], [])


def test_speech_without_a_pause_is_cut():
    assert Stage().speech(LONGEST_TURN_MS + 500).ended == [LONGEST_TURN_MS + 10]


def test_semantic_turns_wait_for_the_sentence():
    stage = Stage(type="semantic_vad")
    stage.words = Words(State.PREFIX, agreement=90.0)
    stage.speech(500).silence(800)
    assert stage.ended == []
    stage.words = Words(State.TERMINAL)
    stage.speech(300).silence(400)
    assert stage.ended == [1700]


@pytest.mark.parametrize(
    ("words", "stable_ms", "noisy", "patience"),
    [
        (Words(), 100, False, 100),
        (Words(may_burst=True), 100, False, 140),
        (Words(), 100, True, 160),
        (Words(agreement=10), 150, False, 300),
        (Words(State.EXTENSIBLE), 100, False, 300),
        (Words(State.PREFIX, agreement=30, open_words=5), 500, False, 600),
        (Words(State.PREFIX), 500, False, 1000),
        (Words(), 10, False, 1000),
    ],
)
def test_patience_depends_on_the_words(words, stable_ms, noisy, patience):
    assert patience_ms(words, stable_ms, noisy) == patience
    assert patience_ms(words, stable_ms, noisy, "high") < patience < patience_ms(words, stable_ms, noisy, "low")


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "telepathy"},
        {"type": "server_vad", "threshold": 2},
        {"type": "server_vad", "silence_duration_ms": -1},
        {"type": "server_vad", "silence_duration_ms": "200"},
        {"type": "server_vad", "threshold": True},
        {"type": "semantic_vad", "eagerness": "very"},
    ],
)
def test_a_turn_detection_that_is_not_valid_is_refused(fields):
    with pytest.raises(UsageError, match="turn_detection"):
        TurnDetection.of(fields)


def test_fields_about_responses_are_not_the_ears():
    fields = {"type": "server_vad", "create_response": False, "interrupt_response": True, "idle_timeout_ms": None}
    assert TurnDetection.of(fields) == TurnDetection(type="server_vad")
