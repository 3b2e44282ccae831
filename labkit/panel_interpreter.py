"""The panel between two languages: its columns, and in which of them what was said and answered stands.

The embedded engine says in which language it heard a person. Of what was typed, of answers, and of other servers
nothing is known but the words: the phrase book's words tell two languages apart.
"""

from __future__ import annotations

from collections.abc import Sequence

from labkit.lessons import Lesson
from labkit.turns import Event, Turn

NAMES = {"en": "English", "es": "Español", "fr": "Français", "de": "Deutsch", "zh": "中文"}
"""Languages by the names that their own speakers read."""


def columns(lesson: Lesson) -> list[Event]:
    """The two columns of an interpreter's panel: language, name, and whether it is heard; none for other lessons."""
    if lesson.mode != "interpreter":
        return []
    guess("hello", tuple(lesson.voices))  # the first one takes 0.2 s: now, not while somebody talks
    return [
        {"language": language, "name": NAMES.get(language, language), "heard": language in lesson.languages}
        for language in lesson.voices
    ]


def sides(turn: Turn, languages: Sequence[str]) -> tuple[str, str]:
    """In which of two languages a turn was said, and in which it was answered; "" where that is not to be told."""
    said = turn.language if turn.language in languages else guess(turn.user, languages)
    answered = guess(turn.assistant, languages)
    if turn.user and not said:
        said = _other(answered, languages)
    return said, answered or _other(said, languages)


def guess(text: str, languages: Sequence[str]) -> str:
    """In which of these languages a text is; "" where no word of it is known."""
    from labkit.phrases import BOOK

    return BOOK.language_of(text, languages) or ""


def _other(language: str, languages: Sequence[str]) -> str:
    first, second = languages
    return {first: second, second: first}.get(language, "")
