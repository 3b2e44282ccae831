"""Who of two people is heard: made-up voices at two microphones, and a server that is played by the test."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from labkit import pcm
from labkit.errors import UsageError
from labkit.turns import Event
from labkit.two_microphones import HELD_BACK_MS, RELEASE_MS, Floor, TwoMicrophones

LOUD, LEAK, ROOM = 4000, 800, 30
"""Amplitudes: a voice at its own microphone, at the other one, and nobody."""


class Server:
    """A dialogue: keeps what is sent, and says what the test wants."""

    def __init__(self) -> None:
        self.settings: Event = {"audio": {"input": {"transcription": {"model": "m", "languages": ["en", "es"]}}}}
        self.closed = None
        self.sent: list[tuple[str, Any]] = []
        self.called: dict[str, Callable[[Event], object]] = {}

    def on(self, kind: str, callback: Callable[[Event], object]) -> Callable[[], None]:
        self.called[kind] = callback
        return partial(self.called.pop, kind)

    def send(self, event: Event) -> None:
        audio = event.get("session", {}).get("audio", {}).get("input", {})
        self.sent.append((event["type"], audio.get("transcription", {}).get("languages")))

    def hear(self, chunk: bytes, stamp_ms: float) -> None:
        self.sent.append((int(np.abs(pcm.to_samples(chunk)).max()), stamp_ms))

    def speech(self, what: str) -> None:
        self.called[f"input_audio_buffer.speech_{what}"]({})

    def sounds(self) -> list[tuple[int, float]]:
        return [(level, stamp) for level, stamp in self.sent if isinstance(level, int)]

    def events(self) -> list[tuple[str, Any]]:
        return [(kind, languages) for kind, languages in self.sent if isinstance(kind, str)]


class Room:
    """Two people; time goes on 10 ms at a time."""

    def __init__(self) -> None:
        self.server = Server()
        self.floor = Floor(self.server, "en", "es")  # type: ignore[arg-type]
        self.now_ms = 0

    def go_on(self, ms: int, *speaking: str) -> None:
        """For so long these languages are spoken; a voice leaks into the other microphone."""
        for _ in range(ms // pcm.CHUNK_MS):
            for own, other in (("en", "es"), ("es", "en")):
                level = LOUD if own in speaking else LEAK if other in speaking else ROOM
                chunk = np.resize(np.array([level, -level], dtype=np.int16), pcm.CHUNK_MS * 24)
                self.floor.hear(own, pcm.to_bytes(chunk), self.now_ms)
            self.now_ms += pcm.CHUNK_MS

    def turn(self, ms: int, language: str) -> None:
        """Somebody speaks, and the server hears it, and the end of it."""
        self.go_on(ms // 2, language)
        self.server.speech("started")
        self.go_on(ms // 2, language)
        self.go_on(400)
        self.server.speech("stopped")


def test_nothing_is_sent_while_nobody_speaks() -> None:
    room = Room()
    room.go_on(3000)
    assert room.server.sent == []


def test_the_language_goes_before_the_sound_and_nothing_of_it_is_lost() -> None:
    room = Room()
    room.go_on(1000)
    room.go_on(800, "es")
    assert room.server.sent[0] == ("session.update", ["es"])
    stamps = [stamp for _, stamp in room.server.sounds()]
    assert stamps == list(np.arange(stamps[0], 1800, pcm.CHUNK_MS))
    assert 1000 - HELD_BACK_MS <= stamps[0] <= 1000 - HELD_BACK_MS / 2
    assert {level for level, _ in room.server.sounds()} == {ROOM, LOUD}


def test_the_same_person_again_needs_no_new_settings_and_the_other_one_does() -> None:
    room = Room()
    for language in ("en", "en", "es"):
        room.go_on(500)
        room.turn(1000, language)
        room.go_on(RELEASE_MS)
    assert room.server.events() == [("session.update", ["en"]), ("session.update", ["es"])]
    assert {level for level, _ in room.server.sounds()} == {ROOM, LOUD}


def test_an_answer_at_once_is_a_turn_of_its_own() -> None:
    room = Room()
    room.go_on(500)
    room.turn(1000, "en")
    room.go_on(600, "es")
    assert room.server.events()[1:] == [("session.update", ["es"]), ("input_audio_buffer.clear", None)]
    assert room.server.sounds()[-1] == (LOUD, room.now_ms - pcm.CHUNK_MS)


def test_who_speaks_before_the_other_turn_has_ended_waits_and_loses_nothing() -> None:
    room = Room()
    room.go_on(500)
    room.go_on(1000, "en")
    room.server.speech("started")
    room.go_on(700, "es")
    waiting = [level for level, _ in room.server.sounds()[-50:]]
    assert set(waiting) == {0}, "the server hears silence, and ends the turn"
    room.server.speech("stopped")
    assert room.server.events()[-2:] == [("session.update", ["es"]), ("input_audio_buffer.clear", None)]
    stamps = [stamp for level, stamp in room.server.sounds() if level == LOUD and stamp >= 1500]
    assert stamps == list(range(1500, 2200, pcm.CHUNK_MS))


def test_who_waits_for_a_turn_that_a_lost_connection_took_along_is_heard() -> None:
    room = Room()
    room.go_on(500)
    room.go_on(1000, "en")
    room.server.speech("started")
    room.go_on(700, "es")
    room.server.called["labkit.reconnected"]({})
    room.go_on(100, "es")
    assert room.server.sounds()[-1] == (LOUD, room.now_ms - pcm.CHUNK_MS)


def test_who_talks_over_the_other_does_not_take_the_floor() -> None:
    room = Room()
    room.go_on(500)
    room.go_on(500, "en")
    room.go_on(500, "en", "es")
    assert room.server.events() == [("session.update", ["en"])]


def test_in_the_end_both_languages_are_listened_for_again() -> None:
    room = Room()
    room.go_on(500)
    room.turn(600, "es")
    room.floor.close()
    assert room.server.events()[-1] == ("session.update", ["en", "es"])
    assert room.server.called == {}


def test_there_are_two_of_them() -> None:
    with pytest.raises(UsageError, match="two microphones"):
        TwoMicrophones(None, {})  # type: ignore[arg-type]
