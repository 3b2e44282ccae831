"""PCM16 audio: convert, resample, chunk, measure.

Everything in labkit that is sound is 16-bit little-endian mono PCM at 24 kHz, the one format that the
Realtime protocol's `audio/pcm` knows; other rates exist only at the edges (files, recognisers).
Left out on purpose: stereo, floats on the wire, compressed formats.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from labkit.errors import AudioFileError, UsageError

Samples = NDArray[np.int16]
SAMPLE_RATE = 24_000
"""Hz; the Realtime protocol's `audio/pcm` is 24 kHz only."""
CHUNK_MS = 10
"""The length of one microphone chunk: a chunk's first sample waits for its last; 20 ms were 10 ms later at the ear."""
BYTES_PER_MS = SAMPLE_RATE * 2 // 1000
SILENCE_DB = -100.0
"""What `level_db` says of digital silence, dB below full scale."""
GIVE = "give a one-dimensional int16 array of 24 kHz samples, or a sound file through pcm.read"
MAX_FILE_S = 600
"""Longer files are refused: a turn is seconds, and everything stays in memory."""


def checked(samples: object) -> Samples:
    """What somebody gave as sound, as int16 samples of shape (n,); `AudioFileError` says what to give instead.

    Whole numbers are samples, fractions are -1..1 of full scale.
    """
    try:
        found = np.asarray(samples)
    except (ValueError, OverflowError):  # lists of different lengths, numbers without end
        found = np.empty((0, 0))
    if found.ndim != 1 or found.dtype.kind not in "if":
        raise AudioFileError(f"{_shape(samples)} is no mono sound: {GIVE}.")
    if not found.size:
        raise AudioFileError(f"There is no sound in it (0 samples): {GIVE}.")
    if found.dtype.kind == "f":
        if not np.max(np.abs(found)) <= 1:  # NaN is not, either
            raise AudioFileError(f"These fractions go beyond -1 to 1: {GIVE}.")
        found = np.clip(np.round(found * 32768.0), -32768, 32767)
    elif found.min() < -32768 or found.max() > 32767:
        raise AudioFileError(f"These numbers go beyond 16 bit (-32768 to 32767): {GIVE}.")
    return found.astype(np.int16)


def _shape(samples: object) -> str:
    if isinstance(samples, np.ndarray):
        return f"An array of shape {samples.shape} and type {samples.dtype}"
    return f"A {type(samples).__name__} like this"


def to_bytes(samples: Samples) -> bytes:
    """int16 samples of shape (n,) as little-endian bytes."""
    return samples.astype("<i2").tobytes()


def to_samples(pcm: bytes) -> Samples:
    """Little-endian PCM16 bytes as int16 samples of shape (n,); an odd last byte is a ValueError."""
    return np.frombuffer(pcm, dtype="<i2").astype(np.int16)


def duration_ms(pcm: bytes) -> float:
    """How long 24 kHz PCM16 mono bytes sound."""
    return len(pcm) / BYTES_PER_MS


def silence(ms: float) -> bytes:
    """That many milliseconds of digital silence at 24 kHz."""
    return bytes(2 * round(ms * SAMPLE_RATE / 1000))


def resample(samples: Samples, rate: int, to_rate: int = SAMPLE_RATE) -> Samples:
    """Whole-clip resampling of int16 samples from `rate` to `to_rate` Hz (soxr, high quality)."""
    if rate == to_rate or not len(samples):
        return samples
    import soxr

    return np.asarray(soxr.resample(samples, rate, to_rate), dtype=np.int16)


def chunks(pcm: bytes, ms: int = CHUNK_MS) -> Iterator[bytes]:
    """Cut 24 kHz PCM16 into pieces of `ms`; the last one may be shorter."""
    step = ms * BYTES_PER_MS
    for start in range(0, len(pcm), step):
        yield pcm[start : start + step]


def level_db(samples: Samples) -> float:
    """RMS level in dB relative to full scale; `SILENCE_DB` for silence or no samples."""
    if not len(samples):
        return SILENCE_DB
    mean_square = float(np.mean(np.square(samples.astype(np.float64) / 32768.0)))
    return max(SILENCE_DB, 10 * float(np.log10(mean_square))) if mean_square > 0 else SILENCE_DB


def levels_db(samples: Samples, frame: int) -> NDArray[np.float64]:
    """RMS level of every whole frame of `frame` samples, dB relative to full scale, shape (n // frame,)."""
    whole = samples[: len(samples) // frame * frame].astype(np.float64).reshape(-1, frame) / 32768.0
    mean_square = np.mean(np.square(whole), axis=1)
    levels: NDArray[np.float64] = np.maximum(SILENCE_DB, 10 * np.log10(np.maximum(mean_square, 1e-12)))
    return levels


def read(path: str | os.PathLike[str], rate: int = SAMPLE_RATE) -> Samples:
    """A sound file of any rate and channel count as mono int16 samples at `rate` Hz, shape (n,).

    Reads what libsndfile reads (WAV, FLAC, OGG, MP3). Raises `AudioFileError` when the file is missing,
    empty, longer than `MAX_FILE_S`, or not a sound file.
    """
    name = Path(path).name
    if not Path(path).is_file():
        raise AudioFileError(f"There is no file {name!r} here: check the path you gave.")
    return _decoded(os.fspath(path), name, rate)


def decode(content: bytes, name: str, rate: int = SAMPLE_RATE) -> Samples:
    """The same of a sound file's bytes; `name` is what an error calls it."""
    return _decoded(io.BytesIO(content), name, rate)


def _decoded(source: str | io.BytesIO, name: str, rate: int) -> Samples:
    import soundfile

    try:
        with soundfile.SoundFile(source) as file:
            if file.frames > MAX_FILE_S * file.samplerate:
                raise AudioFileError(f"{name!r} is longer than {MAX_FILE_S} s: cut out the part you need.")
            mono = file.read(dtype="float32", always_2d=True).mean(axis=1)
            source_rate = file.samplerate
    except (soundfile.SoundFileError, TypeError) as error:  # TypeError: a file without a header, such as x.raw
        reason = getattr(error, "error_string", "it does not say its sample rate")
        raise AudioFileError(
            f"{name!r} is not a sound file that can be read ({reason}): give a WAV, FLAC, OGG or MP3 file."
        ) from error
    if not len(mono):
        raise AudioFileError(f"{name!r} holds no sound (0 samples): record it again.")
    samples = np.clip(mono * 32768.0, -32768, 32767).astype(np.int16)
    return resample(samples, source_rate, rate)


def write(path: str | os.PathLike[str], samples: Samples, rate: int = SAMPLE_RATE) -> None:
    """Write int16 mono samples of shape (n,) as a 16-bit WAV file; `UsageError` when it cannot be written there."""
    import soundfile

    file = Path(path)
    if not file.parent.is_dir():
        raise UsageError(f"There is no folder {str(file.parent)!r} to write {file.name!r} into: make it first.")
    try:
        soundfile.write(os.fspath(path), samples, rate, subtype="PCM_16", format="WAV")
    except soundfile.SoundFileError as error:
        reason = getattr(error, "error_string", str(error))
        raise UsageError(f"{file.name!r} cannot be written ({reason}): choose another place.") from error
