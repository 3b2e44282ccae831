import pytest

from labkit import playing
from labkit.errors import UsageError
from labkit.playing import Playing, ScriptSpeaker


def test_all_sound_that_is_played_is_told_with_when_it_is_heard() -> None:
    told: list[tuple[str, int, float | None]] = []
    at_the_ear = Playing(ScriptSpeaker(lambda *_: None))
    at_the_ear.on_sound.add(lambda item, sound, at_ms: told.append((item, len(sound), at_ms)))
    at_the_ear.play("a", bytes(480))
    at_the_ear.play("a", bytes(480))
    (_, size, first_ms), (_, _, second_ms) = told
    assert (size, second_ms) == (480, first_ms + 10)


async def test_what_comes_after_a_cut_is_neither_played_nor_told() -> None:
    told: list[str] = []
    at_the_ear = Playing(ScriptSpeaker(lambda *_: None))
    at_the_ear.on_sound.add(lambda item, *_: told.append(item))
    at_the_ear.play("a", bytes(48_000))
    await at_the_ear.cut(["a"], more_to_come=True)
    at_the_ear.play("a", bytes(480))
    assert told == ["a"]


def test_sound_that_is_no_longer_kept_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playing, "MAX_SOUND_BYTES", 1000)
    at_the_ear = Playing(ScriptSpeaker(lambda *_: None))
    for item_id in ("a", "b", "c"):
        at_the_ear.play(item_id, bytes(480))
    assert len(at_the_ear.sound(["b", "c"])) == 960
    with pytest.raises(UsageError, match="no longer kept"):
        at_the_ear.sound(["a"])
    assert at_the_ear.known("a")
    assert at_the_ear.sound(["never came"]) == b""
