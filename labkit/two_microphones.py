"""Two people, a microphone each: whoever is louder at their own is heard, in their own language.

    two = TwoMicrophones(session, {"en": Microphone(device_id=...), "es": Microphone(device_id=...)})
    two.close()

A microphone hears both people, its own one louder. So while nobody speaks the newest sound is held back; when
somebody begins, it is known who, and the server is told the language before it gets the sound, with what was held back.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Protocol

from labkit import pcm
from labkit.dialogue import Dialogue
from labkit.errors import UsageError
from labkit.speaking import Spoken
from labkit.turns import Event

if TYPE_CHECKING:
    from labkit.session import AsyncRealtimeSession, RealtimeSession

HELD_BACK_MS = 300
"""Sound before somebody is noticed: as much as the protocol's `prefix_padding_ms` wants."""
LEVEL_MS = 60
"""Of so much sound the level is taken."""
ONSET_MS, TAKEOVER_MS = 60, 120
"""For so long somebody is louder than the room; than the other one, who was speaking."""
SPEECH_DB, ABOVE_ROOM_DB, ABOVE_OTHER_DB = -45.0, 12.0, 6.0
ROOM_RISE_DB = 0.02
"""By so much the room may have become louder with each chunk."""
RELEASE_MS = 1500
"""So long after the last word the microphone stays open: every server has ended the turn by then."""
LONGEST_WAIT_MS = 3000
"""What the second one says before the server has ended the first one's turn; the oldest goes."""


class Chunks(Protocol):
    """A microphone, as far as it is needed here."""

    def on_chunk(self, callback: Callable[[bytes, float, int], object], /) -> Callable[[], None]:
        """Call back with each 10 ms: PCM16 bytes, browser time of its first sample in ms, number."""


class TwoMicrophones:
    """Carries the sound of two microphones to a session until it is closed."""

    def __init__(self, session: RealtimeSession | AsyncRealtimeSession, microphones: Mapping[str, Chunks]) -> None:
        """`microphones` by the language that is spoken at each; raises `UsageError` unless there are two."""
        if len(microphones) != 2:
            raise UsageError('Give two microphones by their languages: {"en": one, "es": the other}.')
        self._link = session._link  # noqa: SLF001 - the session's own parts
        self._floor = Floor(session._dialogue, *microphones)  # noqa: SLF001 - the same
        self._offs = [one.on_chunk(partial(self._on_chunk, language)) for language, one in microphones.items()]

    def _on_chunk(self, language: str, chunk: bytes, stamp_ms: float, _seq: int) -> None:
        clock = self._link.clock
        if clock is not None:
            self._floor.hear(language, chunk, stamp_ms - clock.offset_ms)

    def close(self) -> None:
        """Listen to them no more, and for both languages again."""
        for off in self._offs:
            off()
        self._link.soon(self._floor.close)


class Floor:
    """Who has the floor; lives on the link's loop."""

    def __init__(self, dialogue: Dialogue, first: str, second: str) -> None:
        self._dialogue = dialogue
        self._spoken = Spoken(dialogue)
        self._people = {language: _Person(language) for language in (first, second)}
        self._has: _Person | None = None
        self._next: _Person | None = None
        """Who gets it when the server has ended the turn of the one who has it."""
        self._told = ""
        """The language that the server listens for."""
        self._turn_is_open = False
        kinds = {"input_audio_buffer.speech_started": True, "input_audio_buffer.speech_stopped": False}
        kinds["labkit.reconnected"] = False  # the new server has heard nobody begin
        self._offs = [dialogue.on(kind, partial(self._turn, is_open=is_open)) for kind, is_open in kinds.items()]

    def hear(self, language: str, chunk: bytes, stamp_ms: float) -> None:
        """10 ms of 24 kHz PCM16 from the microphone of this language, stamped on the kernel's clock."""
        person = self._people[language]
        person.hear(chunk, stamp_ms, self._other(person))
        if person not in (self._has, self._next):
            person.forget_old_sound()
        if self._has is None:
            speaking = [each for each in self._people.values() if each.loud_ms >= ONSET_MS]
            if speaking:
                self._give(max(self._people.values(), key=lambda each: each.level_db))
        elif person is not self._has:
            if self._next is None and person.louder_ms >= TAKEOVER_MS:
                self._give(person)
        elif self._next:  # the server ends the turn when it hears silence
            self._dialogue.hear(pcm.silence(pcm.CHUNK_MS), stamp_ms)
            person.held_back.clear()
        else:
            self._send(person)
            if person.quiet_ms >= RELEASE_MS:
                self._has = None

    def close(self) -> None:
        """Listen for both languages again."""
        for off in self._offs:
            off()
        if self._told and self._dialogue.closed is None:
            self._update(self._spoken.all())

    def _other(self, person: _Person) -> _Person:
        return next(each for each in self._people.values() if each is not person)

    def _turn(self, _event: Event, *, is_open: bool) -> None:
        self._turn_is_open = is_open
        if self._next and not is_open:
            self._give(self._next)

    def _give(self, person: _Person) -> None:
        """From now on this one speaks; what they have said already goes first."""
        if self._has and self._turn_is_open:
            self._next = person
            return
        changes, self._has, self._next = self._has is not None, person, None
        if self._dialogue.closed is None:
            if person.language != self._told:
                self._told = person.language
                self._update(self._spoken.only(person.language))
            if changes:  # no server shall take the two for one turn
                self._dialogue.send({"type": "input_audio_buffer.clear"})
        self._send(person)

    def _send(self, person: _Person) -> None:
        while person.held_back:
            self._dialogue.hear(*person.held_back.popleft())

    def _update(self, audio_input: Event) -> None:
        self._dialogue.send(
            {"type": "session.update", "session": {"type": "realtime", "audio": {"input": audio_input}}}
        )


class _Person:
    """One microphone: its newest sound, and how loud it is."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.held_back: deque[tuple[bytes, float]] = deque(maxlen=LONGEST_WAIT_MS // pcm.CHUNK_MS)
        self.loud_ms = self.louder_ms = self.quiet_ms = 0
        """For how long they have been louder than the room, louder than the other one, and neither."""
        self._levels: deque[float] = deque([pcm.SILENCE_DB], maxlen=LEVEL_MS // pcm.CHUNK_MS)
        self._room_db = SPEECH_DB - ABOVE_ROOM_DB

    @property
    def level_db(self) -> float:
        """How loud it has been just now."""
        return 10 * math.log10(sum(10 ** (level / 10) for level in self._levels) / len(self._levels))

    def hear(self, chunk: bytes, stamp_ms: float, other: _Person) -> None:
        """10 ms more."""
        self.held_back.append((chunk, stamp_ms))
        level = float(pcm.levels_db(pcm.to_samples(chunk), len(chunk) // 2)[0])
        self._levels.append(level)
        self._room_db = min(level, self._room_db + ROOM_RISE_DB)
        is_loud = self.level_db > max(SPEECH_DB, self._room_db + ABOVE_ROOM_DB)
        self.loud_ms = self.loud_ms + pcm.CHUNK_MS if is_loud else 0
        self.quiet_ms = 0 if is_loud else self.quiet_ms + pcm.CHUNK_MS
        is_louder = is_loud and self.level_db > other.level_db + ABOVE_OTHER_DB
        self.louder_ms = self.louder_ms + pcm.CHUNK_MS if is_louder else 0

    def forget_old_sound(self) -> None:
        """They have not the floor: only the newest is held back."""
        while len(self.held_back) * pcm.CHUNK_MS > HELD_BACK_MS:
            self.held_back.popleft()
