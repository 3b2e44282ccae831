"""Other people's figures that plots show beside ours, each with where it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from labkit.plots import theme
from labkit.plots.sheet import quiet


@dataclass(frozen=True)
class Reference:
    """A latency that somebody published."""

    name: str
    ms: int


HUMAN_GAP = Reference("human gap", 200)
"""Stivers et al. 2009: the mean over ten languages is 208 ms."""
OPENAI = (
    Reference("GPT-4o best", 232),
    Reference("GPT-4o mean", 320),
    Reference("GPT-3.5 voice", 2800),
    Reference("GPT-4 voice", 5400),
)
"""OpenAI, Hello GPT-4o, May 2024, and the GPT-4o system card, August 2024."""
REFERENCES = (HUMAN_GAP, *OPENAI)
CAPTIONS = (
    "Human gap: about 200 ms between two people's turns, over ten languages (Stivers et al., PNAS 2009).",
    (
        "GPT-4o 232 ms at best, 320 ms on average; voice mode before it 2.8 s (GPT-3.5) and 5.4 s (GPT-4): these are "
        "OpenAI's figures for its own models, not ours (Hello GPT-4o and GPT-4o system card, 2024); where it started "
        "and stopped the clock was not published."
    ),
)
_TICKS = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000)
_ROWS, _ROW_IN = 3, 0.27
ABOVE_IN = _ROWS * _ROW_IN
"""What the names need above the axes."""


def draw(axes: Axes, height_in: float) -> None:
    """Dashed lines; their names stand above the axes, in three rows so that neighbours do not meet."""
    transform = axes.get_xaxis_transform()
    for place, reference in enumerate(REFERENCES):
        top = 1 + ((_ROWS - 1 - place % _ROWS) * _ROW_IN + 0.08) / height_in
        line = [reference.ms] * 2, [0.0, top]
        axes.plot(*line, "--", color=theme.current().grey, lw=1.4, transform=transform, clip_on=False, zorder=1)
        axes.annotate(
            f"{reference.name} {reference.ms} ms",
            (reference.ms, top),
            (4, -2),
            xycoords=transform,
            textcoords="offset points",
            va="bottom",
            fontsize=12,
        )


def logarithmic(axes: Axes, values: Sequence[float], what: str) -> None:
    """Milliseconds on a logarithmic x axis that holds the values and every reference."""
    left, right = min(0.8 * min(values), 80.0), max(1.5 * max(values), 18_000.0)
    axes.set_xscale("log")
    axes.set_xlim(left, right)
    ticks = [tick for tick in _TICKS if left <= tick <= right]
    axes.set_xticks(ticks, [str(tick) for tick in ticks], minor=False)
    axes.set_xticks([], minor=True)
    axes.set_xlabel(f"{what}, milliseconds (logarithmic)")
    quiet(axes)
