"""Looking at pictures in a process of its own, so that neither the voice nor the conversation waits for it.

One process serves all conversations, in turn. Within a conversation the newest picture comes first: it is the one
that is talked about.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO, cast

from labkit.engine.ear_worker import pack, read_frame
from labkit.engine.eyes.sight import Sight
from labkit.engine.eyes.worker import PICTURE, SIGHT
from labkit.errors import EngineError, UsageError

LONGEST_S = 20.0
"""A picture that takes longer ends the process: nobody else's shall wait for ever. The largest take about a second."""
MOST_WAITING = 8
"""Pictures of one conversation that may wait; they are kept in memory."""


class EyesProcess:
    """The worker process, started when first needed (about a second) and again when it died."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Have it loaded and warm; `EngineError` when it does not start."""
        with self._lock:
            self._running()

    def look(self, image: bytes) -> Sight:
        """What `eyes.look` returns or raises; `EngineError` when the process died."""
        with self._lock:
            process = self._running()
            assert process.stdin is not None
            with contextlib.suppress(OSError):  # it died, as is seen below
                process.stdin.write(pack(PICTURE, image))
                process.stdin.flush()
            hanging = threading.Timer(LONGEST_S, process.kill)
            hanging.start()
            answer = read_frame(cast("BinaryIO", process.stdout))
            hanging.cancel()
            if answer is None:
                self._end()
        if answer is None:
            raise EngineError("The process that looks at pictures died: show the picture again.")
        seen = pickle.loads(answer[1])  # noqa: S301 - from our own process
        if answer[0] != SIGHT:
            raise seen
        assert isinstance(seen, Sight)
        return seen

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is not None:
            self._end()
        if self._process is None:
            root = str(Path(__file__).resolve().parents[3])
            path = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH", "")) if part)
            threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "labkit.engine.eyes.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, **threads, "PYTHONPATH": path},
            )
            if read_frame(cast("BinaryIO", self._process.stdout)) is None:
                self._end()
                raise EngineError("The engine's eyes did not start: look at what the engine printed before.")
        return self._process

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            with contextlib.suppress(OSError, ValueError):  # what was still to be written
                process.communicate()


class Eyes:
    """Pictures that wait to be looked at."""

    def __init__(self, process: EyesProcess) -> None:
        self._process = process
        self._lock = threading.Lock()
        self._waiting: dict[Hashable, list[tuple[bytes, Future[Sight]]]] = {}
        """By conversation, the one that waits longest first; its newest picture last."""
        self._thread = ThreadPoolExecutor(1, "eyes")

    def warm_up(self) -> None:
        """Load in the background; what goes wrong is told with the first picture."""
        self._thread.submit(self._process.start)

    def look(self, image: bytes, conversation: Hashable) -> Future[Sight]:
        """What the picture shows; cancel it when nobody wants to know any more.

        `UsageError` comes of the oldest where more than `MOST_WAITING` wait.
        """
        future: Future[Sight] = Future()
        with self._lock:
            waiting = self._waiting.setdefault(conversation, [])
            waiting.append((image, future))
            oldest = waiting.pop(0)[1] if len(waiting) > MOST_WAITING else None
        if oldest is None:
            self._thread.submit(self._look_at_one)
        elif oldest.set_running_or_notify_cancel():
            oldest.set_exception(UsageError("Too many pictures came at once: this one was not looked at."))
        return future

    def _look_at_one(self) -> None:
        with self._lock:
            conversation, pictures = next(iter(self._waiting.items()))
            image, future = pictures.pop()
            del self._waiting[conversation]
            if pictures:
                self._waiting[conversation] = pictures  # the others' turn comes first
        if not future.set_running_or_notify_cancel():
            return
        try:
            sight = self._process.look(image)
        except BaseException as error:  # noqa: BLE001 - whoever waits is told
            future.set_exception(error)
        else:
            future.set_result(sight)


EYES = Eyes(EyesProcess())
"""The engine's."""
