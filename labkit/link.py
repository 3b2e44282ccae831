"""The link: one thread, one event loop and one way to the browser for a kernel's sound and pictures.

A kernel runs cells on its main thread, and widget comms stop while a cell runs; the link's own thread does not.
Callbacks named here run on that thread's loop: keep them short, and never call a blocking method from them.
One tab owns the media; frames of other tabs are ignored.
"""

from __future__ import annotations

import asyncio
import functools
import itertools
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labkit.callbacks import Callbacks
from labkit.clock import Clock, ClockEstimate
from labkit.errors import UsageError
from labkit.frames import CONTROL_STREAM, Frame, Kind, message_bytes, unpack
from labkit.link_page import Carrier, Page
from labkit.link_server import LinkServer
from labkit.link_thread import LoopThread

if TYPE_CHECKING:
    from labkit.link_widget import LinkWidget

__all__ = ["Link", "LinkState", "get_link", "now_ms"]

log = logging.getLogger("labkit.link")

MAX_QUEUED_BYTES = 32 * 1024 * 1024
"""More may not wait for one page: eleven minutes of sound."""
PING_S = 2.0
STIR_EVERY = 30
"""Pings, a minute of them, after which Jupyter is told that the kernel is in use: to Jupyter a conversation over a
WebSocket is idleness, and Binder ends a kernel that was idle for ten minutes, also under an open page."""
PING_BURST = 6
"""Pings right after a page connects, `PING_BURST_S` apart, so that the clock is known at once."""
PING_BURST_S = 0.05
GRACE_MS = 5_000.0
"""A broken connection may come back in this time and find what waited."""
SILENT_COMM_MS = 30_000.0
"""A page on comm that is silent for so long is gone: unlike a socket, a comm does not break."""


def now_ms() -> float:
    """The kernel's monotonic clock in milliseconds."""
    return time.perf_counter() * 1000


@dataclass(frozen=True)
class LinkState:
    """What `on_state` callbacks are told."""

    transport: str | None
    """`websocket`, `comm`, or `None` when no page is connected."""
    url_kind: str | None
    """How the page came here: `labkit proxy`, `proxy`, `direct` or `comm`."""
    tab: str | None
    """The tab that media go to."""
    owned: bool
    """Whether that tab has claimed the media."""


