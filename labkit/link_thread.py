"""An event loop in a daemon thread of its own, and the ways into it from other threads."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from labkit.errors import UsageError, WaitTimeoutError

__all__ = ["LoopThread"]

T = TypeVar("T")


class LoopThread:
    """Starts on first use; ends with the program."""

    def __init__(self) -> None:
        self._start_lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The event loop, running in its own thread."""
        with self._start_lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="labkit link", daemon=True)
                self._thread.start()
            return self._loop

    @property
    def on_thread(self) -> bool:
        """Whether the caller runs on this thread."""
        return threading.current_thread() is self._thread

    def submit(self, coro: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        """Run a coroutine on the loop; the future may be waited for in any other thread."""
        return asyncio.run_coroutine_threadsafe(coro, self.loop)

    def call(self, coro: Coroutine[Any, Any, T], timeout: float | None = None) -> T:
        """Run a coroutine on the loop and wait; `WaitTimeoutError` after `timeout` seconds."""
        if self.on_thread:
            coro.close()
            raise UsageError("A blocking call was made from a link callback: await the async form there.")
        future = self.submit(coro)
        try:
            return future.result(timeout)
        except concurrent.futures.TimeoutError:
            if future.done():
                raise  # the coroutine's own timeout
            raise WaitTimeoutError(f"Nothing came in {timeout:g} s.") from None
        finally:
            future.cancel()

    def soon(self, callback: Callable[..., object], *args: Any) -> None:
        """Run `callback(*args)` on the loop: now when the caller is there already, else as soon as possible."""
        if self.on_thread:
            callback(*args)
        else:
            self.loop.call_soon_threadsafe(callback, *args)
