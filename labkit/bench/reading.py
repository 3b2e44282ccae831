"""Reading: lines of handwritten mathematics in photographs read exactly or surely misread, and the time it takes."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labkit import algebra, bench
from labkit.bench import _fonts, _hands, _photos
from labkit.engine import eyes
from labkit.errors import UsageError

__all__ = ["measure"]

COUNT = 144
"""Pictures of our hands, and of fonts: every hand in every condition twice."""
STACKED = ("(x + 1)/2 = 3", "x/4 = 5", "(2x - 3)/5 = 1", "x/2 + 1/3 = 4", "sqrt(x + 1) = 4", "sqrt(2x) = 6")
"""Drawn as people write them: over and under a bar, and below a root."""
WRITTEN = (
    ("3x + 1 = 4", "3x = 3", "x = 1"),
    ("2x + 5 = 17", "2x = 12"),
    ("x^2 - 5x + 6 = 0", "(x - 2)(x - 3) = 0"),
    ("2x + y = 7", "x - y = 2"),
    ("5(x - 3) = 20", "x - 3 = 4", "x = 7"),
    ("(x + 1)/2 = 3", "x + 1 = 6"),
    ("18 - 10", "73 + 65"),
    ("x + y + z = 6", "2x - y + z = 3", "x + 2y - z = 2"),
    ("7x - 4 = 3x + 8", "4x = 12"),
    ("x^2 = 49", "x = 7"),
    ("a + 9 = 24", "a = 15"),
    ("3t - 8 = 10", "3t = 18", "t = 6"),
    ("2x^2 + 3x - 5 = 0",),
    ("4b/3 = 8", "4b = 24"),
    ("476 - 473 + 427",),
    ("x/4 = 5", "x = 20"),
    ("6n + 2 = 50", "6n = 48", "n = 8"),
    ("0.5x = 9", "x = 18"),
    ("3x + 2y = 16", "5x - y = 5"),
    ("12*4 - 8", "48 - 8"),
    ("-2x + 7 = 1", "-2x = -6", "x = 3"),
    ("x^2 + 6x + 9 = 0", "(x + 3)^2 = 0"),
    ("9 - x = 4", "x = 5"),
)


@dataclass(frozen=True)
class _Picture:
    """What is photographed, and what is written on it."""

    name: str
    condition: str
    lines: Sequence[str]
    image: bytes


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Each group's lines read exactly (canonical text), lines surely misread, and milliseconds for a picture."""
    count = options.count or COUNT
    eyes.look(_photos.jpeg(_hands.page(["1"], "upright", 0)))
    return {
        "our hands": _figure(_hand_pictures(count), 92),
        "our hands, 1280 x 960": _figure(_hand_pictures(count // 10, width=1280, height=960)),
        "our hands, stacked fractions and roots": _figure(_stacked()),
        "fonts": _or_skipped(_font_pictures, count, 95),
        "drawn sums": _or_skipped(_shared, options.shared, 94),
    }


def _or_skipped(pictures: Callable[[Any], Iterator[_Picture]], argument: Any, goal: float) -> dict[str, Any]:
    try:
        return _figure(pictures(argument), goal)
    except UsageError as error:
        return {"skipped": str(error)}


def _hand_pictures(count: int, **shape: Any) -> Iterator[_Picture]:
    """Hands, conditions and texts in step, so that few pictures are a mixture too."""
    hands, conditions = list(_hands.HANDS), list(_photos.CONDITIONS)
    for number in range(count):
        turned = number + number // len(conditions)
        hand, condition = hands[number % len(hands)], conditions[turned % len(conditions)]
        lines = WRITTEN[number % len(WRITTEN)]
        photo = _photos.photograph(_hands.page(lines, hand, number, **shape), condition, number)
        yield _Picture(hand, condition, lines, _photos.jpeg(photo))


def _stacked() -> Iterator[_Picture]:
    for number, (hand, line) in enumerate((hand, line) for hand in _hands.HANDS for line in STACKED):
        photo = _photos.photograph(_hands.page([line], hand, number, stacked=True), "tilted", number)
        yield _Picture(hand, "tilted", [line], _photos.jpeg(photo))


def _font_pictures(count: int) -> Iterator[_Picture]:
    fonts, conditions = _fonts.handwriting_fonts(), list(_photos.CONDITIONS)
    for number in range(count):
        family, file = list(fonts.items())[number % len(fonts)]
        condition, lines = conditions[number // len(fonts) % len(conditions)], WRITTEN[number % len(WRITTEN)]
        photo = _photos.photograph(_fonts.with_font(lines, file), condition, number)
        yield _Picture(family, condition, lines, _photos.jpeg(photo))


def _shared(shared: Path | None) -> Iterator[_Picture]:
    """The folder's pictures of one line each; `UsageError` without them."""
    index = Path(shared or "") / "handwriting" / "index.json"
    if shared is None or not index.is_file():
        raise UsageError("This figure wants a folder with handwriting/index.json: name it with --shared.")
    for name, text in json.loads(index.read_text(encoding="utf-8")).items():
        yield _Picture("people", "drawn", [text], (index.parent / name).read_bytes())


def _figure(pictures: Iterable[_Picture], goal: float | None = None) -> dict[str, Any]:
    """Of one group: shares in percent of the lines that are written there, and the misread ones in words."""
    written: Counter[str] = Counter()
    right: Counter[str] = Counter()
    misread: list[str] = []
    surely_wrong: list[str] = []
    took_ms = []
    for picture in pictures:
        sight = eyes.look(picture.image)
        took_ms.append(sight.took_ms)
        wanted = Counter(algebra.normalise(line) for line in picture.lines)
        read = Counter(line.text for line in sight.lines if line.is_math)
        for group in ("", picture.name, picture.condition):
            written[group] += wanted.total()
            right[group] += (wanted & read).total()
        place = f"({picture.name}, {picture.condition})"
        surely_wrong += [f"{line.text} {place}" for line in sight.lines if line.sure and line.text not in wanted]
        if lost := wanted - read:
            misread.append(f"{'; '.join(lost)} as {'; '.join(read - wanted) or 'nothing'} {place}")
    lines = written.pop("")
    return {
        "lines read exactly": {**_share(right.pop(""), lines), "goal": goal},
        "lines surely misread": {**_share(len(surely_wrong), lines), "goal": 2},
        **{f"of it {group}": _share(right[group], written[group]) for group in written},
        "a picture": {**bench.summary(took_ms), "unit": "ms", "goal": goal and 350},
        "misread": misread,
        "surely misread": surely_wrong,
    }


def _share(count: int, lines: int) -> dict[str, Any]:
    return {"value": round(100 * count / lines, 1) if lines else None, "unit": "%", "n": lines}
