"""The two networks that rapidocr brings, run as they are: where text is, and what a line of it says.

They run on one thread, so that reading never takes more than one core.
"""

from __future__ import annotations

import threading
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labkit.engine.eyes.picture import missing

Pixels = NDArray[np.uint8]
"""RGB, shape (height, width, 3)."""
HEIGHT = 48
"""Pixels: the height of a line that the reading network takes."""


class Networks:
    """Both networks, loaded when first used (about 0.2 s); calls from several threads take turns."""

    def __init__(self) -> None:
        self._lock = threading.RLock()

    def where(self, picture: Pixels) -> NDArray[np.float32]:
        """How likely each pixel belongs to a line of text, shape (height, width); sides must be multiples of 32."""
        return self._run(self._finder, picture[None])[0, 0]

    def what(self, lines: Pixels) -> NDArray[np.float32]:
        """The probability of each character at each step, for lines of shape (n, 48, width, 3)."""
        return self._run(self._reader[0], lines)

    @property
    def characters(self) -> list[str]:
        """Which characters the reading network knows: "" (nothing new) first, the space last."""
        with self._lock:
            return self._reader[1]

    def _run(self, session: Any, pictures: Pixels) -> NDArray[np.float32]:
        scaled = (pictures[..., ::-1].astype(np.float32) / 127.5 - 1).transpose(0, 3, 1, 2)  # it learned BGR, -1 to 1
        with self._lock:
            answer: NDArray[np.float32] = session.run(
                None, {session.get_inputs()[0].name: np.ascontiguousarray(scaled)}
            )[0]
        return answer

    @cached_property
    def _finder(self) -> Any:
        return _session("*_det_*.onnx")

    @cached_property
    def _reader(self) -> tuple[Any, list[str]]:
        session = _session("*_rec_*.onnx")
        known = session.get_modelmeta().custom_metadata_map["character"].splitlines()
        return session, ["", *known, " "]


def _session(pattern: str) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise missing() from error
    package = find_spec("rapidocr")
    if package is None or package.origin is None:
        raise missing()
    models = sorted((Path(package.origin).parent / "models").glob(pattern))
    if not models:
        raise missing()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(models[0]), options, providers=["CPUExecutionProvider"])
