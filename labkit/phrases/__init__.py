"""A reviewed phrase book between English, Spanish, French and German, and into Chinese.

    from labkit.phrases import BOOK

    match = BOOK.match("The train leaves at half past nine.", "en")
    BOOK.translate(match, "de")  # Der Zug fährt um halb zehn ab.

The phrases stand in `phrases.toml`, for everybody to read and extend. It is a phrase book: a sentence that is not
in it has no translation, only its nearest phrases.
"""

from __future__ import annotations

from importlib.resources import files

from labkit.phrases.book import Book, Match, load
from labkit.phrases.phrase import Phrase
from labkit.phrases.prices import Price
from labkit.phrases.slots import Value
from labkit.phrases.text import LANGUAGES, UNDERSTOOD
from labkit.phrases.times import Time

__all__ = ["BOOK", "LANGUAGES", "UNDERSTOOD", "Book", "Match", "Phrase", "Price", "Time", "Value", "load"]

BOOK = load(files(__package__).joinpath("phrases.toml").read_text("utf-8"), "phrases.toml")
"""The book that comes with labkit."""
