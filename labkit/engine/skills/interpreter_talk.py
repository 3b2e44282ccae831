"""A conversation through the interpreter: who said what in which language, and what is said to whom."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from labkit.engine.settings import VOICES
from labkit.engine.skills import Moment, Reply, Request
from labkit.engine.skills import interpreter_sayings as sayings
from labkit.engine.skills.interpreter_sayings import SHORT, say
from labkit.errors import UsageError
from labkit.phrases import LANGUAGES, UNDERSTOOD, Match, told
from labkit.phrases.text import plain

OFFERED = 3
"""Phrases, one after the other, for one sentence that was not understood."""
SAID_AGAIN = 3
"""Sentences of one person, at most, of which an answer is made when the answers before it were cut off."""
LONGEST_SHORT = 40
"""Characters: yes and no are shorter."""
ALL_THE_SAME = 5
"""Sentences in one language, with none in the other, until the other person is told how to be interpreted."""
ENDS = (".", "!", "?", "\u3002", "\uff01", "\uff1f")
"""Every sentence that is said here ends with one of these."""
_NAME = re.compile("|".join(LANGUAGES.values()))
_CODES = {name: code for code, name in LANGUAGES.items()}


@dataclass(frozen=True)
class Said:
    """What one person said, as far as it was understood."""

    language: str
    """The speaker's."""
    match: Match | None = None
    short: str = ""
    """"yes" or "no"."""
    sure: bool = True
    """False: the ear has only guessed."""
    impossible: str = ""
    """Why a number, time or price cannot be, in that language."""
    nothing: bool = False
    """There was sound and nothing in it."""
    nearest: Sequence[str] = ()
    """Phrases that may have been meant, the likeliest first."""


def pair(request: Request) -> tuple[str, str]:
    """The two languages: the first two that the instructions name, else those of the session."""
    named = [_CODES[name] for name in _NAME.findall(request.instructions)]
    first, second, *_ = dict.fromkeys([*named, *request.languages, "en", "es"])
    return first, second


def reply(request: Request) -> Reply:
    """What is said to whom."""
    return Talk(request).reply()


