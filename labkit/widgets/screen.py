"""Screen: pictures of a window, a tab or the whole screen that the person shares."""

from __future__ import annotations

import traitlets

from labkit.esm import esm
from labkit.widgets.pictures import PictureSource

__all__ = ["Screen"]


class Screen(PictureSource):
    """What the person shares of the screen; browsers ask which, and only after a click.

    screen = Screen(width=1280)   # display it, click 'Start screen'
    jpeg = screen.picture()       # bytes
    """

    _esm = esm(
        "widgets/registry.js", "widgets/part.js", "widgets/controls.js", "widgets/pictures.js", "widgets/screen.js"
    )
    name = "screen"
    change_percent = traitlets.Float(0.15, min=0.0, max=100.0).tag(sync=True)
    """Less than a camera's: a screen has no noise, and a typed line is a small part of it."""
