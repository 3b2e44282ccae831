import pytest

from labkit.trace import last_voiced, parts
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


def test_a_click_does_not_hide_the_speech() -> None:
    levels = [-70.0] * 10 + [-30.0] * 30 + [0.0] + [-70.0] * 10
    assert last_voiced(levels) == 40
    assert last_voiced([*levels[:40], *[-35.0] * 5, *levels[41:]]) == 44
