"""Whole numbers 0..999 in words, in five languages, and back.

What follows a number decides how it is said: "un café", "veintiuna mesas", "eine Flasche", "两个". A caller says so
by the word that would stand for one: "un" or "una", "une", "ein" or "einen", "两".
"""

from __future__ import annotations

import re
from functools import cache

from labkit.phrases import text

LARGEST = 999
ONES = {
    "en": ("one", "a", "an"),
    "es": ("uno", "un", "una"),
    "fr": ("un", "une"),
    "de": ("eins", "ein", "eine", "einen", "einem", "einer"),
    "zh": ("一", "两"),
}
"""The words for one; in Chinese, 两 says that two is 两 and not 二. The first of each stands alone."""
_LARGE = {
    "en": "thousand|million|minus|point",
    "es": "mil|millon|millones|menos|coma",
    "fr": "mille|million|millions|moins|virgule",
    "de": r"\w*tausend\w*|million\w*|minus|komma",
}
"""Words of numbers that are not in the book."""


def words(number: int, language: str, one: str = "") -> str:
    """0..999 in words: 21 -> "twenty-one"; in Spanish, where "una" stands for one, "veintiuna"."""
    said = _WAYS[language](number)
    if not one or one == ONES[language][0]:
        return said
    if language == "es":
        return _spanish_before(said, one)
    if language == "fr":
        return re.sub(r"\bun$", "une", said)
    if language == "zh":
        return "两" if number == 2 else said
    if number == 1:
        return one
    return re.sub("eins$", "ein", said) if language == "de" else said


def read(said: str, language: str) -> int | None:
    """The number that plain words or digits say; None where they say none, or one that is not 0..999."""
    if re.fullmatch("[0-9]{1,3}", said):
        return int(said)
    return _readings(language).get(said)


@cache
def vocabulary(language: str) -> re.Pattern[str]:
    """Fits every word that is a part of a number, in the book or beyond it."""
    known = {word for reading in _readings(language) for word in reading.split()}
    return re.compile("|".join([r"-?\d.*", _LARGE[language], *sorted(known, key=len, reverse=True)]))


@cache
def _readings(language: str) -> dict[str, int]:
    """Everything that can be said for a number, as plain words."""
    found: dict[str, int] = {}
    for number in range(LARGEST + 1):
        for one in ONES[language]:
            for said in _also(words(number, language, one), language):
                found.setdefault(text.plain(said, language), number)
    found.update(dict.fromkeys(["a", "an"], 1) if language == "en" else {})
    return found


def _also(said: str, language: str) -> list[str]:
    if language == "en":
        plain = said.replace(" and ", " ")
        return [said, plain, re.sub("^one hundred", "a hundred", said), re.sub("^one hundred", "a hundred", plain)]
    if language == "fr":
        return [said, re.sub("(vingt|cent)s$", r"\1", said)]
    if language == "de":
        ways = [said, re.sub("(?<=hundert)(?=.)", "und", said)]
        return [*ways, *(f"ein{way}" for way in ways if way.startswith("hundert")), said.replace("zwei", "zwo")]
    return [said]


# -- English -------------------------------------------------------------------------------------------------

_EN_WORDS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen
twenty thirty forty fifty sixty seventy eighty ninety"""
_EN, _EN_TENS = _EN_WORDS.split()[:20], ["", "", *_EN_WORDS.split()[20:]]


def _english(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    if hundreds:
        return f"{_EN[hundreds]} hundred" + (f" and {_english(rest)}" if rest else "")
    if rest < 20:
        return _EN[rest]
    tens, units = divmod(rest, 10)
    return f"{_EN_TENS[tens]}-{_EN[units]}" if units else _EN_TENS[tens]


# -- Spanish -------------------------------------------------------------------------------------------------

_ES_WORDS = """cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis
diecisiete dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis
veintisiete veintiocho veintinueve
treinta cuarenta cincuenta sesenta setenta ochenta noventa"""
_ES, _ES_TENS = _ES_WORDS.split()[:30], ["", "", "", *_ES_WORDS.split()[30:]]
_ES_HUNDREDS = """ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos
novecientos"""


def _spanish(number: int) -> str:
    if number == 100:
        return "cien"
    hundreds, rest = divmod(number, 100)
    if hundreds:
        return _ES_HUNDREDS.split()[hundreds - 1] + (f" {_spanish(rest)}" if rest else "")
    if rest < 30:
        return _ES[rest]
    tens, units = divmod(rest, 10)
    return f"{_ES_TENS[tens]} y {_ES[units]}" if units else _ES_TENS[tens]


def _spanish_before(said: str, one: str) -> str:
    """Before a noun: un, veintiún, treinta y un; una, veintiuna, doscientas."""
    if one == "una":
        return re.sub("uno$", "una", said).replace("ientos", "ientas")
    return re.sub(r"\buno$", "un", said).replace("veintiuno", "veintiún")


# -- French --------------------------------------------------------------------------------------------------

_FR_WORDS = """zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept
dix-huit dix-neuf
vingt trente quarante cinquante soixante soixante quatre-vingt quatre-vingt"""
_FR, _FR_TENS = _FR_WORDS.split()[:20], ["", "", *_FR_WORDS.split()[20:]]


def _french(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    if hundreds:
        many = f"{_FR[hundreds]} cent" if hundreds > 1 else "cent"
        if not rest:
            return f"{many}s" if hundreds > 1 else many
        return f"{many} {_french(rest)}"
    if rest < 20:
        return _FR[rest]
    tens, units = divmod(rest, 10)
    if tens in {7, 9}:
        units += 10
    if not units:
        return "quatre-vingts" if tens == 8 else _FR_TENS[tens]
    joint = " et " if units in {1, 11} and tens < 8 else "-"
    return f"{_FR_TENS[tens]}{joint}{_FR[units]}"


# -- German --------------------------------------------------------------------------------------------------

_DE_WORDS = """null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn
siebzehn achtzehn neunzehn
zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig"""
_DE, _DE_TENS = _DE_WORDS.split()[:20], ["", "", *_DE_WORDS.split()[20:]]


def _german(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    if hundreds:
        return ("" if hundreds == 1 else _DE[hundreds]) + "hundert" + (_german(rest) if rest else "")
    if rest < 20:
        return _DE[rest]
    tens, units = divmod(rest, 10)
    return (("ein" if units == 1 else _DE[units]) + "und" if units else "") + _DE_TENS[tens]


# -- Chinese -------------------------------------------------------------------------------------------------

_ZH = "零一二三四五六七八九"


def _chinese(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    tens, units = divmod(rest, 10)
    if not hundreds:
        ten = "" if not tens else "十" if tens == 1 else f"{_ZH[tens]}十"
        return ten + (_ZH[units] if units or not tens else "")
    if not rest:
        return f"{_ZH[hundreds]}百"
    middle = f"{_ZH[tens]}十" if tens else "零"
    return f"{_ZH[hundreds]}百{middle}" + (_ZH[units] if units else "")


_WAYS = {"en": _english, "es": _spanish, "fr": _french, "de": _german, "zh": _chinese}
