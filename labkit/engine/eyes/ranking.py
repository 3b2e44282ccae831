"""Which way of reading is right: what the network saw, what an equation can be, and what the other lines say.

Everything is counted in natural logarithms of probability. The habits below are ours: small, and tuned on pages that
`labkit.bench` draws.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import exp

from labkit import algebra

HABITS: tuple[tuple[str, float], ...] = (
    (r"(?<![\d.])0\d", -5.0),  # a number does not begin with 0
    (r"\.", -2.5),
    (r"[-+*/]-", -4.0),
    (r"(?<![\d.])1[a-z(]", -2.5),  # x, not 1x
    (r"(?<![\d.])0[a-z(]", -4.0),
    (r"[a-z][a-z]", -3.0),
    (r" or ", 2.5),  # the two letters above
    (r"\d{4}", -1.5),
    (r"\d{3}[a-z(]", -1.5),
    (r"\*", -1.5),
    (r"/", -0.7),
    (r"/(?!\d|\()", -3.0),
    (r"\^3", -1.0),
    (r"\^[04-9]", -3.0),
    (r"\d\^", -4.0),
    (r"sqrt", -1.0),
    (r"^[^=a-z]*[a-z][^=]*=$", -3.0),
    (r"^=", -3.0),
    (r"^-?\d*([a-z])[-+]\d*\1[-+]\d+=0$", -3.0),  # such terms were collected, or the first one was a square
    (r"=$", -1.0),
    (r"=[^=r]*=", -3.0),  # "x = 2 or x = 3" is none
)
"""Patterns that are rare where people write mathematics, and what each occurrence costs."""
LOST_POWER = re.compile(r"^(-?\d*([a-z]))(?=[-+]\d*\2[-+]\d+=0$)")
OVERLOOKED = -2.0
"""For an exponent that the network did not see where a quadratic equation would have one."""
LETTERS = {"x": 0.0, "y": -0.3, "z": -0.7, "a": -1.2, "b": -1.5, "n": -2.0, "t": -2.5, "c": -2.0, "m": -2.0}
RARE_LETTER = -3.0
ANOTHER_LETTER = -1.0
"""For each unknown of a page."""
MISSING_LETTER = -0.7
"""For a line that lacks one of the page's unknowns."""
FOREIGN_LETTER = -4.0
"""For a letter that the page's other lines do not have."""
SPLIT_CONSTANT = -2.0
"""Numbers alone on both sides of an equation of a system."""
FALSE_SUM = -2.5
"""For an equation of numbers that is wrong: more likely one of them is a letter."""
FALSE_FRACTION = -1.5
"""The same, and more, with a fraction."""
AGAIN = -2.5
"""For each line after the first with numbers alone on both sides: more likely the lines are a system."""
LONG_NUMBER = -1.0
"""For a number of three digits or more beside an unknown."""
TWO_NUMBERS = -0.7
"""For each further number that stands alone on the left of an unknown's equation."""
ALONE = r"(?:^|[-+])\d+(?=[-+]|$)"
"""A number that is a term by itself."""
NO_EQUATION = -1.5
"""For a line without "=" among equations."""

_SPELLED = str.maketrans({"²": "^2", "³": "^3", "⁴": "^4", "√": "sqrt"})


@dataclass(frozen=True)
class Way:
    """One way to read a line as mathematics."""

    text: str
    """Canonical."""
    unknowns: frozenset[str]
    equation: bool
    split: bool
    """It has numbers alone on both sides."""
    seen: float
    """How likely the network finds it."""
    usual: float
    """How usual such mathematics is."""


LABEL = re.compile(r"^(?:\d{1,2}|[a-h])(?:\)|\.(?=\D))(?=.)")
"""What numbers an exercise: "1)", "a)", "2."."""
LABELLED = -1.0
"""For a line with such a label."""
OR = re.compile(r"(?:0r|\.)(?=[a-z]=)")
"""Between two solutions: "or" as it is spelled in signs, or a comma."""


def ways(likely: Mapping[str, float]) -> list[Way]:
    """Those texts that are mathematics, each once; `likely`: signs as the network knows them, log-probabilities."""
    found: dict[str, Way] = {}
    for signs, seen in [*likely.items(), *_with_lost_powers(likely), *_without_labels(likely)]:
        spelled = spelled_out(signs)
        try:
            statement = algebra.parse(spelled)
        except algebra.NotMathematicsError:
            continue
        if not re.search(r"[-+*/=^]|sqrt", statement.text):
            continue
        usual = habits(spelled, statement.unknowns)
        way = Way(
            statement.text, frozenset(statement.unknowns), statement.kind == "equation", split(spelled), seen, usual
        )
        known = found.get(way.text)
        if known is None or known.seen + known.usual < seen + usual:
            found[way.text] = way
    return sorted(found.values(), key=lambda way: -(way.seen + way.usual))


