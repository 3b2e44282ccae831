"""Plots of turns: where the time went, how long the silence was, what was heard; drawn with matplotlib when asked.

    from labkit import plots
    plots.waterfall(session.turns[-1])

Each function returns a matplotlib figure that Jupyter shows; `figure.savefig("name.png")` keeps it.
"""

from __future__ import annotations

from labkit.errors import MissingPartError

try:
    import matplotlib as mpl  # noqa: F401 - only to say what is missing
except ImportError as error:
    raise MissingPartError("Plots need matplotlib: install it with `pip install 'labkit[lab]'`.") from error

from labkit.plots.cut import barge_in
from labkit.plots.interpreted import interpreting
from labkit.plots.one_turn import definitions, waterfall
from labkit.plots.sides import compare, pipelines
from labkit.plots.spread import distribution
from labkit.plots.talk import conversation
from labkit.plots.theme import use

__all__ = [
    "barge_in",
    "compare",
    "conversation",
    "definitions",
    "distribution",
    "interpreting",
    "pipelines",
    "use",
    "waterfall",
]
