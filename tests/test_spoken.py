"""Which sound another server has to be sent, by its position in all that was said."""

import base64

import pytest

from labkit import pcm
from labkit.spoken import KEPT_MS, LEAD_MS, UNNOTICED_MS, Spoken


def said(ms: int) -> Spoken:
    spoken = Spoken()
    spoken.append(base64.b64encode(pcm.silence(ms)).decode())
    return spoken


def again_ms(spoken: Spoken, *, detected: bool = True) -> float:
    """How much of it is sent again."""
    spoken.lost(detected=detected)
    spoken.begin_again()
    sound = b"".join(map(base64.b64decode, spoken.pieces(spoken.begin, spoken.end)))
    assert len(sound) == spoken.end - spoken.begin
    return pcm.duration_ms(sound)


def test_of_silence_only_what_may_be_speech_that_nobody_noticed() -> None:
    assert again_ms(said(5000)) == UNNOTICED_MS


def test_speech_going_on_from_its_beginning() -> None:
    spoken = said(5000)
    spoken.started(2000)
    assert again_ms(spoken) == 3000 + LEAD_MS


def test_speech_that_was_understood_is_not_said_twice() -> None:
    spoken = said(5000)
    spoken.started(2000)
    spoken.stopped(3000)
    spoken.committed("a", None)
    assert spoken.open_items == ["a"]
    spoken.understood("a")
    assert (spoken.open_items, again_ms(spoken)) == ([], UNNOTICED_MS)


def test_speech_that_was_taken_back_goes_on_from_its_first_word() -> None:
    spoken = said(5000)
    spoken.started(1000)
    spoken.stopped(2000)
    spoken.committed("a", None)
    spoken.understood("a")
    spoken.started(2500)
    spoken.taken_back("a")
    assert again_ms(spoken) == 4000 + LEAD_MS


def test_the_clients_own_turns_end_where_it_committed_or_cleared() -> None:
    spoken = said(5000)
    spoken.committed("a", 3000 * pcm.BYTES_PER_MS)
    spoken.understood("a")
    assert again_ms(spoken, detected=False) == 2000
    spoken.cleared(spoken.end)
    assert again_ms(spoken, detected=False) == 0


def test_what_is_longer_than_is_kept_loses_its_beginning() -> None:
    spoken = said(KEPT_MS + 5000)
    spoken.started(1000)
    assert again_ms(spoken) == KEPT_MS
    event = {"type": "input_audio_buffer.speech_stopped", "audio_end_ms": 7}
    assert spoken.on_clock(event)["audio_end_ms"] == 5007
    truncated = {"type": "conversation.item.truncated", "audio_end_ms": 7}
    assert spoken.on_clock(truncated) == truncated


@pytest.mark.parametrize("nonsense", [None, "", "~", 7, []])
def test_what_is_no_sound_counts_nothing(nonsense: object) -> None:
    spoken = said(10)
    spoken.append(nonsense)
    assert spoken.end == 10 * pcm.BYTES_PER_MS
