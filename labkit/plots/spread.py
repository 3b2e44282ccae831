"""How much latencies differ: every turn as a dot, with median, 95th percentile and other people's figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from labkit.errors import UsageError
from labkit.plots import given, theme
from labkit.plots import references as others
from labkit.plots.sheet import Sheet, empty, quiet, sheet, themed
from labkit.summaries import Summary, summary
from labkit.trace import Trace
from labkit.turns import Turn

_LEAST_MS = 10.0
"""Where a logarithmic axis begins to make sense for latencies; shorter ones are said in words."""
_HEIGHT_IN, _MANY = 3.3, 80


@themed
def distribution(turns: Iterable[Turn | Trace] | Iterable[float], references: bool = True) -> Sheet:
    """Each latency as a dot at the share of turns that were as quick; milliseconds, logarithmic with `references`.

    Takes turns, or a list of milliseconds. Raises `UsageError` for anything else.
    """
    values, what, missing = _values(turns)
    drawn = [value for value in values if value >= _LEAST_MS or not references]
    if len(drawn) < len(values):
        missing.append(f"Not drawn: {given.turns(len(values) - len(drawn))} with less than {_LEAST_MS:.0f} ms.")
    found = summary(values)
    title = f"How long the silence was (n = {found.n})"
    if not drawn:
        return empty(title, [f"There is no latency to draw (n = {found.n}).", *missing])
    caption = [f"{given.sentence(what)}: {found}.", *missing, *(others.CAPTIONS if references else ())]
    figure, (axes,) = sheet(title, [_HEIGHT_IN], caption, above_in=others.ABOVE_IN if references else 0.0)
    _dots(axes, drawn, len(values))
    _figures(axes, found)
    if references:
        others.logarithmic(axes, drawn, what)
        others.draw(axes, _HEIGHT_IN)
    else:
        _linear(axes, drawn, what)
    axes.set_ylim(0, 104)
    axes.set_yticks([0, 25, 50, 75, 100])
    axes.set_ylabel("% of turns")
    return figure


def _values(asked: Any) -> tuple[list[float], str, list[str]]:
    """The latencies, what they are, and what is missing."""
    found = list(asked) if given.many(asked) else None
    if found and all(_is_number(value) for value in found):
        return [float(value) for value in found], "latency", []
    if found is None or not all(isinstance(turn, Turn | Trace) for turn in found):
        named = given.named(asked if found is None else found)
        raise UsageError(
            f"plots.distribution draws turns or milliseconds, not {named}: give session.turns, or numbers."
        )
    traces = given.several(found, "distribution")
    latencies, what = given.measured(traces)
    left_out = len(traces) - len(latencies)
    missing = [f"Left out: {given.turns(left_out)} of {len(traces)} without this figure."] if left_out else []
    return list(latencies.values()), what, missing + given.missing(traces)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool) and bool(np.isfinite(value))


def _dots(axes: Axes, drawn: Sequence[float], n: int) -> None:
    ordered = np.sort(drawn)
    share = (np.arange(len(ordered)) + 1 + n - len(drawn)) / n * 100
    now, few = theme.current(), n <= _MANY
    axes.step(ordered, share, where="post", color=now.blue, lw=1.2, alpha=0.7)
    axes.plot(ordered, share, "o", color=now.blue, ms=7 if few else 4, mec=now.background, mew=0.5 if few else 0)


def _figures(axes: Axes, found: Summary) -> None:
    """Median with its interval at 50 %, 95th percentile at 95 %."""
    now = theme.current()
    if found.median is None or found.p95 is None:
        return
    if found.low is not None and found.high is not None:
        axes.plot([found.low, found.high], [50, 50], color=now.red, lw=5, alpha=0.6, solid_capstyle="butt")
    right = found.median if found.high is None else found.high
    for name, value, share, at in (("median", found.median, 50, right), ("p95", found.p95, 95, found.p95)):
        axes.plot(value, share, "D", color=now.red, ms=9, mec=now.ink)
        text = f"{name} {value:.0f} ms"
        axes.annotate(text, (at, share), (12, -4), textcoords="offset points", va="top", weight="bold")


def _linear(axes: Axes, drawn: Sequence[float], what: str) -> None:
    low, high = min(drawn), max(drawn)
    margin = max(high - low, 20.0) * 0.25
    axes.set_xlim(low - margin * 0.4, high + margin)
    axes.set_xlabel(f"{what}, milliseconds")
    quiet(axes)