class Talk:
    """One request, and the conversation before it."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._pair = pair(request)
        self._book = told.book(request.instructions)
        self._heard = [language for language in self._pair if language in UNDERSTOOD]
        named = dict(re.findall(r"(\w+) with the voice (\w+)", request.instructions))
        self._voices = {_CODES[name]: voice for name, voice in named.items() if name in _CODES and voice in VOICES}
        self._moments = [m for m in request.moments if m.role == "assistant" or (m.role == "user" and not _shown(m))]

    @cached_property
    def _people(self) -> list[Moment]:
        return [moment for moment in self._moments if moment.role == "user"]

    def reply(self) -> Reply:
        """What is said to whom."""
        if not self._people or not self._request.has_words:
            return self._tell(self._heard[0], sayings.HELLO)
        said = self._said(self._people[-1])
        if said.short and (offered := self._offered()):
            return self._answered(said.short, *offered)
        if said.sure and (said.match or said.short):
            return self._interpreted(said)
        return self._declined(said)

    # -- understanding ---------------------------------------------------------------------------------------

    def _said(self, moment: Moment) -> Said:
        return self._spoken(moment) if moment.hearing else self._typed(moment.text)

    def _spoken(self, moment: Moment) -> Said:
        hearing = moment.hearing
        assert hearing is not None
        language = hearing.language if hearing.language in self._heard else self._heard[0]
        if not hearing.closed_text and not hearing.open_text:
            return Said(language, nothing=True)
        text = hearing.text if hearing.accepted else hearing.closed_text
        said = self._understood(text, language)
        if hearing.accepted and said:
            return said
        near = [*(hearing.nearest or [text]), *self._book.nearest(hearing.open_text or text, language)]
        meant = [like.match for each in near if (like := self._understood(each, language)) and like.match]
        found = dict.fromkeys(self._book.translate(match, language) for match in meant)
        return Said(language, short=said.short if said else "", sure=False, nearest=list(found))

    def _typed(self, text: str) -> Said:
        impossible: Said | None = None
        others = [language for language in UNDERSTOOD if language not in self._heard]
        for language in [*self._heard, *others]:
            said = self._understood(text, language)
            if said and not said.impossible:
                return said
            impossible = impossible or said
        language = self._book.language_of(text, [*self._heard, *others, "zh"]) or self._heard[0]
        near = self._book.nearest(text, language) if language in self._heard else []
        return impossible or Said(language, nearest=near)

    def _understood(self, text: str, language: str) -> Said | None:
        """What a text is in this language: yes, no, a phrase, or a number that cannot be; None for anything else."""
        if short := _short(text, language):
            return Said(language, short=short)
        try:
            match = self._book.match(text, language)
        except UsageError as error:
            return Said(language, impossible=str(error))
        return Said(language, match) if match else None

    # -- interpreting ----------------------------------------------------------------------------------------

    def _interpreted(self, said: Said) -> Reply:
        if said.language not in self._pair:
            return self._tell(said.language, sayings.THIRD, spoken=said.language)
        to = self._other(said.language)
        texts = [*self._cut_off(said.language), said]
        sentences = list(dict.fromkeys(self._translated(each, to) for each in texts))
        if self._all_the_same(said.language) and to in sayings.NAMES:
            sentences.append(say(sayings.ONLY_ONE, to, spoken=said.language, own=to))
        return self._speak(to, " ".join(sentences))

    def _translated(self, said: Said, to: str) -> str:
        return self._book.translate(said.match, to) if said.match else SHORT[said.short][to]

    def _other(self, language: str) -> str:
        return self._pair[0] if language == self._pair[1] else self._pair[1]

    def _cut_off(self, language: str) -> list[Said]:
        """What the same person said just before, whose answers were cut off by their going on."""
        found: list[Said] = []
        for answer, moment in _answers(self._moments):
            said = self._said(moment)
            if _is_whole(answer) or said.language != language or not said.match or len(found) == SAID_AGAIN - 1:
                break
            found.insert(0, said)
        return found

    def _all_the_same(self, language: str) -> bool:
        """Just now, and never before or again: so many sentences, and all in this language."""
        if len(self._people) > 2 * ALL_THE_SAME:
            return False
        spoken = [said.language for said in map(self._said, self._people) if said.sure and (said.match or said.short)]
        return spoken == [language] * ALL_THE_SAME

    # -- declining and offering ------------------------------------------------------------------------------

    def _declined(self, said: Said) -> Reply:
        if said.impossible:
            return self._speak(said.language, said.impossible)
        if said.nothing:
            return self._speak(said.language, say(sayings.SILENCE, said.language))
        if said.language == "zh":
            saying = sayings.NOT_HEARD if "zh" in self._pair else sayings.THIRD
            return self._tell(self._heard[0], saying, spoken="zh")
        if said.language not in self._heard:
            return self._tell(said.language, sayings.THIRD, spoken=said.language)
        why = self._say(said.language, self._reason())
        offers = [sayings.offer(phrase, said.language) for phrase in said.nearest[:1]]
        return self._speak(said.language, " ".join([why, *offers]))

    def _reason(self) -> dict[str, str]:
        if not self._people[-1].hearing:
            return sayings.UNKNOWN
        previous = next(_answers(self._moments), None)
        if previous and not _is_whole(previous[0]):
            return sayings.ONE_AT_A_TIME
        before = self._said(self._people[-2]) if self._people[1:] else None
        again = before is not None and not before.match and not before.short
        return sayings.HELLO if again else sayings.UNHEARD

    def _offered(self) -> tuple[str, Sequence[str]] | None:
        """What is on offer for something that was not understood: its language, and the phrases, the next one first."""
        for refused, moment in enumerate(reversed(self._people[:-1])):
            said = self._said(moment)
            if said.short != "no":
                offers = said.nearest[refused:OFFERED]
                return (said.language, offers) if offers else None
        return None

    def _answered(self, short: str, language: str, offers: Sequence[str]) -> Reply:
        """An offer was taken, or refused: then the next one is made."""
        match = self._book.match(offers[0], language)
        if short == "yes" and match:
            return self._interpreted(Said(language, match))
        if short == "no" and offers[1:]:
            return self._speak(language, sayings.offer(offers[1], language))
        return self._tell(language, sayings.OTHERWISE)

    # -- speaking --------------------------------------------------------------------------------------------

    def _say(self, language: str, saying: dict[str, str], **named: str) -> str:
        first, second = self._pair
        return say(saying, language, first=first, second=second, **named)

    def _tell(self, language: str, saying: dict[str, str], **named: str) -> Reply:
        return self._speak(language, self._say(language, saying, **named))

    def _speak(self, language: str, text: str) -> Reply:
        return Reply(text, language=language, voice=self._voices.get(language))


def _shown(moment: Moment) -> bool:
    """A picture without words."""
    return not moment.text and moment.hearing is None


def _short(text: str, language: str) -> str:
    """Whether a text is yes or no."""
    if len(text) > LONGEST_SHORT:
        return ""
    said = plain(text, language)
    return next((short for short, texts in SHORT.items() if said == plain(texts[language], language)), "")


def _answers(moments: Sequence[Moment]) -> Iterator[tuple[str, Moment]]:
    """What people said before the last of these, newest first, each with what was heard of the answer to it."""
    answer: list[str] = []
    newest = True
    for moment in reversed(moments):
        if moment.role == "assistant":
            answer.insert(0, moment.text)
            continue
        if not newest:
            yield " ".join(answer), moment
        answer, newest = [], False


def _is_whole(answer: str) -> bool:
    """Whether an answer was heard to its end."""
    return answer.endswith(ENDS)
