"""What a picture shows, as sentences to speak."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labkit.engine.eyes.sight import Colour, Sight, Thing

NEUTRAL = ("white", "black", "grey")
"""Colours of paper and shadow: named last when asked for the colour of something."""
SMALLEST_PATCH = 0.02
"""Share of the picture below which a colour does not count as the colour of something."""
LINES_READ = 6
"""Lines of a picture that are read out."""


UNSEEN = {
    "dark": "The picture is too dark for me to see anything: turn on a light.",
    "blurred": "The picture is blurred: hold the camera still, a little further away.",
}
"""What is said of a picture in which nothing can be made out."""


def describe(sight: Sight) -> str:
    """Its colours and its text, or why nothing can be seen."""
    if sight.kind in UNSEEN:
        return UNSEEN[sight.kind]
    colours = listed([colour.name for colour in sight.colours[:3]])
    seen = f"I see a picture, mostly {colours}." if colours else "I see a picture."
    return f"{seen} {read_out(sight)}" if sight.lines else f"{seen} I see no text in it."


def name_colour(sight: Sight) -> str:
    """The colour of what stands out, else of the picture."""
    chosen = colour_of(sight.objects, sight.colours)
    return f"It is {chosen}." if chosen else "I cannot tell the colour."


def colour_of(objects: Sequence[Thing], colours: Sequence[Colour]) -> str | None:
    """Of the most likely thing; of none, the largest colour that is not paper or shadow, else the largest."""
    if objects:
        return objects[0].colour
    patches = [colour.name for colour in colours if colour.share >= SMALLEST_PATCH]
    return next((name for name in patches if name not in NEUTRAL), patches[0] if patches else None)


def read_out(sight: Sight) -> str:
    """The text in the picture, its first lines."""
    if not sight.lines:
        return "I see no text in the picture."
    text = ". ".join(line.text.strip(" .") for line in sight.lines[:LINES_READ])
    rest = len(sight.lines) - LINES_READ
    return f"It says: {text}." + (f" And {rest} more lines." if rest > 0 else "")


def listed(words: Sequence[str]) -> str:
    """Words as one speaks them in a row: "red, blue and white"."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
