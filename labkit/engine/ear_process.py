"""One worker process of the ear, seen from an event loop: started, spoken to, ended."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path

from labkit.engine.ear_worker import HEADER, LARGEST, READY, pack
from labkit.errors import EngineError

log = logging.getLogger("labkit.engine")
START_TIMEOUT_S = 60.0


def ignore(*_: object) -> None:
    """Nobody wants to know."""


class EarProcess:
    """One worker process; frames out by `send`, frames in by `on_frame`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._on_frame: Callable[[bytes, bytes], None] = ignore
        self._on_end: Callable[[str], None] = ignore
        self._reader: asyncio.Task[None] | None = None

    @classmethod
    async def start(cls) -> EarProcess:
        """A worker that is loaded and warm; `EngineError` when it does not start."""
        root = str(Path(__file__).resolve().parents[2])
        path = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH", "")) if part)
        threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            "labkit.engine.ear_worker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, **threads, "PYTHONPATH": path},
        )
        worker = cls(process)
        try:
            kind, _ = await asyncio.wait_for(worker._read(), START_TIMEOUT_S)
        except (asyncio.IncompleteReadError, TimeoutError) as error:
            await worker.aclose()
            raise EngineError(
                "The engine's ear did not start: look at what the engine printed before, and run `labkit doctor`."
            ) from error
        assert kind == READY
        return worker

    async def _read(self) -> tuple[bytes, bytes]:
        assert self._process.stdout is not None
        kind, length = HEADER.unpack(await self._process.stdout.readexactly(HEADER.size))
        if length > LARGEST:
            raise asyncio.IncompleteReadError(b"", length)
        return kind, await self._process.stdout.readexactly(length)

    def attach(self, on_frame: Callable[[bytes, bytes], None], on_end: Callable[[str], None]) -> None:
        """From now on frames go there, and the end of the process is told once."""
        self._on_frame, self._on_end = on_frame, on_end
        self._reader = asyncio.create_task(self._read_all())

    async def _read_all(self) -> None:
        try:
            while True:
                self._tell(*await self._read())
        except (asyncio.IncompleteReadError, ConnectionError):
            code = await self._process.wait()
            self._on_end(f"the listening process ended with code {code}")

    def _tell(self, kind: bytes, payload: bytes) -> None:
        """A frame that cannot be dealt with is lost; those after it are still read."""
        try:
            self._on_frame(kind, payload)
        except Exception:  # one bad report must not deafen the conversation
            log.exception("A report of the ear could not be dealt with.")

    def send(self, kind: bytes, payload: bytes = b"") -> None:
        """Queue one frame; lost when the process is gone, which `on_end` tells."""
        assert self._process.stdin is not None
        if not self._process.stdin.is_closing():
            self._process.stdin.write(pack(kind, payload))

    def kill(self) -> None:
        """End it now; `on_end` follows."""
        if self._process.returncode is None:
            self._process.kill()

    @property
    def alive(self) -> bool:
        """It has not ended."""
        return self._process.returncode is None

    async def aclose(self) -> None:
        """End it, without `on_end`."""
        if self._reader is not None:
            self._reader.cancel()
        self.kill()
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()