def _with_lost_powers(likely: Mapping[str, float]) -> list[tuple[str, float]]:
    """An exponent is easily overlooked: "x - 3x + 30 = 0" was x squared."""
    found = [(LOST_POWER.sub(r"\1²", signs), seen + OVERLOOKED) for signs, seen in likely.items()]
    return [(signs, seen) for signs, seen in found if signs not in likely]


def _without_labels(likely: Mapping[str, float]) -> list[tuple[str, float]]:
    """The mathematics after "1)", "a)" or "2."."""
    numbered = [(signs, LABEL.sub("", signs), seen + LABELLED) for signs, seen in likely.items()]
    return [(rest, seen) for signs, rest, seen in numbered if rest != signs and rest.count("(") == rest.count(")")]


def spelled_out(signs: str) -> str:
    """Signs as `algebra` writes them."""
    return re.sub(r"sqrt(\d+|[a-z])", r"sqrt(\1)", OR.sub(" or ", signs).translate(_SPELLED))


def habits(text: str, unknowns: Sequence[str]) -> float:
    """How usual such mathematics is."""
    total = sum(cost * len(re.findall(pattern, text)) for pattern, cost in HABITS)
    if unknowns:
        total += LONG_NUMBER * len(re.findall(r"\d{3}", text))
        total += TWO_NUMBERS * max(0, len(re.findall(ALONE, text.partition("=")[0])) - 1)
    elif "=" in text and not _true(text):
        total += FALSE_SUM + FALSE_FRACTION * ("/" in text)
    return total


def split(text: str) -> bool:
    """Whether numbers stand alone on both sides."""
    left, _, right = text.partition("=")
    return bool(re.search(ALONE, left) and re.search(ALONE, right))


def _true(text: str) -> bool:
    """Whether it is a sum of numbers and its right result."""
    sides = [re.findall(r"[-+]?\d+", side) for side in text.split("=")]
    return bool(re.fullmatch(r"[-+\d]+=[-+\d]+", text)) and len({sum(map(int, side)) for side in sides}) == 1


def together(lines: Sequence[Sequence[Way]]) -> list[list[tuple[Way, float]]]:
    """The ways of every line, best first, each with its share (0..1), as the unknowns of the page suggest."""
    letters = sorted({letter for line in lines for way in line[:6] for letter in way.unknowns})
    equations = sum(bool(line) and line[0].equation for line in lines) * 2 > len(lines)
    sets = [frozenset(some) for count in range(4) for some in combinations(letters[:8], count)]
    best = max(sets, key=lambda some: _fit(lines, some, equations=equations), default=frozenset[str]())
    return [_shares(line, best, equations=equations) for line in lines]


def _fit(lines: Sequence[Sequence[Way]], unknowns: frozenset[str], *, equations: bool) -> float:
    usual = sum(ANOTHER_LETTER + LETTERS.get(letter, RARE_LETTER) for letter in unknowns)
    chosen = [max((_total(way, unknowns, equations=equations), way.split) for way in line) for line in lines if line]
    again = AGAIN * max(0, sum(one for _, one in chosen) - 1)
    return usual + again + sum(total for total, _ in chosen)


def _total(way: Way, unknowns: frozenset[str], *, equations: bool) -> float:
    missing = MISSING_LETTER * len(unknowns - way.unknowns) if way.unknowns or way.equation else 0.0
    foreign = FOREIGN_LETTER * len(way.unknowns - unknowns)
    mixed = SPLIT_CONSTANT * (len(unknowns) > 1 and way.split)
    return mixed + way.seen + way.usual + missing + foreign + NO_EQUATION * (equations and not way.equation)


def _shares(line: Sequence[Way], unknowns: frozenset[str], *, equations: bool) -> list[tuple[Way, float]]:
    totals = sorted(((_total(way, unknowns, equations=equations), way) for way in line), key=lambda pair: -pair[0])
    if not totals:
        return []
    weights = [exp(total - totals[0][0]) for total, _ in totals]
    return [(way, weight / sum(weights)) for (_, way), weight in zip(totals, weights, strict=True)]
