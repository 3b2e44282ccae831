"""Camera: pictures from the browser as JPEG, over the link."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import ipywidgets
import traitlets

from labkit.callbacks import Callbacks
from labkit.errors import WaitTimeoutError
from labkit.esm import esm
from labkit.frames import Frame, Kind
from labkit.widgets.part import Part, device_error

__all__ = ["Camera"]


class Camera(Part):
    """The person's camera, or the picture of any ipywebrtc stream.

    camera = Camera()           # display it, click 'Start camera'
    jpeg = camera.picture()     # bytes
    """

    _esm = esm("widgets/registry.js", "widgets/part.js", "widgets/controls.js", "widgets/video.js")
    name = "camera"
    device_id = traitlets.Unicode().tag(sync=True)
    """The device to use; empty for the browser's default."""
    every_ms = traitlets.Int(0, min=0, max=600_000).tag(sync=True)
    """Time between pictures; 0 for pictures on demand only. A hidden tab sends at most one a second."""
    width = traitlets.Int(640, min=16, max=4096).tag(sync=True)
    """Pictures are made at most so wide, in pixels."""
    quality = traitlets.Float(0.8, min=0.1, max=1.0).tag(sync=True)
    """JPEG quality."""
    source = traitlets.Instance(ipywidgets.Widget, allow_none=True).tag(sync=True, **ipywidgets.widget_serialization)
    """Any ipywebrtc MediaStream with a picture, instead of a device of our own."""

    def __init__(self, **traits: Any) -> None:
        self._on_picture: Callbacks[[bytes, float]] = Callbacks()
        self._grabs: dict[int, asyncio.Future[bytes]] = {}
        self._requests = 0
        super().__init__(**traits)

    def on_picture(self, callback: Callable[[bytes, float], object]) -> Callable[[], None]:
        """Call back on the link's loop with each picture: JPEG bytes, browser time in ms; what is returned ends it."""
        return self._on_picture.add(callback)

    def picture(self, timeout: float = 5.0) -> bytes:
        """One picture, now, as JPEG bytes; works while a cell runs.

        Raises `DeviceError` when the camera is off or failed, `WaitTimeoutError` when no page answers.
        """
        return self._link.call(self.grab(timeout), timeout + 1)

    async def grab(self, timeout: float = 5.0) -> bytes:
        """`picture`, to be awaited; in any loop."""
        if asyncio.get_running_loop() is not self._link.loop:
            return await asyncio.wrap_future(self._link.submit(self.grab(timeout)))
        if self._link.transport is None:
            raise self._trouble()
        self._requests += 1
        request, answer = self._requests, self._link.loop.create_future()
        self._grabs[request] = answer
        self._link.send_message(self.stream, {"type": "grab", "request": request})
        try:
            jpeg: bytes = await asyncio.wait_for(answer, timeout)
        except TimeoutError:
            raise WaitTimeoutError(f"No picture came in {timeout:g} s: keep the page with the camera open.") from None
        finally:
            del self._grabs[request]
        return jpeg

    def _on_media(self, frame: Frame) -> None:
        if frame.kind != Kind.PICTURE:
            return
        answer = self._grabs.get(frame.item)
        if answer is not None and not answer.done():
            answer.set_result(frame.payload)
        self._on_picture(frame.payload, frame.stamp_ms)

    def _on_message(self, message: dict[str, Any]) -> None:
        answer = self._grabs.get(message.get("request", 0))
        if message.get("type") == "refused" and answer is not None and not answer.done():
            answer.set_exception(device_error(str(message.get("sentence", "The camera gave no picture."))))
