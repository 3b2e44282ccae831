"""Draws the end of turn: how often each way to decide cuts somebody off, against how long everybody waits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from labkit.plots import theme
from labkit.plots.sheet import Sheet, quiet, sheet, themed

if TYPE_CHECKING:
    from labkit.endpointing import Curve, Point

PEERS = (
    ("OpenAI server_vad: 500 ms documented, 200 ms in its examples", "o", (200, 500)),
    ("pipecat: 200 ms of its VAD and 600 ms of speech timeout", "s", (800,)),
    ("LiveKit: at least 500 ms", "D", (500,)),
)
"""Defaults: OpenAI's API reference and GA examples, pipecat 1.7 and LiveKit agents 1.7, as read in August 2026."""
_HEIGHT_IN, _RING = 4.2, 15


@themed
def draw(curves: Sequence[Curve]) -> Sheet:
    """One line a curve; see `labkit.endpointing.plot`."""
    known = {found.hangover_ms for curve in curves for found in curve.points}
    peers = [(name, marker, at) for name, marker, at in PEERS if known & set(at)]
    policies = {found.policy for curve in curves for found in curve.points if found.hangover_ms is None}
    rows_in = 0.28 * (len(curves) + len(policies) + len(peers)) + 0.1
    title = f"Waiting against cutting off ({', '.join(f'n = {curve.points[0].n}' for curve in curves)})"
    figure, (axes,) = sheet(title, [_HEIGHT_IN], _caption(curves, bool(peers)), left_in=0.9, above_in=rows_in)
    for place, (curve, colour) in enumerate(zip(curves, _colours(len(curves)), strict=True)):
        _line(axes, curve, colour, "o^sv"[place % 4])
    _stars(axes, curves)
    _labels(axes, curves)
    for name, marker, at in peers:
        _rings(axes, curves, at, marker, name)
    axes.set_xlim(0, None)
    axes.set_ylim(-3, 1.12 * max([10.0, *(y for curve in curves for y in _places(curve.points)[1])]))
    axes.set_xlabel("wait after the last voiced sample, median and (thin) 95th percentile, milliseconds")
    axes.set_ylabel("turns cut off early, %")
    quiet(axes)
    top = 1 - 0.5 / figure.get_size_inches()[1]
    figure.legend(loc="upper left", bbox_to_anchor=(0.01, top), borderaxespad=0.0, markerscale=0.6)
    return figure


def _colours(count: int) -> list[str]:
    now = theme.current()
    return [(now.blue, now.orange, now.green, now.red)[place % 4] for place in range(count)]


def _line(axes: Axes, curve: Curve, colour: str, marker: str) -> None:
    ink, fixed = theme.current().ink, [found for found in curve.points if found.hangover_ms is not None]
    name = f"{curve.source}; fixed hangovers, ms"
    axes.plot(*_places(fixed), "-" + marker, color=colour, mec=ink, ms=8, lw=2, label=name)
    for found in curve.points:
        if found.median_ms is not None and found.p95_ms is not None:
            axes.plot([found.median_ms, found.p95_ms], [found.cut_percent] * 2, color=colour, lw=1)


def _stars(axes: Axes, curves: Sequence[Curve]) -> None:
    """A star in its curve's colour where the wait is not fixed; the first of a name stands in the legend."""
    named: set[str] = set()
    for curve, colour in zip(curves, _colours(len(curves)), strict=True):
        for found in curve.points:
            if found.hangover_ms is None:
                label = "_again" if found.policy in named else f"{found.policy}: the words decide how long to wait"
                named.add(found.policy)
                x, y = _places([found])
                axes.plot(x, y, "*", color=colour, mec=theme.current().ink, ms=20, ls="", label=label)


def _places(points: Sequence[Point]) -> tuple[list[float], list[float]]:
    """Wait and share cut off of the points that have a wait."""
    known = [(found.median_ms, found.cut_percent) for found in points if found.median_ms is not None]
    return [x for x, _ in known], [y for _, y in known]


def _labels(axes: Axes, curves: Sequence[Curve]) -> None:
    """Every hangover once, at its highest dot."""
    points = [found for curve in curves for found in curve.points if found.hangover_ms is not None]
    highest = {
        found.hangover_ms: found for found in sorted(points, key=lambda found: found.cut_percent) if found.median_ms
    }
    for ms, found in highest.items():
        assert found.median_ms is not None
        at = found.median_ms, found.cut_percent
        axes.annotate(str(ms), at, (7, 7), textcoords="offset points", fontsize=12)


def _rings(axes: Axes, curves: Sequence[Curve], hangovers: Sequence[int], marker: str, name: str) -> None:
    """A ring around every dot that has a peer's hangover."""
    x, y = _places([found for curve in curves for found in curve.points if found.hangover_ms in hangovers])
    size = _RING + 5 * "osD".index(marker)
    axes.plot(x, y, marker, mfc="none", mec=theme.current().red, mew=2, ms=size, label=name, ls="")


def _caption(curves: Sequence[Curve], marked: bool) -> list[str]:
    sentences = []
    for curve in curves:
        best = [_words(found) for found in curve.points if found.hangover_ms is None]
        when = f", measured {curve.date}" if curve.date else ""
        sentences.append(f"n = {curve.points[0].n}: {curve.source}{when}.{''.join(best)}")
        lost = [found.policy for found in curve.points if found.median_ms is None]
        if lost:
            sentences.append(f"Not drawn, for no turn was left to wait for: {', '.join(lost)} (100 % cut off).")
    sentences.append(
        "Waits are of the turns that were not cut off; compute, network and the answer come on top. "
        "The detector is the embedded engine's, energy and Silero together."
    )
    if marked:
        sentences.append("A peer's mark is its default wait on our detector and recordings, not a figure of that peer.")
    return sentences


def _words(found: Point) -> str:
    wait = "no turn left" if found.median_ms is None else f"median {found.median_ms:.0f} ms"
    again = f", {found.recovered} of these taken up again" if found.cut else ""
    return f" {found.policy}: {wait}, {found.cut} of {found.n} cut off{again}."
