"""The process that listens for one conversation: `python -m labkit.engine.ear_worker`.

Frames come on standard input and go to standard output: one letter, the payload's length as u32 little-endian,
the payload. The process ends with its input, so it never outlives the one who started it.

    in    b"A" sound to hear   b"F" sound that will be played   b"S" playback was cut   b"X" clear
          b"C" {"sentences", "turn_detection", "so_far", "base_ms"}       b"K" commit id
    out   b"R" ready           b"E" one `EarEvent` as JSON      b"D" bytes of sound done with, as JSON
"""

from __future__ import annotations

import json
import os
import signal
import struct
import sys
import time
from typing import BinaryIO

HEADER = struct.Struct("<cI")
SOUND, FAR_END, CUT, CLEAR, CONFIGURE, COMMIT = b"A", b"F", b"S", b"X", b"C", b"K"
READY, EVENT, DONE = b"R", b"E", b"D"
LARGEST = 64 * 1024 * 1024
"""Bytes; a longer frame means that the stream is out of step."""
_REPORT_BYTES = 24_000
"""How much sound is heard between two reports of progress."""
_PAUSE_S = 0.25
"""No packet for that long: playback went on while the microphone was closed."""


def pack(kind: bytes, payload: bytes = b"") -> bytes:
    """One frame as bytes."""
    return HEADER.pack(kind, len(payload)) + payload


def read_frame(stream: BinaryIO) -> tuple[bytes, bytes] | None:
    """The next frame, or None when the stream has ended."""
    head = stream.read(HEADER.size)
    if len(head) < HEADER.size:
        return None
    kind, length = HEADER.unpack(head)
    payload = stream.read(length) if length <= LARGEST else b""
    return (kind, payload) if len(payload) == length else None


class Worker:
    """Dispatches frames to a `Listener`."""

    def __init__(self, out: BinaryIO) -> None:
        from labkit.engine.polyglot import Polyglot
        from labkit.engine.voice_activity import silero

        self._out = out
        self._recogniser = Polyglot()
        self._detectors = (silero(), silero())
        self._warm_up()
        self._listen_from(0)
        self._heard = 0
        self._last_sound = time.monotonic()

    def _warm_up(self) -> None:
        """Touch the models' pages once, so that the first utterance does not."""
        import numpy as np

        hum = (np.sin(np.arange(8000) / 20) * 3000).astype(np.int16)
        self._recogniser.start(hum)
        self._recogniser.feed(hum)
        self._recogniser.abandon()
        for detector in self._detectors:
            detector([0.0] * 512)

    def _listen_from(self, base_ms: int) -> None:
        from labkit.engine.hearing import EarEvent, to_dict
        from labkit.engine.listener import Listener

        def emit(event: EarEvent) -> None:
            self.send(EVENT, json.dumps(to_dict(event)).encode())

        self._base_ms = base_ms
        self._listener = Listener(self._recogniser, self._detectors, emit, base_ms)

    def send(self, kind: bytes, payload: bytes = b"") -> None:
        """One frame to the other side, at once."""
        self._out.write(pack(kind, payload))
        self._out.flush()

    def take(self, kind: bytes, payload: bytes) -> None:
        """Act on one frame; an unknown kind is a ValueError."""
        if kind == SOUND:
            self._hear(payload)
        elif kind == FAR_END:
            self._listener.far_end(payload)
        elif kind == CUT:
            self._listener.silence_far_end()
        elif kind == CLEAR:
            self._listener.clear()
        elif kind == COMMIT:
            self._listener.commit(payload.decode())
        elif kind == CONFIGURE:
            self._configure(payload)
        else:
            raise ValueError(f"unknown frame {kind!r}")

    def _configure(self, payload: bytes) -> None:
        settings = json.loads(payload)
        if settings["base_ms"] != self._base_ms:
            self._listen_from(settings["base_ms"])
        self._listener.configure(
            settings["sentences"], settings["turn_detection"], so_far=settings.get("so_far", False)
        )

    def _hear(self, pcm: bytes) -> None:
        now = time.monotonic()
        pause = now - self._last_sound
        if pause > _PAUSE_S:
            self._listener.pause(round(pause * 100))
        self._listener.append(pcm)
        self._last_sound = time.monotonic()
        self._heard += len(pcm)
        if self._heard >= _REPORT_BYTES:
            self.send(DONE, json.dumps(self._heard).encode())
            self._heard = 0


def main() -> None:
    """Serve until standard input ends; an interrupt of the terminal is for the one who started this process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    worker = Worker(out)
    worker.send(READY)
    while frame := read_frame(sys.stdin.buffer):
        worker.take(*frame)


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        os._exit(0)
