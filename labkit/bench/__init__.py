"""One file a figure: each module here has a docstring of one sentence and `measure(options) -> dict`.

`options` is the command's namespace: `shared` (a folder of human recordings, or None) and `count` (or None).
A figure that cannot be measured here raises `UsageError`; it is then reported as `{"skipped": why}`.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import json
import math
import pkgutil
import statistics
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from labkit.errors import LabkitError, UsageError

__all__ = ["figures", "main", "run", "summary"]


def figures() -> dict[str, str]:
    """Every figure's name and its one sentence, without importing its module."""
    found = {}
    for module in pkgutil.iter_modules(__path__):
        if not module.name.startswith("_"):
            source = Path(__path__[0], f"{module.name}.py").read_text(encoding="utf-8")
            found[module.name] = (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]
    return found


def run(names: Sequence[str], options: argparse.Namespace) -> dict[str, dict[str, Any]]:
    """Measure the figures named (none: all) one after the other; unknown names are a `UsageError`."""
    known = figures()
    if unknown := [name for name in names if name not in known]:
        raise UsageError(f"There is no figure {unknown[0]!r}: choose from {', '.join(known)}.")
    return {name: _measure(name, known[name], options) for name in names or known}


def _measure(name: str, sentence: str, options: argparse.Namespace) -> dict[str, Any]:
    print(f"{name}: {sentence}", file=sys.stderr, flush=True)
    try:
        return {"what": sentence, **importlib.import_module(f"{__name__}.{name}").measure(options)}
    except LabkitError as error:
        return {"what": sentence, "skipped": str(error)}


def summary(values: Iterable[float]) -> dict[str, float | int | None]:
    """`n`, `median`, `p95` (nearest rank), `min` and `max`, rounded to 0.01; None where there are no values."""
    ordered = sorted(values)
    if not ordered:
        return {"n": 0, "median": None, "p95": None, "min": None, "max": None}
    p95 = ordered[math.ceil(0.95 * len(ordered)) - 1]
    found = {"median": statistics.median(ordered), "p95": p95, "min": ordered[0], "max": ordered[-1]}
    return {"n": len(ordered), **{name: round(value, 2) for name, value in found.items()}}


def main(options: argparse.Namespace) -> int:
    """The command `labkit bench`: JSON on stdout, progress on stderr."""
    result: Any = figures() if options.list else run(options.names, options)
    print(json.dumps(result, indent=2, ensure_ascii=False))
    return 0
