"""Numbers, times and dates in English words, as they are spoken."""

from __future__ import annotations

from datetime import date, time

_WORDS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety"""
_UNITS, _TENS = _WORDS.split()[:20], ["", "", *_WORDS.split()[20:]]
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = "January February March April May June July August September October November December"
_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
_PARTS_OF_DAY = (
    (5, "at night"),
    (12, "in the morning"),
    (18, "in the afternoon"),
    (22, "in the evening"),
    (24, "at night"),
)


def number_words(number: int) -> str:
    """0..100 in words: 42 -> "forty two"; ValueError outside."""
    if not 0 <= number <= 100:
        raise ValueError(f"{number} is not between 0 and 100")
    if number == 100:
        return "one hundred"
    if number < 20:
        return _UNITS[number]
    tens, units = divmod(number, 10)
    return f"{_TENS[tens]} {_UNITS[units]}" if units else _TENS[tens]


def number_value(words: str) -> int | None:
    """The number 0..100 that the words say, or None: "forty two" -> 42, "a hundred" -> 100."""
    return _VALUES.get(words)


_VALUES = {number_words(number): number for number in range(101)} | {"a hundred": 100, "hundred": 100}


def ordinal_words(number: int) -> str:
    """1..31 as an ordinal: 22 -> "twenty second"."""
    *tens, last = number_words(number).split()
    plain = last.removesuffix("y") + "ieth" if last.endswith("y") else last + "th"
    return " ".join([*tens, _ORDINALS.get(last, plain)])


def year_words(year: int) -> str:
    """A year 1000..9999 as it is said: 2026 -> "twenty twenty six", 2005 -> "two thousand and five"."""
    century, rest = divmod(year, 100)
    if century % 10 == 0 and rest < 10:
        thousands = f"{number_words(century // 10)} thousand"
        return f"{thousands} and {number_words(rest)}" if rest else thousands
    return f"{number_words(century)} {_after_hour(rest) if rest else 'hundred'}"


def time_words(now: time) -> str:
    """A time of day: 22:05 -> "ten oh five at night", 12:00 -> "twelve o'clock in the afternoon"."""
    hour = number_words(now.hour % 12 or 12)
    part = next(part for until, part in _PARTS_OF_DAY if now.hour < until)
    minute = _after_hour(now.minute) if now.minute else "o'clock"
    return f"{hour} {minute} {part}"


def _after_hour(minute: int) -> str:
    return number_words(minute) if minute >= 10 else f"oh {number_words(minute)}"


def date_words(day: date) -> str:
    """A date: "Friday, the twentieth of November, twenty twenty six"."""
    return f"{weekday(day)}, the {ordinal_words(day.day)} of {month(day)}, {year_words(day.year)}"


def weekday(day: date) -> str:
    """The English name of the day of the week, whatever the locale."""
    return _WEEKDAYS[day.weekday()]


def month(day: date) -> str:
    """The English name of the month, whatever the locale."""
    return _MONTHS.split()[day.month - 1]
