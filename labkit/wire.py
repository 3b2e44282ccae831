"""The connection to a server of the Realtime protocol, over the openai SDK, with its failures as sentences."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
from collections import deque
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from labkit.engines import Target
from labkit.errors import ConnectError, EngineError, LabkitError, MissingPartError, UsageError

if TYPE_CHECKING:
    import openai
    from openai.resources.realtime.realtime import AsyncRealtimeConnection

Event = dict[str, Any]
log = logging.getLogger("labkit.session")
MAX_QUEUED = 8192
"""Events that may wait to be sent: over a minute of microphone chunks; sound that comes then is dropped."""
PINGS_KEPT, QUICK_PINGS, QUICK_PING_S, PING_S = 6, 3, 0.5, 10.0
"""Of the recent pings the fastest is believed: whatever made the others slower was not the network."""
MAX_EVENT_BYTES = 30 * 1024 * 1024
"""A larger event is refused here: servers end the connection over it (20 MB of picture as base64 are 27 MB)."""
PLAIN_HEADERS = ("accept", "content-type", "user-agent", "x-stainless", "authorization")
"""What the SDK sends to any server."""


BENIGN = {"response_cancel_not_active", "conversation_already_has_active_response", "input_audio_buffer_commit_empty"}
"""Errors that only say that client and server crossed on the wire."""


class Wire:
    """Events out through a bounded queue, events in as an async iterator."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._connection: AsyncRealtimeConnection | None = None
        self._queue: asyncio.Queue[str] = asyncio.Queue(MAX_QUEUED)
        self._sender: asyncio.Task[None] | None = None
        self._measuring: asyncio.Task[None] | None = None
        self.half_trip_ms: float | None = None
        """How long an event is on its way from the server, if both ways take as long; `None` until a ping is back."""

    async def open(self, timeout_s: float) -> None:
        """Connect; raises `ConnectError` saying what stood in the way."""
        import openai
        from websockets.exceptions import InvalidStatus, WebSocketException

        options: Any = {"proxy": None} if self.target.on_this_computer else {}
        # The key is given even when empty: the SDK would otherwise send OPENAI_API_KEY to any server. Only the
        # socket is used, so its HTTP client need not understand the environment's proxies.
        client = openai.AsyncOpenAI(
            api_key=self.target.api_key or "none",
            base_url=self.target.base_url,
            http_client=openai.DefaultAsyncHttpxClient(trust_env=False),
        )
        connecting = self._at(client).connect(
            model=self.target.model, extra_headers=self._headers(client), websocket_connection_options=options
        )
        try:
            async with asyncio.timeout(timeout_s):
                self._connection = await connecting.enter()
        except InvalidStatus as error:
            raise ConnectError(self._refused(error.response.status_code)) from None
        except ImportError as error:
            raise MissingPartError(f"The proxy of the environment cannot be used: {error}.") from None
        except (OSError, TimeoutError, WebSocketException) as error:
            raise ConnectError(self._unreachable(error)) from None
        self._sender = asyncio.create_task(self._send_queued())
        self._measuring = asyncio.create_task(self._measure())

    def _at(self, client: openai.AsyncOpenAI) -> Any:
        """The part of the SDK that opens the socket."""
        return client.realtime

    async def _measure(self) -> None:
        """Ask for the time of a round trip, now and then; the socket's own ping, which every server answers."""
        from websockets.exceptions import ConnectionClosed

        assert self._connection is not None
        socket = self._connection._connection  # noqa: SLF001 - the SDK offers no ping of its own
        trips: deque[float] = deque(maxlen=PINGS_KEPT)
        try:
            for number in itertools.count():
                trips.append(500 * await (await socket.ping()))
                self.half_trip_ms = min(trips)
                await asyncio.sleep(QUICK_PING_S if number < QUICK_PINGS else PING_S)
        except ConnectionClosed:
            return  # the receiving side says why

    def _headers(self, client: openai.AsyncOpenAI) -> dict[str, Any]:
        """Headers of the handshake: what the environment sets for OpenAI (organization, custom ones) stays with it."""
        import openai

        if self.target.kind == "hosted":
            return {}
        of_openai = [name for name in client.default_headers if not name.lower().startswith(PLAIN_HEADERS)]
        dropped: dict[str, Any] = {name: openai.Omit() for name in of_openai}
        return {**dropped, "Authorization": f"Bearer {self.target.api_key or 'none'}"}

    def _refused(self, status: int) -> str:
        if status in (401, 403):
            what = "OPENAI_API_KEY" if self.target.kind == "hosted" else "the api_key you gave"
            remedy = f"check {what}, or use engine='embedded', which needs none"
            return f"{self.target.host} refused the key ({status}): {remedy}."
        advice = {404: "check base_url and model", 429: "wait, or check the account's limits"}.get(
            status, "try again later"
        )
        return f"{self.target.host} refused the connection with status {status}: {advice}."

    def _unreachable(self, error: Exception) -> str:
        reason = "no answer in time" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
        return (
            f"No server could be reached at {self.target.base_url} ({reason}): check the address and the network, "
            "or use engine='embedded', which needs neither."
        )

    def send(self, event: Event) -> bool:
        """Queue an event; false where it is sound and the server is too slow to take it.

        Raises `UsageError` for what cannot be an event, `LabkitError` when the server takes nothing else either.
        """
        text = encoded(event)
        if not self._queue.full():
            self._queue.put_nowait(text)
            return True
        if event.get("type") == "input_audio_buffer.append":
            return False
        raise LabkitError("The server takes no more events: it has not read for a minute. Connect again.")

    async def _send_queued(self) -> None:
        from websockets.exceptions import ConnectionClosed

        assert self._connection is not None
        try:
            while True:
                await self._connection.send_raw(await self._queue.get())
        except ConnectionClosed:
            return  # the receiving side says why

    async def events(self) -> AsyncIterator[Event]:
        """Events until the connection ends; raises `EngineError` or `ConnectError` unless we closed it."""
        from websockets.exceptions import ConnectionClosed

        assert self._connection is not None
        try:
            while True:
                if (event := _event(await self._connection.recv_bytes())) is not None:
                    yield event
        except ConnectionClosed as closed:
            reason = (closed.rcvd.reason if closed.rcvd else "") or "the connection broke"
            if self.target.kind == "embedded" and closed.rcvd is None:
                raise EngineError(
                    "The embedded engine stopped. What was said is kept; connect again to go on."
                ) from closed
            message = (
                f"{self.target.host} ended the conversation ({reason}). What was said is kept; connect again to go on."
            )
            raise ConnectError(message) from None

    async def close(self) -> None:
        """End the connection."""
        for task in (self._sender, self._measuring):
            if task:
                task.cancel()
        if self._connection:
            await self._connection.close()


