from __future__ import annotations

import pytest

from labkit.phrases import numbers
from labkit.phrases.text import UNDERSTOOD, plain

TRICKY = {
    1: "one uno un eins 一",
    2: "two dos deux zwei 二",
    16: "sixteen dieciséis seize sechzehn 十六",
    17: "seventeen diecisiete dix-sept siebzehn 十七",
    21: "twenty-one veintiuno vingt_et_un einundzwanzig 二十一",
    22: "twenty-two veintidós vingt-deux zweiundzwanzig 二十二",
    31: "thirty-one treinta_y_uno trente_et_un einunddreißig 三十一",
    70: "seventy setenta soixante-dix siebzig 七十",
    71: "seventy-one setenta_y_uno soixante_et_onze einundsiebzig 七十一",
    80: "eighty ochenta quatre-vingts achtzig 八十",
    81: "eighty-one ochenta_y_uno quatre-vingt-un einundachtzig 八十一",
    91: "ninety-one noventa_y_uno quatre-vingt-onze einundneunzig 九十一",
    99: "ninety-nine noventa_y_nueve quatre-vingt-dix-neuf neunundneunzig 九十九",
    100: "one_hundred cien cent hundert 一百",
    101: "one_hundred_and_one ciento_uno cent_un hunderteins 一百零一",
    110: "one_hundred_and_ten ciento_diez cent_dix hundertzehn 一百一十",
    116: "one_hundred_and_sixteen ciento_dieciséis cent_seize hundertsechzehn 一百一十六",
    200: "two_hundred doscientos deux_cents zweihundert 二百",
    280: "two_hundred_and_eighty doscientos_ochenta deux_cent_quatre-vingts zweihundertachtzig 二百八十",
    500: "five_hundred quinientos cinq_cents fünfhundert 五百",
    999: "nine_hundred_and_ninety-nine novecientos_noventa_y_nueve neuf_cent_quatre-vingt-dix-neuf "
    "neunhundertneunundneunzig 九百九十九",
}


@pytest.mark.parametrize("number", TRICKY)
def test_in_words(number):
    said = [numbers.words(number, language) for language in ("en", "es", "fr", "de", "zh")]
    assert said == [words.replace("_", " ") for words in TRICKY[number].split()]


@pytest.mark.parametrize(
    ("number", "language", "one", "said"),
    [
        (1, "es", "un", "un"),
        (1, "es", "una", "una"),
        (21, "es", "un", "veintiún"),
        (21, "es", "una", "veintiuna"),
        (31, "es", "un", "treinta y un"),
        (101, "es", "una", "ciento una"),
        (200, "es", "una", "doscientas"),
        (521, "es", "una", "quinientas veintiuna"),
        (500, "es", "un", "quinientos"),
        (1, "fr", "une", "une"),
        (21, "fr", "une", "vingt et une"),
        (71, "fr", "une", "soixante et onze"),
        (81, "fr", "une", "quatre-vingt-une"),
        (101, "fr", "une", "cent une"),
        (1, "de", "einen", "einen"),
        (1, "de", "einem", "einem"),
        (21, "de", "eine", "einundzwanzig"),
        (101, "de", "eine", "hundertein"),
        (1, "en", "a", "a"),
        (2, "zh", "两", "两"),
        (12, "zh", "两", "十二"),
        (22, "zh", "两", "二十二"),
    ],
)
def test_before_a_noun(number, language, one, said):
    assert numbers.words(number, language, one) == said


@pytest.mark.parametrize("language", UNDERSTOOD)
def test_every_number_is_read_back_in_every_form(language):
    for number in range(numbers.LARGEST + 1):
        assert numbers.read(str(number), language) == number
        for one in numbers.ONES[language]:
            assert numbers.read(plain(numbers.words(number, language, one), language), language) == number


@pytest.mark.parametrize(
    ("said", "language", "number"),
    [
        ("one hundred one", "en", 101),
        ("a hundred and five", "en", 105),
        ("quatre vingt", "fr", 80),
        ("einhundertundfunf", "de", 105),
        ("zwounddreissig", "de", 32),
        ("a thousand", "en", None),
        ("1000", "en", None),
        ("two one", "en", None),
    ],
)
def test_other_ways_of_saying_it(said, language, number):
    assert numbers.read(said, language) == number
