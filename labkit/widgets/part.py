"""What Microphone, Speaker and Camera have in common: a stream of the link, a state, errors as sentences.

The browser half owns the truth and tells it over the link, so that Python knows it while a cell runs.
"""

from __future__ import annotations

import threading
import uuid
from typing import Any

import anywidget
import ipywidgets
import traitlets

from labkit.errors import DeviceError, LabkitError, UsageError, WaitTimeoutError
from labkit.esm import esm
from labkit.frames import Frame, Kind
from labkit.link import Link, LinkState, get_link

__all__ = ["Part", "device_error"]

STATES = ("off", "asking", "live", "failed")


def device_error(sentences: str) -> DeviceError:
    """What the page said, as an error: the first sentence is what happened, the rest what to do."""
    what, _, remedy = sentences.partition(". ")
    return DeviceError(f"{what.removesuffix('.')}.", remedy)


class Part(anywidget.AnyWidget):
    """A device in the browser; made by its subclasses only."""

    _css = esm("widgets/part.css")
    part_id = traitlets.Unicode().tag(sync=True)
    link_id = traitlets.Unicode().tag(sync=True)
    link_widget = traitlets.Instance(ipywidgets.Widget).tag(sync=True, **ipywidgets.widget_serialization)
    stream = traitlets.Int().tag(sync=True)
    state = traitlets.Enum(STATES, "off", read_only=True)
    """`off`, `asking` (for permission), `live`, or `failed`: then `error` says why and what to do."""
    error = traitlets.Unicode(read_only=True)
    devices: Any = traitlets.List(traitlets.Dict(), read_only=True)
    """The devices of its kind as {"id", "label"}; known once one was allowed."""

    name = "part"
    """What the sentences call it."""

    def __init__(self, *, link: Link | None = None, **traits: Any) -> None:
        self._link = link or get_link()
        self._state_came = threading.Condition()
        self._tab: str | None = None
        widget = self._link.widget
        super().__init__(
            part_id=uuid.uuid4().hex,
            link_id=widget.link_id,
            link_widget=widget,
            stream=self._link.open_stream(self._on_frame),
            **traits,
        )
        self._off_state = self._link.on_state(self._on_link)

    @property
    def link(self) -> Link:
        """The link that this part uses."""
        return self._link

    def start(self, timeout: float = 5.0) -> None:
        """Ask the page to start the device, and wait until it is live.

        Raises `DeviceError` with the page's own sentence, or `WaitTimeoutError` when no answer comes: browsers
        ask the person for permission, and that takes longer the first time than a cell should wait.
        """
        if self._link.transport is not None:
            self._set_state("asking")
        self._link.send_message(self.stream, {"type": "start"})
        self._wait_until_live(timeout)

    def stop(self) -> None:
        """Ask the page to let the device go."""
        self._link.send_message(self.stream, {"type": "stop"})

    def close(self) -> None:
        """Let the device go and end the widget."""
        self._off_state()
        self._link.close_stream(self.stream)
        super().close()

    def _wait_until_live(self, timeout: float) -> None:
        if self._link.on_thread:
            raise UsageError("A blocking call was made from a link callback: use the callbacks there.")
        with self._state_came:
            self._state_came.wait_for(lambda: self.state in ("live", "failed"), timeout)
        if self.state != "live":
            raise self._trouble()

    def _trouble(self) -> LabkitError:
        """Why the part is not live, as an error."""
        if self.state == "failed":
            return device_error(self.error)
        if self._link.transport is None:
            return WaitTimeoutError(
                f"No page shows this {self.name} yet: display it, wait for its button, then run this cell again."
            )
        return WaitTimeoutError(
            f"The {self.name} is {self.state}: click 'Start {self.name}' and allow it, then run this cell again."
        )

    def _on_frame(self, frame: Frame) -> None:
        if frame.kind != Kind.MESSAGE:
            self._on_media(frame)
            return
        message = frame.message()
        if message.get("type") == "state":
            self._set_state(str(message.get("state")), str(message.get("error", "")), message)
        else:
            self._on_message(message)

    def _set_state(self, state: str, error: str = "", message: dict[str, Any] | None = None) -> None:
        with self._state_came:
            self.set_trait("error", error)
            self.set_trait("state", state if state in STATES else "failed")
            if message and "devices" in message:
                self.set_trait("devices", message["devices"])
            self._on_state_message(message or {})
            self._state_came.notify_all()

    def _on_link(self, state: LinkState) -> None:
        """Another tab, or none, has the media now: what the old one said holds no more."""
        if state.tab != self._tab or state.transport is None:
            self._tab = state.tab
            if self.state in ("live", "asking"):
                self._set_state("off", "The page was closed or reloaded. Click the start button to go on.")

    def _on_media(self, frame: Frame) -> None:
        """A frame that is not a message."""

    def _on_message(self, message: dict[str, Any]) -> None:
        """A message of the subclass's own."""

    def _on_state_message(self, message: dict[str, Any]) -> None:
        """More that came with a state."""
