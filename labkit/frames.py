"""The one binary frame that both halves of the link speak.

Little-endian, 24 bytes of header, then the payload:

    0   kind      u8    what the payload is (`Kind`)
    1   version   u8    `VERSION`
    2   stream    u16   which widget it belongs to; 0 is the link itself
    4   seq       u32   counts up per stream, kind and direction, so that a loss is seen
    8   stamp_ms  f64   the sender's clock; microphone: time of the first captured sample
    16  item      u32   speaker: number of the item; pictures: number of the request
    20  reserved  u32

`LAYOUT` hands the same numbers to the browser half as JSON: neither half repeats them.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

from labkit.errors import UsageError

__all__ = [
    "CONTROL_STREAM",
    "HEADER_BYTES",
    "LAYOUT",
    "MAX_FRAME_BYTES",
    "VERSION",
    "Frame",
    "Kind",
    "joined",
    "message_bytes",
    "unpack",
]

VERSION = 1
_HEADER = struct.Struct("<BBHIdII")
HEADER_BYTES = _HEADER.size
MAX_FRAME_BYTES = 8 * 1024 * 1024
"""A larger frame is refused: a 4K JPEG is 2 MB."""
CONTROL_STREAM = 0
"""The stream of the link's own messages."""


class Kind(IntEnum):
    """What a frame carries."""

    MICROPHONE = 1
    """PCM16 mono 24 kHz, captured."""
    PICTURE = 2
    """JPEG."""
    SPEAKER = 3
    """PCM16 mono 24 kHz, to be played."""
    MESSAGE = 4
    """UTF-8 JSON object."""


LAYOUT: dict[str, Any] = {
    "version": VERSION,
    "header": HEADER_BYTES,
    "fields": {
        "kind": [0, "Uint8"],
        "version": [1, "Uint8"],
        "stream": [2, "Uint16"],
        "seq": [4, "Uint32"],
        "stamp": [8, "Float64"],
        "item": [16, "Uint32"],
    },
    "kinds": {kind.name: int(kind) for kind in Kind},
}
"""Byte offsets, `DataView` types and kind numbers for the browser half."""


@dataclass(frozen=True)
class Frame:
    """One unpacked frame; `stamp_ms` is on the sender's clock."""

    kind: Kind
    stream: int
    seq: int
    stamp_ms: float
    payload: bytes
    item: int = 0

    def pack(self) -> bytes:
        """The frame as it travels."""
        header = _HEADER.pack(self.kind, VERSION, self.stream, self.seq & 0xFFFFFFFF, self.stamp_ms, self.item, 0)
        return header + self.payload

    def message(self) -> dict[str, Any]:
        """The JSON object of a MESSAGE frame; a `UsageError` when it is not one."""
        try:
            found = json.loads(self.payload)
        except ValueError as error:
            raise UsageError(f"A link message is not JSON: {self.payload[:40]!r}.") from error
        if not isinstance(found, dict):
            raise UsageError(f"A link message is not an object: {self.payload[:40]!r}.")
        return found


def unpack(packed: bytes | bytearray | memoryview) -> Frame:
    """A frame from its bytes; a `UsageError` when it is too short, too long, of another version or kind."""
    size = len(packed)
    if not HEADER_BYTES <= size <= MAX_FRAME_BYTES:
        raise UsageError(f"A link frame of {size} bytes is refused: {HEADER_BYTES} to {MAX_FRAME_BYTES} are allowed.")
    kind, version, stream, seq, stamp_ms, item, _ = _HEADER.unpack_from(packed)
    if version != VERSION or kind not in Kind._value2member_map_:
        raise UsageError(f"A link frame of version {version}, kind {kind} is not known: reload the page.")
    return Frame(Kind(kind), stream, seq, stamp_ms, bytes(packed[HEADER_BYTES:]), item)


def message_bytes(message: dict[str, Any]) -> bytes:
    """A JSON object as the payload of a MESSAGE frame."""
    return json.dumps(message, separators=(",", ":")).encode()


def joined(frames: Iterable[Frame], max_bytes: int) -> Iterator[Frame]:
    """The same frames with neighbouring SPEAKER frames of one item joined, up to `max_bytes` of payload each.

    The first frame's number and stamp stand for the joined one. For carriers that count messages, not bytes.
    """
    waiting: Frame | None = None
    for frame in frames:
        if waiting is not None and _joinable(waiting, frame, max_bytes):
            waiting = replace(waiting, payload=waiting.payload + frame.payload)
            continue
        if waiting is not None:
            yield waiting
        waiting = frame
    if waiting is not None:
        yield waiting


def _joinable(first: Frame, second: Frame, max_bytes: int) -> bool:
    same = (first.kind, first.stream, first.item) == (second.kind, second.stream, second.item)
    return same and first.kind == Kind.SPEAKER and len(first.payload) + len(second.payload) <= max_bytes
