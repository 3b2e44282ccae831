"""The WebSocket side of the link: a server on 127.0.0.1 that only the notebook's own page may enter.

Order of a connection: the Origin must be one that a page named over its widget's comm; the server greets, so
that a browser that was led to a stranger's port never says its key; the key is the first message; then frames.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import secrets
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from labkit.frames import MAX_FRAME_BYTES, Frame
from labkit.link_page import CarrierGoneError

if TYPE_CHECKING:
    from websockets.http11 import Request, Response

__all__ = ["LinkServer", "SocketCarrier"]

KEY_WAIT_S = 5.0
"""A connection that does not say its key in this time is closed."""
WRONG_KEY = 4401
"""Close code, in the range that RFC 6455 leaves to applications."""
MAX_KEY_CHARS = 2000


class SocketCarrier:
    """A page's WebSocket as a way to it."""

    transport = "websocket"
    at_once = 1

    def __init__(self, socket: ServerConnection, via: str) -> None:
        self.socket = socket
        self.via = via

    async def carry(self, frames: list[Frame]) -> None:
        """Send the frame; waits when the socket's buffer is full."""
        try:
            for frame in frames:
                await self.socket.send(frame.pack())
        except ConnectionClosed as error:
            raise CarrierGoneError from error

    async def close(self) -> None:
        """Close the socket."""
        await self.socket.close()


class LinkServer:
    """Lets pages in, and hands on what they send; everything runs on the link's loop."""

    def __init__(
        self,
        on_open: Callable[[str, SocketCarrier], None],
        on_frame: Callable[[str, bytes], None],
        on_close: Callable[[str, SocketCarrier], None],
    ) -> None:
        self.key = secrets.token_urlsafe(24)
        self.greeting = secrets.token_urlsafe(8)
        self.origins: set[str] = set()
        """Origins that may enter, learnt over the widget's comm."""
        self.port = 0
        """0 until `start`."""
        self._on_open, self._on_frame, self._on_close = on_open, on_frame, on_close
        self._server: Server | None = None

    async def start(self) -> int:
        """Listen on a free port of 127.0.0.1; the port."""
        if self._server is None:
            self._server = await serve(
                self._serve_page,
                "127.0.0.1",
                0,
                compression=None,
                max_size=MAX_FRAME_BYTES,
                process_request=self._check_origin,
                close_timeout=1,
            )
            self.port = next(iter(self._server.sockets)).getsockname()[1]
        return self.port

    async def aclose(self) -> None:
        """Close the port and every connection."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    def _check_origin(self, socket: ServerConnection, request: Request) -> Response | None:
        if request.headers.get("Origin") in self.origins:
            return None
        return socket.respond(HTTPStatus.FORBIDDEN, "This port belongs to a notebook's own page.\n")

    async def _serve_page(self, socket: ServerConnection) -> None:
        try:
            await socket.send(json.dumps({"labkit": self.greeting}, separators=(",", ":")))
            entered = self._read_key(await asyncio.wait_for(socket.recv(), KEY_WAIT_S))
        except (ConnectionClosed, TimeoutError):
            entered = None
        if entered is None:
            await socket.close(WRONG_KEY, "wrong key")
            return
        tab, carrier = entered["tab"], SocketCarrier(socket, entered["via"])
        self._on_open(tab, carrier)
        try:
            async for packed in socket:
                if isinstance(packed, bytes):
                    self._on_frame(tab, packed)
        except ConnectionClosed:
            pass  # a broken connection ends like a closed one
        finally:
            self._on_close(tab, carrier)

    def _read_key(self, first: str | bytes) -> dict[str, str] | None:
        """Tab and way of a first message that holds the right key, else `None`."""
        try:
            message: Any = json.loads(first[:MAX_KEY_CHARS])
            key, tab, via = (str(message[name]) for name in ("key", "tab", "via"))
        except (ValueError, KeyError, TypeError):
            return None
        right = hmac.compare_digest(key.encode(), self.key.encode())
        return {"tab": tab[:64], "via": via[:32]} if right else None
