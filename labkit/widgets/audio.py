"""Microphone and Speaker: sound from and to the browser, over the link.

The browser captures at the device's rate, resamples and sends 10 ms of PCM16 at 24 kHz,
each stamped on its own clock; it plays item by item and counts every sample that it rendered.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import ipywidgets
import traitlets

from labkit.callbacks import Callbacks
from labkit.errors import UsageError, WaitTimeoutError
from labkit.esm import esm
from labkit.frames import Frame, Kind
from labkit.link import now_ms
from labkit.pcm import CHUNK_MS, SAMPLE_RATE, Samples, chunks, to_samples
from labkit.widgets.heard import HeardItem
from labkit.widgets.part import Part

__all__ = ["Microphone", "Speaker"]

_ESM = esm(
    "widgets/registry.js",
    "widgets/part.js",
    "widgets/controls.js",
    "widgets/chunker.js",
    "widgets/microphone.js",
    "widgets/speaker.js",
    "widgets/audio.js",
    CHUNKER="widgets/chunker.js",
    MICROPHONE_WORKLET="widgets/microphone_worklet.js",
    SPEAKER_WORKLET="widgets/speaker_worklet.js",
)
MAX_RECORD_S = 600.0
LATE_S = 3.0
"""How much longer than asked a recording may take before the microphone counts as silent."""
PIECE_MS = 200
"""Longer sound goes to the page in pieces, so that a flush never waits behind a big one."""
FLUSH_WAIT_S = 0.8
MAX_ITEMS = 1000
"""Items that are remembered; older ones are forgotten."""


class Microphone(Part):
    """The person's microphone, or the sound of any ipywebrtc stream.

    mic = Microphone()          # display it, click 'Start microphone'
    sound = mic.record(2)       # int16 samples at 24 kHz
    """

    _esm = _ESM
    name = "microphone"
    kind = traitlets.Unicode("microphone").tag(sync=True)
    device_id = traitlets.Unicode().tag(sync=True)
    """The device to use; empty for the browser's default."""
    echo_cancellation = traitlets.Bool(True).tag(sync=True)
    noise_suppression = traitlets.Bool(True).tag(sync=True)
    auto_gain_control = traitlets.Bool(True).tag(sync=True)
    muted = traitlets.Bool(False).tag(sync=True)
    """Whether silence is sent instead of sound."""
    push_to_talk = traitlets.Bool(False).tag(sync=True)
    """Whether sound is sent only while the button is held, with 200 ms from before the press."""
    source = traitlets.Instance(ipywidgets.Widget, allow_none=True).tag(sync=True, **ipywidgets.widget_serialization)
    """Any ipywebrtc MediaStream with sound, instead of a device of our own."""

    def __init__(self, **traits: Any) -> None:
        self.lost = 0
        """Chunks that the page sent and that did not come."""
        self._next_seq: int | None = None
        self._on_chunk: Callbacks[[bytes, float, int]] = Callbacks()
        self._on_hold: Callbacks[[bool]] = Callbacks()
        super().__init__(**traits)

    def on_chunk(self, callback: Callable[[bytes, float, int], object]) -> Callable[[], None]:
        """Call back with each 10 ms: PCM16 bytes, browser time of its first sample in ms, number.

        Runs on the link's loop, also while a cell runs. What is returned ends it.
        """
        return self._on_chunk.add(callback)

    def on_hold(self, callback: Callable[[bool], object]) -> Callable[[], None]:
        """Call back on the link's loop when push-to-talk is pressed (before its sound) and released (after it)."""
        return self._on_hold.add(callback)

    def record(self, seconds: float) -> Samples:
        """The next `seconds` of sound as int16 samples at 24 kHz, shape (n,); blocks the cell that long.

        Raises `DeviceError` when the microphone failed, `WaitTimeoutError` when it is off or falls silent.
        """
        if not 0 < seconds <= MAX_RECORD_S:
            raise UsageError(f"A recording of {seconds} s is not possible: ask for up to {MAX_RECORD_S:g} s.")
        self._wait_until_live(0.5)
        wanted = round(seconds * SAMPLE_RATE) * 2
        sound, enough = bytearray(), threading.Event()

        def take(pcm: bytes, _stamp_ms: float, _seq: int) -> None:
            sound.extend(pcm)
            if len(sound) >= wanted:
                enough.set()

        end = self.on_chunk(take)
        try:
            if not enough.wait(seconds + LATE_S):
                came_s = len(sound) / 2 / SAMPLE_RATE
                raise WaitTimeoutError(
                    f"Only {came_s:.1f} s of {seconds:g} s came: "
                    "keep the page open and, with push-to-talk, the button held."
                )
        finally:
            end()
        return to_samples(bytes(sound[:wanted]))

    def _on_media(self, frame: Frame) -> None:
        if frame.kind != Kind.MICROPHONE or len(frame.payload) != CHUNK_MS * SAMPLE_RATE * 2 // 1000:
            return
        if self._next_seq is not None and frame.seq > self._next_seq:
            self.lost += frame.seq - self._next_seq
        self._next_seq = frame.seq + 1
        self._on_chunk(frame.payload, frame.stamp_ms, frame.seq)

    def _on_message(self, message: dict[str, Any]) -> None:
        if message.get("type") == "hold":
            self._on_hold(bool(message.get("held")))


