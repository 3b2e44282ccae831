"""A phrase book: which phrase a text is, the same phrase in another language, and the nearest where it is none."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from labkit.errors import MissingPartError, UsageError
from labkit.phrases.pattern import Pattern
from labkit.phrases.phrase import Phrase, Wrong, make
from labkit.phrases.slots import Value
from labkit.phrases.text import LANGUAGES, UNDERSTOOD, plain, words

LONGEST = 300
"""Characters; no phrase is longer."""
RARE = 80.0
"""What a word that only one phrase has counts for `nearest`, where equal letters count 100."""
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True)
class Match:
    """A text that is in the book."""

    phrase: Phrase
    language: str
    """Of the text."""
    slots: Mapping[str, Value]
    """The values by the labels of the slots."""


@dataclass(frozen=True)
class Book:
    """Phrases; a book never changes, `with_phrase` gives a new one."""

    phrases: tuple[Phrase, ...] = ()

    def __len__(self) -> int:
        return len(self.phrases)

    def match(self, text: str, language: str | None = None) -> Match | None:
        """The phrase that a text is, but for accents, capitals, punctuation and contractions; None where it is none.

        Without a language, every one is tried: a text is of the language in which it is a phrase. A number, time or
        price that cannot be is a `UsageError`, whose message is in the language of the text and can be spoken.
        """
        impossible: UsageError | None = None
        for tried in [_understood(language)] if language else UNDERSTOOD:
            try:
                found = self._match(text, tried)
            except UsageError as error:
                impossible = impossible or error
                continue
            if found:
                return found
        if impossible:
            raise impossible
        return None

    def _match(self, text: str, language: str) -> Match | None:
        if len(text) > LONGEST:
            return None
        fixed = self._fixed[language].get(plain(text, language))
        if fixed:
            return Match(fixed, language, {})
        said = words(text, language)
        impossible: UsageError | None = None
        for pattern, phrase in self._slotted[language]:
            try:
                values = pattern.read(said, text)
            except UsageError as error:
                impossible = impossible or error
                continue
            if values is not None:
                return Match(phrase, language, values)
        if impossible:
            raise impossible
        return None

    def translate(self, match: Match, to: str) -> str:
        """The phrase in another language: written, and speakable."""
        return _text(match.phrase, to).fill(match.slots)

    def gloss(self, match: Match, to: str) -> list[tuple[str, str]]:
        """The translation word by word with what each word means in English; empty where nothing is notable."""
        pairs = match.phrase.glosses.get(to, ())
        said = match.slots
        return [(piece.fill(said, capital=False), literal.fill(said, capital=False)) for piece, literal in pairs]

    def nearest(self, text: str, language: str, count: int = 3) -> list[str]:
        """The phrases most like a text, best first, with examples in their slots: by their letters and rare words."""
        try:
            from rapidfuzz import fuzz
        except ImportError as error:
            raise MissingPartError('rapidfuzz is not installed: run  pip install "labkit[engine]".') from error
        said = plain(text[:LONGEST], _understood(language))
        examples, rarity = self._examples[language], self._rarity[language]
        score = {
            example: fuzz.token_sort_ratio(said, example)
            + RARE * sum(rarity[word] for word in set(example.split()) & set(said.split()))
            for example in examples
        }
        best = sorted(examples, key=lambda example: -score[example])
        return list(dict.fromkeys(examples[example] for example in best))[:count]

    def sentences(self, language: str, group: str | None = None, *, also: bool = False) -> list[str]:
        """Everything that can be said, with sample values in the slots: the closed grammar of an ear.

        With `also`, the other ways of saying it too.
        """
        if group is not None and group not in self.groups:
            raise UsageError(f'There is no group "{group}": the groups are {", ".join(self.groups)}.')
        listed = [phrase for phrase in self.phrases if group in {None, phrase.group}]
        texts = [phrase.texts[language] for phrase in listed if _named(language) in phrase.texts]
        if also:
            texts += [text for phrase in listed for text in phrase.also.get(language, ())]
        return list(dict.fromkeys(text.fill(values) for text in texts for values in text.examples()))

    def language_of(self, text: str, among: Sequence[str] = tuple(LANGUAGES)) -> str | None:
        """The language of a text, in the book or not: the one whose phrases have most of its words.

        None where no word is known; the first of several that have as many.
        """
        if "zh" in among and _CHINESE.search(text):
            return "zh"
        found = dict.fromkeys(among, 0.0)
        for language in among:
            for word in words(text[:LONGEST], language):
                known = self._languages.get(word.plain, ())
                found[language] += 1 / len(known) if language in known else 0.0
        best = max(among, key=lambda language: found[language])
        return best if found[best] else None

    @property
    def groups(self) -> list[str]:
        """The names of the groups, in order."""
        return list(dict.fromkeys(phrase.group for phrase in self.phrases))

    def with_phrase(self, entry: Mapping[str, Any], group: str = "your own") -> Book:
        """A book with one more phrase; UsageError says what is wrong with it:

        book.with_phrase({"en": "I need {number a|nail|nails}.", "es": "Necesito {number un|clavo|clavos}."})
        """
        try:
            phrase = make(entry, group)
            known = {(language, pattern.plain) for other in self.phrases for language, pattern in other.patterns}
            _check_new(phrase, known)
        except Wrong as error:
            raise UsageError(f"This phrase cannot be added: {error}.") from error
        return Book((*self.phrases, phrase))

    @cached_property
    def _fixed(self) -> dict[str, dict[str, Phrase]]:
        """Per language, the phrases without slots by their plain text."""
        found: dict[str, dict[str, Phrase]] = {language: {} for language in LANGUAGES}
        for phrase in self.phrases:
            for language, pattern in phrase.patterns:
                if not pattern.slots:
                    found[language].setdefault(pattern.plain, phrase)
        return found

    @cached_property
    def _slotted(self) -> dict[str, list[tuple[Pattern, Phrase]]]:
        """Per language, the patterns with slots; those with most words first, so that a name never takes them."""
        found: dict[str, list[tuple[Pattern, Phrase]]] = {language: [] for language in LANGUAGES}
        for phrase in self.phrases:
            for language, pattern in phrase.patterns:
                if pattern.slots:
                    found[language].append((pattern, phrase))
        for patterns in found.values():
            patterns.sort(key=lambda pair: -len(pair[0].plain.split()))
        return found

    @cached_property
    def _examples(self) -> dict[str, dict[str, str]]:
        """Per language, an example of every pattern as plain text → the example to show for its phrase."""
        found: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
        for phrase in self.phrases:
            for language, pattern in phrase.patterns:
                values = pattern.examples()[0]
                found[language][plain(pattern.fill(values), language)] = phrase.texts[language].fill(values)
        return found

    @cached_property
    def _languages(self) -> dict[str, set[str]]:
        """Every plain word of all sentences → the languages that have it."""
        found: dict[str, set[str]] = {}
        for language in UNDERSTOOD:
            for word in " ".join(plain(text, language) for text in self.sentences(language, also=True)).split():
                found.setdefault(word, set()).add(language)
        return found

    @cached_property
    def _rarity(self) -> dict[str, dict[str, float]]:
        """Per language, how much a word says about the phrase: 1 where only one phrase has it."""
        counts = {
            language: Counter(word for example in examples for word in set(example.split()))
            for language, examples in self._examples.items()
        }
        return {language: {word: n**-0.5 for word, n in count.items()} for language, count in counts.items()}


def load(text: str, name: str = "the phrase book") -> Book:
    """The book that a TOML text is: [[group]] before each phrase. UsageError says which line is wrong, and how."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{name} cannot be read: {error}.") from error
    phrases: list[Phrase] = []
    known: set[tuple[str, str]] = set()
    for group, entries in content.items():
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise UsageError(f"{name}: begin every phrase with [[{group}]], in double brackets.")
        for count, entry in enumerate(entries):
            try:
                phrases.append(make(entry, group))
                _check_new(phrases[-1], known)
            except Wrong as error:
                raise UsageError(f"{name}, line {_line(text, group, count, error.key)}: {error}.") from error
            known |= {(language, pattern.plain) for language, pattern in phrases[-1].patterns}
    return Book(tuple(phrases))


