"""The lines of a picture: each is found, cut out, read as text and, where it may be, as mathematics."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from labkit.engine.eyes import decoding, dots, finding, pieces, ranking, strips
from labkit.engine.eyes.decoding import Steps
from labkit.engine.eyes.finding import Row
from labkit.engine.eyes.ink import Box
from labkit.engine.eyes.networks import Networks, Pixels
from labkit.engine.eyes.pieces import Stacked
from labkit.engine.eyes.ranking import Way
from labkit.engine.eyes.sight import Candidate, Line, Note
from labkit.engine.eyes.strips import Strip

PEN = 0.09
"""Of the second look at a line: strokes at least so thick, in heights of the line. Thin pens are read less well."""
STRETCH = 1.3
"""The second look is at a line made so much wider: "11x" in a hurry is less often taken for "1x"."""
LEGIBLE = 0.5
"""Mean probability of its characters below which a line of text is not told; as in rapidocr."""
FAR = 1.5
"""How much less likely a line may be as mathematics than as text, for each sign (natural logarithm).

On our own pages mathematics stayed below 0.6, and words were above 2.9.
"""
GAP = 5.0
"""Heights of the line between two pieces of an equation."""
SUBSCRIPT = re.compile(r"^[a-z](?:_|[\u2080-\u2089]|1\s*=)")
"""Letters with a number below, which are not told from others."""
DOTTED = re.compile(r"[.,*·•∙・×]")  # noqa: RUF001 - the network's own signs
CANDIDATES = 5
SURE_SHARE, SURE_SCORE, SURE_USUAL = 0.9, 0.8, -2.0
"""A reading to act on: its share, the network's own score, and how usual it is."""


@dataclass(frozen=True)
class Seen:
    """One line as the network saw it."""

    row: Row
    box: Box
    text: str
    score: float
    ways: list[Way]
    note: Note
    whole: bool = True
    """All that is in it was read."""


def read(picture: Pixels, networks: Networks, scale: float = 1.0) -> tuple[Line, ...]:
    """The lines of RGB pixels in reading order; their boxes are multiplied by `scale`."""
    found = _all(picture, finding.rows(picture, networks), networks)
    while pair := next(filter(_torn, combinations(found, 2)), None):
        found = [seen for seen in found if seen not in pair]
        row = finding.both(pair[0].row, pair[1].row)
        found.append(_seen(strips.cut_out(picture, row), row, networks))
    legible = [seen for seen in found if seen.ways or (seen.text and seen.score >= LEGIBLE)]
    ranked = ranking.together([seen.ways for seen in legible])
    lines = [_line(seen, ways, scale) for seen, ways in zip(legible, ranked, strict=True)]
    return tuple(in_reading_order(lines))


def _all(picture: Pixels, rows: Sequence[Row], networks: Networks) -> list[Seen]:
    """Every row as one line, but those together that hold a fraction or a root."""
    cut = [strips.cut_out(picture, row) for row in rows]
    plain = [_seen(strip, row, networks) for strip, row in zip(cut, rows, strict=True)]
    regions: list[Row] = []
    for strip, seen in zip(cut, plain, strict=True):
        if len(seen.text) < 3 or may_be_mathematics(seen.text):
            regions += pieces.regions(picture, strip, seen.row)
    done: list[Seen] = []
    parts: set[int] = set()
    for row, members in pieces.merged(rows, regions):
        stacked = pieces.stacked(picture, row)
        whole = _stacked(stacked, networks) if stacked else None
        if whole is not None:
            done.append(whole)
            parts.update(members)
        else:
            plain = [replace(each, whole=False) if n in members else each for n, each in enumerate(plain)]
    return [*(each for n, each in enumerate(plain) if n not in parts), *done]


