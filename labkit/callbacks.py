"""One set of callbacks: one that fails is logged and does not stop the others."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Generic, ParamSpec

__all__ = ["Callbacks"]

P = ParamSpec("P")
log = logging.getLogger("labkit")


class Callbacks(Generic[P]):
    """Functions to call one after the other, in the order in which they were added."""

    def __init__(self) -> None:
        self._all: list[Callable[P, object]] = []

    def add(self, callback: Callable[P, object]) -> Callable[[], None]:
        """Call it from now on; what is returned ends that."""
        self._all.append(callback)
        return lambda: self._all.remove(callback) if callback in self._all else None

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Call each of them with these arguments."""
        for callback in list(self._all):
            try:
                callback(*args, **kwargs)
            except Exception:  # a learner's function may raise anything; the others are still called
                log.exception("a callback failed")
