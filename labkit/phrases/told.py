"""Phrases of one's own, told to a model in its instructions: a hosted one reads them, the embedded one adds them."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from labkit.errors import UsageError
from labkit.phrases import BOOK, Book

log = logging.getLogger("labkit.phrases")
HEADING = (
    "Say these phrases in exactly these words; {number}, {time}, {price}, {name} and {weekday} stand for any value:"
)
MOST = 50
"""Phrases that may be told."""


def lines(entries: Sequence[Mapping[str, Any]]) -> str:
    """Phrases as the end of a model's instructions; `entries` are as `Book.with_phrase` takes them."""
    if not entries:
        return ""
    return "\n".join(["", HEADING, *(json.dumps(dict(entry), ensure_ascii=False) for entry in entries)])


def own(entries: Sequence[Mapping[str, Any]]) -> Book:
    """A book of these phrases alone.

    Raises `UsageError` for one that cannot be a phrase, one that labkit's own book has, and for more than 50.
    """
    if len(entries) > MOST:
        raise UsageError(f"At most {MOST} phrases of your own can be told; these are {len(entries)}.")
    book = BOOK
    for entry in entries:
        book = book.with_phrase(entry)
    return Book(book.phrases[len(BOOK) :])


@lru_cache(maxsize=8)
def book(instructions: str) -> Book:
    """The book of labkit with the phrases that these instructions tell; one that cannot be a phrase is left out."""
    found = BOOK
    for entry in _entries(instructions):
        try:
            found = found.with_phrase(entry)
        except UsageError as error:
            log.warning("a phrase of the instructions was left out: %s", error)
    return found


def _entries(instructions: str) -> Iterator[Mapping[str, Any]]:
    told = instructions.partition(HEADING)[2].splitlines()[1 : MOST + 1]
    for line in told:
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):  # the latter for brackets without end
            return
        if isinstance(entry, dict):
            yield entry
