"""The five kinds of slots: how a value is said in a language, read back, and which values the ear may expect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from labkit.phrases import numbers, prices, times
from labkit.phrases.prices import Price
from labkit.phrases.text import UNDERSTOOD, Word, plain
from labkit.phrases.times import Time

Value = int | str | Time | Price
"""A number 0..999, a name, a time, a price; a weekday is a number, Monday 0."""


class Kind(Protocol):
    """One kind of slot. `forms` are the words after the kind in the book, as in {number un|café|cafés}."""

    samples: Sequence[Value]
    """Values that the ear can tell apart in every language, at least three sounds from each other (but for one and
    two, and the days of the week); the first is the example."""

    def words(self, value: Value, language: str, forms: Sequence[str]) -> str:
        """The value as it is written and spoken."""

    def read(self, said: Sequence[Word], text: str, language: str, forms: Sequence[str]) -> Value | None:
        """The value that these words of the text say, or None."""

    def looks(self, said: Sequence[Word], language: str, forms: Sequence[str]) -> bool:
        """Whether the words are meant as a value of this kind, even an impossible one."""

    def fault(self, forms: Sequence[str], language: str) -> str:
        """What is wrong with the forms, or nothing."""


def _joined(said: Sequence[Word]) -> str:
    return " ".join(word.plain for word in said)


def _numeric(said: Sequence[Word], language: str) -> bool:
    return any(numbers.vocabulary(language).fullmatch(word.plain) for word in said)


class Number:
    """A whole number 0..999, with the noun that it counts."""

    samples: Sequence[Value] = (2, 4, 1, 18, 24, 30, 42, 70, 99, 120, 250, 500)

    def words(self, value: Value, language: str, forms: Sequence[str]) -> str:
        assert isinstance(value, int)
        number = numbers.words(value, language, forms[0] if forms else "")
        if len(forms) < 3:
            return number
        single = value == 1 or (language == "fr" and value == 0)
        return f"{number} {forms[1 if single else 2]}"

    def read(self, said: Sequence[Word], text: str, language: str, forms: Sequence[str]) -> Value | None:
        number = self._counted(said, language, forms)
        return None if number is None else numbers.read(number, language)

    def looks(self, said: Sequence[Word], language: str, forms: Sequence[str]) -> bool:
        number = self._counted(said, language, forms)
        return bool(number) and all(numbers.vocabulary(language).fullmatch(word) for word in (number or "").split())

    @staticmethod
    def _counted(said: Sequence[Word], language: str, forms: Sequence[str]) -> str | None:
        """The words without the noun; None where the noun is missing."""
        number = _joined(said)
        for noun in forms[1:]:
            number_alone = number.removesuffix(f" {plain(noun, language)}")
            if number_alone != number:
                return number_alone
        return number if len(forms) < 3 else None

    def fault(self, forms: Sequence[str], language: str) -> str:
        if len(forms) not in {0, 1, 3}:
            return "needs a word for one, a singular and a plural, as in {number one|coffee|coffees}"
        if forms and forms[0] not in numbers.ONES[language]:
            return f'has "{forms[0]}" for the number one, which is one of: {", ".join(numbers.ONES[language])}'
        return ""


class Clock:
    """A time of day; its forms are the words before one o'clock and before all others, as in {time es|son}."""

    samples: Sequence[Value] = (
        Time(9, 30),
        Time(3),
        Time(1),
        Time(4, 15),
        Time(12, 15),
        Time(6, 30),
        Time(7),
        Time(10, 45),
    )

    def words(self, value: Value, language: str, forms: Sequence[str]) -> str:
        assert isinstance(value, Time)
        said = times.words(value, language)
        if not forms:
            return said
        return f"{forms[0 if said.startswith('la ') else 1]} {said}"

    def read(self, said: Sequence[Word], text: str, language: str, forms: Sequence[str]) -> Value | None:
        return times.read(_joined(self._bare(said, language, forms)), language)

    def looks(self, said: Sequence[Word], language: str, forms: Sequence[str]) -> bool:
        bare = self._bare(said, language, forms)
        return _numeric(bare, language) and all(times.vocabulary(language).fullmatch(word.plain) for word in bare)

    @staticmethod
    def _bare(said: Sequence[Word], language: str, forms: Sequence[str]) -> Sequence[Word]:
        """The words without the word before; nothing where it is missing."""
        if not forms:
            return said
        return said[1:] if said[0].plain in {plain(form, language) for form in forms} else ()

    def fault(self, forms: Sequence[str], language: str) -> str:
        if forms and (language != "es" or len(forms) != 2):
            return "takes two words in Spanish, as in {time es|son}, and none in other languages"
        return ""


class Money:
    """A price below 1000."""

    samples: Sequence[Value] = tuple(Price(cents) for cents in (1250, 300, 100, 1999, 50, 9900, 7500, 20000))

    def words(self, value: Value, language: str, forms: Sequence[str]) -> str:
        assert isinstance(value, Price)
        return prices.words(value, language)

    def read(self, said: Sequence[Word], text: str, language: str, forms: Sequence[str]) -> Value | None:
        return prices.read(_joined(said), language)

    def looks(self, said: Sequence[Word], language: str, forms: Sequence[str]) -> bool:
        return _numeric(said, language) and all(prices.vocabulary(language).fullmatch(word.plain) for word in said)

    def fault(self, forms: Sequence[str], language: str) -> str:
        return "takes no words, as in {price}" if forms else ""


