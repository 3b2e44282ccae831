"""One turn: where its time went, and what others would have called its latency."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes

from labkit.peers import PeerFigure
from labkit.plots import bars, given, theme
from labkit.plots.sheet import Sheet, empty, quiet, sheet, shorten, themed
from labkit.trace import Trace
from labkit.turns import Turn

_ROW_IN, _PEER_ROW_IN = 0.36, 0.66
_SPOKEN_ZERO, _TYPED_ZERO = "after the last voiced sample", "after the answer was begun (the turn was typed)"


@themed
def waterfall(turn: Turn | Trace) -> Sheet:
    """Each stage of one turn on one axis, milliseconds after the last voiced sample.

    Says how unsure the whole is, and in words what is missing. Raises `UsageError` for what is no turn.
    """
    found = given.one(turn, "waterfall")
    title = f"Where the time went: turn {found.index + 1}, “{shorten(found.label, 34)}”"
    if not found.spans:
        return empty(title, ["No stage of this turn is known (n = 1 turn, 0 spans).", *given.missing([found])])
    names = [span.name for span in found.spans]
    figure, (axes,) = sheet(title, [_ROW_IN * (len(names) + 1)], [_total(found), *given.missing([found])], left_in=1.9)
    for row, span in enumerate(found.spans):
        bars.draw(axes, [*([()] * row), [span]])
        _label(axes, f"{span.ms:.0f} ms", span.end_ms, row)
        axes.plot([span.start_ms] * 2, [row - 1, row], color=theme.current().grey, lw=0.8, zorder=0.5)
    _whole(axes, found, len(names))
    axes.set_yticks(range(len(names) + 1), [*names, "all of it"])
    axes.get_yticklabels()[-1].set_fontweight("bold")
    axes.set_ylim(len(names) + 0.5, -0.5)
    time_axis(axes, found.spans[0].start_ms, found.spans[-1].end_ms, zero_of(found), room=0.27)
    return figure


def _label(axes: Axes, text: str, x: float, y: float, **style: Any) -> None:
    axes.annotate(text, (x, y), (6, 0), textcoords="offset points", va="center", **style)


def _whole(axes: Axes, found: Trace, row: int) -> None:
    start, end, unsure = found.spans[0].start_ms, found.spans[-1].end_ms, found.uncertainty_ms
    ink = theme.current().ink
    axes.barh(row, end - start, left=start, height=0.28, color=ink, label="all of it")
    if unsure is not None:
        axes.errorbar(end, row, xerr=unsure, color=ink, capsize=5, lw=1.5)
    text = f"{end - start:.0f} ms" if unsure is None else f"{end - start:.0f} ± {unsure:.0f} ms"
    _label(axes, text, end + (unsure or 0.0), row, weight="bold")


def _total(found: Trace) -> str:
    spans = f"{found.spans[-1].end_ms - found.spans[0].start_ms:.0f} ms"
    if found.voice_to_voice_ms is None:
        return f"n = 1 turn. {spans} to the {found.end}; this is not voice-to-voice."
    unsure = "" if found.uncertainty_ms is None else f" ± {found.uncertainty_ms:.0f} ms (clocks and one 10 ms frame)"
    return (
        f"n = 1 turn. Voice-to-voice {found.voice_to_voice_ms:.0f}{unsure}: last voiced sample → first sample at the "
        "ear. A noise after the last word comes on top."
    )


def zero_of(found: Trace) -> str:
    """What the turn's axis counts from, in words."""
    return _SPOKEN_ZERO if "last_voiced" in found.moments else _TYPED_ZERO


def time_axis(axes: Axes, start: float, end: float, zero: str, room: float = 0.16) -> None:
    """Milliseconds on x with `room` (a share of the whole) for labels at the right."""
    whole = max(end - start, 1.0)
    axes.set_xlim(min(0.0, start), end + whole * room)
    axes.set_xlabel(f"milliseconds {zero}")
    quiet(axes, axis="x")


@themed
def definitions(turn: Turn | Trace) -> Sheet:
    """One turn under every tool's definition of latency: bars from where each starts its clock to where it stops it.

    Raises `UsageError` for what is no turn.
    """
    found = given.one(turn, "definitions")
    title = f"One turn, many latencies: turn {found.index + 1}, “{shorten(found.label, 32)}”"
    if not found.peers:
        return empty(title, ["Nothing of this turn was stamped (n = 1 turn): no definition applies."])
    said = [peer for peer in found.peers if peer.ms is not None and peer.start_ms is not None]
    figure, (axes,) = sheet(title, [_PEER_ROW_IN * len(found.peers)], _spread(found, said), left_in=3.45)
    for row, peer in enumerate(found.peers):
        _peer(axes, peer, row)
    labels = [f"{peer.peer}: {peer.name}\n{_words(peer.start)} → {_words(peer.end)}" for peer in found.peers]
    axes.set_yticks(range(len(labels)), labels, linespacing=1.25)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    ends = [(peer.start_ms or 0.0) + (peer.ms or 0.0) for peer in said]
    starts = [peer.start_ms or 0.0 for peer in said]
    time_axis(axes, min([0.0, *starts]), max([1.0, *ends]), zero_of(found))
    return figure


def _words(moment: str) -> str:
    return moment.replace("_", " ") or "(nothing)"


def _peer(axes: Axes, peer: PeerFigure, row: int) -> None:
    now = theme.current()
    axes.annotate(peer.note, (0, row + 0.27), (4, 0), textcoords="offset points", va="center", fontsize=12)
    if peer.ms is None or peer.start_ms is None:
        _label(axes, "cannot be said of this turn", 0.0, row - 0.17, style="italic")
        return
    ours = peer.peer == "labkit"
    style: dict[str, Any] = {"color": now.blue} if ours else {"color": now.orange, "hatch": "//"}
    axes.barh(row - 0.17, peer.ms, left=peer.start_ms, height=0.36, edgecolor=theme.EDGE, label=peer.name, **style)
    _label(axes, f"{peer.ms:.0f} ms", peer.start_ms + max(peer.ms, 0.0), row - 0.17, weight="bold")


def _spread(found: Trace, said: list[PeerFigure]) -> list[str]:
    figures = [peer.ms for peer in said if peer.ms is not None]
    between = f" They lie between {min(figures):.0f} and {max(figures):.0f} ms." if figures else ""
    which = f"n = 1 turn, {len(said)} of {len(found.peers)} definitions apply.{between}"
    return [f"{which} Each is right by its own definition; only the first ends at the ear.", *given.missing([found])]
