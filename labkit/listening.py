"""What the microphone sent, as levels in time: enough to say when the person was last heard."""

from __future__ import annotations

from collections import deque

from labkit import pcm, trace

KEEP_FRAMES = 12_000
"""Two minutes of 10 ms frames: no utterance is longer."""
FRAME_SAMPLES = pcm.SAMPLE_RATE * trace.FRAME_MS // 1000


class Levels:
    """Levels of the sound sent to the server, by its position and by the clock."""

    def __init__(self) -> None:
        self._frames: deque[tuple[float, float]] = deque(maxlen=KEEP_FRAMES)
        """Per 10 ms frame: its end on the kernel's clock, its level in dB."""
        self._count = 0
        self._start_ms = 0.0

    def add(self, chunk: bytes, stamp_ms: float) -> None:
        """One chunk of 24 kHz PCM16 whose first sample was captured at `stamp_ms`."""
        for number, level in enumerate(pcm.levels_db(pcm.to_samples(chunk), FRAME_SAMPLES)):
            self._frames.append((stamp_ms + (number + 1) * trace.FRAME_MS, float(level)))
            self._count += 1

    @property
    def end_ms(self) -> float:
        """When the last sample was captured; 0 before the first."""
        return self._frames[-1][0] if self._frames else 0.0

    def started(self, audio_start_ms: float) -> None:
        """The server heard speech begin at this position of all sound sent."""
        self._start_ms = audio_start_ms

    def voiced_ms(self, audio_end_ms: float) -> tuple[float, float] | None:
        """When the utterance's first voiced frame began and its last one ended (kernel's clock); `None`: unknown."""
        dropped = self._count - len(self._frames)
        first = max(0, int(self._start_ms / trace.FRAME_MS) - dropped)
        last = max(first, int(audio_end_ms / trace.FRAME_MS) - dropped)
        frames = list(self._frames)[first:last]
        levels = [level for _, level in frames]
        begun, ended = trace.first_voiced(levels), trace.last_voiced(levels)
        if begun is None or ended is None:
            return None
        return frames[begun][0] - trace.FRAME_MS, frames[ended][0]