_PARTICLES = "da de del der di du el la le los van von y"
_NEVER_FIRST = {
    "en": """a an the my your his her our their this that these those it he she we they you i who what which everybody
        everyone nobody somebody someone there here not no yes now today then and but so maybe please""",
    "es": """el la los las un una mi su tu mis sus yo usted ustedes ella ellos ellas nosotros esto eso esta este ese esa
        quien quienes que alguien nadie todos no si ahora hoy y pero bueno""",
    "fr": """il elle on ils elles ce cet cette ca le la les un une mon ma mes ton ta tes son sa ses notre votre nos vos
        qui personne tout tous je tu nous vous non oui maintenant et mais alors""",
    "de": """er sie es wir ihr ich du das der die dem den ein eine einen mein meine meinen dein deine ihre ihren unser
        unsere dieser diese dieses wer was jemand niemand alle nicht nein ja kein keine jetzt heute und aber dann""",
}


class Name:
    """A person's name of up to six words, the same in every language.

    In a text with capitals each of its words has one ("de" and "van" need none); in one without, a name is one word.
    A name never begins with an article or a pronoun.
    """

    samples: Sequence[Value] = ("Anna", "Carlos", "Sofia", "Thomas", "Miguel", "Robert")

    def words(self, value: Value, language: str, forms: Sequence[str]) -> str:
        return str(value)

    def read(self, said: Sequence[Word], text: str, language: str, forms: Sequence[str]) -> Value | None:
        name = text[said[0].start : said[-1].end]
        if (
            len(said) > 6
            or said[0].plain in _NEVER_FIRST[language].split()
            or not all(word.plain.isalpha() for word in said)
        ):
            return None
        if text == text.lower() and any(letter != letter.upper() for letter in name):
            return name.capitalize() if len(said) == 1 else None
        small = [word for word in said if text[word.start].islower() and word.plain not in _PARTICLES.split()]
        return None if small or text[said[-1].start].islower() else name

    def looks(self, said: Sequence[Word], language: str, forms: Sequence[str]) -> bool:
        return False

    def fault(self, forms: Sequence[str], language: str) -> str:
        return "takes no words, as in {name}" if forms else ""


_DAYS = {
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "es": "lunes martes miércoles jueves viernes sábado domingo",
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "de": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
    "zh": "星期一 星期二 星期三 星期四 星期五 星期六 星期天",
}


class Weekday:
    """A day of the week, Monday 0."""

    samples: Sequence[Value] = tuple(range(7))

    def words(self, value: Value, language: str, forms: Sequence[str]) -> str:
        assert isinstance(value, int)
        return _DAYS[language].split()[value]

    def read(self, said: Sequence[Word], text: str, language: str, forms: Sequence[str]) -> Value | None:
        day = _joined(said).replace("sonnabend", "samstag")
        days = plain(_DAYS[language], language).split()
        return days.index(day) if day in days else None

    def looks(self, said: Sequence[Word], language: str, forms: Sequence[str]) -> bool:
        return False

    def fault(self, forms: Sequence[str], language: str) -> str:
        return "takes no words, as in {weekday}" if forms else ""


KINDS: dict[str, Kind] = {"number": Number(), "time": Clock(), "price": Money(), "name": Name(), "weekday": Weekday()}

_PROBLEMS = {
    "number": {
        "en": "The phrase book knows the numbers from 0 to 999, and “{}” is none of them.",
        "es": "El libro de frases conoce los números de 0 a 999, y «{}» no es ninguno de ellos.",
        "fr": "Le guide de conversation connaît les nombres de 0 à 999, et « {} » n'en est pas un.",
        "de": "Der Sprachführer kennt die Zahlen von 0 bis 999, und „{}“ ist keine davon.",
    },
    "time": {
        "en": "“{}” is no time of day.",
        "es": "«{}» no es una hora del día.",
        "fr": "« {} » n'est pas une heure de la journée.",
        "de": "„{}“ ist keine Uhrzeit.",
    },
    "price": {
        "en": "The phrase book knows prices below 1000 euros, dollars, pounds or yuan, and “{}” is none.",
        "es": "El libro de frases conoce precios de menos de 1000 euros, dólares, libras o yuanes, y «{}» no es uno.",
        "fr": "Le guide connaît les prix de moins de 1000 euros, dollars, livres ou yuans, et « {} » n'en est pas un.",
        "de": "Der Sprachführer kennt Preise unter 1000 Euro, Dollar, Pfund oder Yuan, und „{}“ ist keiner.",
    },
}


def problem(kind: str, said: str, language: str) -> str:
    """The sentence for a value that is impossible, in the language of the text."""
    assert language in UNDERSTOOD
    return _PROBLEMS[kind][language].format(said)