class Link(LoopThread):
    """One kernel's link; `get_link()` gives it."""

    def __init__(self) -> None:
        super().__init__()
        self.server = LinkServer(self.open_page, self.receive, self.close_page)
        self.lost = 0
        """Sound and messages that had no page to go to."""
        self._lock = threading.Lock()
        self._streams: dict[int, Callable[[Frame], None]] = {}
        self._next_stream = CONTROL_STREAM + 1
        self._pages: dict[str, Page] = {}
        self._owner: Page | None = None
        self._clock = ClockEstimate()
        self._state = LinkState(None, None, None, False)
        self._on_state: Callbacks[[LinkState]] = Callbacks()
        self._widget: LinkWidget | None = None
        self._pinger: asyncio.Task[None] | None = None

    # streams

    def open_stream(self, on_frame: Callable[[Frame], None]) -> int:
        """A new stream; `on_frame` runs on the loop for each of its frames. The number to give the browser half."""
        with self._lock:
            stream = self._next_stream
            self._next_stream += 1
        if stream > 0xFFFF:
            raise UsageError("65535 widgets were made in this kernel: restart it.")
        self._streams[stream] = on_frame
        return stream

    def close_stream(self, stream: int) -> None:
        """No more callbacks for this stream."""
        self._streams.pop(stream, None)

    def send(self, kind: Kind, stream: int, payload: bytes, *, item: int = 0) -> None:
        """Queue one frame for the page that has the media; from any thread.

        Raises `UsageError` when `MAX_QUEUED_BYTES` wait already. With no page the frame is lost and counted.
        """
        page = self._route()
        if page is not None and page.queued_bytes > MAX_QUEUED_BYTES:
            raise UsageError("Eleven minutes of sound wait for the page already: play less at once, or flush first.")
        self.soon(self._put, kind, stream, payload, now_ms(), item)

    def send_message(self, stream: int, message: dict[str, Any]) -> None:
        """Queue one JSON message; from any thread."""
        self.send(Kind.MESSAGE, stream, message_bytes(message))

    def forget_sound(self, stream: int) -> None:
        """Drop the sound of a stream that has not left for the page yet."""
        for page in list(self._pages.values()):
            self.soon(page.forget_sound, stream)

    def _put(self, kind: Kind, stream: int, payload: bytes, stamp_ms: float, item: int) -> None:
        page = self._route()
        if page is None:
            self.lost += 1
        else:
            page.put(kind, stream, payload, stamp_ms, item)

    # state

    @property
    def transport(self) -> str | None:
        """`websocket`, `comm`, or `None` when no page is connected."""
        return self._state.transport

    @property
    def url_kind(self) -> str | None:
        """`labkit proxy`, `proxy`, `direct`, `comm`, or `None`."""
        return self._state.url_kind

    @property
    def state(self) -> LinkState:
        """Transport, way, tab and owner as they are now."""
        return self._state

    @property
    def clock(self) -> Clock | None:
        """Where the browser's clock stands; `None` before the first answer."""
        return self._clock.best

    def on_state(self, callback: Callable[[LinkState], object]) -> Callable[[], None]:
        """Call back on the loop whenever the state changes; what is returned ends it."""
        return self._on_state.add(callback)

    @property
    def widget(self) -> LinkWidget:
        """The widget whose browser half is the other end; made on first use, never displayed."""
        if self._widget is None:
            from labkit.link_widget import LinkWidget

            self.submit(self.server.start()).result(10)
            self._widget = LinkWidget(self)
        return self._widget

    # pages: all of this runs on the loop

    def open_page(self, tab: str, carrier: Carrier) -> None:
        """A tab came, or came back, by this carrier."""
        page = self._pages.setdefault(tab, Page(tab))
        self._pages[tab] = self._pages.pop(tab)  # the newest is last
        page.heard_from_ms = now_ms()
        page.attach(carrier, self._carrier_gone)
        if self._pinger is None:
            self._pinger = self.loop.create_task(self._ping())
        for number in range(PING_BURST):
            self.loop.call_later(number * PING_BURST_S, self._ping_page, page)
        self._changed()

    def close_page(self, tab: str, carrier: Carrier | None = None) -> None:
        """A tab's carrier closed (`None`: whichever it has); the page waits `GRACE_MS` for it to come back."""
        page = self._pages.get(tab)
        if page is None or (carrier is not None and page.carrier is not carrier):
            return
        page.detach()
        self.loop.call_later(GRACE_MS / 1000, self._bury, page)
        self._changed()

    def reaches(self, tab: str) -> bool:
        """Whether a carrier is attached to this tab."""
        page = self._pages.get(tab)
        return page is not None and page.connected

    def receive(self, tab: str, packed: bytes) -> None:
        """One packed frame from a tab; what is malformed, foreign or late is logged and ignored."""
        page = self._pages.get(tab)
        if page is None:
            return
        page.heard_from_ms = now_ms()
        try:
            frame = unpack(packed)
            if frame.stream == CONTROL_STREAM:
                self._control(page, frame.message())
            elif self._owner in (None, page) and frame.stream in self._streams:
                self._streams[frame.stream](frame)
        except UsageError as error:
            log.warning("a frame was ignored: %s", error)
        except Exception:  # a learner's callback must not end the link
            log.exception("a callback of the link failed")

    def _carrier_gone(self, page: Page, carrier: Carrier) -> None:
        self.close_page(page.tab, carrier)

    def _bury(self, page: Page) -> None:
        if page.connected or self._pages.get(page.tab) is not page:
            return
        del self._pages[page.tab]
        if self._owner is page:
            self._owner = None
        self._changed()

    def _route(self) -> Page | None:
        """The page that media go to: the owner, else the newest one that is connected."""
        if self._owner is not None:
            return self._owner
        return next((page for page in reversed(list(self._pages.values())) if page.connected), None)

    def _control(self, page: Page, message: dict[str, Any]) -> None:
        match message.get("type"):
            case "pong" if page is self._route():
                self._clock.add(float(message["kernel_ms"]), float(message["browser_ms"]), now_ms())
            case "claim":
                self._claim(page, bool(message.get("force")), message.get("request"))
            case "release" if page is self._owner:
                self._owner = None
                self._changed()

    def _claim(self, page: Page, force: bool, request: object) -> None:
        old = self._owner
        granted = force or old is None or old is page or not old.connected
        if granted and old is not page:
            self._owner = page
            if old is not None:
                old.put_message(CONTROL_STREAM, {"type": "revoked"}, now_ms())
            self._changed()
        page.put_message(CONTROL_STREAM, {"type": "claimed", "request": request, "granted": granted}, now_ms())

    def _changed(self) -> None:
        page = self._route()
        carrier = page.carrier if page is not None else None
        state = LinkState(
            carrier.transport if carrier else None,
            carrier.via if carrier else None,
            page.tab if page else None,
            self._owner is not None,
        )
        if state == self._state:
            return
        if state.tab != self._state.tab:
            self._clock.clear()
        self._state = state
        self._on_state(state)

    def _ping_page(self, page: Page) -> None:
        if page.connected:
            page.put_message(CONTROL_STREAM, {"type": "ping", "kernel_ms": now_ms()}, now_ms())

    async def _ping(self) -> None:
        for number in itertools.count(1):
            await asyncio.sleep(PING_S)
            try:
                self._ping_pages()
                if number % STIR_EVERY == 0 and self._widget is not None and self._state.owned:
                    self._widget.send({"type": "in use"})
            except Exception:  # pages that are not pinged hang up
                log.exception("a ping failed")

    def _ping_pages(self) -> None:
        for page in list(self._pages.values()):
            silent_ms = now_ms() - page.heard_from_ms
            if page.carrier and page.carrier.transport == "comm" and silent_ms > SILENT_COMM_MS:
                self.close_page(page.tab)
            self._ping_page(page)


_link_lock = threading.Lock()


def get_link() -> Link:
    """The link of the running kernel; made on first use."""
    with _link_lock:
        return _only_link()


@functools.cache
def _only_link() -> Link:
    return Link()