class Speaker(Part):
    """The person's loudspeaker or headphones.

    speaker = Speaker()                     # display it, click 'Start speaker'
    speaker.play("hello", pcm)              # PCM16 mono 24 kHz
    """

    _esm = _ESM
    name = "speaker"
    kind = traitlets.Unicode("speaker").tag(sync=True)
    volume = traitlets.Float(1.0, min=0.0, max=1.0).tag(sync=True)
    device_id = traitlets.Unicode().tag(sync=True)
    """The device to use, where the browser lets pages choose; empty for its default."""
    output_latency_ms = traitlets.Float(0.0, read_only=True)
    """From a rendered sample to the ear, as the browser estimates it."""

    def __init__(self, **traits: Any) -> None:
        self._items: dict[int, HeardItem] = {}
        self._numbers: dict[str, int] = {}
        self._count = 0
        self._frame = 0
        self._frame_ms = 0.0
        self.silent_ms: float | None = None
        """Browser time in ms at which the last flush had made it silent (at the ear: `output_latency_ms` later)."""
        self.gaps = 0
        """How often sound that was not ended came too late, and silence was heard instead."""
        self._flushes: dict[int, asyncio.Future[None]] = {}
        self._requests = 0
        self._lock = threading.Lock()
        self._on_started: Callbacks[[str, float, float | None]] = Callbacks()
        self._on_progress: Callbacks[[str, float]] = Callbacks()
        self._on_finished: Callbacks[[str]] = Callbacks()
        super().__init__(**traits)

    def play(self, item_id: str, pcm: bytes) -> None:
        """Play PCM16 mono 24 kHz after what this item has already; from any thread, returns at once.

        Items sound one after the other. Sound for an item that was flushed is dropped: it is stale.
        """
        if len(pcm) % 2:
            raise UsageError("An odd number of bytes is not PCM16: give whole samples.")
        number, item = self._item(item_id)
        if item.closed:
            return
        item.received += len(pcm) // 2
        for piece in chunks(pcm, PIECE_MS):
            self._link.send(Kind.SPEAKER, self.stream, piece, item=number)

    def end(self, item_id: str) -> None:
        """No more sound comes for this item: once it is rendered it is finished."""
        number, item = self._item(item_id)
        if not item.closed:
            self._link.send_message(self.stream, {"type": "end", "item": number})

    async def flush(self) -> dict[str, float]:
        """Silence at once; heard milliseconds of every item that was playing or waiting.

        Awaited in any loop. When the page does not answer in `FLUSH_WAIT_S`, what it last said holds.
        """
        if asyncio.get_running_loop() is not self._link.loop:
            return await asyncio.wrap_future(self._link.submit(self.flush()))
        self._link.forget_sound(self.stream)
        flushed = {item.item_id: item for item in self._items.values() if not item.closed}
        for item in flushed.values():
            item.closed = True
        self._requests += 1
        request, answer = self._requests, self._link.loop.create_future()
        self._flushes[request] = answer
        self.silent_ms = None
        self._link.send_message(self.stream, {"type": "flush", "request": request})
        try:
            await asyncio.wait_for(answer, FLUSH_WAIT_S if self._link.transport else 0)
        except TimeoutError:
            pass  # the page is gone: its last report holds
        finally:
            del self._flushes[request]
        latency_ms = self.output_latency_ms
        return {item_id: item.heard_ms(self._frame, latency_ms) for item_id, item in flushed.items()}

    @property
    def silenced_ms(self) -> float | None:
        """When the last flush had made it silent, on the kernel's clock; `None` where the page did not say."""
        clock = self._link.clock
        return None if self.silent_ms is None or clock is None else self.silent_ms - clock.offset_ms

    def heard_ms(self, item_id: str) -> float:
        """Milliseconds of this item that have left the loudspeaker, as the page last said (10 times a second)."""
        item = self._items.get(self._numbers.get(item_id, -1))
        frame_now = self._frame + (now_ms() - self._frame_ms) * SAMPLE_RATE / 1000
        return item.heard_ms(frame_now, self.output_latency_ms) if item else 0.0

    def on_started(self, callback: Callable[[str, float, float | None], object]) -> Callable[[], None]:
        """Call back on the link's loop when an item's first sample is rendered: item, its time, when its sound came.

        Browser times in ms: at the ear `output_latency_ms` later; `None`: not known. What is returned ends it.
        """
        return self._on_started.add(callback)

    def on_progress(self, callback: Callable[[str, float], object]) -> Callable[[], None]:
        """Call back on the link's loop while an item plays, up to 10 times a second: item, heard milliseconds."""
        return self._on_progress.add(callback)

    def on_finished(self, callback: Callable[[str], object]) -> Callable[[], None]:
        """Call back on the link's loop when an item that was ended is fully rendered."""
        return self._on_finished.add(callback)

    def _item(self, item_id: str) -> tuple[int, HeardItem]:
        with self._lock:
            number = self._numbers.get(item_id)
            if number is None:
                number = self._count = self._count + 1
                self._numbers[item_id] = number
                self._items[number] = HeardItem(item_id)
                if len(self._items) > MAX_ITEMS:
                    oldest = next(iter(self._items))
                    self._numbers.pop(self._items.pop(oldest).item_id, None)
            return number, self._items[number]

    def _on_message(self, message: dict[str, Any]) -> None:
        if "output_latency_ms" in message:
            self.set_trait("output_latency_ms", float(message["output_latency_ms"]))
        match message.get("type"):
            case "started":
                if item := self._items.get(message["item"]):
                    self._on_started(item.item_id, float(message["stamp_ms"]), message.get("arrived_ms"))
            case "progress":
                self._count_rendered(message)
                for number, _, _ in message["items"]:
                    if item := self._items.get(number):
                        self._on_progress(item.item_id, self.heard_ms(item.item_id))
            case "finished":
                self._finish(message)
            case "gap":
                self.gaps += 1
            case "flushed":
                self._count_rendered(message)
                self.silent_ms = float(message.get("stamp_ms") or 0) or None
                answer = self._flushes.get(message["request"])
                if answer is not None and not answer.done():
                    answer.set_result(None)

    def _count_rendered(self, message: dict[str, Any]) -> None:
        self._frame, self._frame_ms = int(message["frame"]), now_ms()
        for number, rendered, last_frame in message["items"]:
            if item := self._items.get(number):
                item.rendered, item.last_frame = int(rendered), int(last_frame)

    def _finish(self, message: dict[str, Any]) -> None:
        item = self._items.get(message["item"])
        if item is None:
            return
        item.rendered, item.last_frame = int(message["rendered"]), int(message["frame"])
        item.closed = True
        self._frame, self._frame_ms = item.last_frame, now_ms()
        self._on_finished(item.item_id)

    def _on_state_message(self, message: dict[str, Any]) -> None:
        if message.get("state") == "asking":  # a new context counts frames from 0: what was rendered is long heard
            for item in self._items.values():
                item.last_frame = -SAMPLE_RATE
        if "output_latency_ms" in message:
            self.set_trait("output_latency_ms", float(message["output_latency_ms"]))
