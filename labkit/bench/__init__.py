"""One file a figure: each module here has a docstring of one sentence and `measure(options) -> dict`.

`options` is the command's namespace: `shared` (a folder of human recordings, or None) and `count` (or None).
What is returned is one figure (`summary`, with `unit`, `goal` and `how`), or figures by name. One that cannot be
measured here raises `UsageError`; it is then reported as `{"skipped": why}`.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import importlib
import json
import pkgutil
import shutil
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from labkit import summaries
from labkit.bench import _figures
from labkit.errors import LabkitError, UsageError

__all__ = ["ci95", "figures", "main", "run", "summary"]

LINE_UP = "\x1b[A\r"
"""What moves a terminal's cursor to the beginning of the line above."""


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
    found: dict[str, dict[str, Any]] = {}
    place, wanted, begun = _figures.machine(), names or list(known), time.monotonic()
    for number, name in enumerate(wanted):
        with _progress(number, len(wanted), f"{name}: {known[name]}", begun):
            measured = {"how": known[name], **_measure(name, options)}
        found |= _figures.flat(name, measured, place)
    _show_progress(len(wanted), len(wanted), "done", begun)
    return found


@contextlib.contextmanager
def _progress(number: int, count: int, words: str, begun: float) -> Iterator[None]:
    """Say what is measured; in a terminal the seconds go on, for some figures take minutes."""
    over = threading.Event()

    def tick() -> None:
        while not over.wait(1):
            _show_progress(number, count, words, begun, again=True)

    _show_progress(number, count, words, begun)
    ticking = threading.Thread(target=tick, daemon=True)
    if sys.stderr.isatty():
        ticking.start()
    try:
        yield
    finally:
        over.set()


def _show_progress(number: int, count: int, words: str, begun: float, *, again: bool = False) -> None:
    bar = ("#" * round(20 * number / count)).ljust(20, ".")
    line = f"[{bar}] {number}/{count} {time.monotonic() - begun:4.0f} s  {words}"
    if sys.stderr.isatty():  # one row, so that it can be written over
        line = line[: shutil.get_terminal_size().columns - 1]
    print(f"{LINE_UP if again else ''}{line}", file=sys.stderr, flush=True)


def _measure(name: str, options: argparse.Namespace) -> dict[str, Any]:
    try:
        measured: dict[str, Any] = importlib.import_module(f"{__name__}.{name}").measure(options)
    except LabkitError as error:
        return {"skipped": str(error)}
    return measured


def summary(values: Iterable[float]) -> dict[str, Any]:
    """`n`, `median` (`ci95`), `p95` (nearest rank), `min`, `max`, rounded to 0.01; None where there are no values."""
    given = list(values)
    found = summaries.summary(given)
    least, most = (min(given), max(given)) if given else (None, None)
    figures = {"median": found.median, "p95": found.p95, "min": least, "max": most}
    rounded = {name: None if value is None else round(value, 2) for name, value in figures.items()}
    interval = ci95(given)
    return {"n": found.n, **rounded, **({"ci95": interval} if interval else {})}


def ci95(values: Sequence[float]) -> list[float] | None:
    """The 95 % confidence interval of the median (`labkit.summaries`), rounded to 0.01; None where it says nothing."""
    found = summaries.summary(values)
    return None if found.low is None or found.high is None else [round(found.low, 2), round(found.high, 2)]


def main(options: argparse.Namespace) -> int:
    """The command `labkit bench`: a table (or JSON) on stdout, progress on stderr."""
    if options.list:
        print("\n".join(f"{name:16}{sentence}" for name, sentence in figures().items()))
        return 0
    found = run(options.names, options)
    print(json.dumps(found, indent=2, ensure_ascii=False) if options.json else _figures.table(found))
    return 0
