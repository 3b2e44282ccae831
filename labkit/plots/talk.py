"""A conversation: its turns below one another, each with its stages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from matplotlib.axes import Axes

from labkit.plots import bars, given
from labkit.plots.one_turn import time_axis
from labkit.plots.sheet import Sheet, empty, sheet, shorten, themed
from labkit.summaries import summary
from labkit.trace import Trace
from labkit.turns import Turn

_LABELLED = 40
"""With more turns the rows get too thin for words."""
_ROW_IN, _TALLEST_IN = 0.34, 7.0


@themed
def conversation(turns: Iterable[Turn | Trace]) -> Sheet:
    """All turns, one row each, milliseconds after the last voiced sample; more than 40 turns get no labels.

    Raises `UsageError` for anything but turns.
    """
    found = given.several(turns, "conversation")
    title = f"Where the time went, turn by turn (n = {len(found)})"
    if not any(trace.spans for trace in found):
        return empty(title, [_nothing(found), *given.missing(found)])
    names = bars.in_order(span.name for trace in found for span in trace.spans)
    labelled = len(found) <= _LABELLED
    height = min(_TALLEST_IN, _ROW_IN * len(found)) if not labelled else _ROW_IN * len(found)
    figure, (axes,) = sheet(
        title, [max(height, 0.6)], _caption(found), left_in=3.3 if labelled else 1.0, above_in=bars.legend_in(names)
    )
    bars.legend(figure, names)
    bars.draw(axes, [trace.spans for trace in found], height=0.62 if labelled else 1.0)
    _rows(axes, found, labelled=labelled)
    ends = [trace.spans[-1].end_ms for trace in found if trace.spans]
    time_axis(axes, 0.0, max(ends), "after the last voiced sample", room=0.14 if labelled else 0.03)
    return figure


def _rows(axes: Axes, found: Sequence[Trace], *, labelled: bool) -> None:
    axes.set_ylim(len(found) - 0.5, -0.5)
    if not labelled:
        axes.set_ylabel("turn")
        axes.yaxis.set_major_formatter(lambda row, _: f"{row + 1:.0f}")
        return
    axes.set_yticks(range(len(found)), [_label(trace) for trace in found])
    for row, trace in enumerate(found):
        text = f"{trace.spans[-1].end_ms:.0f} ms" if trace.spans else "nothing is known"
        at = trace.spans[-1].end_ms if trace.spans else 0.0
        style = "normal" if trace.voice_to_voice_ms is not None else "italic"
        axes.annotate(text, (at, row), (6, 0), textcoords="offset points", va="center", style=style)


def _label(trace: Trace) -> str:
    return f"{trace.index + 1}  {shorten(trace.label, 28)}"


def _nothing(found: Sequence[Trace]) -> str:
    return "There is no turn yet (n = 0): talk first." if not found else "No stage of any turn is known."


def _caption(found: Sequence[Trace]) -> list[str]:
    heard = [trace.voice_to_voice_ms for trace in found if trace.voice_to_voice_ms is not None]
    typed = sum("last_voiced" not in trace.moments for trace in found if trace.spans)
    sentences = [f"Voice-to-voice at the ear: {summary(heard)}."]
    if len(heard) < len(found):
        sentences.append(f"Rows whose figure is slanted end before the ear: {given.turns(len(found) - len(heard))}.")
    if typed:
        sentences.append(f"Typed turns start their axis when the answer was begun: {given.turns(typed)}.")
    return sentences + given.missing(found)
