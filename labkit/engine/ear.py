"""The engine's ears: worker processes that listen, seen from an event loop.

Each conversation has a process of its own, because decoding holds the interpreter lock. Starting one takes
most of a second, so the pool keeps spares that are loaded and warm.

A worker that dies takes the sound of the utterance with it and nothing else: open commits are answered with an
empty hearing, `EarFailed` says why, and another worker listens on.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from labkit.engine.ear_worker import (
    CLEAR,
    COMMIT,
    CONFIGURE,
    CUT,
    DONE,
    EVENT,
    FAR_END,
    HEADER,
    LARGEST,
    READY,
    SOUND,
    pack,
)
from labkit.engine.hearing import EarEvent, EarFailed, Heard, Hearing, from_dict
from labkit.engine.recogniser import hear_file
from labkit.engine.turn_taking import TurnDetection
from labkit.errors import EngineError
from labkit.pcm import BYTES_PER_MS

__all__ = ["Ear", "EarPool", "hear_file"]

OnEvent = Callable[[EarEvent], None]
MOST_BEHIND = 10_000 * BYTES_PER_MS
"""Bytes of sound on their way to a worker at which `Ear.drained` begins to wait."""
MOST_KEPT = 600_000 * BYTES_PER_MS
"""Bytes of sound on their way to a worker; more is refused and said so."""
START_TIMEOUT_S = 60.0
COMMIT_TIMEOUT_S = 60.0
MOST_FAILURES = 3
"""Workers in a row that die without having heard a second of sound."""


class _Process:
    """One worker process; frames out by `send`, frames in by `on_frame`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._on_frame: Callable[[bytes, bytes], None] = lambda kind, payload: None
        self._on_end: Callable[[str], None] = lambda reason: None
        self._reader: asyncio.Task[None] | None = None

    @classmethod
    async def start(cls) -> _Process:
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
                self._on_frame(*await self._read())
        except (asyncio.IncompleteReadError, ConnectionError):
            code = await self._process.wait()
            self._on_end(f"the listening process ended with code {code}")

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


class EarPool:
    """Keeps `spares` workers waiting; closes every ear it gave when it is closed."""

    def __init__(self, spares: int = 1) -> None:
        self._spares = spares
        self._waiting: list[asyncio.Task[_Process]] = []
        self._ears: set[Ear] = set()
        self._closing: set[asyncio.Task[None]] = set()
        self._closed = False

    async def start(self) -> None:
        """Returns when the first spare is ready; `EngineError` when it cannot be started."""
        self._refill()
        if self._waiting:
            await asyncio.shield(self._waiting[0])

    def _refill(self) -> None:
        while not self._closed and len(self._waiting) < self._spares:
            self._waiting.append(asyncio.create_task(_Process.start()))

    async def _take(self) -> _Process:
        """A live worker, a waiting one when there is one."""
        for _ in range(MOST_FAILURES):
            coming = self._waiting.pop(0) if self._waiting else asyncio.create_task(_Process.start())
            process = await coming
            self._refill()
            if process.alive:
                return process
        raise EngineError("The engine's ear keeps dying: start the engine again, and run `labkit doctor`.")

    async def acquire(self, on_event: OnEvent) -> Ear:
        """An ear of one's own; `on_event` is called on this loop. `EngineError` when none starts."""
        if self._closed:
            raise EngineError("The engine is shutting down.")
        ear = Ear(self, await self._take(), on_event)
        self._ears.add(ear)
        return ear

    async def aclose(self) -> None:
        """End every worker, those in use too."""
        self._closed = True
        await asyncio.gather(*(ear.aclose() for ear in list(self._ears)))
        waiting, self._waiting = self._waiting, []
        for started in await asyncio.gather(*waiting, return_exceptions=True):
            if isinstance(started, _Process):
                await started.aclose()


