import pytest

from labkit.errors import UsageError
from labkit.trace import barge_ins, first_voiced, last_voiced, latencies, parts, trace
from labkit.turns import Turn


def test_parts_add_up_to_the_whole() -> None:
    stamps = {"last_voiced": 1000.0, "speech_stopped": 1210.0, "first_audio": 1222.0, "rendered": 1240.0}
    found = parts(Turn(0, stamps={**stamps, "output_latency": 30.0}))
    assert (found.end_of_turn_ms, found.engine_ms, found.link_ms, found.playing_ms) == (210, 12, 18, 30)
    assert found.voice_to_voice_ms == 270


def test_without_a_browser_there_is_no_voice_to_voice() -> None:
    found = parts(Turn(0, stamps={"last_voiced": 1000.0, "speech_stopped": 1210.0, "first_audio": 1222.0}))
    assert (found.end_of_turn_ms, found.voice_to_voice_ms, found.link_ms) == (210, None, None)


@pytest.mark.parametrize(
    ("levels", "index"),
    [([], None), ([-30.0], 0), ([-60, -20, -22, -43, -45, -60], 3), ([-20, -20, -60, -20, -70, -70], 3)],
)
def test_the_last_voiced_frame_is_within_24_db_of_the_speech(levels: list[float], index: int | None) -> None:
    assert last_voiced(levels) == index


def test_noise_is_no_voice() -> None:
    room = [-40.0, -41.0, -39.0, -40.0, -42.0] * 6
    assert last_voiced([*room, *[-25.0] * 30, *room]) == 59
    assert last_voiced([-25.0] * 30) == 29


def test_the_first_voiced_frame_follows_the_same_rule() -> None:
    assert first_voiced([-60, -45, -22, -20, -60]) == 2
    assert first_voiced([]) is None


def test_a_click_does_not_hide_the_speech() -> None:
    levels = [-70.0] * 10 + [-30.0] * 30 + [0.0] + [-70.0] * 10
    assert last_voiced(levels) == 40
    assert last_voiced([*levels[:40], *[-35.0] * 5, *levels[41:]]) == 44


def spoken(**stamps: float) -> Turn:
    """A turn whose person was last heard at second 1 of the kernel's clock."""
    return Turn(0, user="what time is it", spoken=True, stamps={"last_voiced": 1000.0, **stamps})


WHOLE = {
    "speech_stopped": 1150.0,
    "response_created": 1152.0,
    "wire_audio": 1158.0,
    "first_text": 1159.0,
    "first_audio": 1160.0,
    "arrived": 1165.0,
    "rendered": 1180.0,
    "output_latency": 20.0,
    "clock_uncertainty": 1.5,
    "response_done": 1300.0,
}


def test_spans_tile_the_axis_from_the_last_voiced_sample_to_the_ear() -> None:
    found = trace(spoken(**WHOLE))
    assert [span.name for span in found.spans] == [
        "end of turn",
        "commit",
        "model",
        "wire",
        "link",
        "rendering",
        "output latency",
    ]
    assert [span.start_ms for span in found.spans] == [0.0, *(span.end_ms for span in found.spans[:-1])]
    assert (found.voice_to_voice_ms, found.total_ms, found.uncertainty_ms) == (200.0, 200.0, 11.5)
    assert (found.missing, found.end) == ((), "first sample at the ear")
    assert str(found).startswith("200 ± 12 ms to the first sample at the ear: end of turn 150")


def test_without_a_browser_the_axis_ends_in_the_session() -> None:
    found = trace(spoken(speech_stopped=1150.0, response_created=1152.0, first_audio=1160.0))
    assert [(span.name, span.ms) for span in found.spans] == [("end of turn", 150), ("commit", 2), ("model", 8)]
    assert (found.voice_to_voice_ms, found.total_ms, found.end) == (None, 160.0, "first sound in the session")
    assert "No browser took part" in found.missing[0]


def test_a_cascade_shows_its_stages() -> None:
    stages = {"transcribed": 1300.0, "first_token": 1400.0}
    found = trace(spoken(speech_stopped=1150.0, response_created=1151.0, **stages, first_audio=1600.0))
    assert [span.name for span in found.spans] == ["end of turn", "commit", "transcription", "model", "voice"]


