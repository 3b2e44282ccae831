from __future__ import annotations

import asyncio
import json
import queue

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, ConnectionClosedError, InvalidStatus

from labkit.errors import UsageError, WaitTimeoutError
from labkit.frames import Frame, Kind, message_bytes, unpack
from labkit.link import GRACE_MS, MAX_QUEUED_BYTES, PING_BURST, Link
from labkit.link_page import Page
from labkit.link_server import SocketCarrier

ORIGIN = "http://notebook.example"


class Tab:
    """A browser tab over a real socket."""

    def __init__(self, link, name="tab one"):
        self.link, self.name, self.skipped = link, name, []

    async def __aenter__(self):
        port = await asyncio.wrap_future(self.link.submit(self.link.server.start()))
        self.link.server.origins.add(ORIGIN)
        self.socket = await connect(f"ws://127.0.0.1:{port}/", origin=ORIGIN)
        assert json.loads(await self.socket.recv()) == {"labkit": self.link.server.greeting}
        await self.socket.send(json.dumps({"key": self.link.server.key, "tab": self.name, "via": "proxy"}))
        await self.message("ping")
        return self

    async def __aexit__(self, *_):
        await self.socket.close()

    async def say(self, stream, message, seq=0):
        await self.socket.send(Frame(Kind.MESSAGE, stream, seq, 0.0, message_bytes(message)).pack())

    async def claim(self, force=False):
        await self.say(0, {"type": "claim", "request": 1, "force": force})
        return (await self.message("claimed"))["granted"]

    async def frame(self, wanted):
        """The first frame that is wanted, among those skipped before and those to come."""
        for frame in self.skipped:
            if wanted(frame):
                self.skipped.remove(frame)
                return frame
        async with asyncio.timeout(30):
            while not wanted(frame := unpack(await self.socket.recv())):
                self.skipped.append(frame)
        return frame

    async def message(self, kind):
        found = await self.frame(lambda frame: frame.kind == Kind.MESSAGE and frame.message()["type"] == kind)
        return found.message()


@pytest.fixture
def link():
    made = Link()
    yield made
    made.submit(made.server.aclose()).result(30)


async def settled(link, wanted):
    """Until the link's state is as wanted."""
    changed = asyncio.Event()
    loop = asyncio.get_running_loop()
    off = link.on_state(lambda _: loop.call_soon_threadsafe(changed.set))
    async with asyncio.timeout(30):
        while not wanted(link.state):
            await changed.wait()
            changed.clear()
    off()


async def test_frames_go_both_ways(link):
    came = asyncio.Queue()
    loop = asyncio.get_running_loop()
    stream = link.open_stream(lambda frame: loop.call_soon_threadsafe(came.put_nowait, frame))
    async with Tab(link) as tab:
        assert (link.transport, link.url_kind) == ("websocket", "proxy")
        sent = Frame(Kind.MICROPHONE, stream, 0, 123.5, b"sound")
        await tab.socket.send(sent.pack())
        assert await asyncio.wait_for(came.get(), 30) == sent
        link.send(Kind.SPEAKER, stream, b"answer", item=4)
        link.send_message(stream, {"type": "end"})
        frame = await tab.frame(lambda frame: frame.kind == Kind.SPEAKER)
        assert (frame.stream, frame.item, frame.payload, frame.seq) == (stream, 4, b"answer", 0)
        assert await tab.message("end") == {"type": "end"}
    await settled(link, lambda state: state.transport is None)


async def test_the_clock_is_known_after_the_first_answer(link):
    async with Tab(link) as tab:
        for _ in range(3):
            ping = await tab.message("ping")
            await tab.say(0, {"type": "pong", "kernel_ms": ping["kernel_ms"], "browser_ms": ping["kernel_ms"] + 5000})
        await tab.claim()
        assert link.clock.offset_ms == pytest.approx(5000, abs=link.clock.uncertainty_ms + 0.001)


@pytest.mark.parametrize("first", ['{"key": "wrong", "tab": "t", "via": "v"}', "no JSON", '{"tab": 1}', "[]"])
async def test_a_wrong_key_is_refused(link, first):
    port = await asyncio.wrap_future(link.submit(link.server.start()))
    link.server.origins.add(ORIGIN)
    async with connect(f"ws://127.0.0.1:{port}/", origin=ORIGIN) as socket:
        await socket.recv()
        await socket.send(first)
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
        assert closed.value.rcvd.code == 4401
    assert link.transport is None


@pytest.mark.parametrize("origin", ["http://evil.example", None])
async def test_a_foreign_origin_is_refused(link, origin):
    port = await asyncio.wrap_future(link.submit(link.server.start()))
    link.server.origins.add(ORIGIN)
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"ws://127.0.0.1:{port}/", origin=origin)
    assert refused.value.response.status_code == 403


async def test_one_tab_has_the_media_until_it_is_taken(link):
    came = []
    stream = link.open_stream(lambda frame: came.append(frame.payload))
    async with Tab(link, "one") as one, Tab(link, "two") as two:
        assert await one.claim()
        assert not await two.claim()
        await two.socket.send(Frame(Kind.MICROPHONE, stream, 0, 0.0, b"two").pack())
        await one.socket.send(Frame(Kind.MICROPHONE, stream, 0, 0.0, b"one").pack())
        assert not await two.claim()
        assert await one.claim()
        assert came == [b"one"]
        assert await two.claim(force=True)
        await one.message("revoked")
        link.send(Kind.SPEAKER, stream, b"x")
        await two.frame(lambda frame: frame.kind == Kind.SPEAKER)
        await two.say(0, {"type": "release"})
        assert await one.claim()


