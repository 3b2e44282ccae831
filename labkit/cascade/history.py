"""What a cascade remembers: the person's sound until it is written down, and what was said by whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from labkit import pcm
from labkit.turns import Event, Turn

KEPT_MS = 120_000
"""Sound that is kept: twice the longest turn of the embedded engine."""


class Microphone:
    """The sound that was sent, by its place in milliseconds since the session began."""

    def __init__(self) -> None:
        self._sound = bytearray()
        self._dropped = 0
        self._boundary_ms = 0.0
        """Where the sound begins that no turn has had yet."""

    def append(self, sound: bytes) -> None:
        """More PCM16 at 24 kHz; the oldest goes."""
        self._sound += sound
        if (excess := len(self._sound) - KEPT_MS * pcm.BYTES_PER_MS) > 0:
            del self._sound[:excess]
            self._dropped += excess

    @property
    def now_ms(self) -> float:
        """Where the sound ends."""
        return (self._dropped + len(self._sound)) / pcm.BYTES_PER_MS

    def clear(self) -> None:
        """What has come so far belongs to no turn."""
        self._boundary_ms = self.now_ms

    def take(self, start_ms: float | None, end_ms: float | None) -> bytes:
        """The sound of a turn (`None`: since the last one, up to now); what comes after it is the next one's."""
        start = self._boundary_ms if start_ms is None else start_ms
        end = self.now_ms if end_ms is None else end_ms
        self._boundary_ms = end
        first, last = (max(0, round(ms) * pcm.BYTES_PER_MS - self._dropped) for ms in (start, end))
        return bytes(self._sound[first:last])


@dataclass
class Said:
    """One item of the conversation."""

    id: str
    role: str
    text: str = ""
    images: list[str] = field(default_factory=list)
    """Data URIs."""
    sound: bytes = b""
    """What was spoken, as long as it is not written down."""
    words: list[tuple[str, float]] = field(default_factory=list)
    """Of an answer: its words, and where each begins in its sound, milliseconds."""
    audio_ms: float = 0.0

    def say(self, word: str, sound: bytes) -> None:
        """An answer goes on."""
        self.text += word
        if word:
            self.words.append((word, self.audio_ms))
        self.audio_ms += pcm.duration_ms(sound)

    def truncate(self, heard_ms: float, *, exact: bool) -> None:
        """Only what was heard was said; by the same rule as the turn on the screen."""
        turn = Turn(0, words=self.words, audio_ms=self.audio_ms, heard_exact=exact)
        self.text = turn.words_by(heard_ms).rstrip()

    def message(self) -> Event:
        """The item as a chat model reads it."""
        if not self.images:
            return {"role": self.role, "content": self.text}
        parts: list[Event] = [{"type": "image_url", "image_url": {"url": url}} for url in self.images]
        return {"role": self.role, "content": [*parts, *([{"type": "text", "text": self.text}] if self.text else [])]}


class History:
    """The conversation's items in order."""

    def __init__(self) -> None:
        self._items: dict[str, Said] = {}
        self._gone: set[str] = set()

    def add(self, said: Said) -> str | None:
        """Append; returns the item that it follows."""
        previous = next(reversed(self._items), None)
        self._items[said.id] = said
        return previous

    def get(self, item_id: object) -> Said | None:
        """The item, if it is here."""
        return self._items.get(item_id) if isinstance(item_id, str) else None

    def knows(self, item_id: object) -> bool:
        """Whether the item is or was here."""
        return isinstance(item_id, str) and (item_id in self._items or item_id in self._gone)

    def forget(self, item_id: str) -> None:
        """The item was deleted."""
        self._items.pop(item_id, None)
        self._gone.add(item_id)

    def answers_to(self, item_id: str) -> list[str]:
        """What was answered after an item that is here."""
        known = list(self._items)
        return [later for later in known[known.index(item_id) + 1 :] if self._items[later].role == "assistant"]

    def unwritten(self) -> Iterator[Said]:
        """Items that were spoken and not written down yet."""
        return (said for said in list(self._items.values()) if said.sound)

    def messages(self) -> list[Event]:
        """What a chat model is asked."""
        return [said.message() for said in self._items.values() if said.text or said.images]
