"""A recording is played, said again to another setting, and compared."""

import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from engine.conftest import Served, served  # noqa: F401 - a fixture

import labkit
from labkit import pcm, samples
from labkit.replaying import Replay
from labkit.turns import Record, Turn

PAUSE_S = 3.0
"""Sooner, the next words may be taken for the rest of those before, or a slower setting may still wait for more."""


def a_replay(*turns: Turn, log: tuple[Record, ...] = (), user: pcm.Samples | None = None) -> Replay:
    none = np.zeros(0, np.int16)
    return Replay(Path("lesson1"), {}, list(log), list(turns), none if user is None else user, none, 1000.0, [])


def spoken(voiced_ms: float, answer_ms: float, **more: Any) -> Turn:
    stamps = {"last_voiced": 1000 + voiced_ms, "speech_stopped": 1000 + voiced_ms + answer_ms / 2}
    stamps |= {"response_created": stamps["speech_stopped"], "first_audio": 1000 + voiced_ms + answer_ms}
    return Turn(0, spoken=True, stamps=stamps, **more)


@pytest.fixture(scope="module")
def recorded(served: Served, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Turn]]:  # noqa: F811
    """Two spoken questions and a typed one, with the turns that were live."""
    folder = tmp_path_factory.mktemp("recorded") / "lesson1"
    with labkit.connect(base_url=served.address, api_key=served.token, model="labkit-start") as session:
        session.record(folder)
        session.speak(samples.path("hello")).wait()
        time.sleep(PAUSE_S)
        session.speak(samples.path("what_time_is_it")).wait()
        time.sleep(PAUSE_S)
        session.say("count to three").wait()
    return folder, session.turns


def test_what_was_recorded_is_what_was_live(recorded: tuple[Path, list[Turn]]) -> None:
    folder, live = recorded
    replay = labkit.replay(folder)
    assert replay.turns == live
    assert replay.problems == []
    assert [turn.user for turn in replay.turns] == ["hello", "what time is it", "count to three"]
    said = pcm.read(samples.path("hello"))
    loud = np.flatnonzero(replay.user)
    at = loud[0] - np.flatnonzero(said)[0]
    assert np.array_equal(replay.user[at : at + len(said)], said)
    voiced = replay.turns[0].stamps["last_voiced"] - replay.start_ms
    assert np.abs(replay.user[int(voiced * 24) - 480 : int(voiced * 24)]).max() > 100
    assert repr(replay) == "<Replay 'lesson1', 3 turns>"


def test_the_answers_are_heard_after_the_questions(recorded: tuple[Path, list[Turn]]) -> None:
    replay = labkit.replay(recorded[0])
    for turn in replay.turns:
        heard_from = int((turn.stamps["first_audio"] - replay.start_ms) * 24)
        assert np.abs(replay.assistant[heard_from : heard_from + 24 * 500]).max() > 100


def test_playing_calls_back_with_every_event_in_its_time(recorded: tuple[Path, list[Turn]]) -> None:
    replay = labkit.replay(recorded[0])
    came: list[Record] = []
    replay.play(speed=1000, on_record=came.append)
    assert came == replay.log


def test_playing_prints_the_turns(recorded: tuple[Path, list[Turn]], capsys: pytest.CaptureFixture[str]) -> None:
    labkit.replay(recorded[0]).play(speed=1000)
    assert "you  count to three\nAI   one, two, three." in capsys.readouterr().out


@pytest.mark.parametrize("speed", [0, -1, float("nan")])
def test_a_speed_that_leads_nowhere(speed: float) -> None:
    with pytest.raises(labkit.UsageError, match="leads nowhere"):
        a_replay().play(speed)


def test_the_same_is_said_to_another_setting(
    recorded: tuple[Path, list[Turn]],
    served: Served,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("labkit.replaying.SAME_MS", 1000 * PAUSE_S)  # a computer that stands still types later
    first = labkit.replay(recorded[0])
    other = {"base_url": served.address, "api_key": served.token, "model": "labkit-start"}
    detection = {"type": "server_vad", "silence_duration_ms": 500}
    second = first.again(record=tmp_path / "again", turn_detection=detection, **other)
    assert [turn.user for turn in second.turns] == [turn.user for turn in first.turns]
    assert second.problems == []
    assert len(second.assistant) > 0
    pairs = first.compare(second)
    assert all(pair.a and pair.b and pair.a.user == pair.b.user for pair in pairs)
    assert {"speech_stopped", "first_audio"} <= set(pairs[0].differences)


def test_manual_turns_end_where_they_ended(recorded: tuple[Path, list[Turn]], served: Served) -> None:  # noqa: F811
    first = labkit.replay(recorded[0])
    other = {"base_url": served.address, "api_key": served.token, "model": "labkit-start"}
    second = first.again(turn_detection="manual", **other)
    assert [turn.user for turn in second.turns if turn.spoken] == ["hello", "what time is it"]
    assert len(second.assistant) == 0


def test_what_said_nothing_cannot_be_said_again() -> None:
    with pytest.raises(labkit.UsageError, match="nothing was said"):
        a_replay(user=np.zeros(24_000, np.int16)).again("embedded")


def test_pairs_are_the_same_words_in_order() -> None:
    early, late = a_replay(spoken(2000, 300), spoken(6000, 300)), a_replay(spoken(2005, 700), spoken(6005, 500))
    pairs = early.compare(late)
    assert [pair.at_ms for pair in pairs] == [2000, 6000]
    assert [pair.differences["first_audio"] for pair in pairs] == [400, 200]
    assert [pair.differences["speech_stopped"] for pair in pairs] == [200, 100]


def test_a_turn_that_was_cut_in_two_leaves_one_alone() -> None:
    whole = a_replay(spoken(2000, 600), spoken(9000, 600))
    cut = a_replay(spoken(800, 200), spoken(2010, 200), spoken(9000, 200))
    assert [(pair.a is not None, pair.b is not None) for pair in whole.compare(cut)] == [
        (False, True),
        (True, True),
        (True, True),
    ]


def test_what_was_said_before_the_recording_is_not_compared() -> None:
    before, typed = spoken(-500, 100), Turn(1, stamps={"begun": 1900.0})
    pairs = a_replay(before, typed).compare(a_replay(spoken(1000, 300)))
    assert [(pair.a, pair.b is not None) for pair in pairs] == [(typed, False), (None, True)]
    assert a_replay(before).compare(a_replay()) == []


def test_a_turn_of_which_nothing_is_known_is_compared_with_nothing_to_say() -> None:
    [pair] = a_replay(Turn(0)).compare(a_replay(Turn(0)))
    assert pair.differences == {}


def test_only_one_sound_is_left(recorded: tuple[Path, list[Turn]], tmp_path: Path) -> None:
    shutil.copy(recorded[0] / "user.wav", tmp_path)
    replay = labkit.replay(tmp_path / "user.wav")
    assert (replay.turns, len(replay.assistant)) == ([], 0)
    assert len(replay.user) > 24_000
    assert ["There is no events.jsonl" in replay.problems[0], "There is no assistant.wav" in replay.problems[1]]


def test_nothing_that_can_be_read(tmp_path: Path) -> None:
    with pytest.raises(labkit.UsageError, match="no recording 'lesson2' here"):
        labkit.replay(tmp_path / "lesson2")
    with pytest.raises(labkit.UsageError, match=r"Nothing in .* can be read: There is no events.jsonl"):
        labkit.replay(tmp_path)
