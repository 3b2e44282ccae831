"""A lab for realtime AI in Jupyter: talk to it, show it things, interrupt it, and see where the time went.

Names load when first used, so that `import labkit` is quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from labkit import version

if TYPE_CHECKING:
    from labkit.app import App
    from labkit.checkup import Checkup
    from labkit.errors import (
        AudioFileError,
        ConnectError,
        DeviceError,
        EngineError,
        LabkitError,
        MissingPartError,
        ServerError,
        SessionClosedError,
        UsageError,
        WaitTimeoutError,
    )
    from labkit.lessons import Lesson
    from labkit.panel import Panel
    from labkit.replaying import Replay, replay
    from labkit.session import AsyncRealtimeSession, RealtimeSession, aconnect, connect
    from labkit.translating import Translation, translate
    from labkit.turns import Turn
    from labkit.two_microphones import TwoMicrophones
    from labkit.widgets.audio import Microphone, Speaker
    from labkit.widgets.screen import Screen
    from labkit.widgets.video import Camera
    from labkit.widgets.whiteboard import Whiteboard

__version__ = version.VERSION

_HOMES = {
    "Checkup": "labkit.checkup",
    "Panel": "labkit.panel",
    "App": "labkit.app",
    "connect": "labkit.session",
    "RealtimeSession": "labkit.session",
    "aconnect": "labkit.session",
    "AsyncRealtimeSession": "labkit.session",
    "replay": "labkit.replaying",
    "Replay": "labkit.replaying",
    "Turn": "labkit.turns",
    "TwoMicrophones": "labkit.two_microphones",
    "translate": "labkit.translating",
    "Translation": "labkit.translating",
    "Lesson": "labkit.lessons",
    "Microphone": "labkit.widgets.audio",
    "Speaker": "labkit.widgets.audio",
    "Camera": "labkit.widgets.video",
    "Screen": "labkit.widgets.screen",
    "Whiteboard": "labkit.widgets.whiteboard",
    "LabkitError": "labkit.errors",
    "UsageError": "labkit.errors",
    "AudioFileError": "labkit.errors",
    "MissingPartError": "labkit.errors",
    "EngineError": "labkit.errors",
    "ConnectError": "labkit.errors",
    "ServerError": "labkit.errors",
    "SessionClosedError": "labkit.errors",
    "WaitTimeoutError": "labkit.errors",
    "DeviceError": "labkit.errors",
}

__all__ = [
    "Checkup",
    "Panel",
    "App",
    "connect",
    "RealtimeSession",
    "aconnect",
    "AsyncRealtimeSession",
    "replay",
    "Replay",
    "Turn",
    "TwoMicrophones",
    "translate",
    "Translation",
    "Lesson",
    "Microphone",
    "Speaker",
    "Camera",
    "Screen",
    "Whiteboard",
    "LabkitError",
    "UsageError",
    "AudioFileError",
    "MissingPartError",
    "EngineError",
    "ConnectError",
    "ServerError",
    "SessionClosedError",
    "WaitTimeoutError",
    "DeviceError",
    "__version__",
]


_MODULES = (
    "algebra",
    "cascade",
    "context",
    "cost",
    "endpointing",
    "exercises",
    "lessons",
    "memory",
    "phrases",
    "plots",
    "samples",
    "trace",
)
"""Modules to use as they are: `labkit.plots.waterfall(turn)`."""


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"labkit.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'labkit' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted((*__all__, *_MODULES))