def _stacked(stacked: Stacked, networks: Networks) -> Seen | None:
    """A line with fractions or roots; nothing where it cannot be read as such."""
    characters = tuple(networks.characters)

    def looks(strip: Strip) -> list[Steps]:
        """Only its ink: with its own pen, and with a thicker one."""
        return [
            networks.what(strips.cleaned(strip, pen, stretch)[None])[0] for pen, stretch in ((0, 1.0), (PEN, STRETCH))
        ]

    def read(strip: Strip) -> tuple[dict[str, float], float]:
        seen = looks(strip)
        return likely([decoding.as_signs(steps, characters) for steps in seen]), decoding.plain(seen[0], characters)[1]

    def judge(strip: Strip, texts: Sequence[str]) -> NDArray[np.float64]:
        all_looks = [decoding.as_signs(steps, characters) for steps in looks(strip)]
        return np.asarray(np.mean([decoding.likelihoods(signs, texts) for signs in all_looks], axis=0))

    texts, score = stacked.read(read, judge)
    ways = ranking.ways(texts)
    if not ways:
        return None
    whole = stacked.note == "fraction"  # a sign may be lost in a root's own
    return Seen(stacked.row, stacked.strip.outer(), ways[0].text, score, ways, stacked.note, whole=whole)


def _seen(strip: Strip, row: Row, networks: Networks) -> Seen:
    steps = networks.what(strips.as_it_is(strip)[None])[0]
    text, score = decoding.plain(steps, networks.characters)
    ways: list[Way] = []
    dot = dots.found(strip.own, strip.box)
    if may_be_mathematics(text):
        characters = tuple(networks.characters)
        looks = [decoding.as_signs(steps, characters)]
        thick = networks.what(strips.cleaned(strip, PEN, STRETCH)[None])[0]
        looks.append(decoding.as_signs(thick, characters))
        likeliest = float(np.log(np.maximum(steps.max(axis=1), 1e-3)).sum())
        texts = likely(looks)
        if dot:
            texts = dots.seen(texts, dot)
        ways = [way for way in ranking.ways(texts) if likeliest - way.seen < FAR * max(3, len(way.text))]
    overlooked = dot is not None and not DOTTED.search(text)
    whole = not strip.note and not overlooked and not SUBSCRIPT.search(text)
    return Seen(row, strip.outer(), text, score, ways, strip.note, whole=whole)


def _torn(pair: tuple[Seen, Seen]) -> bool:
    """Whether two pieces side by side are one equation with a wide gap: a piece begins or ends with a sign."""
    left, right = sorted(pair, key=lambda seen: seen.box[0])
    hangs = re.search(r"[-+*/=\u00d7\u2212]$", left.text) or re.search(r"^[=+*/\u00d7]", right.text)
    return bool(hangs) and may_be_mathematics(left.text + right.text) and finding.beside(left.row, right.row, GAP)


def likely(looks: Sequence[NDArray[np.float64]]) -> dict[str, float]:
    """Texts that any of the looks suggests, and how likely all of them together find each (log-probability)."""
    texts = list(dict.fromkeys(text for signs in looks for text in decoding.search(signs)))
    powers = [re.sub(r"(?<=[a-z)])2(?!\d)", "²", text) for text in texts]
    texts = list(dict.fromkeys([*texts, *powers]))
    mean = np.mean([decoding.likelihoods(signs, texts) for signs in looks], axis=0)
    return {text: float(value) for text, value in zip(texts, mean, strict=True)}


def may_be_mathematics(text: str) -> bool:
    """Whether it is worth a second look: something is there, and it is not words."""
    words = re.findall(r"[^\W\d_]{3,}", text)
    return len(text) > 1 and sum(map(len, words)) * 2 < len(text.replace(" ", ""))


def _line(seen: Seen, ways: Sequence[tuple[Way, float]], scale: float) -> Line:
    left, top, right, bottom = (round(edge * scale) for edge in seen.box)
    box = (left, top, right, bottom)
    if not ways:
        return Line(seen.text, round(seen.score, 3), box, (Candidate(seen.text, round(seen.score, 3)),))
    best, share = ways[0]
    score = share * min(1.0, seen.score)
    candidates = tuple(Candidate(way.text, round(part, 3)) for way, part in ways[:CANDIDATES])
    sure = share >= SURE_SHARE and seen.score >= SURE_SCORE and best.usual >= SURE_USUAL
    note: Note = seen.note or ("root" if "sqrt" in best.text else "")
    return Line(best.text, round(score, 3), box, candidates, is_math=True, sure=sure and seen.whole, note=note)


def in_reading_order(lines: Sequence[Line]) -> list[Line]:
    """Rows from top to bottom (a line belongs to a row when its middle lies in the row's first box), then by x."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda each: each.box[1]):
        middle = (line.box[1] + line.box[3]) / 2
        if rows and middle < rows[-1][0].box[3]:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda each: each.box[0])]
