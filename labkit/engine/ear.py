"""The engine's ears: worker processes that listen, seen from an event loop.

Each conversation has a process of its own, because decoding holds the interpreter lock. Starting one takes
most of a second, so the pool keeps spares that are loaded and warm.

A worker that dies takes the sound of the utterance with it and nothing else: open commits are answered with an
empty hearing, `EarFailed` says why, and another worker listens on.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

from labkit.engine.ear_process import EarProcess, ignore
from labkit.engine.ear_worker import (
    CLEAR,
    COMMIT,
    CONFIGURE,
    CUT,
    DONE,
    EVENT,
    FAR_END,
    SOUND,
)
from labkit.engine.grammar import Listed, by_language
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
COMMIT_TIMEOUT_S = 60.0
MOST_FAILURES = 3
"""Workers in a row that die without having heard a second of sound."""


class EarPool:
    """Keeps `spares` workers waiting; closes every ear it gave when it is closed."""

    def __init__(self, spares: int = 1) -> None:
        self._spares = spares
        self._waiting: list[asyncio.Task[EarProcess]] = []
        self._ears: set[Ear] = set()
        self._closed = False

    async def start(self) -> None:
        """Returns when the first spare is ready; `EngineError` when it cannot be started."""
        self._refill()
        if self._waiting:
            await asyncio.shield(self._waiting[0])

    def _refill(self) -> None:
        while not self._closed and len(self._waiting) < self._spares:
            self._waiting.append(asyncio.create_task(EarProcess.start()))

    async def take(self) -> EarProcess:
        """A live worker, a waiting one when there is one; `EngineError` when none starts."""
        reason: EngineError | None = None
        for _ in range(MOST_FAILURES):
            coming = self._waiting.pop(0) if self._waiting else asyncio.create_task(EarProcess.start())
            try:
                process = await asyncio.shield(coming)
            except EngineError as error:
                reason = error
                continue
            except asyncio.CancelledError:
                self._waiting.append(coming)
                raise
            self._refill()
            if process.alive:
                return process
        raise EngineError("The engine's ear keeps dying: start the engine again, and run `labkit doctor`.") from reason

    async def acquire(self, on_event: OnEvent) -> Ear:
        """An ear of one's own; `on_event` is called on this loop. `EngineError` when none starts."""
        if self._closed:
            raise EngineError("The engine is shutting down.")
        ear = Ear(self, await self.take(), on_event)
        self._ears.add(ear)
        return ear

    def forget(self, ear: Ear) -> None:
        """That ear has closed itself."""
        self._ears.discard(ear)

    async def aclose(self) -> None:
        """End every worker, those in use too."""
        self._closed = True
        await asyncio.gather(*(ear.aclose() for ear in list(self._ears)))
        waiting, self._waiting = self._waiting, []
        for started in await asyncio.gather(*waiting, return_exceptions=True):
            if isinstance(started, EarProcess):
                await started.aclose()


class Ear:
    """One conversation's ear. Every method returns at once; what was heard comes to `on_event`, in order."""

    def __init__(self, pool: EarPool, process: EarProcess, on_event: OnEvent) -> None:
        self._pool = pool
        self._on_event = on_event
        self._settings: dict[str, Any] = {"sentences": [], "turn_detection": None, "so_far": False}
        self._appended = 0
        self._done = 0
        self._failures = 0
        self._commits: dict[str, asyncio.TimerHandle] = {}
        self._progress = asyncio.Event()
        self._recovery: asyncio.Task[None] | None = None
        self._process: EarProcess | None = None
        self._use(process)

    def _use(self, process: EarProcess) -> None:
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

    def configure(self, *, sentences: Listed, turn_detection: Mapping[str, Any] | None, so_far: bool = False) -> None:
        """What can be heard (by language; else English), and who ends turns: the protocol's object, or None.

        `so_far`: tell the words of a turn before its end, too.

        Raises `UsageError` for a turn detection that is not valid.
        """
        TurnDetection.of(turn_detection)
        kept = dict(turn_detection) if turn_detection is not None else None
        self._settings = {"sentences": by_language(sentences), "turn_detection": kept, "so_far": so_far}
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
            process = await self._pool.take()
        except EngineError as error:
            self._on_event(EarFailed(str(error)))
            return
        self._use(process)

    async def aclose(self) -> None:
        """End the worker; no event follows."""
        self._on_event = ignore
        self._pool.forget(self)
        for timer in self._commits.values():
            timer.cancel()
        if self._recovery is not None:
            self._recovery.cancel()
            await asyncio.gather(self._recovery, return_exceptions=True)
        process, self._process = self._process, None
        if process is not None:
            await process.aclose()
