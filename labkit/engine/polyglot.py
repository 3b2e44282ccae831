"""An ear for several languages: a recogniser for each, behind the interface of one.

- English alone, few sentences: exactly `recogniser.Recogniser`.
- A whole phrase book, or another language: `foreign_recogniser.ForeignRecogniser` listens, in every language, and
  the one whose listed sentence fits the sound best has heard it, or declines it. Of a whole book it hears more than
  `Recogniser` does, in less than half of its time.
- Few sentences in English beside another language: `Recogniser` listens too and, where English fits best, decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from labkit.engine.foreign import in_sentences
from labkit.engine.foreign_recogniser import ForeignRecogniser
from labkit.engine.grammar import ENGLISH, Listed, by_language
from labkit.engine.hearing import Hearing
from labkit.engine.recogniser import Partial, Recogniser
from labkit.pcm import Samples

FEW = 400
"""English sentences that are left to `Recogniser`, which declines more surely."""


class Polyglot:
    """Recognises one utterance at a time, in any of the languages whose sentences are listed."""

    def __init__(self) -> None:
        self._english = Recogniser()
        self._by_phones = ForeignRecogniser(self._pronounced)
        self._words_too = self._words_alone = True
        """Whether `Recogniser` listens, and whether nobody else does."""

    def _pronounced(self, sentences: Iterable[str], language: str) -> Mapping[str, Sequence[str]]:
        """How words sound."""
        if language != ENGLISH:
            return in_sentences(sentences, language)
        return {word: [self._english.pronounced(word)] for sentence in sentences for word in sentence.split()}

    def listen_for(self, listed: Listed) -> None:
        """Replace the listed sentences; an utterance that is still open is abandoned."""
        self.abandon()
        sentences = by_language(listed)
        english = sentences.get(ENGLISH, ())
        self._words_too = not sentences or (ENGLISH in sentences and len(english) <= FEW)
        self._words_alone = self._words_too and len(sentences) <= 1
        self._english.listen_for(english if self._words_too else ())
        self._by_phones.listen_for({} if self._words_alone else sentences)

    @property
    def _all(self) -> list[Recogniser | ForeignRecogniser]:
        both: list[Recogniser | ForeignRecogniser] = [self._english, self._by_phones]
        return both[0 if self._words_too else 1 : 1 if self._words_alone else 2]

    @property
    def active(self) -> bool:
        """An utterance is open."""
        return any(recogniser.active for recogniser in self._all)

    def forget_channel(self) -> None:
        """Another person, another microphone."""
        self._english.forget_channel()

    def start(self, voice: Samples, *, careful: bool = False) -> None:
        """Open an utterance that begins like this."""
        for recogniser in self._all:
            recogniser.start(voice, careful=careful)

    def feed(self, samples: Samples) -> None:
        """Decode more of the utterance."""
        for recogniser in self._all:
            recogniser.feed(samples)

    def _decides(self) -> Recogniser | ForeignRecogniser:
        """Who heard it, by the language of the listed sentence that fits best."""
        words = self._words_alone or (self._words_too and self._by_phones.language == ENGLISH)
        return self._english if words else self._by_phones

    def partial(self) -> Partial:
        """What it sounds like so far, in the language that fits best."""
        return self._decides().partial()

    def finish(self) -> Hearing:
        """Say what the utterance was, in the language that fits best."""
        return self._decides().finish()

    def abandon(self) -> None:
        """Close the utterance, if it is open."""
        for recogniser in self._all:
            recogniser.abandon()
