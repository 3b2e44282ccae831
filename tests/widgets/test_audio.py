from __future__ import annotations

import asyncio
import threading

import numpy as np
import pytest

from labkit import pcm
from labkit.errors import DeviceError, UsageError, WaitTimeoutError
from labkit.frames import Frame, Kind, message_bytes
from labkit.link import Link
from labkit.widgets.audio import Microphone, Speaker


class FakePage:
    """Stands where the link's pages are: keeps what is sent, and says what a page would say."""

    def __init__(self, link, part):
        self.link, self.part, self.sent = link, part, []
        self.answers = {}

    def send(self, kind, stream, payload, *, item=0):
        assert stream == self.part.stream
        frame = Frame(kind, stream, 0, 0.0, payload, item)
        self.sent.append(frame)
        if kind == Kind.MESSAGE and (answer := self.answers.get(frame.message()["type"])):
            self.say(answer(frame.message()))

    def say(self, message):
        self.media(Kind.MESSAGE, message_bytes(message))

    def media(self, kind, payload, seq=0, stamp_ms=0.0, item=0):
        frame = Frame(kind, self.part.stream, seq, stamp_ms, payload, item)
        self.link.loop.call_soon_threadsafe(self.part._on_frame, frame)

    def live(self, **more):
        self.say({"type": "state", "state": "live", "error": "", "devices": [{"id": "1", "label": "One"}], **more})

    def settle(self):
        async def nothing():
            return None

        self.link.call(nothing(), 30)


@pytest.fixture
def link(monkeypatch):
    made = Link()
    monkeypatch.setattr(Link, "transport", "websocket")
    yield made
    made.submit(made.server.aclose()).result(30)


@pytest.fixture
def connected(link, monkeypatch):
    def joined(part):
        page = FakePage(link, part)
        monkeypatch.setattr(link, "send", page.send)
        return page

    return joined


def chunk(value):
    return pcm.to_bytes(np.full(240, value, np.int16))


def test_chunks_reach_callbacks_and_losses_are_counted(link, connected):
    mic = Microphone(link=link)
    page = connected(mic)
    came = []
    end = mic.on_chunk(lambda sound, stamp_ms, seq: came.append((sound, stamp_ms, seq)))
    for seq in (0, 1, 4):
        page.media(Kind.MICROPHONE, chunk(seq), seq, 1000.0 + 10 * seq)
    page.media(Kind.MICROPHONE, b"odd length", 5)
    page.settle()
    assert came == [(chunk(seq), 1000.0 + 10 * seq, seq) for seq in (0, 1, 4)]
    assert mic.lost == 2
    end()
    page.media(Kind.MICROPHONE, chunk(0), 6)
    page.settle()
    assert len(came) == 3


def test_record_waits_for_so_much_sound(link, connected):
    mic = Microphone(link=link)
    page = connected(mic)
    page.live()
    page.settle()
    stop = threading.Event()

    def speak():
        seq = 0
        while not stop.wait(0.001):
            page.media(Kind.MICROPHONE, chunk(7), seq)
            seq += 1

    speaking = threading.Thread(target=speak)
    speaking.start()
    try:
        sound = mic.record(0.05)
    finally:
        stop.set()
        speaking.join()
    assert sound.dtype == np.int16
    assert sound.tolist() == [7] * 1200


def test_record_says_why_it_cannot(link, connected):
    mic = Microphone(link=link)
    page = connected(mic)
    with pytest.raises(UsageError, match="up to 600 s"):
        mic.record(0)
    with pytest.raises(WaitTimeoutError, match="The microphone is off: click 'Start microphone'"):
        mic.record(1)
    page.say({"type": "state", "state": "failed", "error": "It broke. Mend it, then start again."})
    page.settle()
    with pytest.raises(DeviceError, match=r"It broke\. Mend it") as raised:
        mic.record(1)
    assert raised.value.remedy == "Mend it, then start again."


def test_start_waits_for_the_page(link, connected):
    mic = Microphone(link=link)
    page = connected(mic)
    page.answers["start"] = lambda _: {"type": "state", "state": "live", "devices": []}
    mic.start()
    assert mic.state == "live"
    page.answers["start"] = lambda _: {"type": "state", "state": "failed", "error": "No. Do this."}
    with pytest.raises(DeviceError, match=r"No\. Do this\."):
        mic.start()
    assert mic.error == "No. Do this."


def test_push_to_talk_is_told(link, connected):
    mic = Microphone(link=link)
    page = connected(mic)
    held = []
    mic.on_hold(held.append)
    page.say({"type": "hold", "held": True})
    page.say({"type": "hold", "held": False})
    page.settle()
    assert held == [True, False]


