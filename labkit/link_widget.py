"""The browser half's anchor: a widget that is never displayed, and the comm as the link's last way.

Over its comm a page names its Origin and learns port and key (as messages: traits are saved in notebooks).
Where no WebSocket gets through, the same frames travel as buffers of the comm's messages.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from labkit.esm import esm
from labkit.frames import LAYOUT, Frame, joined
from labkit.link_page import CarrierGoneError

if TYPE_CHECKING:
    from labkit.link import Link

__all__ = ["CommCarrier", "LinkWidget"]

PACE_S = 0.01
"""Pause between comm messages: Jupyter drops what exceeds 1000 messages a second."""
JOIN_BYTES = 9600
"""Sound travels over comm in pieces of up to 200 ms."""
ACK_EVERY = 20
"""Frames from the page between two acknowledgements; the page stops sending when many are missing."""


class CommCarrier:
    """The widget's comm as a way to one tab."""

    transport = "comm"
    via = "comm"
    at_once = 64

    def __init__(self, widget: LinkWidget, tab: str) -> None:
        self.widget = widget
        self.tab = tab
        self.received = 0

    async def carry(self, frames: list[Frame]) -> None:
        """Send the frames as buffers of one message."""
        if self.widget.comm is None:
            raise CarrierGoneError
        buffers = [frame.pack() for frame in joined(frames, JOIN_BYTES)]
        self.widget.send({"type": "frames", "tab": self.tab}, buffers=buffers)
        await asyncio.sleep(PACE_S)

    async def close(self) -> None:
        """Nothing to close: the comm belongs to the widget."""


class LinkWidget(anywidget.AnyWidget):
    """Made by `Link.widget`; other widgets refer to it in a trait so that it reaches the page first."""

    _esm = esm("widgets/registry.js", "link_ways.js", "link_late.js", "link.js")
    layout_json = traitlets.Dict(LAYOUT).tag(sync=True)
    """The frame layout; the same for every kernel."""
    link_id = traitlets.Unicode().tag(sync=True)
    """The model's own id: what other widgets name to find this link in the page."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._carriers: dict[str, CommCarrier] = {}
        link_id = uuid.uuid4().hex
        super().__init__(model_id=link_id, link_id=link_id)
        self.on_msg(self._receive)

    def _receive(self, _: object, content: dict[str, Any], buffers: Sequence[memoryview]) -> None:
        tab = str(content.get("tab", ""))[:64]
        match content.get("type"):
            case "hello":
                self._link.soon(self._greet, tab, str(content.get("origin", "")))
            case "carry":
                self._link.soon(self._attach, CommCarrier(self, tab))
            case "frames":
                self._link.soon(self._take, tab, [bytes(buffer) for buffer in buffers])
            case "bye":
                self._link.soon(self._close, tab)

    def _greet(self, tab: str, origin: str) -> None:
        """Let the page's Origin in, and tell it where and with which key."""
        server = self._link.server
        server.origins.add(origin)
        entry = {"port": server.port, "key": server.key, "greeting": server.greeting}
        self.send({"type": "welcome", "tab": tab, **entry})

    def _attach(self, carrier: CommCarrier) -> None:
        again = self._carriers.get(carrier.tab) is carrier
        self._carriers[carrier.tab] = carrier
        self._link.open_page(carrier.tab, carrier)
        self.send({"type": "carrying", "tab": carrier.tab, "again": again})

    def _take(self, tab: str, packed: list[bytes]) -> None:
        """Frames from a tab; one that was silent for so long that it counted as gone is there again."""
        carrier = self._carriers.get(tab)
        if carrier is not None and not self._link.reaches(tab):
            self._attach(carrier)
        for frame in packed:
            self._link.receive(tab, frame)
        if carrier is not None:
            before, carrier.received = carrier.received, carrier.received + len(packed)
            if carrier.received // ACK_EVERY > before // ACK_EVERY:
                self.send({"type": "ack", "tab": tab, "received": carrier.received})

    def _close(self, tab: str) -> None:
        carrier = self._carriers.pop(tab, None)
        if carrier is not None:
            self._link.close_page(tab, carrier)
