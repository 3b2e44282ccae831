"""One pocketsphinx decoder: how it is made, the channel that it starts with, and the sound that it is fed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np

from labkit.engine.agreement import Segment
from labkit.errors import MissingPartError
from labkit.pcm import Samples, levels_db, to_bytes

RATE = 16_000
"""Hz, what the acoustic model was trained on."""
_CHUNK = RATE // 50 * 2
"""Bytes of one decoding step, 20 ms."""

_MEAN_CEPSTRUM = (4.8, -1.3, 8.2, -0.8, 0.1, -2.9, -6.5, -1.1, -2.7, 2.4, -3.0, 0.9)
"""Channel mean of speech through ordinary microphones (30 speakers), coefficients 1 to 12."""
_NARROW_CEPSTRUM = (15.2, -14.0, 19.8, -8.2, 0.6, 2.3, -14.9, 5.3, -6.7, 1.9, 1.6, -4.9)
"""The same through a telephone or a headset that sends 8 kHz: medians of 60 spoken orders at that rate."""
_HIGH_HERTZ, _NARROW_DB = 4300, -60.0
"""Less energy above that, against the rest, has no voice at full rate: the least of 239 people's was -47, the most at
8 kHz -50 (one; the others below -69)."""
_LOUDNESS_CEPSTRUM = (63.6, 0.775)
"""Coefficient 0 = first + second times level in dB: fitted over the same speech at 0 to -30 dB gain."""


def speech_level(samples: Samples) -> float:
    """Level of the voiced parts, dB below full scale: the 85th percentile of 10 ms frames at `RATE`."""
    levels = levels_db(samples, RATE // 100)
    return float(np.percentile(levels, 85)) if len(levels) else -60.0


def is_narrow(samples: Samples) -> bool:
    """Whether the voice came through a channel that ends at 4 kHz: int16 at `RATE`, some tenths of a second."""
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), max(1, len(samples)))) ** 2
    high = len(samples) * _HIGH_HERTZ // RATE
    return len(samples) > 0 and bool(10 * np.log10((power[high:].sum() + 1) / (power[:high].sum() + 1)) < _NARROW_DB)


def initial_cepstrum(level_db: float, *, narrow: bool = False) -> str:
    """The decoder's starting channel mean for a voice of that level, in pocketsphinx's notation."""
    base, slope = _LOUDNESS_CEPSTRUM
    shape = _NARROW_CEPSTRUM if narrow else _MEAN_CEPSTRUM
    return ",".join(f"{value:.3f}" for value in (base + slope * max(level_db, -70.0), *shape))


def new_decoder(**settings: Any) -> Any:
    """A pocketsphinx decoder of the English model; `MissingPartError` where there is none."""
    try:
        import pocketsphinx
    except ImportError as error:
        raise MissingPartError(
            "Hearing needs the embedded engine's parts: install them with `pip install 'labkit[engine]'`."
        ) from error
    # The flat-lexicon pass changes little and costs up to 200 ms at the end of an utterance.
    return pocketsphinx.Decoder(loglevel="FATAL", fwdflat=False, cmn="live", **settings)


def segments_of(decoder: Any) -> list[Segment]:
    """The words of its hypothesis as it is now."""
    return [
        Segment(re.sub(r"\(\d+\)$", "", part.word), part.start_frame, part.end_frame, float(part.ascore), part.prob)
        for part in decoder.seg() or ()
        if part.word != "(NULL)"
    ]


def feed(decoders: Iterable[Any], samples: Samples) -> None:
    """Have them decode more of their utterance, int16 at `RATE`, in turns."""
    pcm = to_bytes(samples)
    for start in range(0, len(pcm), _CHUNK):
        for decoder in decoders:
            decoder.process_raw(pcm[start : start + _CHUNK])
