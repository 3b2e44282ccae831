"""Text on its way to a voice: cut into sentences while it is written, and its words laid over their sound."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate, pairwise

from labkit import pcm

FIRST_CLAUSE = 25
"""Characters after which the first piece may end at a comma: the voice begins sooner, and few sentences suffer."""
MS_PER_CHARACTER = 65.0
"""Ordinary speech: 150 words a minute of six characters each."""
_SENTENCE = re.compile(r"[.!?\u2026\u3002\uff01\uff1f][\"'\u201d\u2019)\]]*(?=\s)|\n")
_CLAUSE = re.compile(r"[,;:][\"'\u201d\u2019)\]]*(?=\s)")
_ABBREVIATION = re.compile(r"(?:^|\s)\W*(?:[A-Za-z]|Dr|Mr|Mrs|Ms|Prof|St|vs|etc|e\.g|i\.e|a\.m|p\.m)\.$", re.IGNORECASE)


class Pieces:
    """Tokens in, sentences out: `for piece in pieces.add(token)`, then `pieces.rest()`."""

    def __init__(self) -> None:
        self._text = ""
        self._first = True

    def add(self, token: str) -> Iterator[str]:
        """What is complete with this token: sentences, and at the beginning a clause."""
        self._text += token
        while end := self._end():
            piece, self._text = self._text[:end], self._text[end:]
            self._first = False
            yield piece

    def _end(self) -> int | None:
        ends = [found.end() for found in _SENTENCE.finditer(self._text)]
        if self._first:
            ends += [found.end() for found in _CLAUSE.finditer(self._text, FIRST_CLAUSE)]
        whole = [end for end in sorted(ends) if self._text[:end].strip() and not _ABBREVIATION.search(self._text[:end])]
        return whole[0] if whole else None

    def rest(self) -> Iterator[str]:
        """What is left when the answer is complete."""
        if self._text.strip():
            yield self._text


def words(text: str) -> list[str]:
    """Text cut before its spaces: "it is 10:42" -> ["it", " is", " 10:42"]; joined, they are the text again."""
    return re.findall(r"\s*\S+\s*$|\s*\S+", text) or ([text] if text else [])


def proportioned(text: str, sound: bytes) -> list[tuple[str, bytes]]:
    """Each word with its share of PCM16 by its letters."""
    found = words(text)
    ends = accumulate(map(len, found), initial=0)
    edges = [len(sound) // 2 * end // max(1, len(text)) * 2 for end in ends]
    return [(word, sound[start:end]) for word, (start, end) in zip(found, pairwise(edges), strict=True)]


class Paced:
    """Lays words over sound whose end is not known yet, at the pace of ordinary speech."""

    def __init__(self, text: str) -> None:
        found = words(text)
        starts = [MS_PER_CHARACTER * length for length in accumulate(map(len, found), initial=0)]
        self._waiting = list(zip(starts, found, strict=False))
        self._sound_ms = 0.0

    def take(self, sound: bytes) -> Iterator[tuple[str, bytes]]:
        """The words that begin before this sound ends, the sound with the last of them."""
        self._sound_ms += pcm.duration_ms(sound)
        due = [word for start, word in self._waiting if start < self._sound_ms]
        del self._waiting[: len(due)]
        for word in due[:-1]:
            yield word, b""
        yield due[-1] if due else "", sound

    def forget(self) -> None:
        """The words are known from elsewhere."""
        self._waiting.clear()

    def rest(self) -> Iterator[tuple[str, bytes]]:
        """Words for which the sound was too short."""
        for _, word in self._waiting:
            yield word, b""
