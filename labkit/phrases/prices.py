"""Prices below 1000 as they are spoken in five languages, and back: "twelve euros fifty", "zwölf Euro fünfzig"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from labkit.phrases import numbers, text


@dataclass(frozen=True)
class Price:
    """An amount of money."""

    cents: int
    """Hundredths, 0..99999."""
    currency: str = "euro"
    """`euro`, `dollar`, `pound` or `yuan`."""

    def __str__(self) -> str:
        return f"{self.cents / 100:.2f} {self.currency}"


_NAMES = {
    "en": {
        "euro": "one|euro|euros|cent|cents", "dollar": "one|dollar|dollars|US cent|US cents",
        "pound": "one|pound|pounds|penny|pence", "yuan": "one|yuan|yuan|fen|fen",
    },
    "es": {
        "euro": "un|euro|euros|céntimo|céntimos", "dollar": "un|dólar|dólares|centavo|centavos",
        "pound": "una|libra|libras|penique|peniques", "yuan": "un|yuan|yuanes|fen|fen",
    },
    "fr": {
        "euro": "un|euro|euros|centime|centimes", "dollar": "un|dollar|dollars|cent américain|cents américains",
        "pound": "une|livre|livres|penny|pence", "yuan": "un|yuan|yuans|fen|fen",
    },
    "de": {
        "euro": "einen|Euro|Euro|Cent|Cent", "dollar": "einen|Dollar|Dollar|US-Cent|US-Cent",
        "pound": "ein|Pfund|Pfund|Penny|Pence", "yuan": "einen|Yuan|Yuan|Fen|Fen",
    },
    "zh": {"euro": "欧元", "dollar": "美元", "pound": "英镑", "yuan": "元"},
}  # fmt: skip
"""The word for one (German: the accusative, as after "kostet", "macht" and "für"), the unit, and its hundredth."""
_JOINED = {"en": "and", "es": "con|y", "fr": "et|virgule", "de": "und|komma"}
_SYMBOLS = {"€": "euro", "$": "dollar", "£": "pound", "¥": "yuan"}


def words(price: Price, language: str) -> str:
    """A price in words: Price(1250) -> "twelve euros fifty"."""
    units, cents = divmod(price.cents, 100)
    if language == "zh":
        return _chinese(units, cents) + _NAMES["zh"][price.currency]
    one, unit, several, cent, some_cents = _NAMES[language][price.currency].split("|")
    one_cent = "einen" if one.startswith("ein") else "un" if language in {"es", "fr"} else one
    few = f"{numbers.words(cents, language, one_cent)} {cent if cents == 1 else some_cents}"
    if not units and cents:
        return few
    single = units == 1 or (language == "fr" and units == 0)
    whole = f"{numbers.words(units, language, one)} {unit if single else several}"
    if not cents:
        return whole
    if cents < 10 and language in {"en", "fr"}:
        return f"{whole} {'and' if language == 'en' else 'et'} {few}"
    return f"{whole} {'con ' if language == 'es' else ''}{numbers.words(cents, language)}"


def _chinese(units: int, cents: int) -> str:
    if not cents:
        return numbers.words(units, "zh", "两")
    digits = "".join(numbers.words(int(digit), "zh") for digit in f"{cents:02}".removesuffix("0"))
    return f"{numbers.words(units, 'zh')}点{digits}"


def read(said: str, language: str) -> Price | None:
    """The price that plain words or digits say; None where they say none, or one that is not below 1000."""
    for name, (currency, hundredth) in _units(language).items():
        before, found, after = f" {said} ".partition(f" {name} ")
        if not found:
            continue
        if hundredth:
            cents = _number(before.strip(), language, below=100)
            return None if cents is None or after else Price(cents, currency)
        return _whole(before.strip(), after.strip(), currency, language)
    return None


def _whole(before: str, after: str, currency: str, language: str) -> Price | None:
    """What stands before and after the name of the unit: "12.50", "" or "twelve", "and fifty cents"."""
    written = re.fullmatch(r"(\d{1,3})(?:[.,](\d\d?))?", before or after)
    if written and not (before and after):
        return Price(int(written[1]) * 100 + int((written[2] or "0").ljust(2, "0")), currency)
    rest = re.sub(f"^(?:{_JOINED[language]}) ", "", after)
    for name, (_, hundredth) in _units(language).items():
        rest = rest.removesuffix(f" {name}") if hundredth else rest
    units = _number(before, language, below=1000)
    cents = _number(rest, language, below=100) if rest else 0
    return None if units is None or cents is None else Price(units * 100 + cents, currency)


def _number(said: str, language: str, below: int) -> int | None:
    number = numbers.read(said, language)
    return number if number is not None and number < below else None


@cache
def vocabulary(language: str) -> re.Pattern[str]:
    """Fits every word that is a part of a price."""
    known = {word for name in _units(language) for word in name.split()} | set(_JOINED[language].split("|"))
    return re.compile("|".join([numbers.vocabulary(language).pattern, *(re.escape(word) for word in sorted(known))]))


@cache
def _units(language: str) -> dict[str, tuple[str, bool]]:
    """The plain name of a unit → its currency, and whether it is the hundredth; whole units first."""
    whole = {symbol: (currency, False) for symbol, currency in _SYMBOLS.items()}
    hundredths: dict[str, tuple[str, bool]] = {}
    for currency, names in _NAMES[language].items():
        _, unit, several, cent, some_cents = (text.plain(name, language) for name in names.split("|"))
        whole |= dict.fromkeys((several, unit), (currency, False))
        hundredths |= dict.fromkeys((some_cents, cent), (currency, True))
    longest = sorted(hundredths, key=len, reverse=True)
    return whole | {name: hundredths[name] for name in longest}
