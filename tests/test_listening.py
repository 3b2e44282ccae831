import numpy as np

from labkit import pcm
from labkit.listening import Levels


def tone(ms: int, level: float) -> bytes:
    count = ms * pcm.SAMPLE_RATE // 1000
    wave = level * np.sin(2 * np.pi * 200 * np.arange(count) / pcm.SAMPLE_RATE)
    return pcm.to_bytes((wave * 32767).astype(np.int16))


def test_the_last_voiced_sample_has_the_time_of_its_capture() -> None:
    levels = Levels()
    for number, chunk in enumerate(pcm.chunks(pcm.silence(500) + tone(1000, 0.3) + pcm.silence(300))):
        levels.add(chunk, 10_000.0 + pcm.CHUNK_MS * number)
    levels.started(audio_start_ms=200)
    assert (levels.voiced_ms(audio_end_ms=1800) or (0, 0))[1] == 11_500.0


def test_only_the_utterance_counts() -> None:
    levels = Levels()
    for number, chunk in enumerate(pcm.chunks(tone(500, 0.9) + pcm.silence(500) + tone(500, 0.02) + pcm.silence(500))):
        levels.add(chunk, pcm.CHUNK_MS * number)
    levels.started(audio_start_ms=900)
    assert (levels.voiced_ms(audio_end_ms=1800) or (0, 0))[1] == 1500.0


def test_an_utterance_that_was_never_sent_has_no_end() -> None:
    assert Levels().voiced_ms(100) is None
