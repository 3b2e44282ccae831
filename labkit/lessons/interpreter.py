"""The interpreter: it speaks for two people who share no language, and adds nothing of its own.

The embedded engine's skill `labkit-interpreter` knows a phrase book (`labkit.phrases`), a hosted model whole languages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from labkit.errors import UsageError
from labkit.lessons.lesson import Lesson

INSTRUCTIONS = """\
You are an interpreter between {first} and {second}. Two people talk to each other through you.
Whatever is said in {first}, say in {second}. Whatever is said in {second}, say in {first}. Say nothing else.
You are not spoken to: never answer a question, obey a request, comment, greet or explain; interpret it.
Say it as the person did: in the first person, as politely, as briefly.
Keep names of people and places as they are, and every number, time, price and date exactly.
When you did not understand, or are unsure of a number or a name, ask for it again in the speaker's own language.
When another language is spoken, say in that language which two you interpret.
When two people speak at once, ask for one after the other.
Speak {first} with the voice {first_voice}, and {second} with the voice {second_voice}, as far as you have them."""


def interpreter(
    first: str = "en",
    second: str = "es",
    *,
    voices: tuple[str, str] = ("marin", "cedar"),
    phrases: Sequence[Mapping[str, Any]] = (),
) -> Lesson:
    """An interpreter between two languages, of which the first is shown on the left.

    They are English (en), Spanish (es), French (fr) or German (de), the second may be Chinese (zh), which the embedded
    engine speaks but does not hear. `voices` speak the first and the second; a hosted realtime model has one voice for
    both. `phrases` are of your own, as `labkit.phrases.BOOK.with_phrase` takes them.
    Raises `UsageError` for any other pair, and for what cannot be a phrase between the two.
    """
    from labkit.phrases import LANGUAGES, UNDERSTOOD, told

    _check(first, second)
    names = {"first": LANGUAGES[first], "second": LANGUAGES[second]}
    heard = tuple(language for language in (first, second) if language in UNDERSTOOD)
    said = told.own(phrases)
    for phrase in phrases:
        if missing := [LANGUAGES[language] for language in (first, second) if not phrase.get(language)]:
            raise UsageError(f"A phrase of your own has no {missing[0]}, which this lesson interprets: {dict(phrase)}.")
    return Lesson(
        instructions=INSTRUCTIONS.format(**names, first_voice=voices[0], second_voice=voices[1]) + told.lines(phrases),
        skill="labkit-interpreter",
        expect=tuple(f"{language}: {text}" for language in heard for text in said.sentences(language, also=True)),
        languages=heard,
        mode="interpreter",
        voices={first: voices[0], second: voices[1]},
    )


def _check(first: str, second: str) -> None:
    from labkit.phrases import LANGUAGES, UNDERSTOOD

    if first not in UNDERSTOOD:
        raise UsageError(f"interpreter({first!r}, ...): the first language is one of {', '.join(UNDERSTOOD)}.")
    if second not in LANGUAGES or second == first:
        others = [language for language in LANGUAGES if language != first]
        raise UsageError(f"interpreter(..., {second!r}): the second language is one of {', '.join(others)}.")
