"""Conversations side by side: two settings compared turn by turn, or several pipelines at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from labkit.errors import UsageError
from labkit.plots import bars, given, references, theme
from labkit.plots.one_turn import time_axis
from labkit.plots.sheet import Sheet, empty, quiet, sheet, shorten, themed
from labkit.summaries import Summary, summary
from labkit.trace import Span, Trace
from labkit.turns import Turn

_ROW_IN, _PAIRS_IN, _MANY = 0.46, 2.9, 80
_NAME = 20
"""Characters of a name that fit beside the axes."""
_NOT_ADDITIVE = (
    "A piece of a bar is the median of its stage: the pieces need not add up to the median of the whole (◆)."
)


@dataclass(frozen=True)
class _Side:
    """One conversation of a comparison."""

    name: str
    traces: list[Trace]
    latencies: dict[int, float]
    """Milliseconds by the turn's place."""
    what: str

    @classmethod
    def of(cls, name: str, turns: Any, plot: str) -> _Side:
        traces = given.several(turns, plot)
        return cls(name, traces, *given.measured(traces))

    @cached_property
    def summary(self) -> Summary:
        return summary(list(self.latencies.values()))

    @cached_property
    def median_spans(self) -> list[Span]:
        """The median of each stage, laid end to end; a stage that a turn does not have took it no time."""
        lengths: dict[str, list[float]] = {}
        for place in self.latencies:
            for span in self.traces[place].spans:
                lengths.setdefault(span.name, []).append(span.end_ms - span.start_ms)
        spans, at = [], 0.0
        for name in bars.in_order(lengths):
            absent = len(self.latencies) - len(lengths[name])
            length = float(np.median(lengths[name] + [0.0] * absent))
            spans.append(Span(name, at, at + length))
            at += length
        return spans

    @property
    def words(self) -> str:
        if not self.latencies:
            return f"{self.name}: nothing measured (n = 0 of {given.turns(len(self.traces))})."
        return f"{self.name}, {self.what}: {self.summary}."


def _stages(sides: Sequence[_Side]) -> list[str]:
    return bars.in_order(span.name for side in sides for span in side.median_spans)


def _missing(sides: Sequence[_Side]) -> list[str]:
    sentences = [f"{side.name}: {text}" for side in sides for text in given.missing(side.traces)]
    if len({side.what for side in sides if side.latencies}) > 1:
        sentences.insert(0, "Careful: they do not all end at the same moment, so they cannot be compared as they are.")
    return sentences


def _stacks(axes: Axes, sides: Sequence[_Side]) -> None:
    """One bar a side: median stages end to end, the median of the whole as a diamond."""
    now = theme.current()
    bars.draw(axes, [side.median_spans for side in sides])
    ends = [0.0]
    for row, side in enumerate(sides):
        median, spans = side.summary.median, side.median_spans
        ends += [spans[-1].end_ms if spans else 0.0, median or 0.0]
        if median is not None:
            axes.plot(median, row, "D", color=now.background, mec=now.ink, mew=1.5, ms=8)
        text = "nothing measured" if median is None else f"{median:.0f} ms (n = {side.summary.n})"
        axes.annotate(text, (max(ends[-2:]), row), (11, 0), textcoords="offset points", va="center", weight="bold")
    axes.set_yticks(range(len(sides)), [shorten(side.name, _NAME) for side in sides])
    axes.set_ylim(len(sides) - 0.5, -0.5)
    time_axis(axes, 0.0, max(ends), "after the last voiced sample, medians", room=0.34)


@themed
def compare(a: Iterable[Turn | Trace], b: Iterable[Turn | Trace], names: Sequence[str] = ("a", "b")) -> Sheet:
    """Two conversations: each turn's latency in `a` beside that in `b`, and where the time went in each.

    Turns are paired by their place. Raises `UsageError` for anything but two lists of turns and two names.
    """
    if isinstance(names, str) or len(names) != 2:
        raise UsageError(f"plots.compare needs two names, such as names=('200 ms', '500 ms'), not {names!r}.")
    sides = [_Side.of(str(names[0]), a, "compare"), _Side.of(str(names[1]), b, "compare")]
    title = " against ".join(f"{shorten(side.name, _NAME)} (n = {side.summary.n})" for side in sides)
    caption = [*(side.words for side in sides), _difference(sides), *_missing(sides)]
    if not any(side.latencies for side in sides):
        return empty(title, caption)
    above_in = bars.legend_in(_stages(sides))
    heights_in = [_PAIRS_IN, 2 * _ROW_IN]
    figure, (top, bottom) = sheet(title, heights_in, [*caption, _NOT_ADDITIVE], left_in=2.1, above_in=above_in)
    bars.legend(figure, _stages(sides))
    _turn_by_turn(top, sides)
    _stacks(bottom, sides)
    return figure


