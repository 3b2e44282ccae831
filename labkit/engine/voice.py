"""Text to speech: espeak-ng, called in this process, a word at a time.

A sentence is synthesised whole (about 0.1 ms of work per word), resampled, levelled and cut at the sample positions
that espeak-ng reports for its words, so that every word of the transcript comes with exactly its sound.
Left out on purpose: SSML, phoneme input, and voices that need a download.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from labkit import pcm
from labkit.engine.espeak import Settings, synthesiser
from labkit.errors import UsageError

VOICES = {
    "alloy": "f4",
    "ash": "m1",
    "ballad": "m4",
    "cedar": "m2",
    "coral": "f2",
    "echo": "m3",
    "marin": "f3",
    "sage": "f1",
    "shimmer": "f5",
    "verse": "m7",
}
"""The protocol's voice names, and the espeak-ng variant that speaks for each."""
DEFAULT_VOICE = "marin"
LANGUAGES = {"en": "en-us", "zh": "cmn"}
"""Language tags that espeak-ng calls something else, or resolves to another accent than expected."""

WORDS_PER_MINUTE = 175
"""espeak-ng's own normal rate; `speed` multiplies it."""
LEVEL_DB = -20.0
"""RMS of the speech, dB below full scale."""
PEAK = 0.89
"""Highest sample after levelling, of full scale (-1 dB)."""
LEAD_MS = 8
"""Silence left before the first sound of an answer."""
SENTENCE_PAUSE_MS = 280
CLAUSE_PAUSE_MS = 120
LONG_SENTENCE = 120
"""Characters after which a sentence is cut at its next comma, so that its first word need not wait for the rest."""
LONG_BEGINNING = 24
"""The same for the first piece of an answer, which somebody is waiting for."""

_CLOSING = "[\"'\u201d\u2019)\\]]*$"
"""Quotation marks and brackets that may follow the mark at which a sentence ends."""
_SENTENCE_END = re.compile(r"[.!?\u2026\u3002\uff01\uff1f]" + _CLOSING)
_CLAUSE_END = re.compile(r"[,;:]" + _CLOSING)
_ABBREVIATION = re.compile(r"^\W*(?:[A-Za-z]|Dr|Mr|Mrs|Ms|Prof|St|vs|etc|e\.g|i\.e|a\.m|p\.m)\.$", re.IGNORECASE)


@dataclass(frozen=True)
class SpokenWord:
    """One word of the transcript and its sound."""

    text: str
    """The word with what follows it up to the next word; joined, the words are the text that was given."""
    pcm: bytes
    """PCM16 mono 24 kHz, the pause before the word included."""


@dataclass(frozen=True)
class Style:
    """A way of speaking: espeak-ng's settings on top of a voice."""

    variant: str | None = None
    """Replaces the voice's own variant."""
    speed: float = 1.0
    pitch: int = 50
    """0..100; 50 is the voice's own."""
    intonation: int = 50
    """0..100; 0 is flat."""


STYLES = {
    "robot": Style(variant="robosoft3", pitch=30, intonation=0),
    "whisper": Style(variant="whisper", speed=0.9),
    "slow": Style(speed=0.65),
    "fast": Style(speed=1.5),
}
"""The styles that `speak` knows, by name."""


class Voice:
    """Speaks: `for word in Voice().speak("Hello there."): send(word.text, word.pcm)`."""

    def speak(
        self,
        text: str,
        *,
        voice: str = DEFAULT_VOICE,
        speed: float = 1.0,
        style: str | None = None,
        language: str = "en",
        stop: Callable[[], bool] = lambda: False,
    ) -> Iterator[SpokenWord]:
        """Yield the words of `text` as they are synthesised, sentence by sentence.

        `stop` is asked between words and every 60 ms of sound being made; once true, nothing more comes.
        Raises `UsageError` at once for an unknown voice, style or language.
        """
        if voice not in VOICES:
            raise UsageError(f"There is no voice {voice!r}: choose one of {', '.join(VOICES)}.")
        if style is not None and style not in STYLES:
            raise UsageError(f"There is no voice style {style!r}: choose one of {', '.join(STYLES)}.")
        setting = STYLES[style] if style else Style()
        name = f"{_language(language)}+{setting.variant or VOICES[voice]}"
        return _spoken(
            text,
            Settings(name, round(WORDS_PER_MINUTE * speed * setting.speed), setting.pitch, setting.intonation),
            stop,
        )


