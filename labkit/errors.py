"""The one error tree.

    LabkitError
    ├── UsageError            what was asked for cannot be done as asked (also a ValueError)
    │   ├── AudioFileError    a sound file that is missing, empty or not a sound file
    │   └── NotMathematicsError   a text that is no line of mathematics (labkit.algebra)
    ├── MissingPartError      an optional package is not installed
    ├── EngineError           the embedded engine did not start, or died
    ├── ConnectError          no server answered, or it refused the key
    ├── ServerError           the server sent an `error` event (`.event` holds it)
    ├── SessionClosedError    the conversation is over
    ├── WaitTimeoutError      nothing came in time (also a TimeoutError)
    └── DeviceError           microphone, camera or speaker cannot be used (`.remedy` says what to do)

Every message says what happened, whose fault it is and what to do next.
"""

from __future__ import annotations

from typing import Any


class LabkitError(Exception):
    """Base of every error that labkit raises on purpose."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of a traceback: the sentence is the whole message."""
        return [f"{type(self).__name__}: {self}"]


class UsageError(LabkitError, ValueError):
    """What was asked for cannot be done as asked; the message says how to ask."""


class AudioFileError(UsageError):
    """A sound file is missing, empty, or not a sound file."""


class MissingPartError(LabkitError, ImportError):
    """An optional package is not installed; the message holds the command."""


class EngineError(LabkitError):
    """The embedded engine did not start, or died."""


class ConnectError(LabkitError):
    """No server answered at the address, or it refused the key."""


class ServerError(LabkitError):
    """The server answered with an `error` event."""

    def __init__(self, message: str, event: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.event = event or {}
        """The event as it came, or an empty dict."""


class SessionClosedError(LabkitError):
    """The conversation is over; connect again to go on."""


class WaitTimeoutError(LabkitError, TimeoutError):
    """What was waited for did not come in time."""


class DeviceError(LabkitError):
    """The browser could not use a microphone, camera or speaker."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(f"{message} {remedy}".strip())
        self.remedy = remedy
        """One sentence: what to do next."""
