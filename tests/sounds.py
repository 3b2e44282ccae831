"""Spoken sentences for the tests: the recordings that come with labkit."""

from __future__ import annotations

from functools import cache

import numpy as np

from labkit import pcm, samples

SENTENCES = ["what time is it", "count to twenty", "say that like a robot", "what can you do", "thank you"]


@cache
def spoken(sentence: str, lead_ms: int = 500, tail_ms: int = 1000) -> bytes:
    """PCM16 at 24 kHz: silence, the sentence without the silence around it, silence."""
    recording = pcm.read(samples.path(sentence.replace(" ", "_")))
    voiced = np.flatnonzero(pcm.levels_db(recording, 240) > -50)
    sentence_only = recording[voiced[0] * 240 : (voiced[-1] + 1) * 240]
    return pcm.silence(lead_ms) + pcm.to_bytes(sentence_only) + pcm.silence(tail_ms)
