"""How Spanish, French and German words sound to an English ear: espeak-ng's IPA written in the model's own phones.

The acoustic model knows the 39 phones of American English. A foreign sound is written as the English one that is
nearest in place and manner, or as two or three of them where none is near: the decoder takes the one that fits.
Words keep their accents, and numbers their digits, because espeak-ng knows how each language reads them.
Left out on purpose: tones, stress and length, and languages whose sounds nobody has looked up here.
"""

# ruff: noqa: RUF001 - letters of the IPA that look like others

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

from labkit.engine.espeak import synthesiser

MOST = 8
"""Pronunciations kept of a word in one place: 12 are no better, with a single one 1 of 12 French sentences is wrong."""

_COMMON = {
    # The same, or nearly: stops without English breath, dental t and d.
    "p": "P", "b": "B", "t": "T", "d": "D", "k": "K", "ɡ": "G", "f": "F", "v": "V", "s": "S", "z": "Z",
    "ʃ": "SH", "ʒ": "ZH", "tʃ": "CH", "dʒ": "JH", "ts": "T S", "θ": "TH", "ð": "DH", "h": "HH",
    "m": "M", "n": "N", "ŋ": "NG", "l": "L", "j": "Y", "w": "W", "ɹ": "R", "ʔ": "",
    # Palatal n and l are said like "canyon" and "million".
    "ɲ": "N Y", "ʎ": "L Y",
    # Vowels.
    "a": "AA", "ɑ": "AA", "e": "EY", "ɛ": "EH", "i": "IY", "ɪ": "IH", "o": "OW", "ɔ": "AO", "u": "UW", "ʊ": "UH",
    "ə": "AH", "ɐ": "AH", "ʌ": "AH", "æ": "AE", "ɒ": "AA", "ɜ": "ER", "ɚ": "ER",
    "aɪ": "AY", "aʊ": "AW", "eɪ": "EY", "oɪ": "OY", "ɔɪ": "OY", "eʊ": "EH UW", "oʊ": "OW", "əʊ": "OW",
}  # fmt: skip
"""IPA → ARPABET, for every language, English words inside a foreign sentence too; alternatives stand between bars."""

_OWN = {
    "es": {
        "e": "EH|EY",  # between the two, and never a diphthong
        "o": "AO|OW",
        "ɾ": "D|R",  # one tap: the t of American "water"
        "r": "R|ER",
        "β": "V|B|W",  # b, d and g between vowels do not close
        "ð": "DH|D",
        "ɣ": "G|W",
        "x": "HH|K",  # the j of "jamón", from a breath to a scrape
        "θ": "TH|S",  # z and c: Spain, and everybody else
        "ʎ": "Y|L Y",  # most speakers have one sound for ll and y
        "ʝ": "Y|JH",
    },
    "fr": {
        "ʁ": "HH|R|",  # spoken far back: after t or p a breath, at the end of a syllable hardly there
        "ɑ̃": "AO N|AO",  # nasal vowels: the n is in the vowel, some English ears hear one after it
        "ɔ̃": "AO N|AO L",
        "ɛ̃": "AE N|AH N|AH",
        "œ̃": "AH N|AH",
        "e": "EY|IH",
        "o": "OW|AO",
        "y": "Y UW|IH",  # the tongue of "ee" with the lips of "oo"
        "ɥ": "W|Y",
        "ø": "UH|ER",  # the same with "ay" and "oh"
        "œ": "UH|EH",
        "ə": "AH|UH",
    },
    "de": {
        "ɾ": "R|AH|",  # at the end of a syllable a vowel or nothing
        "r": "R|AH",
        "ɜ": "AH",  # the -er of "Vater", without English r
        "ç": "SH|HH Y",  # the h of "huge"; in many regions like sh
        "x": "K|HH",
        "pf": "P F|F",
        "e": "EY|IY",
        "o": "OW|AO",
        "ə": "AH|IH",
        "y": "IY|UW",
        "ʏ": "IH|UH",
        "ø": "ER|UH",
        "œ": "UH|AH",
        "ɔø": "OY",
        "z": "Z|S",  # s before a vowel: voiceless in the south
    },
}
_TABLES: Mapping[str, Mapping[str, str]] = {language: {**_COMMON, **own} for language, own in _OWN.items()}
_UNSOUNDED = re.compile(r"\([^)]*\)|[ˈˌː.-]")
"""espeak-ng's marks of a change of language, of stress, length and weak forms."""


def in_sentences(sentences: Iterable[str], language: str) -> dict[str, list[str]]:
    """Every word of normalised sentences → how it may sound, inside them ("les enfants", "los días") and by itself.

    ARPABET phones separated by spaces, the likeliest first; a word that makes no sound is left out.
    """
    found: dict[str, list[str]] = {}
    for sentence in sentences:
        words = sentence.split()
        alone = [_spoken(word, language) for word in words]
        together = synthesiser().phonemes(sentence, language)
        if len(together) != len(words):
            together = alone
        for word, *spoken in zip(words, together, alone, strict=True):
            ways = [way for ipa in dict.fromkeys(spoken) for way in in_phones(ipa, language)]
            found[word] = list(dict.fromkeys([*found.get(word, []), *ways]))
    return {word: ways for word, ways in found.items() if ways}


@lru_cache(maxsize=20_000)
def _spoken(word: str, language: str) -> str:
    return "_".join(synthesiser().phonemes(word, language))


@lru_cache(maxsize=20_000)
def in_phones(ipa: str, language: str) -> tuple[str, ...]:
    """Up to `MOST` ways to write IPA in ARPABET, sounds separated by "_"; a sound is the same throughout a word."""
    table = _TABLES[language]
    sounds = [sound for part in _UNSOUNDED.sub("", ipa).split("_") for sound in _known(part, table)]
    choices = {sound: table[sound].split("|") for sound in sounds}
    doubtful = [sound for sound in choices if len(choices[sound]) > 1]
    ways: dict[str, None] = {}
    for changed in _changes(doubtful, choices):
        chosen = {sound: choices[sound][changed.get(sound, 0)] for sound in choices}
        ways.setdefault(" ".join(" ".join(chosen[sound] for sound in sounds).split()))
        if len(ways) == MOST:
            break
    return tuple(way for way in ways if way)


def _known(part: str, table: Mapping[str, str]) -> list[str]:
    """A unit of espeak-ng's as sounds of the table, longest first; what is not in it is left out."""
    part = unicodedata.normalize("NFC", part)
    found = []
    while part:
        size = next((size for size in (2, 1) if part[:size] in table), 0)
        found += [part[:size]] if size else []
        part = part[size or 1 :]
    return found


def _changes(doubtful: list[str], choices: Mapping[str, list[str]]) -> Iterable[dict[str, int]]:
    """Which sounds are not written their first way: none, then one, then two."""
    yield {}
    for count in (1, 2):
        for changed in itertools.combinations(doubtful, count):
            others = [range(1, len(choices[sound])) for sound in changed]
            yield from (dict(zip(changed, way, strict=True)) for way in itertools.product(*others))
