from __future__ import annotations

import pytest

from labkit.phrases import prices
from labkit.phrases.prices import Price
from labkit.phrases.text import UNDERSTOOD, plain

SPOKEN = {
    Price(1250): "twelve euros fifty|doce euros con cincuenta|douze euros cinquante|zwölf Euro fünfzig|十二点五欧元",
    Price(100): "one euro|un euro|un euro|einen Euro|一欧元",
    Price(150): "one euro fifty|un euro con cincuenta|un euro cinquante|einen Euro fünfzig|一点五欧元",
    Price(200): "two euros|dos euros|deux euros|zwei Euro|两欧元",
    Price(2100): "twenty-one euros|veintiún euros|vingt et un euros|einundzwanzig Euro|二十一欧元",
    Price(2100, "pound"): "twenty-one pounds|veintiuna libras|vingt et une livres|einundzwanzig Pfund|二十一英镑",
    Price(10100): "one hundred and one euros|ciento un euros|cent un euros|hundertein Euro|一百零一欧元",
    Price(1205): "twelve euros and five cents|doce euros con cinco|douze euros et cinq centimes|zwölf Euro fünf|"
    "十二点零五欧元",
    Price(50): "fifty cents|cincuenta céntimos|cinquante centimes|fünfzig Cent|零点五欧元",
    Price(1): "one cent|un céntimo|un centime|einen Cent|零点零一欧元",
    Price(0): "zero euros|cero euros|zéro euro|null Euro|零欧元",
    Price(99999, "dollar"): "nine hundred and ninety-nine dollars ninety-nine|"
    "novecientos noventa y nueve dólares con noventa y nueve|"
    "neuf cent quatre-vingt-dix-neuf dollars quatre-vingt-dix-neuf|"
    "neunhundertneunundneunzig Dollar neunundneunzig|九百九十九点九九美元",
}


@pytest.mark.parametrize("price", SPOKEN, ids=str)
def test_in_words(price):
    assert "|".join(prices.words(price, language) for language in ("en", "es", "fr", "de", "zh")) == SPOKEN[price]


@pytest.mark.parametrize("language", UNDERSTOOD)
@pytest.mark.parametrize("currency", ["euro", "dollar", "pound", "yuan"])
def test_prices_are_read_back(language, currency):
    every = [Price(cents, currency) for cents in [*range(0, 3000, 7), *range(101), *range(5000, 100_000, 997)]]
    assert [p for p in every if prices.read(plain(prices.words(p, language), language), language) != p] == []


@pytest.mark.parametrize(
    ("said", "language", "price"),
    [
        ("€12.50", "en", Price(1250)),
        ("12,50 €", "de", Price(1250)),
        ("12.5 euros", "en", Price(1250)),
        ("$5", "en", Price(500, "dollar")),
        ("12 euros 50", "fr", Price(1250)),
        ("twelve euros and fifty cents", "en", Price(1250)),
        ("zwölf Euro und fünfzig Cent", "de", Price(1250)),
        ("doce euros y cincuenta céntimos", "es", Price(1250)),
        ("a pound", "en", Price(100, "pound")),
        ("fifty pence", "en", Price(50, "pound")),
        ("1000 euros", "en", None),
        ("1,200 euros", "en", None),
        ("twelve", "en", None),
        ("-5 euros", "en", None),
        ("five euros one hundred", "en", None),
    ],
)
def test_other_ways_of_saying_it(said, language, price):
    assert prices.read(plain(said, language), language) == price
