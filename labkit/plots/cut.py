"""A barge-in: what of an answer was generated, what was heard, and how quickly it stopped."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from labkit import pcm, trace
from labkit.errors import UsageError
from labkit.pcm import Samples
from labkit.plots import given, theme
from labkit.plots.sheet import WIDTH_IN, Sheet, empty, quiet, sheet, shorten, themed
from labkit.trace import BargeIn
from labkit.turns import Turn

_LEFT_IN, _HEIGHT_IN = 0.5, 3.1
_WORD_IN = 0.27
"""What a slanted word needs along the axis."""
_BINS = 800
"""Of a waveform: about one for every hundredth of an inch."""


@themed
def barge_in(turns: Turn | Iterable[Turn], sound: Samples | None = None) -> Sheet:
    """The newest interrupted answer: its sound in milliseconds, what was heard of it, and what never was.

    Takes the turns of a conversation: when the interruption began stands in the turn after it. A single turn is
    drawn without that moment. `sound` is the answer as `session.sound(turn)` gives it: int16 samples of shape (n,)
    at 24 kHz. Raises `UsageError` for anything else.
    """
    turn, found = _newest(turns)
    if turn is None:
        return empty("What was heard", ["There is no turn yet (n = 0): talk first, and interrupt."])
    title = f"What was heard of turn {turn.index + 1}: “{shorten(turn.assistant, 40) or 'no words'}”"
    if not turn.audio_ms:
        return empty(title, ["This answer had no sound (n = 0 ms): nothing could be interrupted."])
    heard_ms = turn.audio_ms if turn.heard_ms is None else min(turn.heard_ms, turn.audio_ms)
    figure, (axes,) = sheet(title, [_HEIGHT_IN], _caption(turn, found, heard_ms), left_in=_LEFT_IN)
    _sound(axes, turn, heard_ms, sound)
    _words(axes, turn, heard_ms)
    if found is not None:
        _stop(axes, found, heard_ms, turn.audio_ms)
    _axis(axes, turn, heard_ms, found)
    return figure


def _newest(turns: Any) -> tuple[Turn | None, BargeIn | None]:
    """The newest turn that was interrupted, else the newest with sound, else the newest."""
    found = [turns] if isinstance(turns, Turn) else list(turns) if given.many(turns) else [turns]
    if not all(isinstance(turn, Turn) for turn in found):
        raise UsageError(f"plots.barge_in draws turns, not {given.named(turns)}: give session.turns.")
    if not found:
        return None, None
    cuts = trace.barge_ins(found)
    if cuts:
        return next(turn for turn in found if turn.index == cuts[-1].index), cuts[-1]
    return next((turn for turn in reversed(found) if turn.audio_ms), found[-1]), None


def _sound(axes: Axes, turn: Turn, heard_ms: float, sound: Samples | None) -> None:
    """Heard solid, never heard hatched; the shape of the sound where it was given, else a plain bar."""
    now = theme.current()
    pieces: tuple[tuple[str, float, float, dict[str, Any]], ...] = (
        ("heard", 0.0, heard_ms, {"facecolor": now.green}),
        ("never heard", heard_ms, turn.audio_ms, {"facecolor": now.background, "hatch": "///"}),
    )
    for name, start, end, style in pieces:
        if sound is None:
            axes.barh(0.0, end - start, left=start, height=2.0, edgecolor=now.ink, label=name, **style)
        else:
            at = np.linspace(start, end, _BINS)
            height = _loudness(sound, at / turn.audio_ms)
            axes.fill_between(at, -height, height, edgecolor=now.ink, lw=0.6, label=name, **style)


def _loudness(sound: Samples, at: np.ndarray) -> np.ndarray:
    """How loud it is around each place (0..1 of its length), 0..1 of the loudest."""
    samples = np.abs(pcm.checked(sound).astype(np.float64))
    blocks = np.array([piece.max() for piece in np.array_split(samples, min(_BINS, len(samples)))])
    chosen = blocks[np.minimum((at * len(blocks)).astype(int), len(blocks) - 1)]
    return np.asarray(np.maximum(chosen / max(blocks.max(), 1.0), 0.02))


def _word_starts(turn: Turn) -> list[tuple[str, float]]:
    """Where each word begins in the sound; in proportion where the transcript ran ahead of it."""
    if turn.heard_exact:
        return turn.words
    step = turn.audio_ms / max(1, len(turn.words))
    return [(word, place * step) for place, (word, _) in enumerate(turn.words)]


def _words(axes: Axes, turn: Turn, heard_ms: float) -> None:
    """Slanted over their place; a word without room is only a tick."""
    heard = len(turn.words_by(heard_ms)) if turn.interrupted else np.inf
    said, room_from = 0, -np.inf
    room_ms = _WORD_IN / (WIDTH_IN - _LEFT_IN) * turn.audio_ms
    for word, start in _word_starts(turn):
        said += len(word)
        axes.plot([start, start], [1.0, 1.12], color=theme.current().ink, lw=1.0)
        if start < room_from or not word.strip():
            continue
        room_from = start + room_ms
        style: dict[str, Any] = {} if said <= heard else {"style": "italic", "color": theme.current().grey}
        axes.annotate(
            word.strip(), (start, 1.2), rotation=45, rotation_mode="anchor", va="bottom", fontsize=12, **style
        )


def _stop(axes: Axes, found: BargeIn, heard_ms: float, audio_ms: float) -> None:
    """From the moment that the interruption began, on the answer's own axis, to silence."""
    red, end = theme.current().red, min(heard_ms, audio_ms)
    axes.plot([end, end], [-1.1, 3.6], color=red, lw=2)
    text = "silent"
    if found.stop_ms is not None:
        start = end - found.stop_ms
        axes.axvspan(start, end, color=red, alpha=0.3, label="stop latency", lw=0)
        axes.plot([start, start], [-1.1, 3.6], "--", color=red, lw=2)
        text = f"interruption begins, {found.stop_ms:.0f} ms later silent"
    side = "left" if end < audio_ms / 2 else "right"
    axes.annotate(text, (end, 3.75), ha=side, va="bottom", weight="bold")


