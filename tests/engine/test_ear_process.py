"""A worker of the ear as its event loop sees it."""

import asyncio

from labkit.engine.ear_process import EarProcess
from labkit.engine.ear_worker import EVENT, pack


class Worker:
    """A process that has said its piece."""

    returncode = 0

    def __init__(self, *frames: bytes) -> None:
        self.stdout = asyncio.StreamReader()
        for frame in frames:
            self.stdout.feed_data(frame)
        self.stdout.feed_eof()

    async def wait(self) -> int:
        return 0


async def test_a_frame_that_cannot_be_dealt_with_does_not_deafen() -> None:
    worker = EarProcess(Worker(pack(EVENT, b"1"), pack(EVENT, b"2")))  # type: ignore[arg-type]
    seen: list[bytes] = []
    ended = asyncio.Event()

    def on_frame(kind: bytes, payload: bytes) -> None:
        seen.append(payload)
        raise KeyError(payload)

    worker.attach(on_frame, lambda reason: ended.set())
    await asyncio.wait_for(ended.wait(), 10)
    assert seen == [b"1", b"2"]
