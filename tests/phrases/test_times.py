from __future__ import annotations

import pytest

from labkit.phrases import times
from labkit.phrases.text import UNDERSTOOD, plain
from labkit.phrases.times import Time

SPOKEN = {
    Time(9): "nine o'clock|las nueve|neuf heures|neun Uhr|九点",
    Time(1): "one o'clock|la una|une heure|ein Uhr|一点",
    Time(2): "two o'clock|las dos|deux heures|zwei Uhr|两点",
    Time(9, 15): "quarter past nine|las nueve y cuarto|neuf heures et quart|Viertel nach neun|九点一刻",
    Time(9, 30): "half past nine|las nueve y media|neuf heures et demie|halb zehn|九点半",
    Time(12, 30): "half past twelve|las doce y media|douze heures et demie|halb eins|十二点半",
    Time(9, 45): "quarter to ten|las diez menos cuarto|dix heures moins le quart|Viertel vor zehn|九点四十五分",
    Time(12, 45): "quarter to one|la una menos cuarto|une heure moins le quart|Viertel vor eins|十二点四十五分",
    Time(9, 10): "ten past nine|las nueve y diez|neuf heures dix|zehn nach neun|九点十分",
    Time(9, 25): "twenty-five past nine|las nueve y veinticinco|neuf heures vingt-cinq|fünf vor halb zehn|九点二十五分",
    Time(9, 40): "twenty to ten|las diez menos veinte|dix heures moins vingt|zwanzig vor zehn|九点四十分",
    Time(9, 5): "five past nine|las nueve y cinco|neuf heures cinq|fünf nach neun|九点零五分",
    Time(9, 3): "nine oh three|las nueve y tres|neuf heures trois|neun Uhr drei|九点零三分",
    Time(9, 21): "nine twenty-one|las nueve y veintiuno|neuf heures vingt et une|neun Uhr einundzwanzig|九点二十一分",
    Time(21, 30, exact=True): "half past nine in the evening|las nueve y media de la noche|"
    "neuf heures et demie du soir|halb zehn abends|晚上九点半",
    Time(3, 0, exact=True): "three o'clock in the morning|las tres de la madrugada|trois heures du matin|"
    "drei Uhr nachts|凌晨三点",
    Time(12, 0, exact=True): "noon|las doce del mediodía|midi|zwölf Uhr mittags|中午十二点",
    Time(0, 0, exact=True): "midnight|las doce de la noche|minuit|zwölf Uhr nachts|半夜十二点",
    Time(11, 45, exact=True): "quarter to twelve in the morning|las doce menos cuarto de la mañana|"
    "midi moins le quart|Viertel vor zwölf vormittags|上午十一点四十五分",
    Time(12, 30, exact=True): "half past twelve in the afternoon|las doce y media del mediodía|midi et demi|"
    "halb eins mittags|中午十二点半",
}


@pytest.mark.parametrize("time", SPOKEN, ids=str)
def test_in_words(time):
    assert "|".join(times.words(time, language) for language in ("en", "es", "fr", "de", "zh")) == SPOKEN[time]


@pytest.mark.parametrize("language", UNDERSTOOD)
def test_every_time_is_read_back(language):
    every = [Time(hour, minute) for hour in range(1, 13) for minute in range(60)]
    every += [Time(hour, minute, exact=True) for hour in range(24) for minute in range(60)]
    assert [time for time in every if times.read(plain(times.words(time, language), language), language) != time] == []


@pytest.mark.parametrize(
    ("said", "language", "time"),
    [
        ("9:30", "en", Time(9, 30)),
        ("21:30", "en", Time(21, 30, exact=True)),
        ("9 pm", "en", Time(21, 0, exact=True)),
        ("9:30 a.m.", "en", Time(9, 30, exact=True)),
        ("12:15 am", "en", Time(0, 15, exact=True)),
        ("half 9", "en", Time(9, 30)),
        ("nine fifteen", "en", Time(9, 15)),
        ("9 h 30", "fr", Time(9, 30)),
        ("9h30", "fr", Time(9, 30)),
        ("21h", "fr", Time(21, 0, exact=True)),
        ("quinze heures dix", "fr", Time(15, 10, exact=True)),
        ("las 21:30", "es", Time(21, 30, exact=True)),
        ("las nueve treinta", "es", Time(9, 30)),
        ("mediodía", "es", Time(12, 0, exact=True)),
        ("halb 10", "de", Time(9, 30)),
        ("21 Uhr 30", "de", Time(21, 30, exact=True)),
        ("21.30 Uhr", "de", Time(21, 30, exact=True)),
        ("sieben Uhr früh", "de", Time(7, 0, exact=True)),
        ("25:00", "en", None),
        ("9:60", "en", None),
        ("thirteen o'clock", "en", None),
        ("9 in the afternoon", "en", None),
        ("fünfundzwanzig Uhr", "de", None),
    ],
)
def test_other_ways_of_saying_it(said, language, time):
    assert times.read(plain(said, language), language) == time