class Ear:
    """One conversation's ear. Every method returns at once; what was heard comes to `on_event`, in order."""

    def __init__(self, pool: EarPool, process: _Process, on_event: OnEvent) -> None:
        self._pool = pool
        self._on_event = on_event
        self._settings: dict[str, Any] = {"sentences": [], "turn_detection": None}
        self._appended = 0
        self._done = 0
        self._failures = 0
        self._commits: dict[str, asyncio.TimerHandle] = {}
        self._progress = asyncio.Event()
        self._recovery: asyncio.Task[None] | None = None
        self._process: _Process | None = None
        self._use(process)

    def _use(self, process: _Process) -> None:
        self._process = process
        process.attach(self._frame, self._lost)
        self._done = self._appended
        self._base_ms = self._appended // BYTES_PER_MS
        self._progress.set()
        self._send_settings()

    def _send(self, kind: bytes, payload: bytes = b"") -> None:
        if self._process is not None:
            self._process.send(kind, payload)

    def _send_settings(self) -> None:
        self._send(CONFIGURE, json.dumps({**self._settings, "base_ms": self._base_ms}).encode())

    def configure(self, *, sentences: Sequence[str], turn_detection: Mapping[str, Any] | None) -> None:
        """What can be heard, and who ends turns (the protocol's object, or None: the client); `UsageError` if invalid."""
        TurnDetection.of(turn_detection)
        kept = dict(turn_detection) if turn_detection is not None else None
        self._settings = {"sentences": list(sentences), "turn_detection": kept}
        self._send_settings()

    def append(self, pcm: bytes) -> None:
        """More sound, PCM16 mono 24 kHz of any length; `EngineError` when far too much is waiting (see `drained`)."""
        if self._appended - self._done + len(pcm) > MOST_KEPT:
            raise EngineError("More than ten minutes of sound are waiting to be heard: send it at the pace of speech.")
        self._appended += len(pcm)
        if self._process is None:
            self._done = self._appended
        self._send(SOUND, pcm)

    async def drained(self) -> None:
        """Wait while more than ten seconds of sound are waiting to be heard."""
        while self._process is not None and self._appended - self._done > MOST_BEHIND:
            self._progress.clear()
            await self._progress.wait()

    def commit(self, commit_id: str) -> None:
        """End the utterance now; `Heard` with this id follows, whatever happens to the worker."""
        loop = asyncio.get_running_loop()
        if self._process is None:
            loop.call_soon(self._on_event, Heard(commit_id, Hearing()))
            return
        behind_s = (self._appended - self._done) / BYTES_PER_MS / 1000
        self._commits[commit_id] = loop.call_later(COMMIT_TIMEOUT_S + behind_s, self._process.kill)
        self._send(COMMIT, commit_id.encode())

    def clear(self) -> None:
        """Forget the sound of the utterance."""
        self._send(CLEAR)

    def far_end(self, pcm: bytes) -> None:
        """Sound of the answer, played from now on after what was announced before: it may echo."""
        self._send(FAR_END, pcm)

    def silence_far_end(self) -> None:
        """Playback was cut off."""
        self._send(CUT)

    def _frame(self, kind: bytes, payload: bytes) -> None:
        if kind == DONE:
            self._done += json.loads(payload)
            self._failures = 0
            self._progress.set()
        elif kind == EVENT:
            event = from_dict(json.loads(payload))
            if isinstance(event, Heard):
                self._commits.pop(event.commit_id).cancel()
            self._on_event(event)

    def _lost(self, reason: str) -> None:
        self._process = None
        self._done = self._appended
        self._failures += 1
        self._progress.set()
        self._on_event(EarFailed(reason))
        for commit_id, timer in list(self._commits.items()):
            timer.cancel()
            self._on_event(Heard(commit_id, Hearing()))
        self._commits.clear()
        self._recovery = asyncio.create_task(self._recover())

    async def _recover(self) -> None:
        if self._failures > MOST_FAILURES:
            self._on_event(EarFailed("the listening process keeps dying: start the engine again"))
            return
        try:
            process = await self._pool._take()
        except EngineError as error:
            self._on_event(EarFailed(str(error)))
            return
        self._use(process)

    async def aclose(self) -> None:
        """End the worker; no event follows."""
        self._on_event = lambda event: None
        self._pool._ears.discard(self)
        for timer in self._commits.values():
            timer.cancel()
        if self._recovery is not None:
            self._recovery.cancel()
            await asyncio.gather(self._recovery, return_exceptions=True)
        process, self._process = self._process, None
        if process is not None:
            await process.aclose()