PASSING = {1001, 1005, 1006, 1011, 1012, 1013, 1015}
"""Close codes after which another connection may stand, as the SDK has it; with others the server meant it."""


def may_return(error: LabkitError) -> bool:
    """Whether what ended the connection (see `Wire.events`) may be over soon."""
    from websockets.exceptions import ConnectionClosed

    closed = error.__context__
    return isinstance(closed, ConnectionClosed) and (closed.rcvd is None or closed.rcvd.code in PASSING)


def was_refused(error: LabkitError) -> bool:
    """Whether `Wire.open` was turned away for good: a wrong key or address, not a server that is busy."""
    from websockets.exceptions import InvalidStatus

    refused = error.__context__
    return isinstance(refused, InvalidStatus) and refused.response.status_code in (400, 401, 403, 404)


def _event(message: bytes) -> Event | None:
    try:
        event = json.loads(message)
    except ValueError:
        event = None
    if isinstance(event, dict) and isinstance(event.get("type"), str):
        return event
    log.warning("the server sent something that is no event: %.80r", message)
    return None


def is_serious(event: Event) -> bool:
    """Whether an `error` event says more than that client and server crossed on the wire."""
    return event["error"].get("code") not in BENIGN


def encoded(event: Any) -> str:
    """An event, a learner's raw one too, as what is sent; raises `UsageError` where it cannot be one."""
    if not isinstance(event, dict) or not isinstance(event.get("type"), str):
        raise UsageError('An event is a dict with a "type", such as {"type": "response.create"}.')
    try:
        text = json.dumps(event)
    except (TypeError, ValueError) as error:
        raise UsageError(f"The event cannot be sent as JSON: {error}.") from error
    if len(text) > MAX_EVENT_BYTES:
        raise UsageError(f"The event has {len(text)} bytes, at most {MAX_EVENT_BYTES} can be sent: send less at once.")
    return text
