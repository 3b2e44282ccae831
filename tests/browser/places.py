"""The places of the browser tests; they live with the figures, which use them too."""

from labkit.bench._places import (
    TOKEN,
    Lab,
    Voila,
    chromium_with,
    colour_film,
    loudest,
    open_in_lab,
    tone_bursts,
    write_notebook,
)

__all__ = [
    "TOKEN",
    "Lab",
    "Voila",
    "chromium_with",
    "colour_film",
    "loudest",
    "open_in_lab",
    "tone_bursts",
    "write_notebook",
]
