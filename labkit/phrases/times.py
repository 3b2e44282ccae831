"""Times of day as they are spoken in five languages, and back: "half past nine", "las nueve y media", "halb zehn".

"Half past nine" does not say which half of the day; then the translation does not say it either. A time that is
known by "21:30" or "in the evening" is spoken on the dial of twelve with the part of the day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from labkit.phrases import numbers, text

_FIVES = {5, 10, 20, 25, 35, 40, 50, 55}


@dataclass(frozen=True)
class Time:
    """A time of day."""

    hour: int
    """0..23, or 1..12 where the half of the day is not known."""
    minute: int = 0
    exact: bool = False
    """Whether the half of the day is known."""

    def __str__(self) -> str:
        return f"{self.hour}:{self.minute:02}"


_SPOKEN_PARTS = {
    "en": [(1, "at night"), (12, "in the morning"), (18, "in the afternoon"), (22, "in the evening"), (24, "at night")],
    "es": [(1, "de la noche"), (6, "de la madrugada"), (12, "de la mañana"), (13, "del mediodía"),
           (20, "de la tarde"), (24, "de la noche")],
    "fr": [(12, "du matin"), (18, "de l'après-midi"), (24, "du soir")],
    "de": [(5, "nachts"), (10, "morgens"), (12, "vormittags"), (14, "mittags"), (18, "nachmittags"), (24, "abends")],
    "zh": [(1, "半夜"), (5, "凌晨"), (8, "早上"), (12, "上午"), (13, "中午"), (18, "下午"), (24, "晚上")],
}  # fmt: skip
"""Until which hour it is called what."""
_HEARD_PARTS = {
    "en": [("am", 0, 11), ("pm", 12, 23), ("in the morning", 0, 11), ("in the afternoon", 12, 18),
           ("in the evening", 16, 23), ("at night", 18, 28)],
    "es": [("de la madrugada", 0, 6), ("de la manana", 0, 12), ("del mediodia", 12, 15), ("de la tarde", 12, 21),
           ("de la noche", 18, 28)],
    "fr": [("du matin", 0, 11), ("de l apres midi", 12, 18), ("du soir", 17, 23), ("de la nuit", 20, 28)],
    "de": [("nachts", 20, 28), ("fruh", 2, 11), ("morgens", 0, 11), ("vormittags", 6, 12), ("mittags", 11, 15),
           ("nachmittags", 12, 18), ("abends", 16, 23)],
}  # fmt: skip
"""Plain words, and the first and last hour that they are said of; 28 is four in the next night."""
_NAMED = {
    "en": {"noon": 12, "midday": 12, "twelve noon": 12, "midnight": 0, "twelve midnight": 0},
    "es": {"mediodia": 12, "medianoche": 0},
    "fr": {},
    "de": {"mittag": 12, "mitternacht": 0},
}


def words(time: Time, language: str) -> str:
    """A time in words, with the article in Spanish: "las nueve y media"."""
    if not time.exact:
        return _DIALS[language](time.hour, time.minute)
    named = _named(time, language)
    if named:
        return named
    dial = _DIALS[language](time.hour % 12 or 12, time.minute)
    part = next(part for until, part in _SPOKEN_PARTS[language] if time.hour < until)
    return f"{part}{dial}" if language == "zh" else f"{dial} {part}"


def _named(time: Time, language: str) -> str | None:
    """Noon and midnight, by their names."""
    if language == "en" and time.minute == 0 and time.hour in {0, 12}:
        return "midnight" if time.hour == 0 else "noon"
    if language == "fr":
        said = _french(time.hour % 12 or 12, time.minute)
        ahead = time.hour + ("moins" in said)
        if ahead in {0, 12, 24}:
            name = "midi" if ahead == 12 else "minuit"
            return said.replace("douze heures", name).replace("et demie", "et demi")
    return None


def read(said: str, language: str) -> Time | None:
    """The time that plain words or digits say; None where they say none."""
    for part, first, last in _HEARD_PARTS[language]:
        if said.endswith(f" {part}"):
            time = _on_the_dial(said.removesuffix(part).strip(), language)
            hours = [hour % 24 for hour in range(first, last + 1) if time and hour % 12 == time.hour % 12]
            return Time(hours[0], time.minute, exact=True) if time and hours else None
    return _on_the_dial(said, language)


def _on_the_dial(said: str, language: str) -> Time | None:
    written = re.fullmatch(r"(?:las? )?(\d{1,2})(?:[:.]| h )(\d\d)(?: uhr)?", said)
    if written:
        hour, minute = int(written[1]), int(written[2])
        if hour > 23 or minute > 59:
            return None
        return Time(hour, minute, exact=hour > 12 or hour == 0)
    spelled = re.sub(r"\b\d{1,2}\b", lambda digits: _plain_number(int(digits[0]), language), said)
    return _readings(language).get(re.sub(r"\bh\b", "heures", spelled) if language == "fr" else spelled)


def _plain_number(number: int, language: str) -> str:
    return text.plain(numbers.words(number, language), language)


@cache
def vocabulary(language: str) -> re.Pattern[str]:
    """Fits every word that is a part of a time."""
    known = {word for reading in _readings(language) for word in reading.split()} | {"h"}
    known |= {word for part, _, _ in _HEARD_PARTS[language] for word in part.split()}
    return re.compile("|".join([numbers.vocabulary(language).pattern, *sorted(known, key=len, reverse=True)]))


@cache
def _readings(language: str) -> dict[str, Time]:
    """Everything that can be said for a time without its part of the day, as plain words."""
    found = {name: Time(hour, 0, exact=True) for name, hour in _NAMED[language].items()}
    for minute in range(60):
        for hour in range(1, 13):
            for said in (_DIALS[language](hour, minute), *_also(hour, minute, language)):
                found.setdefault(text.plain(said, language), Time(hour, minute))
        for hour in (0, *range(13, 24)):
            for said in _also(hour, minute, language):
                found.setdefault(text.plain(said, language), Time(hour, minute, exact=True))
        for hour in (0, 11, 12, 23):
            named = _named(Time(hour, minute, exact=True), language)
            if named:
                found.setdefault(text.plain(named, language), Time(hour, minute, exact=True))
    return found


def _also(hour: int, minute: int, language: str) -> Iterator[str]:
    """Other ways of saying it: by the hour and the minute, as on the railway, or more shortly."""
    number = numbers.words(hour, language, {"es": "una", "fr": "une", "de": "ein"}.get(language, ""))
    minutes = numbers.words(minute, language)
    if language == "en":
        yield f"{number} oh {minutes}" if 0 < minute < 10 else f"{number} {minutes}" if minute else number
        if hour <= 12:
            yield f"half {number}" if minute == 30 else _english(hour, minute).replace("quarter", "a quarter")
            yield _english(hour, minute).replace(" past", " minutes past").replace(" to ", " minutes to ")
    elif language == "es":
        for article in ("la " if hour == 1 else "las ", ""):
            yield f"{article}{number}" + (f" {minutes}" if minute else "")
            yield f"{article}{number}" + (f" y {minutes}" if minute else " en punto")
            if 0 < hour <= 12:
                yield article + _spanish(hour, minute).partition(" ")[2]
    elif language == "fr":
        hours = f"{number} heure" if hour in {0, 1} else f"{number} heures"
        yield f"{hours} {numbers.words(minute, 'fr', 'une')}" if minute else hours
        yield f"{hours} {minutes}" if minute else f"{numbers.words(hour, 'fr')} heures"
    elif language == "de":
        yield f"{number} Uhr {minutes}" if minute else f"{number} Uhr"
        if not minute:
            bare = numbers.words(hour, "de")
            yield from (bare, f"{bare} Uhr")


# -- the dial of twelve --------------------------------------------------------------------------------------


def _english(hour: int, minute: int) -> str:
    now, ahead = numbers.words(hour, "en"), numbers.words(hour % 12 + 1, "en")
    special = {0: f"{now} o'clock", 15: f"quarter past {now}", 30: f"half past {now}", 45: f"quarter to {ahead}"}
    if minute in special:
        return special[minute]
    if minute in _FIVES:
        return f"{_to(minute, 'en')} past {now}" if minute < 30 else f"{_to(minute, 'en')} to {ahead}"
    return f"{now} {'oh ' if minute < 10 else ''}{numbers.words(minute, 'en')}"


def _to(minute: int, language: str) -> str:
    """The minutes from or to the full hour."""
    return numbers.words(min(minute, 60 - minute), language)


def _spanish(hour: int, minute: int) -> str:
    if minute == 45 or (minute in _FIVES and minute > 30):
        return f"{_spanish(hour % 12 + 1, 0)} menos {'cuarto' if minute == 45 else _to(minute, 'es')}"
    hours = f"{'la' if hour == 1 else 'las'} {numbers.words(hour, 'es', 'una')}"
    special = {0: "", 15: " y cuarto", 30: " y media"}
    return hours + special.get(minute, f" y {numbers.words(minute, 'es')}")


def _french(hour: int, minute: int) -> str:
    if minute == 45 or (minute in _FIVES and minute > 30):
        return f"{_french(hour % 12 + 1, 0)} moins {'le quart' if minute == 45 else _to(minute, 'fr')}"
    hours = "une heure" if hour == 1 else f"{numbers.words(hour, 'fr')} heures"
    special = {0: "", 15: " et quart", 30: " et demie"}
    return hours + special.get(minute, f" {numbers.words(minute, 'fr', 'une')}")


def _german(hour: int, minute: int) -> str:
    now, ahead = numbers.words(hour, "de"), numbers.words(hour % 12 + 1, "de")
    special = {
        15: f"Viertel nach {now}", 25: f"fünf vor halb {ahead}", 30: f"halb {ahead}", 35: f"fünf nach halb {ahead}",
        45: f"Viertel vor {ahead}",
    }  # fmt: skip
    if minute in special:
        return special[minute]
    if minute in _FIVES:
        return f"{_to(minute, 'de')} nach {now}" if minute < 30 else f"{_to(minute, 'de')} vor {ahead}"
    return f"{numbers.words(hour, 'de', 'ein')} Uhr" + (f" {numbers.words(minute, 'de')}" if minute else "")


def _chinese(hour: int, minute: int) -> str:
    special = {0: "", 15: "一刻", 30: "半"}
    zero = "零" if minute < 10 else ""
    return f"{numbers.words(hour, 'zh', '两')}点" + special.get(minute, f"{zero}{numbers.words(minute, 'zh')}分")


_DIALS = {"en": _english, "es": _spanish, "fr": _french, "de": _german, "zh": _chinese}
