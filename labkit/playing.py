"""What an answer sounds like at the ear: where it is played, how much of it was heard, and cutting it off."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from labkit import pcm
from labkit.link import now_ms
from labkit.playback import VirtualSpeaker

MAX_SOUND_BYTES = 64 * 1024 * 1024
"""Answers' sound kept for `sound`; older answers go."""
NEARLY_ALL_MS = 60
"""An answer of which no more than this was missing was heard to its end: no word is that short."""


class Output(Protocol):
    """Where answers are heard: the browser's speaker, or a virtual one."""

    def play(self, item_id: str, sound: bytes) -> None: ...
    def end(self, item_id: str) -> None: ...
    async def flush(self) -> dict[str, float]: ...


class ScriptSpeaker:
    """The output of a script: nobody hears it, time passes all the same."""

    def __init__(self, started: Callable[[str, float, float], None]) -> None:
        self._virtual = VirtualSpeaker()
        self._started = started

    def play(self, item_id: str, sound: bytes) -> None:
        """Queue sound."""
        self._virtual.play(item_id, sound, now_ms())

    def end(self, item_id: str) -> None:
        """Nothing to do: what is queued plays out."""

    async def flush(self) -> dict[str, float]:
        """Silent; heard milliseconds by item."""
        return self._virtual.flush(now_ms())

    def skip(self) -> None:
        """Nobody listens, so nobody is interrupted: what is queued counts as heard."""
        self._virtual.flush(now_ms())


class Playing:
    """The answers' sound on its way to the ear."""

    def __init__(self, output: Output) -> None:
        self.output = output
        self._sound: dict[str, bytearray] = {}
        self._cut: set[str] = set()
        """Items whose remaining sound is not to be played."""

    def play(self, item_id: str, sound: bytes) -> None:
        """More sound of an item has come."""
        self._sound.setdefault(item_id, bytearray()).extend(sound)
        while sum(map(len, self._sound.values())) > MAX_SOUND_BYTES and len(self._sound) > 1:
            del self._sound[next(iter(self._sound))]
        if item_id not in self._cut:
            self.output.play(item_id, sound)

    async def cut(self, item_ids: Iterable[str], *, more_to_come: bool) -> list[tuple[str, int]]:
        """Silence; the items that were not heard to their end, with the milliseconds heard (0 to what has come)."""
        self._cut.update(item_ids)
        cut = []
        for item_id, heard_ms in (await self.output.flush()).items():
            have_ms = len(self._sound.get(item_id, b"")) / pcm.BYTES_PER_MS
            if more_to_come or have_ms - heard_ms >= NEARLY_ALL_MS:
                cut.append((item_id, int(max(0.0, min(heard_ms, have_ms)))))
        return cut

    def known(self, item_id: str) -> bool:
        """Whether any sound of the item was given to the output."""
        return item_id in self._sound

    def sound(self, item_ids: Iterable[str]) -> bytes:
        """The items' sound as it was generated, 24 kHz PCM16."""
        return b"".join(bytes(self._sound.get(item_id, b"")) for item_id in item_ids)
