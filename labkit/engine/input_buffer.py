"""The input audio buffer: the person's sound by its position since the session began."""

from __future__ import annotations

from labkit import pcm
from labkit.engine.events import ProtocolError

MAX_APPEND_BYTES = 15 * 1024 * 1024
"""The protocol's limit for one append, and ours for the sound of an item."""
MAX_MS = 10 * 60 * 1000
"""More uncommitted sound than this is refused."""
KEEP_MS = 10_000
"""While nobody speaks, only this much is kept: more than any prefix padding."""


class InputBuffer:
    """Sound appended and not yet committed; positions count all sound since the session began."""

    def __init__(self) -> None:
        self._pcm = bytearray()
        self._dropped = 0

    def append(self, sound: bytes, *, keep_all: bool) -> None:
        """Add sound; raises `ProtocolError` when the buffer would be too large."""
        if len(self._pcm) + len(sound) > MAX_MS * pcm.BYTES_PER_MS:
            message = f"The input audio buffer is full ({MAX_MS // 1000} s): commit or clear it."
            raise ProtocolError("input_audio_buffer_full", message, "audio")
        self._pcm += sound
        if not keep_all:
            self._drop(len(self._pcm) - max(KEEP_MS * pcm.BYTES_PER_MS, len(sound)))

    def _drop(self, count: int) -> None:
        if count > 0:
            del self._pcm[:count]
            self._dropped += count

    def take(self, start_ms: int | None = None, end_ms: int | None = None) -> bytes:
        """The sound between two positions (default: all there is), removed with everything before it."""
        start = 0 if start_ms is None else max(0, start_ms * pcm.BYTES_PER_MS - self._dropped)
        end = len(self._pcm) if end_ms is None else max(0, end_ms * pcm.BYTES_PER_MS - self._dropped)
        sound = bytes(self._pcm[start:end])
        self._drop(min(end, len(self._pcm)))
        return sound

    def put_back(self, sound: bytes) -> None:
        """Undo the last `take`: its sound comes before all there is."""
        self._pcm[:0] = sound
        self._dropped -= len(sound)