def _axis(axes: Axes, turn: Turn, heard_ms: float, found: BargeIn | None) -> None:
    onset = heard_ms - (found.stop_ms or 0.0) if found else 0.0
    axes.set_xlim(min(0.0, onset), turn.audio_ms * 1.03)
    axes.set_ylim(-1.9, 4.5)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("milliseconds of the answer's sound")
    axes.annotate(f"heard {heard_ms:.0f} ms", (0, -1.45), va="center", weight="bold")
    unheard = f"never heard {turn.audio_ms - heard_ms:.0f} ms"
    axes.annotate(unheard, (turn.audio_ms, -1.45), va="center", ha="right", weight="bold")
    quiet(axes, axis="x")


def _caption(turn: Turn, found: BargeIn | None, heard_ms: float) -> list[str]:
    sentences = [f"n = 1 answer: {turn.audio_ms:.0f} ms generated, {heard_ms:.0f} ms heard."]
    if not turn.interrupted:
        sentences.append("This answer was not interrupted: all of it counts as heard.")
    if turn.interrupted and turn.heard_ms is None:
        sentences.append("Missing: How much was heard is not known; all of it is drawn as heard.")
    if found and found.stop_ms is not None:
        sentences.append(
            f"Stop latency {found.stop_ms:.0f} ms: the interruption's first voiced sample → silence at the ear."
        )
    if found and found.response_ms is not None:
        sentences.append(f"Response latency {found.response_ms:.0f} ms: its last voiced sample → the next answer.")
    if turn.unheard:
        sentences.append(f"Never heard: “{shorten(turn.unheard, 150)}”")
    if turn.interrupted and not turn.heard_exact:
        sentences.append("The server's words run ahead of its sound: where each lies is estimated in proportion.")
    return sentences + [f"Missing: {text}" for text in (found.missing if found else ())]
