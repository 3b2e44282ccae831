"""A sheet: a title, axes below one another, and words under them, laid out in inches so that nothing overlaps.

Figures are built without pyplot, so that drawing one changes nothing in the notebook's own plots.
"""

from __future__ import annotations

import functools
import html
import io
import textwrap
import urllib.parse
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from labkit.plots import theme

P = ParamSpec("P")
WIDTH_IN = 10.0
_RIGHT_IN, _TITLE_IN, _XLABEL_IN, _LINE_IN = 0.35, 0.62, 0.72, 0.235
_CAPTION_PT, _TITLE_PT = 12, 15
_CHARACTERS = 106
"""Of a caption's line: DejaVu Sans at 12 pt is about 7 points wide."""
_SVG: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": "labkit", "hatch.linewidth": 0.8}
"""Text stays text (smaller, and readable by a screen reader); the same figure is the same file."""


class Sheet(Figure):
    """A matplotlib figure that Jupyter shows as SVG, with or without pyplot."""

    @property
    def svg(self) -> str:
        """The same text for the same plot, without the prologue of a file."""
        written = io.StringIO()
        with mpl.rc_context(_SVG):
            self.savefig(written, format="svg", metadata={"Date": None, "Creator": None})
        drawn = written.getvalue()
        return drawn[drawn.index("<svg") :]

    def _repr_html_(self) -> str:
        """An image rather than bare SVG: it shrinks in a narrow cell and shows in a notebook not trusted yet."""
        said = html.escape(" ".join(text.get_text() for text in self.texts))
        source = urllib.parse.quote(self.svg, safe=" ='<>/:;,()")
        return f'<img alt="{said}" style="max-width: 100%" src="data:image/svg+xml,{source}">'

    def _repr_svg_(self) -> str:
        """What a saved notebook keeps, and pages that show no HTML: the drawing itself."""
        return self.svg

    @property
    def words(self) -> str:
        """Everything that is written in it."""
        texts = [artist.get_text() for artist in self.findobj(Text)]
        return "\n".join(text for text in texts if text)


def themed(draw: Callable[P, Sheet]) -> Callable[P, Sheet]:
    """Build the figure with the settings of the theme in force, and leave matplotlib's own as they were."""

    @functools.wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> Sheet:
        with mpl.rc_context(theme.current().rc):
            return draw(*args, **kwargs)

    return drawn


def sheet(
    title: str,
    heights_in: Sequence[float],
    caption: Sequence[str],
    left_in: float = 1.0,
    above_in: float = 0.0,
    between_in: float = 0.0,
) -> tuple[Sheet, list[Axes]]:
    """A sheet and its axes, from the top down.

    `heights_in` are the axes' heights, `left_in` what their labels need, `above_in` what stands between the title
    and the first axes (a legend), `between_in` what stands above each of the others; `caption` holds sentences,
    each a paragraph.
    """
    lines = [line for sentence in caption for line in textwrap.wrap(sentence, _CHARACTERS)]
    words_in = 0.12 + len(lines) * _LINE_IN
    gaps_in = _XLABEL_IN * len(heights_in) + between_in * max(0, len(heights_in) - 1)
    height = _TITLE_IN + above_in + sum(heights_in) + gaps_in + words_in
    figure = Sheet(figsize=(WIDTH_IN, height), facecolor=theme.current().background)
    FigureCanvasAgg(figure)
    figure.text(0.2 / WIDTH_IN, 1 - 0.18 / height, title, fontsize=_TITLE_PT, weight="bold", va="top")
    axes, top = [], height - _TITLE_IN - above_in
    for height_in in heights_in:
        box = (left_in, top - height_in, WIDTH_IN - left_in - _RIGHT_IN, height_in)
        axes.append(figure.add_axes((box[0] / WIDTH_IN, box[1] / height, box[2] / WIDTH_IN, box[3] / height)))
        top -= height_in + _XLABEL_IN + between_in
    for row, line in enumerate(lines):
        at = (words_in - 0.06 - row * _LINE_IN) / height
        figure.text(0.2 / WIDTH_IN, at, line, fontsize=_CAPTION_PT, va="top")
    return figure, axes


def empty(title: str, sentences: Sequence[str]) -> Sheet:
    """A sheet that only says why there is nothing to draw."""
    return sheet(title, [], sentences)[0]


def shorten(text: str, characters: int) -> str:
    """At most that many characters, with an ellipsis where something was cut."""
    return text if len(text) <= characters else f"{text[: characters - 1].rstrip()}…"


def quiet(axes: Axes, **grid: Any) -> None:
    """Only the grid that helps reading values."""
    axes.grid(visible=True, **grid)
    axes.tick_params(length=0)
