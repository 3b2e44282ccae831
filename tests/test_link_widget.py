from __future__ import annotations

import pytest

from labkit.frames import LAYOUT, Frame, Kind, message_bytes, unpack
from labkit.link import Link


@pytest.fixture
def link():
    made = Link()
    yield made
    made.submit(made.server.aclose()).result(30)


@pytest.fixture
def sent(link, monkeypatch):
    """What goes over the comm, in order."""
    found = []
    monkeypatch.setattr(link.widget, "send", lambda content, buffers=(): found.append((content, list(buffers))))
    return found


def done(link):
    """Everything that the loop had to do is done."""

    async def nothing():
        return None

    link.call(nothing(), 30)


def say(link, content, *frames):
    link.widget._receive(link.widget, {"tab": "one", **content}, [memoryview(frame.pack()) for frame in frames])
    done(link)


def test_secrets_are_told_over_the_comm_and_never_in_traits(link, sent):
    say(link, {"type": "hello", "origin": "http://here"})
    [(welcome, _)] = sent
    assert welcome["port"] == link.server.port > 0
    assert welcome["key"] == link.server.key
    assert link.server.origins == {"http://here"}
    state = link.widget.get_state()
    assert link.server.key not in str(state)
    assert str(link.server.port) not in str({name: value for name, value in state.items() if name != "_esm"})
    assert state["layout_json"] == LAYOUT
    assert state["link_id"] == link.widget.model_id


def test_frames_travel_over_the_comm(link, sent):
    came = []
    stream = link.open_stream(came.append)
    say(link, {"type": "carry"})
    assert (link.transport, link.url_kind) == ("comm", "comm")
    chunks = [Frame(Kind.MICROPHONE, stream, seq, 0.0, bytes([seq])) for seq in range(20)]
    say(link, {"type": "frames"}, *chunks)
    assert came == chunks
    assert ({"type": "ack", "tab": "one", "received": 20}, []) in sent
    say(link, {"type": "bye"})
    assert link.transport is None


def test_sound_over_the_comm_is_joined(link, sent):
    say(link, {"type": "carry"})
    page = next(iter(link._pages.values()))

    async def play():
        for _ in range(5):
            page.put(Kind.SPEAKER, 1, bytes(960), 0.0, 7)
        page.put(Kind.MESSAGE, 1, message_bytes({"type": "end"}), 0.0)
        carrier = page.carrier
        await carrier.carry(list(page._outbox))

    link.call(play(), 30)
    buffers = [unpack(packed) for content, packed in sent if content["type"] == "frames" for packed in packed]
    sound = [frame for frame in buffers if frame.kind == Kind.SPEAKER]
    assert [len(frame.payload) for frame in sound][:1] == [4800]


@pytest.mark.parametrize("buried", [False, True])
def test_a_tab_that_was_taken_for_gone_comes_back_with_its_next_frame(link, sent, buried):
    came = []
    stream = link.open_stream(came.append)
    say(link, {"type": "carry"})
    page = link._pages["one"]
    link.soon(link.close_page, "one")
    if buried:
        link.soon(link._bury, page)
    done(link)
    assert link.transport is None
    chunks = [Frame(Kind.MICROPHONE, stream, seq, 0.0, bytes([seq])) for seq in range(2)]
    say(link, {"type": "frames"}, *chunks)
    assert came == chunks
    assert link.transport == "comm"
    assert [content["again"] for content, _ in sent if content["type"] == "carrying"] == [False, True]
    say(link, {"type": "frames"}, *chunks)
    assert [content["again"] for content, _ in sent if content["type"] == "carrying"] == [False, True]
    say(link, {"type": "bye"})
    assert link.transport is None
