from __future__ import annotations

import pytest

from labkit.errors import UsageError
from labkit.frames import HEADER_BYTES, LAYOUT, MAX_FRAME_BYTES, Frame, Kind, joined, message_bytes, unpack


def speaker(item, payload=b"ab", stream=1):
    return Frame(Kind.SPEAKER, stream, 0, 0.0, payload, item)


def test_a_frame_comes_back_as_it_was():
    frame = Frame(Kind.MICROPHONE, 7, 4_000_000_000, 1795165508526.25, b"\x01\x02", 9)
    assert unpack(frame.pack()) == frame


def test_the_number_wraps():
    assert unpack(Frame(Kind.PICTURE, 1, 2**32 + 5, 0.0, b"").pack()).seq == 5


def test_the_layout_is_what_pack_writes():
    packed = Frame(Kind.SPEAKER, 0x0203, 0x04050607, 1.0, b"", 0x08090A0B).pack()
    values = {"kind": 3, "version": LAYOUT["version"], "stream": 0x0203, "seq": 0x04050607, "item": 0x08090A0B}
    sizes = {"Uint8": 1, "Uint16": 2, "Uint32": 4}
    for name, value in values.items():
        offset, kind = LAYOUT["fields"][name]
        assert int.from_bytes(packed[offset : offset + sizes[kind]], "little") == value
    assert LAYOUT["fields"]["stamp"] == [8, "Float64"]
    assert LAYOUT["header"] == HEADER_BYTES == len(packed)


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        bytes(HEADER_BYTES - 1),
        bytes([9]) + Frame(Kind.PICTURE, 1, 0, 0.0, b"").pack()[1:],
        bytes([1, 99]) + Frame(Kind.PICTURE, 1, 0, 0.0, b"").pack()[2:],
        bytes(MAX_FRAME_BYTES + 1),
    ],
    ids=["empty", "short", "unknown kind", "other version", "too long"],
)
def test_what_is_no_frame_is_refused(packed):
    with pytest.raises(UsageError):
        unpack(packed)


def test_a_message_is_a_json_object():
    assert Frame(Kind.MESSAGE, 1, 0, 0.0, message_bytes({"type": "ping", "ä": 1})).message() == {"type": "ping", "ä": 1}
    for payload in (b"[1]", b"{", b"\xff"):
        with pytest.raises(UsageError):
            Frame(Kind.MESSAGE, 1, 0, 0.0, payload).message()


def test_neighbours_of_one_item_are_joined_up_to_the_limit():
    message = Frame(Kind.MESSAGE, 1, 0, 0.0, b"{}")
    frames = [speaker(1), speaker(1), speaker(1), speaker(2), message, message, speaker(2), speaker(2, stream=3)]
    found = [(frame.kind, frame.stream, frame.item, frame.payload) for frame in joined(frames, 4)]
    assert found == [
        (Kind.SPEAKER, 1, 1, b"abab"),
        (Kind.SPEAKER, 1, 1, b"ab"),
        (Kind.SPEAKER, 1, 2, b"ab"),
        (Kind.MESSAGE, 1, 0, b"{}"),
        (Kind.MESSAGE, 1, 0, b"{}"),
        (Kind.SPEAKER, 1, 2, b"ab"),
        (Kind.SPEAKER, 3, 2, b"ab"),
    ]
    assert list(joined([], 4)) == []