def _pairs(sides: Sequence[_Side]) -> dict[int, tuple[float, float]]:
    """Both latencies by the place of the turns that have them on both sides."""
    first, second = (side.latencies for side in sides)
    return {place: (first[place], second[place]) for place in first if place in second}


def _difference(sides: Sequence[_Side]) -> str:
    found = summary([b - a for a, b in _pairs(sides).values()])
    if found.median is None:
        return "No turn has a figure on both sides (n = 0 pairs)."
    unsure = "" if found.low is None else f" (95 % CI {found.low:+.0f} to {found.high:+.0f})"
    what = f"Paired difference, {sides[1].name} less {sides[0].name}"
    return f"{what}: median {found.median:+.0f} ms{unsure}, n = {found.n} pairs."


def _turn_by_turn(axes: Axes, sides: Sequence[_Side]) -> None:
    now, pairs = theme.current(), _pairs(sides)
    few = max(len(side.traces) for side in sides) <= _MANY
    axes.vlines(list(pairs), [a for a, _ in pairs.values()], [b for _, b in pairs.values()], color=now.grey, lw=1.2)
    for side, marker, colour in zip(sides, "os", (now.blue, now.orange), strict=True):
        label = f"{shorten(side.name, 30)} (n = {side.summary.n})"
        style = {"color": colour, "mec": now.ink, "mew": 0.8 if few else 0.0, "ms": 9 if few else 4, "label": label}
        axes.plot(list(side.latencies), list(side.latencies.values()), marker, **style)  # type: ignore[arg-type]
    axes.set_xlim(-0.6, max(len(side.traces) for side in sides) - 0.4)
    axes.set_ylim(0, 1.3 * max(ms for side in sides for ms in side.latencies.values()))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.xaxis.set_major_formatter(lambda place, _: f"{place + 1:.0f}")
    axes.set_xlabel("turn")
    axes.set_ylabel("latency, ms")
    axes.legend(loc="upper left", ncols=2, borderaxespad=0.2)
    quiet(axes, axis="y")


@themed
def pipelines(turns: Mapping[str, Iterable[Turn | Trace]]) -> Sheet:
    """Several ways to answer, by name: the median of each stage, and the whole beside other people's figures.

    Raises `UsageError` for anything but a dict of lists of turns.
    """
    if not isinstance(turns, Mapping):
        advice = "give a dict, such as {'cascade': a.turns, 'realtime': b.turns}"
        raise UsageError(
            f"plots.pipelines draws several lists of turns with names, not {given.named(turns)}: {advice}."
        )
    sides = [_Side.of(str(name), of_one, "pipelines") for name, of_one in turns.items()]
    title = f"Pipelines side by side (n = {', '.join(str(side.summary.n) for side in sides) or '0'})"
    caption = [*(side.words for side in sides), *_missing(sides)]
    if not any(side.latencies for side in sides):
        return empty(title, [*(caption or ["There is no pipeline to draw (n = 0)."]), *references.CAPTIONS])
    height_in = _ROW_IN * len(sides)
    figure, (top, bottom) = sheet(
        title,
        [height_in, height_in],
        [*caption, _NOT_ADDITIVE, *references.CAPTIONS],
        left_in=2.1,
        above_in=bars.legend_in(_stages(sides)),
        between_in=references.ABOVE_IN,
    )
    bars.legend(figure, _stages(sides))
    _stacks(top, sides)
    _beside_others(bottom, sides, height_in)
    return figure


def _beside_others(axes: Axes, sides: Sequence[_Side], height_in: float) -> None:
    """Each side's median with its interval on one logarithmic axis with the published figures."""
    now = theme.current()
    medians: list[float] = []
    for row, side in enumerate(sides):
        found = side.summary
        if found.median is None or found.median <= 0:
            continue
        if found.low is not None and found.high is not None:
            axes.plot([found.low, found.high], [row, row], color=now.red, lw=5, alpha=0.6, solid_capstyle="butt")
        axes.plot(found.median, row, "D", color=now.red, mec=now.ink, ms=9)
        medians.append(found.median)
    axes.set_yticks(range(len(sides)), [shorten(side.name, _NAME) for side in sides])
    axes.set_ylim(len(sides) - 0.5, -0.5)
    references.logarithmic(axes, medians or [references.HUMAN_GAP.ms], "median latency")
    references.draw(axes, height_in)
