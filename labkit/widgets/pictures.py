"""PictureSource: what camera, screen and whiteboard have in common: JPEG on demand, in time, or when it has settled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import traitlets

from labkit.callbacks import Callbacks
from labkit.errors import WaitTimeoutError
from labkit.frames import Frame, Kind
from labkit.widgets.part import Part, device_error

__all__ = ["PictureSource"]

SETTLED = 0xFFFF_FFFF
"""The item of a settled picture (`pictures.js`); others have the number of their request, or 0."""

PNG = b"\x89PNG"


class PictureSource(Part):
    """Gives pictures of what the person shows; made by its subclasses only."""

    every_ms = traitlets.Int(0, min=0, max=600_000).tag(sync=True)
    """Time between pictures; 0 for none in time. A hidden tab may send fewer."""
    width = traitlets.Int(640, min=16, max=4096).tag(sync=True)
    """Pictures are made at most so wide, in pixels."""
    quality = traitlets.Float(0.8, min=0.1, max=1.0).tag(sync=True)
    """JPEG quality."""
    watch = traitlets.Bool(False).tag(sync=True)
    """Whether the page looks for changes and sends a picture when one has settled; `follow` sees to it."""
    change_percent = traitlets.Float(0.3, min=0.0, max=100.0).tag(sync=True)
    """So much of the picture, in percent, must differ from the last one sent to count as changed, and so much must
    move to count as moving. 0.3: a short written line that fills a tenth of the picture's width has 0.4 to 0.8."""
    settle_ms = traitlets.Int(600, min=0, max=60_000).tag(sync=True)
    """So long nothing may move before a changed picture is sent."""

    def __init__(self, **traits: Any) -> None:
        self._on_picture: Callbacks[[bytes, float]] = Callbacks()
        self._on_settled: Callbacks[[bytes, float]] = Callbacks()
        self._followers: set[object] = set()
        self._answers: dict[int, asyncio.Future[bytes | None]] = {}
        self._requests = 0
        super().__init__(**traits)

    def on_picture(self, callback: Callable[[bytes, float], object]) -> Callable[[], None]:
        """Call back on the link's loop with each picture: JPEG bytes, browser time in ms; what is returned ends it."""
        return self._on_picture.add(callback)

    def on_settled(self, callback: Callable[[bytes, float], object]) -> Callable[[], None]:
        """The same, but only for pictures that had changed and settled; they come while `watch` is on."""
        return self._on_settled.add(callback)

    def follow(self, callback: Callable[[bytes, float], object]) -> Callable[[], None]:
        """`on_settled`, and `watch` is on until what is returned is called by the last one who follows.

        Who begins to follow has seen nothing: what is shown now counts as changed.
        """
        off = self._on_settled.add(callback)
        self._followers.add(off)
        self.watch = True
        self._forget()

        def end() -> None:
            off()
            self._followers.discard(off)
            self.watch = bool(self._followers)

        return end

    def _forget(self) -> None:
        """What the page shows counts as changed, whatever it has sent."""
        self._link.send_message(self.stream, {"type": "forget"})

    def picture(self, timeout: float = 5.0) -> bytes:
        """One picture, now, as JPEG bytes; works while a cell runs.

        Raises `DeviceError` when the source is off or failed, `WaitTimeoutError` when no page answers.
        """
        return self._link.call(self.grab(timeout), timeout + 1)

    async def grab(self, timeout: float = 5.0) -> bytes:
        """`picture`, to be awaited; in any loop."""
        return await self._ask(timeout) or b""

    async def grab_if_changed(self, timeout: float = 5.0) -> bytes | None:
        """`grab`, or `None` when the source still shows what the last picture of this kind, or settled one, shows."""
        try:
            return await self._ask(timeout, if_changed=True)
        except WaitTimeoutError:
            self._forget()  # one that is still to come went to nobody
            raise

    async def _ask(self, timeout: float, what: str = "grab", **options: Any) -> bytes | None:
        """What the page answers: a picture, or `None` for one that has not changed, and for what is no picture."""
        if asyncio.get_running_loop() is not self._link.loop:
            return await asyncio.wrap_future(self._link.submit(self._ask(timeout, what, **options)))
        if self._link.transport is None:
            raise self._trouble()
        self._requests += 1
        request, answer = self._requests, self._link.loop.create_future()
        self._answers[request] = answer
        self._link.send_message(self.stream, {"type": what, "request": request, **options})
        try:
            return await asyncio.wait_for(answer, timeout)
        except TimeoutError:
            message = f"No answer came in {timeout:g} s: keep the page with the {self.name} open."
            raise WaitTimeoutError(message) from None
        finally:
            del self._answers[request]

    def _on_media(self, frame: Frame) -> None:
        if frame.kind != Kind.PICTURE:
            return
        answer = self._waiting(frame.item)
        if answer is not None:
            answer.set_result(frame.payload)
        if frame.payload.startswith(PNG):
            return  # to be saved; callbacks are promised JPEG
        self._on_picture(frame.payload, frame.stamp_ms)
        if frame.item == SETTLED:
            self._on_settled(frame.payload, frame.stamp_ms)

    def _on_message(self, message: dict[str, Any]) -> None:
        answer = self._waiting(message.get("request", 0))
        if answer is not None and message.get("type") == "refused":
            answer.set_exception(device_error(str(message.get("sentence", f"The {self.name} gave no picture."))))
        if answer is not None and message.get("type") in ("unchanged", "written"):
            answer.set_result(None)

    def _waiting(self, request: int) -> asyncio.Future[bytes | None] | None:
        answer = self._answers.get(request)
        return None if answer is None or answer.done() else answer
