"""The listed sentences: normalised, as a tree of words, and how unknown words are pronounced.

The tree answers three questions: which sentences can be decoded (`transitions`, for the closed decoder), which
other orders of their words could have been said (`loose_transitions`, for the one that doubts it), and what may
still follow the words heard so far (`state`, for deciding that a turn is over).
Sentences of other languages than English keep their accents: `foreign` says how their words sound.
Left out on purpose: slots and weights.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise

from labkit.engine.skills.spelling import number_words

MAX_SENTENCES = 2000
"""More are left out: building the decoder's graph takes about 0.05 ms a sentence."""
MAX_WORDS = 40
"""Longer sentences are left out."""


STRAY = 0.02
"""Probability that a word is followed by one that follows it in no sentence. Least wrong of 0.02, 0.1 and 0.3."""

ENGLISH = "en"
LANGUAGES = (ENGLISH, "es", "fr", "de")
"""Languages whose listed sentences can be heard."""
Listed = Sequence[str] | Mapping[str, Sequence[str]]
"""Sentences to listen for, by their language; English where none is named."""

Step = tuple[int, int, float] | tuple[int, int, float, str]
"""From a state, to a state, probability; and the word, where there is one."""


class State(enum.Enum):
    """What may follow the words heard so far."""

    OUTSIDE = "outside"
    PREFIX = "prefix"
    EXTENSIBLE = "extensible"
    TERMINAL = "terminal"


def spoken_number(number: int) -> str:
    """0..999999 in words as they are spoken, without "and"; larger numbers digit by digit."""
    if number < 100:
        return number_words(number)
    for size, name in ((1000, "thousand"), (100, "hundred")):
        if size <= number < 1_000_000:
            head, rest = divmod(number, size)
            return f"{spoken_number(head)} {name}" + (f" {spoken_number(rest)}" if rest else "")
    return " ".join(number_words(int(digit)) for digit in str(number))


_SPOKEN = {"&": " and ", "%": " percent ", "+": " plus ", "=": " equals ", "mr.": "mister", "mrs.": "missus"}


def language_of(tag: str) -> str:
    """A language tag such as "es-MX" without its region."""
    return tag.strip().lower().replace("_", "-").partition("-")[0]


def by_language(listed: Listed) -> dict[str, list[str]]:
    """Listed sentences under the names of their languages."""
    if isinstance(listed, Mapping):
        return {language: list(sentences) for language, sentences in listed.items()}
    return {ENGLISH: list(listed)}


def normalise(sentence: str, language: str = ENGLISH) -> str:
    """Lower case without punctuation; "" when nothing that can be spoken is left, or other letters than Latin ones.

    English numbers become words and accents go; other languages keep both, and their "allez-vous" is one word.
    """
    if language != ENGLISH:
        return _accented(sentence)
    text = unicodedata.normalize("NFKD", sentence.lower().replace("\u2019", "'"))
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    for sign, spoken in _SPOKEN.items():
        text = text.replace(sign, spoken)
    if re.search(r"[^\W\d_a-z]", text):
        return ""
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    text = re.sub(r"[0-9]{1,12}", lambda match: f" {spoken_number(int(match.group()))} ", text)
    words = (word.strip("'") for word in re.sub(r"[^a-z']+", " ", text).split())
    return " ".join(word for word in words if word)


def _accented(sentence: str) -> str:
    text = unicodedata.normalize("NFC", sentence.lower().replace("\u2019", "'"))
    if any(letter.isalpha() and "LATIN" not in unicodedata.name(letter, "") for letter in text):
        return ""
    words = (word.strip("'-") for word in re.sub(r"[^\w'-]+|_", " ", text).split())
    return " ".join(word for word in words if word)


