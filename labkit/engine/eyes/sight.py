"""What was seen in one picture: its lines, its colours, and what kind of picture it is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Kind = Literal["mathematics", "text", "picture", "blank", "dark", "blurred"]
Note = Literal["", "fraction", "root"]


@dataclass(frozen=True)
class Candidate:
    """One way to read a line."""

    text: str
    score: float
    """0..1: its share among all the ways to read this line."""


@dataclass(frozen=True)
class Line:
    """One line of text or mathematics."""

    text: str
    score: float
    """0..1, the reader's own confidence."""
    box: tuple[int, int, int, int]
    """Left, top, right, bottom in pixels of the picture as it came."""
    candidates: tuple[Candidate, ...] = ()
    """Ways to read it, the best (`text` itself) first."""
    is_math: bool = False
    """`text` is mathematics in the canonical spelling of `labkit.algebra`."""
    sure: bool = False
    """Worth acting on without asking the person."""
    note: Note = ""
    """What is in it that is read less well than a plain line: a stacked "fraction", a "root"."""


@dataclass(frozen=True)
class Colour:
    """One colour name and how much of the picture it covers."""

    name: str
    share: float
    """0..1."""
    rgb: tuple[int, int, int]
    """The mean of its pixels, sRGB 0..255."""


@dataclass(frozen=True)
class Thing:
    """Something that stands out of what is around it."""

    colour: str
    """The name of its colour, one of the eleven basic ones, as it would be in white light."""
    share: float
    """0..1: how much of the picture it covers."""
    box: tuple[int, int, int, int]
    """Left, top, right, bottom in pixels of the picture as it came."""


@dataclass(frozen=True)
class Sight:
    """Everything seen in one picture."""

    width: int
    height: int
    lines: tuple[Line, ...]
    """From top to bottom, and from left to right within a row."""
    colours: tuple[Colour, ...]
    """Largest first."""
    took_ms: float
    kind: Kind = "picture"
    """"blank", "dark" and "blurred": nothing can be read, and that is why."""
    objects: tuple[Thing, ...] = ()
    """What stands out of its surroundings, the most likely thing that is meant first."""

    def to_dict(self) -> dict[str, Any]:
        """Plain lists and numbers, ready for JSON."""
        return asdict(self)
