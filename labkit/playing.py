"""What an answer sounds like at the ear: where it is played, how much of it was heard, and cutting it off."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from labkit import pcm
from labkit.callbacks import Callbacks
from labkit.errors import UsageError
from labkit.link import now_ms
from labkit.playback import VirtualSpeaker

MAX_SOUND_BYTES = 16 * 1024 * 1024
"""Answers' sound kept for `sound`, nearly six minutes; older answers go."""
NEARLY_ALL_MS = 60
"""An answer of which no more than this was missing was heard to its end: no word is that short."""


class Output(Protocol):
    """Where answers are heard: the browser's speaker, or a virtual one."""

    def play(self, item_id: str, sound: bytes) -> float | None:
        """Queue sound; when it is heard (kernel's clock), `None` where that is not known yet."""

    def end(self, item_id: str) -> None: ...
    async def flush(self) -> dict[str, float]: ...
    @property
    def silenced_ms(self) -> float | None: ...


class ScriptSpeaker:
    """The output of a script: nobody hears it, time passes all the same."""

    silenced_ms: float | None = None
    """When the last flush had made it silent, kernel's clock: nobody knows, there is no loudspeaker."""

    def __init__(self, started: Callable[[str, float, float], None]) -> None:
        self._virtual = VirtualSpeaker()
        self._started = started

    def play(self, item_id: str, sound: bytes) -> float:
        """Queue sound; when it is heard."""
        return self._virtual.play(item_id, sound, now_ms())

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
        self._gone: set[str] = set()
        """Items whose sound was kept, and is no more."""
        self._cut: set[str] = set()
        """Items whose remaining sound is not to be played."""
        self.on_sound: Callbacks[[str, bytes, float | None]] = Callbacks()
        """Called with all sound that is given to the output: its item, 24 kHz PCM16, and when it is heard if known."""

    def play(self, item_id: str, sound: bytes) -> None:
        """More sound of an item has come."""
        self._sound.setdefault(item_id, bytearray()).extend(sound)
        while sum(map(len, self._sound.values())) > MAX_SOUND_BYTES and len(self._sound) > 1:
            oldest = next(iter(self._sound))
            del self._sound[oldest]
            self._gone.add(oldest)
        if item_id not in self._cut:
            self.on_sound(item_id, sound, self.output.play(item_id, sound))

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
        return item_id in self._sound or item_id in self._gone

    def sound(self, item_ids: Sequence[str]) -> bytes:
        """The items' sound as it was generated, 24 kHz PCM16; raises `UsageError` where it is no longer kept."""
        if not self._gone.isdisjoint(item_ids):
            raise UsageError(
                "The sound of that answer is no longer kept, only that of the last minutes is: "
                "session.record keeps all that was heard."
            )
        return b"".join(self._sound.get(item_id, b"") for item_id in item_ids)
