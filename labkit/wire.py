"""The connection to a server of the Realtime protocol, over the openai SDK, with its failures as sentences."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from labkit.engines import Target
from labkit.errors import ConnectError, EngineError, LabkitError, UsageError

if TYPE_CHECKING:
    from openai.resources.realtime.realtime import AsyncRealtimeConnection

Event = dict[str, Any]
MAX_QUEUED = 4096
"""Events that may wait to be sent: over a minute of microphone chunks, then the oldest sound goes."""


BENIGN = {"response_cancel_not_active", "conversation_already_has_active_response", "input_audio_buffer_commit_empty"}
"""Errors that only say that client and server crossed on the wire."""


class Wire:
    """Events out through a bounded queue, events in as an async iterator."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.lost_chunks = 0
        """Microphone chunks dropped because the server did not take them."""
        self._connection: AsyncRealtimeConnection | None = None
        self._queue: asyncio.Queue[Event] = asyncio.Queue(MAX_QUEUED)
        self._sender: asyncio.Task[None] | None = None

    async def open(self, timeout_s: float) -> None:
        """Connect; raises `ConnectError` saying what stood in the way."""
        import openai
        from websockets.exceptions import InvalidStatus, WebSocketException

        # The key is given even when empty: the SDK would otherwise send OPENAI_API_KEY to any server.
        client = openai.AsyncOpenAI(api_key=self.target.api_key or "none", base_url=self.target.base_url)
        options: Any = {"proxy": None} if self.target.on_this_computer else {}
        connecting = client.realtime.connect(model=self.target.model, websocket_connection_options=options)
        try:
            async with asyncio.timeout(timeout_s):
                self._connection = await connecting.enter()
        except InvalidStatus as error:
            raise ConnectError(self._refused(error.response.status_code)) from None
        except (OSError, TimeoutError, WebSocketException) as error:
            raise ConnectError(self._unreachable(error)) from None
        self._sender = asyncio.create_task(self._send_queued())

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

    def send(self, event: Event) -> None:
        """Queue an event; when the server is too slow, sound is dropped and counted, anything else is an error."""
        if self._queue.full():
            if event.get("type") == "input_audio_buffer.append":
                self.lost_chunks += 1
                return
            raise LabkitError("The server takes no more events: it has not read for a minute. Connect again.")
        self._queue.put_nowait(event)

    async def _send_queued(self) -> None:
        from websockets.exceptions import ConnectionClosed

        assert self._connection is not None
        try:
            while True:
                await self._connection.send_raw(json.dumps(await self._queue.get()))
        except ConnectionClosed:
            return  # the receiving side says why

    async def events(self) -> AsyncIterator[Event]:
        """Events until the connection ends; raises `EngineError` or `ConnectError` unless we closed it."""
        from websockets.exceptions import ConnectionClosed

        assert self._connection is not None
        try:
            while True:
                yield json.loads(await self._connection.recv_bytes())
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
        if self._sender:
            self._sender.cancel()
        if self._connection:
            await self._connection.close()


def is_serious(event: Event) -> bool:
    """Whether an `error` event says more than that client and server crossed on the wire."""
    return event["error"].get("code") not in BENIGN


def checked(event: Any) -> Event:
    """A raw event of the learner's; raises `UsageError` where it cannot be one."""
    if not isinstance(event, dict) or not isinstance(event.get("type"), str):
        raise UsageError('An event is a dict with a "type", such as {"type": "response.create"}.')
    try:
        json.dumps(event)
    except (TypeError, ValueError) as error:
        raise UsageError(f"The event cannot be sent as JSON: {error}.") from error
    return event
