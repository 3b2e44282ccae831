"""Spans as bars: one collection a span name, so that five hundred turns draw as quickly as five."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from labkit.plots import theme
from labkit.trace import Span

_MANY = 80
"""More rows than this: no outlines, no hatches; they would be all that is seen."""


def draw(axes: Axes, rows: Sequence[Sequence[Span]], height: float = 0.62) -> list[str]:
    """Row 0 at y = 0, the next at 1, ...; milliseconds on x. Returns the names that were drawn, in order of time."""
    by_name: dict[str, list[list[tuple[float, float]]]] = {}
    for y, spans in enumerate(rows):
        for span in spans:
            box = _box(span.start_ms, span.end_ms, y - height / 2, y + height / 2)
            by_name.setdefault(span.name, []).append(box)
    plain = len(rows) > _MANY
    for name, boxes in by_name.items():
        axes.add_collection(_filled(name, boxes, plain=plain), autolim=False)
    if not plain:
        every = [box for boxes in by_name.values() for box in boxes]
        outline = PolyCollection(every, facecolors="none", edgecolors=theme.current().ink, linewidths=0.8)
        axes.add_collection(outline, autolim=False)
    return in_order(by_name)


def _box(start: float, end: float, low: float, high: float) -> list[tuple[float, float]]:
    return [(start, low), (end, low), (end, high), (start, high)]


def _filled(name: str, boxes: list[list[tuple[float, float]]], *, plain: bool) -> PolyCollection:
    """A hatch takes the colour of the edges, which are drawn apart for that."""
    colour, hatch = theme.look(name)
    edges = {"edgecolors": "none"} if plain else {"edgecolors": theme.EDGE, "hatch": hatch}
    return PolyCollection(boxes, facecolors=colour, linewidths=0.0, label=name, rasterized=plain, **edges)  # type: ignore[arg-type]


def in_order(names: Iterable[str]) -> list[str]:
    """Span names in the order of time; ones that are not known come last."""
    known = {name: place for place, name in enumerate(theme.SPAN_NAMES)}
    return sorted(set(names), key=lambda name: (known.get(name, len(known)), name))


def legend(figure: Figure, names: Sequence[str], columns: int = 5) -> None:
    """What the colours and hatches mean, below the title."""
    patches = [
        Patch(facecolor=theme.look(name)[0], hatch=theme.look(name)[1], edgecolor=theme.EDGE, label=name)
        for name in names
    ]
    top = 1 - 0.5 / figure.get_size_inches()[1]
    figure.legend(handles=patches, loc="upper left", bbox_to_anchor=(0.01, top), ncols=columns, borderaxespad=0.0)


def legend_in(names: Sequence[str], columns: int = 5) -> float:
    """The height that the legend needs, inches."""
    return 0.12 + 0.27 * -(-len(names) // columns)
