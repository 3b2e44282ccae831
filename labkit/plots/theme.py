"""How plots look: two themes that can be read from the last row, and the colours of the spans.

The colours follow Okabe and Ito (2008), who chose them to be told apart with any colour vision; hatches and labels
say the same once more, for a printer without colours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from labkit.errors import UsageError


@dataclass(frozen=True)
class Theme:
    """Colours that belong together."""

    name: str
    background: str
    ink: str
    """Text and lines."""
    faint: str
    """Grid lines."""
    blue: str
    green: str
    orange: str
    red: str
    grey: str

    @property
    def rc(self) -> dict[Any, Any]:
        """Matplotlib's settings while a figure is built."""
        return {
            "font.family": "sans-serif",
            "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial", "sans-serif"],
            "font.size": 13,
            "text.color": self.ink,
            "axes.facecolor": self.background,
            "axes.edgecolor": self.ink,
            "axes.labelcolor": self.ink,
            "axes.labelsize": 13,
            "axes.linewidth": 1.0,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.axisbelow": True,
            "xtick.color": self.ink,
            "ytick.color": self.ink,
            "xtick.labelsize": 12,
            "ytick.labelsize": 12,
            "grid.color": self.faint,
            "grid.linewidth": 1.0,
            "legend.frameon": False,
            "legend.fontsize": 12,
            "hatch.linewidth": 0.8,
        }


LIGHT = Theme("light", "#ffffff", "#1a1a1a", "#dddddd", "#0072b2", "#009e73", "#e69f00", "#d55e00", "#6b6b6b")
DARK = Theme("dark", "#15181c", "#f2f2f2", "#3a3f45", "#56b4e9", "#2ec49a", "#f0b429", "#ff7f3f", "#a0a0a0")
_THEMES = {"light": LIGHT, "dark": DARK}

_LOOKS = {
    "end of turn": ("#e69f00", ""),
    "commit": ("#999999", "|||"),
    "transcription": ("#cc79a7", "xx"),
    "model": ("#3f8fd2", ""),
    "voice": ("#009e73", "\\\\"),
    "wire": ("#56b4e9", "--"),
    "session": ("#bfae3a", "++"),
    "link": ("#d55e00", "//"),
    "rendering": ("#f0e442", "||"),
    "output latency": ("#c8c8c8", "xx"),
}
EDGE = "#1a1a1a"
"""Of hatches, dark on both backgrounds: every span's colour is light enough for it."""
SPAN_NAMES = tuple(_LOOKS)
"""In the order of time."""

_in_force = LIGHT


def use(name: str | None) -> None:
    """Draw from now on "dark" or "light"; `None` is the usual one, light. Raises `UsageError` for another name."""
    global _in_force  # noqa: PLW0603 — the one setting that all plots share, as a notebook wants it
    if name is not None and name not in _THEMES:
        raise UsageError(f"There is no theme {name!r}: say 'dark', 'light' or None.")
    _in_force = _THEMES[name or "light"]


def current() -> Theme:
    """The theme in force."""
    return _in_force


def look(span: str) -> tuple[str, str]:
    """Colour and hatch of a span, by its name; a name that is not known is grey."""
    return _LOOKS.get(span, ("#8a8a8a", "--"))