def _line(text: str, group: str, count: int, key: str) -> int:
    """Where a key of a phrase stands; without one, where the phrase begins."""
    lines = text.splitlines()
    headers = [number for number, line in enumerate(lines) if re.match(rf"\s*\[\[\s*\"?{re.escape(group)}\b", line)]
    start = headers[count] if count < len(headers) else 0
    for number, line in enumerate(lines[start + 1 :], start + 1):
        if line.lstrip().startswith("[["):
            break
        if key and re.match(rf"\s*\"?{re.escape(key)}\b", line):
            return number + 1
    return start + 1


def _check_new(phrase: Phrase, known: set[tuple[str, str]]) -> None:
    for language, pattern in phrase.patterns:
        if (language, pattern.plain) in known:
            raise Wrong(f'"{pattern.source}" is in the book already', language)


def _text(phrase: Phrase, language: str) -> Pattern:
    if _named(language) not in phrase.texts:
        raise UsageError(f'"{phrase.english}" has no {LANGUAGES[language]} text: add one to the phrase.')
    return phrase.texts[language]


def _named(language: str) -> str:
    if language not in LANGUAGES:
        raise UsageError(f'There is no language "{language}" in the book: it has {", ".join(LANGUAGES)}.')
    return language


def _understood(language: str) -> str:
    if language not in UNDERSTOOD:
        raise UsageError(f'The book does not understand "{language}": it understands {", ".join(UNDERSTOOD)}.')
    return language
