"""Camera: pictures from the browser as JPEG, over the link."""

from __future__ import annotations

import ipywidgets
import traitlets

from labkit.esm import esm
from labkit.widgets.pictures import PictureSource

__all__ = ["Camera"]


class Camera(PictureSource):
    """The person's camera, or the picture of any ipywebrtc stream.

    camera = Camera()           # display it, click 'Start camera'
    jpeg = camera.picture()     # bytes
    """

    _esm = esm(
        "widgets/registry.js", "widgets/part.js", "widgets/controls.js", "widgets/pictures.js", "widgets/video.js"
    )
    name = "camera"
    device_id = traitlets.Unicode().tag(sync=True)
    """The device to use; empty for the browser's default."""
    source = traitlets.Instance(ipywidgets.Widget, allow_none=True).tag(sync=True, **ipywidgets.widget_serialization)
    """Any ipywebrtc MediaStream with a picture, instead of a device of our own."""