class Grammar:
    """A closed list of sentences as a tree of words."""

    def __init__(self, sentences: Iterable[str], language: str = ENGLISH) -> None:
        self._language = language
        self.originals: dict[str, str] = {}
        """Normalised sentence → as it was listed; of two that sound the same the first counts."""
        self.left_out: list[str] = []
        """Sentences that cannot be heard: not in Latin letters, too long, or too many."""
        self._children: list[dict[str, int]] = [{}]
        self._through = [0]
        self._ends: set[int] = set()
        for sentence in sentences:
            self._add(sentence)

    def _add(self, sentence: str) -> None:
        words = normalise(sentence, self._language).split()
        plain = " ".join(words)
        if plain in self.originals:
            return
        if not words or len(words) > MAX_WORDS or len(self.originals) >= MAX_SENTENCES:
            self.left_out.append(sentence)
            return
        self.originals[plain] = sentence.strip()
        node = 0
        self._through[0] += 1
        for word in words:
            node = self._child(node, word)
            self._through[node] += 1
        self._ends.add(node)

    def _child(self, node: int, word: str) -> int:
        child = self._children[node].get(word)
        if child is None:
            child = self._children[node][word] = len(self._children)
            self._children.append({})
            self._through.append(0)
        return child

    @property
    def words(self) -> set[str]:
        """Every word of every sentence."""
        return {word for children in self._children for word in children}

    def transitions(self) -> tuple[int, list[Step]]:
        """The final state, and every step of a closed decoder; every sentence is as likely."""
        final = len(self._children)
        steps: list[Step] = []
        for node, children in enumerate(self._children):
            for word, child in children.items():
                steps.append((node, child, self._through[child] / self._through[node], word))
            if node in self._ends:
                steps.append((node, final, 1 / self._through[node]))
        return final, steps

    def loose_transitions(self) -> tuple[int, list[Step]]:
        """The same for any order of the listed words: pairs as they are listed, and at a price any other."""
        sentences = [("", *sentence.split(), "") for sentence in self.originals]
        pairs = Counter(pair for sentence in sentences for pair in pairwise(sentence))
        before = Counter(word for sentence in sentences for word in sentence[:-1])
        states = {word: number for number, word in enumerate(("", *sorted(self.words)))}
        anywhere, final = len(states), len(states) + 1
        steps: list[Step] = [(number, anywhere, STRAY) for number in states.values()]
        for (word, following), count in pairs.items():
            likely = (1 - STRAY) * count / before[word]
            steps.append(_step(states[word], states[following] if following else final, likely, following))
        spoken = before.total() - before[""]
        steps += [_step(anywhere, states[word], before[word] / spoken, word) for word in sorted(self.words)]
        return final, [*steps, (anywhere, final, STRAY)]

    def state(self, text: str) -> State:
        """What may follow these normalised words."""
        node = 0
        for word in text.split():
            found = self._children[node].get(word)
            if found is None:
                return State.OUTSIDE
            node = found
        if node not in self._ends:
            return State.PREFIX
        return State.EXTENSIBLE if self._children[node] else State.TERMINAL


def _step(start: int, end: int, probability: float, word: str) -> Step:
    return (start, end, probability, word) if word else (start, end, probability)


# Letters → ARPABET phones, longest first: a rough guess that is better than leaving a name out.
_SOUNDS = {
    "tion": "SH AH N", "sion": "ZH AH N", "ough": "AO", "augh": "AO", "eigh": "EY", "tch": "CH", "igh": "AY",
    "sch": "SH", "dge": "JH", "ch": "CH", "sh": "SH", "th": "TH", "ph": "F", "wh": "W", "ck": "K", "ng": "NG",
    "qu": "K W", "kn": "N", "wr": "R", "gh": "G", "ee": "IY", "ea": "IY", "oo": "UW", "ou": "AW", "ow": "OW",
    "oi": "OY", "oy": "OY", "ai": "EY", "ay": "EY", "ei": "EY", "ey": "IY", "ie": "IY", "oa": "OW", "au": "AO",
    "aw": "AO", "ew": "UW", "ue": "UW", "ar": "AA R", "er": "ER", "ir": "ER", "ur": "ER", "or": "AO R",
    "a": "AE", "b": "B", "c": "K", "d": "D", "e": "EH", "f": "F", "g": "G", "h": "HH", "i": "IH", "j": "JH",
    "k": "K", "l": "L", "m": "M", "n": "N", "o": "AA", "p": "P", "q": "K", "r": "R", "s": "S", "t": "T",
    "u": "AH", "v": "V", "w": "W", "x": "K S", "y": "IY", "z": "Z",
}  # fmt: skip
_LONG = {"a": "EY", "e": "IY", "i": "AY", "o": "OW", "u": "UW"}


def spell_out(word: str) -> str:
    """A guess at how an English word sounds, as ARPABET phones separated by spaces."""
    word = re.sub(r"(.)\1+", r"\1", word) if not re.search(r"ee|oo", word) else word
    silent_e = re.fullmatch(r"(.*)([aeiou])([^aeiouwxy])e", word)
    if silent_e:
        head, vowel, consonant = silent_e.groups()
        return " ".join([*_letters(head), _LONG[vowel], *_letters(consonant)])
    return " ".join(_letters(word))


def _letters(word: str) -> list[str]:
    phones: list[str] = []
    position = 0
    while position < len(word):
        for size in (4, 3, 2, 1):
            sound = _SOUNDS.get(word[position : position + size])
            if sound:
                phones += sound.split()
                break
        position += size
    return phones


def pronounce(word: str, lookup: Callable[[str], str | None]) -> str:
    """Phones of a word: the dictionary's, else of its two parts, its possessive, or by its letters."""
    known = lookup(word)
    if known:
        return known
    if word.endswith("'s"):
        return f"{pronounce(word[:-2], lookup)} Z"
    plain = word.replace("'", "")
    for cut in range(len(plain) - 3, 2, -1):
        parts = lookup(plain[:cut]), lookup(plain[cut:])
        if parts[0] and parts[1]:
            return f"{parts[0]} {parts[1]}"
    return spell_out(plain) or "AH"
