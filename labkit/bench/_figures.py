"""What a bench module measured, as one flat list of figures: for JSON, and as a table to read."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["flat", "machine", "table"]

Figure = dict[str, Any]
INHERITED = ("unit", "goal", "how")
"""What a group of figures says once for all of them."""


def machine() -> str:
    """The computer that the figures are of, in a few words."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30 if hasattr(os, "sysconf") else None
    size = "" if memory is None else f", {memory:.0f} GB"
    return f"{os.cpu_count()} cores{size}, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


def flat(name: str, result: Mapping[str, Any], place: str) -> dict[str, Figure]:
    """Every figure in what `measure` returned, by its path: value, unit, n, median, p95, goal and machine.

    A figure is a mapping with a `median` or a `value`; a number beside figures is one too. Words stay with the
    figures that they stand beside.
    """
    return {path: {**figure, "machine": place} for path, figure in _walk(name, result, {})}


def _walk(path: str, result: Mapping[str, Any], inherited: Figure) -> Iterator[tuple[str, Figure]]:
    said = {name: result[name] for name in INHERITED if name in result}
    inherited = {**inherited, **said}
    if "median" in result or "value" in result or "skipped" in result:
        yield path, _figure(result, inherited)
        return
    words = {name: value for name, value in result.items() if isinstance(value, str) and name not in INHERITED}
    for name, value in result.items():
        if isinstance(value, Mapping) and name not in INHERITED:
            yield from _walk(f"{path} · {name}", {**words, **value}, inherited)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield f"{path} · {name}", _figure({"value": value, **words}, {"how": inherited.get("how")})
        elif isinstance(value, list):
            yield f"{path} · {name}", _figure({"value": len(value), "which": value}, {})


def _figure(result: Mapping[str, Any], inherited: Figure) -> Figure:
    shape = dict.fromkeys(("value", "unit", "n", "median", "p95", "goal"))
    figure: Figure = {**shape, **inherited, **result}
    if figure["value"] is None:
        figure["value"] = figure["median"]
    return figure


def table(figures: Mapping[str, Figure]) -> str:
    """The figures as lines: name, value with its interval, 95th percentile, n, goal."""
    rows = [("figure", "value", "p95", "n", "goal"), *(_row(name, figure) for name, figure in figures.items())]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def _row(name: str, figure: Figure) -> tuple[str, str, str, str, str]:
    if "skipped" in figure:
        return name, f"not measured: {figure['skipped']}", "", "", ""
    unit = figure["unit"] or ""
    interval = figure.get("ci95")
    between = f" ({_number(interval[0])} to {_number(interval[1])})" if interval else ""
    value = f"{_number(figure['value'])}{between} {unit}".strip()
    return name, value, _number(figure["p95"]), _number(figure["n"]), _goal(figure["goal"])


def _number(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return "" if value is None else str(value)


def _goal(goal: Any) -> str:
    if isinstance(goal, Mapping):
        return ", ".join(f"{name} {value}" for name, value in goal.items())
    return "" if goal is None else str(goal)