def test_a_clock_that_jumped_is_said_and_left_out() -> None:
    found = trace(spoken(**{**WHOLE, "arrived": 900.0}))
    assert "arrived" not in found.moments
    assert any("arrived lies" in sentence and "clock has jumped" in sentence for sentence in found.missing)
    assert found.voice_to_voice_ms == 200.0


def test_a_typed_turn_begins_with_the_answer() -> None:
    found = trace(Turn(0, user="hello", stamps={"response_created": 50.0, "first_audio": 80.0}))
    assert [(span.name, span.end_ms) for span in found.spans] == [("model", 30.0)]
    assert "typed" in found.missing[0]


def test_a_turn_of_which_nothing_is_known_says_so() -> None:
    found = trace(Turn(3))
    assert (found.spans, found.total_ms) == ((), None)
    assert found.missing
    assert "nothing is known" in str(found)


def test_what_is_no_turn_is_refused() -> None:
    with pytest.raises(UsageError, match=r"session\.turns"):
        trace("turn")  # type: ignore[arg-type]


def test_the_same_turn_in_other_peoples_terms() -> None:
    turn = spoken(**WHOLE)
    figures = {f"{figure.peer} {figure.name}": figure.ms for figure in trace(turn).peers}
    assert figures == {
        "labkit voice-to-voice": 200.0,
        "pipecat user-bot latency": 160.0,
        "LiveKit e2e_latency": 160.0,
        "LiveKit end_of_turn_delay": 150.0,
        "LiveKit ttft": 7.0,
        "OpenAI style TTFB": 10.0,
        "any time to first token": 7.0,
        "any time to first audio": 8.0,
    }


def test_pipecat_takes_the_hangover_back() -> None:
    turn = spoken(**WHOLE)
    turn.hangover_ms = 120.0
    pipecat = next(figure for figure in trace(turn).peers if figure.peer == "pipecat")
    assert (pipecat.start_ms, pipecat.ms) == (30.0, 130.0)


def test_missing_stamps_leave_other_peoples_figures_empty() -> None:
    assert {figure.ms for figure in trace(spoken()).peers} == {None}


def test_latencies_are_at_the_ear_where_there_was_one() -> None:
    headless = spoken(speech_stopped=1150.0, response_created=1152.0, first_audio=1160.0)
    assert latencies([spoken(**WHOLE), headless, spoken()]) == [200.0]
    assert latencies([headless, spoken()]) == [160.0]


def test_an_interruption_has_two_numbers() -> None:
    cut = Turn(0, interrupted=True, heard_ms=400.0, audio_ms=2000.0, stamps={"silent": 5100.0, "output_latency": 20.0})
    after = spoken(**WHOLE)
    after.stamps["first_voiced"] = 5000.0
    (found,) = barge_ins([cut, after])
    assert (found.stop_ms, found.response_ms, found.heard_ms, found.generated_ms) == (120.0, 200.0, 400.0, 2000.0)


def test_an_interruption_by_nobody_says_what_is_missing() -> None:
    (found,) = barge_ins([Turn(0, interrupted=True)])
    assert (found.stop_ms, found.response_ms) == (None, None)
    assert len(found.missing) == 2
    assert barge_ins([spoken(**WHOLE)]) == []


def test_who_speaks_after_an_interruption_has_not_interrupted() -> None:
    cut = Turn(0, interrupted=True, heard_ms=400.0, audio_ms=2000.0, stamps={"cut": 4000.0, "silent": 4010.0})
    after = spoken(**WHOLE)
    after.stamps["first_voiced"] = 9000.0
    (found,) = barge_ins([cut, after])
    assert (found.stop_ms, found.response_ms) == (None, None)
    assert "Nobody was heard interrupting" in found.missing[0]


def test_an_estimated_moment_is_no_jump_of_a_clock() -> None:
    found = trace(spoken(**{**WHOLE, "wire_audio": 1100.0}))
    assert found.missing == ()
    assert found.moments["wire_audio"] == found.moments["response_created"]


def test_where_the_axis_ends_is_said() -> None:
    failed = trace(spoken(speech_stopped=1150.0, response_created=1152.0))
    assert failed.end == "response created"
    raw = trace(Turn(0, spoken=True, stamps={"speech_stopped": 40.0, "response_created": 50.0, "first_audio": 80.0}))
    assert not any("jumped" in sentence for sentence in raw.missing)
