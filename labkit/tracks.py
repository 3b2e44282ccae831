"""WAV files on a time axis: written in any order while it happens, read again whatever became of them."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from pathlib import Path

from labkit import pcm
from labkit.errors import AudioFileError

SAMPLES_PER_MS = pcm.SAMPLE_RATE / 1000
JITTER_SAMPLES = int(10 * SAMPLES_PER_MS)
"""A stamp no further than 10 ms from the end of the sound before it only jitters: there is no gap."""
LONGEST_SAMPLES = 12 * 3600 * pcm.SAMPLE_RATE
"""Sound stamped later than this was stamped by a clock that is wrong."""
WAV_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
UNKNOWN_SIZE = 0xFFFFFFFF
"""What a WAV says of its size until it is closed: to the end of the file."""
KEEP_ITEMS = 16
"""Items of answers whose place on the axis may still change."""
NO_SOUND = pcm.to_samples(b"")


def wav_header(data_bytes: int | None = None) -> bytes:
    """The 44 bytes before 24 kHz mono PCM16."""
    size = UNKNOWN_SIZE if data_bytes is None else data_bytes
    whole = UNKNOWN_SIZE if data_bytes is None else data_bytes + WAV_HEADER.size - 8
    rate = pcm.SAMPLE_RATE
    return WAV_HEADER.pack(b"RIFF", whole, b"WAVE", b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16, b"data", size)


class Track:
    """A WAV that is written in any order; between two sounds it is silent."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("xb", buffering=0)
        self._file.write(wav_header())
        self.samples = 0

    def write(self, at: int, sound: bytes) -> int:
        """Put sound where sample `at` of the axis is (before 0 there is nothing); returns where it ends."""
        end = at + len(sound) // 2
        if end > 0 and end <= LONGEST_SAMPLES:
            self._file.seek(WAV_HEADER.size + 2 * max(0, at))
            rest = memoryview(sound)[2 * max(0, -at) :]
            while rest:  # a disk takes what fits, and says that it is full the next time
                rest = rest[self._file.write(rest) :]
            self.samples = max(self.samples, end)
        return end

    def close(self) -> None:
        """State the size; what is there stays readable even if that fails."""
        with self._file as file:
            file.seek(0)
            file.write(wav_header(2 * self.samples))


class Mouth:
    """Where the person's sound lies on the axis."""

    def __init__(self, track: Track) -> None:
        self._track = track
        self._next = 0

    def add(self, at: int, sound: bytes) -> None:
        self._next = self._track.write(self._next if abs(at - self._next) <= JITTER_SAMPLES else at, sound)


@dataclass
class _Item:
    begin: int | None = None
    """Its first sample on the axis; `None` until it was heard."""
    end: int = 0
    waiting: bytearray = field(default_factory=bytearray)
    over: bool = False
    """Nothing more of it is heard."""


class Ear:
    """Where the answers' sound lies on the axis: from where it was heard to where it was cut."""

    def __init__(self, track: Track) -> None:
        self._track = track
        self._items: dict[str, _Item] = {}

    def _item(self, item_id: str) -> _Item:
        item = self._items.setdefault(item_id, _Item())
        while len(self._items) > KEEP_ITEMS:
            del self._items[next(iter(self._items))]
        return item

    def add(self, item_id: str, sound: bytes, at: int | None) -> None:
        item = self._item(item_id)
        if item.over:
            return
        if at is not None:
            self.begin(item_id, at)
            item.end = self._track.write(at, sound)
        elif item.begin is None:
            item.waiting += sound
        else:
            item.end = self._track.write(item.end, sound)

    def begin(self, item_id: str, at: int) -> None:
        item = self._item(item_id)
        if item.begin is not None:
            return
        for other in self._items.values():
            if other.begin is not None and not other.over:
                self._end(other, at)  # one voice: the next begins when the one before has ended
        item.begin = item.end = at
        if item.waiting:
            item.end, item.waiting = self._track.write(at, bytes(item.waiting)), bytearray()

    def cut(self, item_id: str, heard: int) -> None:
        item = self._item(item_id)
        self._end(item, (item.begin or 0) + heard)

    def _end(self, item: _Item, at: int) -> None:
        item.over = True
        item.waiting.clear()
        if item.begin is not None and item.end > at:
            silent_from = max(at, item.begin)
            self._track.write(silent_from, bytes(2 * (item.end - silent_from)))


def read(file: Path, problems: list[str]) -> pcm.Samples:
    """A track; mapped, not loaded, where it is as we wrote it, whatever its header says of its size."""
    import numpy as np

    try:
        with file.open("rb") as opened:
            header = opened.read(WAV_HEADER.size)
    except OSError:
        problems.append(f"There is no {file.name}.")
        return NO_SOUND
    ours = wav_header()
    if len(header) < WAV_HEADER.size or header[8:40] != ours[8:40]:
        return _foreign(file, problems)
    stated, there = WAV_HEADER.unpack(header)[-1], file.stat().st_size - WAV_HEADER.size
    if there < stated < UNKNOWN_SIZE:
        problems.append(f"{file.name} ends early: {there / stated:.0%} of it is there.")
    if there < 2:
        return NO_SOUND
    return np.memmap(file, "<i2", "r", WAV_HEADER.size, (there // 2,))


def _foreign(file: Path, problems: list[str]) -> pcm.Samples:
    try:
        return pcm.read(file)
    except AudioFileError as error:
        problems.append(str(error))
        return NO_SOUND
