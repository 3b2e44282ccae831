"""Waiting for the answer to what was said last, and being told why none comes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from labkit.errors import LabkitError, ServerError, WaitTimeoutError
from labkit.event_log import EventLog
from labkit.link import now_ms
from labkit.turns import Event, Turn
from labkit.wire import is_serious


class Waiting:
    """Who waits is woken by every event, and looks whether the answer is there."""

    def __init__(self, log: EventLog, errors: list[Event], closed: Callable[[], LabkitError | None]) -> None:
        self._log = log
        self._errors = errors
        self._closed = closed
        """What ended the conversation, if it has ended."""
        self._changed = asyncio.Condition()
        self._asked_ms: float | None = None
        self._told_errors = 0

    def expect(self) -> None:
        """What is said from now on is what `answer` waits for the answer to."""
        self._asked_ms = now_ms()
        self._told_errors = len(self._errors)

    async def notify(self) -> None:
        """Something has happened."""
        async with self._changed:
            self._changed.notify_all()

    async def answer(self, timeout_s: float, *, heard: bool) -> Turn:
        """The turn that answers what was said last (or the next one); see `RealtimeSession.wait`."""
        turn = await self._answer(timeout_s)
        if heard:
            await self._end_of(turn)
        return turn

    async def _answer(self, timeout_s: float) -> Turn:
        # What was asked for is answered by a response that began after it: one that was interrupted to ask is not it.
        moment = "response_done" if self._asked_ms is None else "response_created"
        since = now_ms() if self._asked_ms is None else self._asked_ms
        try:
            async with asyncio.timeout(timeout_s), self._changed:
                await self._changed.wait_for(lambda: self._done(moment, since) or self._closed() or self._serious())
        except TimeoutError:
            message = f"No answer came within {timeout_s:g} s: nothing may have been said, or the server is slow."
            raise WaitTimeoutError(message) from None
        self._asked_ms = None
        if turn := self._done(moment, since):
            if turn.status == "failed":
                raise ServerError(f"The answer failed: {turn.error or 'the server does not say why'}.")
            return turn
        if serious := self._serious():
            self._told_errors = len(self._errors)
            raise ServerError(f"The server says: {serious[0]['error']['message']}", serious[0])
        closed = self._closed()
        assert closed is not None
        raise closed

    async def _end_of(self, turn: Turn) -> None:
        """Until the answer was heard to its end, or to where it was cut."""
        end_ms = turn.heard_until_ms or 0.0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, end_ms - now_ms()) / 1000), self._changed:
                await self._changed.wait_for(lambda: turn.interrupted or self._closed())

    def _done(self, moment: str, since: float) -> Turn | None:
        newest = self._log.newest
        return newest if newest and newest.done and newest.stamps.get(moment, 0) >= since else None

    def _serious(self) -> list[Event]:
        return [event for event in self._errors[self._told_errors :] if is_serious(event)]
