"""What an equation can be, and what the other lines say."""

from __future__ import annotations

import pytest

from labkit.engine.eyes.ranking import together, ways


def best(*lines: dict[str, float]) -> list[str]:
    """The best way of each line."""
    return [line[0][0].text for line in together([ways(line) for line in lines])]


@pytest.mark.parametrize(
    ("likely", "text"),
    [
        ({"2x+3=11": -2.0, "2x+3-=11": -0.5, "2x+3": -3.0}, "2x + 3 = 11"),
        ({"x2-5x+6=0": -0.1, "x²-5x+6=0": -2.0}, "x^2 - 5x + 6 = 0"),
        ({"3(x+1=6": -0.1, "3(x+1)=6": -3.0}, "3(x + 1) = 6"),
        ({"06+3": -0.1, "b6+3": -6.0, "96+3": -3.0}, "96 + 3"),
        ({"69+15=39": -0.5, "6y+15=39": -1.4}, "6y + 15 = 39"),
        ({"24+15=39": -0.5, "2y+15=39": -2.0}, "24 + 15 = 39"),
        ({"√9=3": -0.1, "vg=3": -0.1}, "sqrt(9) = 3"),
        ({"1)2x+3=11": -0.1}, "2x + 3 = 11"),
        ({"a)3x=9": -0.1}, "3x = 9"),
        ({"3(x+1)=6": -0.1}, "3(x + 1) = 6"),
        ({"x=20rx=3": -0.1}, "x = 2 or x = 3"),
    ],
)
def test_what_cannot_be_or_is_rare_comes_later(likely, text):
    assert best(likely) == [text]


def test_the_unknowns_of_the_other_lines_count():
    doubtful = {"2x+3y+42=1": -0.3, "2x+3y+4z=1": -2.0}
    assert best({"x-y+z=4": -0.1}, doubtful) == ["x - y + z = 4", "2x + 3y + 4z = 1"]


def test_two_doubtful_lines_are_more_likely_a_system():
    assert best({"5x+89=55": -0.5, "5x+8y=55": -0.8}, {"2x+74=53": -0.5, "2x+7y=53": -0.8}) == [
        "5x + 8y = 55",
        "2x + 7y = 53",
    ]


def test_shares_add_up_and_say_how_close_it_was():
    ((first, second),) = together([ways({"4x=12": -0.5, "9x=12": -0.7})])
    assert first[1] + second[1] == pytest.approx(1)
    assert 0.5 < first[1] < 0.6


@pytest.mark.parametrize("signs", ["", "17", "x", "1)", "=", "__", "x==2", "1" * 300])
def test_what_is_no_mathematics_has_no_ways(signs):
    assert ways({signs: -0.1}) == []
    assert together([[]]) == [[]]
