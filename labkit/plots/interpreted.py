"""One phrase and its translation, said after it or while it lasts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes

from labkit.errors import UsageError
from labkit.plots import given, theme
from labkit.plots.one_turn import time_axis
from labkit.plots.sheet import Sheet, empty, sheet, shorten, themed
from labkit.translated import Utterance
from labkit.turns import Turn

_ROW_IN, _TEXT, _NAME = 0.55, 46, 20
GIVE = 'give them by name, such as {"by turns": session.turns[-1], "the socket": translation.utterances[-1]}'


@dataclass(frozen=True)
class _Side:
    """A phrase and its translation, milliseconds after the phrase's end."""

    begin_ms: float
    latency_ms: float
    audio_ms: float
    source: str
    target: str


@themed
def interpreting(sides: Mapping[str, Turn | Utterance]) -> Sheet:
    """Phrases above their translations, by name: how long each listener waited, or how far it was simultaneous.

    Takes turns of a conversation with an interpreter, and utterances of `labkit.translate`; zero is where the phrase
    ended. Raises `UsageError` for anything else.
    """
    if not isinstance(sides, Mapping):
        raise UsageError(f"plots.interpreting draws phrases side by side, not {given.named(sides)}: {GIVE}.")
    found = {name: _side(what) for name, what in sides.items()}
    known = {str(name): side for name, side in found.items() if side is not None}
    missing = [
        f"Missing: {name} has no end of a phrase, or no translation was heard." for name in found if not known.get(name)
    ]
    title = f"When the translation begins (n = {len(known)})"
    if not known:
        return empty(title, missing or ["Nothing was given."])
    caption = [*(_sentence(name, side) for name, side in known.items()), *missing]
    figure, (axes,) = sheet(title, [2 * _ROW_IN * len(known)], caption, left_in=2.1)
    for row, (name, side) in enumerate(known.items()):
        _draw(axes, shorten(name, _NAME), side, 2 * row)
    names = [label for name in known for label in (f"{shorten(name, _NAME)}: phrase", "translation")]
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    ends = [max(0.0, side.latency_ms + side.audio_ms) for side in known.values()]
    time_axis(axes, min(side.begin_ms for side in known.values()), max(ends), "after the end of the phrase", room=0.05)
    return figure


def _side(what: Any) -> _Side | None:
    if isinstance(what, Utterance):
        if what.end_ms is None or what.first_audio_ms is None:
            return None
        end, first = what.end_ms, what.first_audio_ms
        last = max((word.start_ms if word.end_ms is None else word.end_ms for word in what.said), default=first)
        texts = ("".join(word.text for word in words).strip() for words in (what.heard, what.said))
        return _Side(what.begin_ms - end, first - end, max(0.0, last - first), *texts)
    if not isinstance(what, Turn):
        raise UsageError(f"plots.interpreting draws turns and utterances, not {given.named(what)}: {GIVE}.")
    stamps = what.stamps
    rendered, ended = stamps.get("rendered"), stamps.get("last_voiced")
    heard = stamps.get("first_audio") if rendered is None else rendered + stamps.get("output_latency", 0.0)
    if ended is None or heard is None:
        return None
    begun = stamps.get("first_voiced", ended)
    return _Side(begun - ended, heard - ended, what.audio_ms, what.user, what.assistant)


def _sentence(name: str, side: _Side) -> str:
    when = f"{side.latency_ms:.0f} ms after" if side.latency_ms >= 0 else f"{-side.latency_ms:.0f} ms before"
    return f"{name}: the translation begins {when} the end of the phrase. “{side.source}” → “{side.target}”"


def _draw(axes: Axes, name: str, side: _Side, row: int) -> None:
    now = theme.current()
    bars = (
        (-side.begin_ms, side.begin_ms, side.source, now.blue, "", "phrase"),
        (side.audio_ms, side.latency_ms, side.target, now.green, "\\\\", "translation"),
    )
    for place, (length, start, text, colour, hatch, label) in enumerate(bars):
        axes.barh(
            row + place,
            length,
            left=start,
            height=0.5,
            color=colour,
            hatch=hatch,
            edgecolor=theme.EDGE,
            label=f"{name}: {label}",
        )
        axes.annotate(shorten(text, _TEXT), (start, row + place - 0.3), va="bottom", fontsize=11)
    axes.fill_betweenx([row - 0.45, row + 1.25], 0.0, side.latency_ms, color=now.grey, alpha=0.2, lw=0)
    axes.axvline(0, color=now.ink, lw=1.0)