async def test_a_tab_that_went_away_gives_the_media_free(link):
    async with Tab(link, "one") as one:
        assert await one.claim()
    await settled(link, lambda state: state.transport is None)
    async with Tab(link, "two") as two:
        assert await two.claim()


async def test_what_waited_goes_on_when_the_same_tab_comes_back(link, monkeypatch):
    assert GRACE_MS >= 1000
    monkeypatch.setattr("labkit.link.GRACE_MS", 60_000.0)
    stream = link.open_stream(lambda frame: None)
    async with Tab(link) as tab:
        assert await tab.claim()
    await settled(link, lambda state: state.transport is None)
    link.send(Kind.SPEAKER, stream, b"late")
    async with Tab(link) as tab:
        frame = await tab.frame(lambda frame: frame.kind == Kind.SPEAKER)
        assert frame.payload == b"late"


async def test_malformed_frames_and_failing_callbacks_end_nothing(link, caplog):
    stream = link.open_stream(lambda frame: 1 / 0)
    async with Tab(link) as tab:
        await tab.socket.send(b"short")
        await tab.socket.send("text")
        await tab.say(0, {"type": "pong"})
        await tab.say(stream, {"type": "anything"})
        await tab.say(12345, {"type": "nobody listens"})
        assert await tab.claim()
    assert "a frame was ignored" in caplog.text
    assert "a callback of the link failed" in caplog.text


async def test_with_no_page_sound_is_lost_and_counted(link):
    link.send(Kind.SPEAKER, 1, b"x")
    assert await asyncio.wrap_future(link.submit(lost(link))) == 1


async def lost(link):
    return link.lost


async def test_too_much_at_once_is_refused(link):
    async with Tab(link):
        page = next(iter(link._pages.values()))
        page.queued_bytes = MAX_QUEUED_BYTES + 1
        with pytest.raises(UsageError, match="Eleven minutes"):
            link.send(Kind.SPEAKER, 1, b"x")


def test_calls_wait_and_tell_what_went_wrong(link):
    async def answer():
        return 42

    async def never():
        await asyncio.Event().wait()

    async def nested():
        return link.call(answer())

    assert link.call(answer()) == 42
    with pytest.raises(WaitTimeoutError, match=r"Nothing came in 0\.01 s"):
        link.call(never(), 0.01)
    with pytest.raises(UsageError, match="link callback"):
        link.call(nested())


class Socket:
    """Takes so many frames, then breaks, or never finishes sending the last one."""

    def __init__(self, frames, *, hangs=False):
        self.frames, self.hangs, self.sent, self.full = frames, hangs, [], asyncio.Event()

    async def send(self, packed):
        if len(self.sent) == self.frames:
            raise ConnectionClosedError(None, None)
        self.sent.append(unpack(packed).message()["number"])
        if len(self.sent) == self.frames:
            self.full.set()
            await asyncio.Event().wait() if self.hangs else None


@pytest.mark.parametrize("hangs", [False, True])
async def test_a_way_that_breaks_in_the_middle_loses_nothing_that_waited(hangs):
    page, broken = Page("one"), asyncio.Event()
    for number in range(200):
        page.put_message(1, {"type": "end", "number": number}, 0.0)
    first, second = Socket(3, hangs=hangs), Socket(197)
    page.attach(SocketCarrier(first, "proxy"), lambda *_: broken.set())
    await asyncio.wait_for(first.full.wait() if hangs else broken.wait(), 30)
    page.attach(SocketCarrier(second, "proxy"), lambda *_: None)
    await asyncio.wait_for(second.full.wait(), 30)
    page.detach()
    assert first.sent + second.sent == list(range(200))
    assert page.queued_bytes == 0


async def test_a_callback_that_fails_hides_no_state_from_others(link, caplog):
    link.on_state(lambda _: 1 / 0)
    told = []
    link.on_state(lambda state: told.append(state.transport))
    async with Tab(link):
        assert told == ["websocket"]
    assert "a callback failed" in caplog.text


class Told:
    """A widget that keeps what it is told to send."""

    def __init__(self):
        self.told = queue.SimpleQueue()

    def send(self, content, buffers=None):
        self.told.put(content)


async def test_a_kernel_that_somebody_talks_with_is_no_idle_kernel(link, monkeypatch):
    """Jupyter counts messages of widgets as activity, and sees nothing of the link's own socket."""
    monkeypatch.setattr("labkit.link.PING_S", 0.01)
    monkeypatch.setattr("labkit.link.STIR_EVERY", 1)
    link._widget = widget = Told()
    async with Tab(link) as tab:
        await asyncio.sleep(0.05)
        assert widget.told.empty()
        assert await tab.claim()
        assert await asyncio.to_thread(widget.told.get, timeout=30) == {"type": "in use"}


async def test_pings_go_on_when_jupyter_cannot_be_told(link, monkeypatch, caplog):
    monkeypatch.setattr("labkit.link.PING_S", 0.01)
    monkeypatch.setattr("labkit.link.STIR_EVERY", 1)
    link._widget = Told()
    monkeypatch.setattr(link._widget, "send", lambda content: 1 / 0)
    async with Tab(link) as tab:
        assert await tab.claim()
        for _ in range(2 * PING_BURST):
            await tab.message("ping")
    assert "a ping failed" in caplog.text


async def test_ten_reloads_in_a_row_leave_no_page_behind(link, monkeypatch):
    monkeypatch.setattr("labkit.link.GRACE_MS", 50.0)
    for number in range(10):
        async with Tab(link, f"tab {number}") as tab:
            assert await tab.claim()
    await settled(link, lambda state: not state.owned)
    assert not link._pages