def _spoken(text: str, settings: Settings, stop: Callable[[], bool]) -> Iterator[SpokenWord]:
    """The words of all sentences, the pauses between sentences put before the word that follows them."""
    pause_ms = 0
    for sentence in sentences(text):
        first = True
        for word in _sentence_words(sentence, settings, stop):
            if stop():
                return
            lead = pcm.silence(pause_ms) if first else b""
            yield SpokenWord(word.text, lead + word.pcm)
            first = False
        if stop():
            return
        pause_ms = CLAUSE_PAUSE_MS if _CLAUSE_END.search(sentence.rstrip()) else SENTENCE_PAUSE_MS


def sentences(text: str) -> list[str]:
    """Cut text into sentences (long ones at commas); joined, they are the text again."""
    pieces = [""]
    for token in tokens(text):
        pieces[-1] += token
        word = token.rstrip()
        ended = "\n" in token or (_SENTENCE_END.search(word) and not _ABBREVIATION.match(word))
        longest = LONG_SENTENCE if pieces[1:] else LONG_BEGINNING
        if ended or (len(pieces[-1]) > longest and _CLAUSE_END.search(word)):
            pieces.append("")
    return [piece for piece in pieces if piece]


def tokens(text: str) -> list[str]:
    """Cut text after its spaces: "it is 10:42" -> ["it ", "is ", "10:42"]; joined, they are the text again."""
    return re.findall(r"^\s+|\S+\s*", text)


def _sentence_words(sentence: str, settings: Settings, stop: Callable[[], bool]) -> list[SpokenWord]:
    """One sentence as words with their sound; a token that makes no sound of its own joins a neighbour."""
    samples, starts = synthesiser().synthesise(sentence, settings, stop)
    sound = pcm.resample(levelled(samples), synthesiser().rate)
    scale = pcm.SAMPLE_RATE / synthesiser().rate
    lead = leading_silence(sound)
    words = spoken_tokens(sentence, starts)
    edges = [lead, *(max(lead, round(start * scale)) for _, start in words[1:]), len(sound)]
    return [
        SpokenWord(text, pcm.to_bytes(sound[start:end]))
        for (text, _), (start, end) in zip(words, pairwise(edges), strict=True)
    ]


def spoken_tokens(sentence: str, starts: dict[int, int]) -> list[tuple[str, int]]:
    """Join the tokens of a sentence to words that sound, each with the sample at which it begins.

    `starts` maps the position of a character to the sample at which the synthesiser began a word there.
    """
    words: list[tuple[str, int]] = []
    position, silent = 0, ""
    for token in tokens(sentence):
        begun = [starts[place] for place in range(position, position + len(token)) if place in starts]
        position += len(token)
        if begun:
            words.append((silent + token, max(min(begun), words[-1][1]) if words else 0))
            silent = ""
        elif words:
            words[-1] = (words[-1][0] + token, words[-1][1])
        else:
            silent += token
    return [*words, (silent, 0)] if silent else words


def levelled(samples: pcm.Samples) -> pcm.Samples:
    """Speech brought to `LEVEL_DB` (RMS where it sounds), its peak kept below `PEAK`."""
    sound = samples.astype(np.float64) / 32768.0
    active = sound[np.abs(sound) > 10 ** (-50 / 20)]
    if not len(active):
        return samples
    rms = math.sqrt(float(np.mean(np.square(active))))
    gain = min(10 ** (LEVEL_DB / 20) / rms, PEAK / float(np.max(np.abs(sound))))
    return np.asarray(np.round(sound * gain * 32768.0), dtype=np.int16)


def leading_silence(sound: pcm.Samples) -> int:
    """How many 24 kHz samples to drop so that `LEAD_MS` of silence stay before the first sound."""
    loud = np.flatnonzero(np.abs(sound) > 100)
    return max(0, int(loud[0]) - LEAD_MS * pcm.SAMPLE_RATE // 1000) if len(loud) else 0


def _language(tag: str) -> str:
    """The espeak-ng name of a language tag such as "en", "pt-BR" or "zh"; `UsageError` when it has none."""
    wanted = re.sub(r"[^a-z0-9-]", "?", tag.strip().lower().replace("_", "-"))
    base = wanted.split("-")[0]
    for name in (LANGUAGES.get(wanted, wanted), LANGUAGES.get(base, base)):
        if name and synthesiser().has(name):
            return name
    raise UsageError(
        f"There is no voice for the language {tag!r}: give a tag such as en, en-gb, es, fr, de, it, pt or zh."
    )