def test_long_sound_goes_in_pieces_under_one_number(link, connected):
    speaker = Speaker(link=link)
    page = connected(speaker)
    speaker.play("one", bytes(48 * 500))
    speaker.play("two", bytes(48 * 20))
    speaker.end("one")
    assert [(frame.item, len(frame.payload) // 48) for frame in page.sent[:4]] == [
        (1, 200),
        (1, 200),
        (1, 100),
        (2, 20),
    ]
    assert page.sent[4].message() == {"type": "end", "item": 1}
    with pytest.raises(UsageError, match="PCM16"):
        speaker.play("one", b"odd")


def test_started_progress_and_finished_are_told(link, connected):
    speaker = Speaker(link=link)
    page = connected(speaker)
    told = []
    speaker.on_started(lambda item, ms, arrived_ms: told.append(("started", item, ms, arrived_ms)))
    speaker.on_progress(lambda item, ms: told.append(("progress", item, round(ms))))
    speaker.on_finished(lambda item: told.append(("finished", item)))
    speaker.play("one", bytes(48 * 500))
    latency = {"output_latency_ms": 10.0}
    page.say({"type": "started", "item": 1, "frame": 0, "stamp_ms": 77.0, "arrived_ms": 70.5, **latency})
    page.say({"type": "progress", "items": [[1, 2400, 2399]], "frame": 2400, "stamp_ms": 0.0, **latency})
    page.say({"type": "finished", "item": 1, "rendered": 12_000, "frame": 11_999, "stamp_ms": 0.0, **latency})
    page.say({"type": "started", "item": 99, "frame": 0, "stamp_ms": 0.0})
    page.settle()
    assert told[0] == ("started", "one", 77.0, 70.5)
    assert told[1][:2] == ("progress", "one")
    assert 90 <= told[1][2] <= 100
    assert told[2:] == [("finished", "one")]


async def test_a_flush_tells_what_was_heard_and_drops_what_is_stale(link, connected, monkeypatch):
    monkeypatch.setattr("labkit.widgets.audio.FLUSH_WAIT_S", 30)
    speaker = Speaker(link=link)
    page = connected(speaker)
    page.answers["flush"] = lambda asked: {
        "type": "flushed",
        "request": asked["request"],
        "items": [[1, 4800, 4799]],
        "frame": 4800,
        "stamp_ms": 555.0,
        "output_latency_ms": 16.0,
    }
    speaker.play("one", bytes(48 * 500))
    speaker.play("two", bytes(48 * 500))
    assert await speaker.flush() == {"one": pytest.approx(184), "two": 0}
    assert speaker.silent_ms == 555.0
    before = len(page.sent)
    speaker.play("one", bytes(960))
    speaker.end("two")
    assert len(page.sent) == before
    assert await speaker.flush() == {}


async def test_a_flush_without_an_answer_takes_the_last_report(link, connected, monkeypatch):
    monkeypatch.setattr("labkit.widgets.audio.FLUSH_WAIT_S", 0.05)
    speaker = Speaker(link=link)
    page = connected(speaker)
    speaker.play("one", bytes(48 * 500))
    page.say({"type": "progress", "items": [[1, 2400, 2399]], "frame": 2400, "stamp_ms": 0.0, "output_latency_ms": 0.0})
    assert await asyncio.wait_for(speaker.flush(), 30) == {"one": pytest.approx(100)}


async def test_each_of_two_flushes_takes_its_own_answer(link, connected, monkeypatch):
    monkeypatch.setattr("labkit.widgets.audio.FLUSH_WAIT_S", 30)
    speaker = Speaker(link=link)
    page = connected(speaker)
    async with asyncio.timeout(30):
        flushes = [asyncio.create_task(speaker.flush()) for _ in range(2)]
        await asyncio.sleep(0)
        page.settle()
        assert [frame.message()["request"] for frame in page.sent] == [1, 2]
        for number, flush in enumerate(flushes, 1):
            page.say({"type": "flushed", "request": number, "items": [], "frame": 0, "stamp_ms": 5.0})
            assert await flush == {}
    assert not speaker._flushes


def test_a_page_that_goes_away_turns_parts_off(link, connected):
    mic = Microphone(link=link)
    page = connected(mic)
    page.live()
    page.settle()
    assert (mic.state, mic.devices) == ("live", [{"id": "1", "label": "One"}])
    link.soon(mic._on_link, link.state)
    page.settle()
    assert mic.state == "off"
    assert "Click the start button" in mic.error


def test_state_is_not_saved_in_notebooks(link):
    assert not {"state", "error", "devices"} & set(Speaker(link=link).get_state())
