"""Sound between page and kernel: microphone chunk captured to callback, during a synchronous cell, and the flush."""

from __future__ import annotations

import argparse
from typing import Any

from labkit import bench
from labkit.bench._places import Notebook, open_in_lab, open_places, write_notebook
from labkit.pcm import CHUNK_MS

__all__ = ["measure"]

SECONDS = 20
CELL_S = 3
FLUSHES = 30
STOCK = '--ServerApp.jpserver_extensions={"labkit.jupyter": False}'
CELL = """
import time
from labkit.link import get_link, now_ms
from labkit.widgets.audio import Microphone, Speaker
link, mic, speaker = get_link(), Microphone(), Speaker()
display(mic, speaker)
came = []
mic.on_chunk(lambda pcm, stamp_ms, seq: came.append((now_ms(), stamp_ms, seq)))
"""
FLUSH = f"""
silent, heard = [], []
for number in range({FLUSHES}):
    speaker.play(str(number), bytes(48_000 * 2))
    time.sleep(0.15)
    asked = now_ms()
    heard.append(link.call(speaker.flush(), 2))
    silent.append(speaker.silent_ms - link.clock.offset_ms - asked)
"""


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Milliseconds, over labkit's own way through the Jupyter server and over the stock one."""
    seconds = options.count or SECONDS
    return {"unit": "ms", "labkit proxy": _over(seconds), "stock proxy": _over(seconds, STOCK)}


def _over(seconds: int, *arguments: str) -> dict[str, Any]:
    with open_places(*arguments) as (lab, context):
        write_notebook(lab.root / "figure.ipynb", [CELL])
        notebook = open_in_lab(lab, context, "figure.ipynb")
        notebook.run_all()
        notebook.start("microphone", "speaker")
        notebook.page.wait_for_timeout(2000)
        found = {"way": notebook.value("link.url_kind"), **_chunks(notebook, seconds), **_cell(notebook)}
        notebook.run(FLUSH)
        found["flush asked, silent"] = bench.summary(notebook.value("silent"))
        found["output latency"] = notebook.value("speaker.output_latency_ms")
        found["clock uncertainty"] = round(notebook.value("link.clock.uncertainty_ms"), 2)
        return found


def _chunks(notebook: Notebook, seconds: int) -> dict[str, Any]:
    notebook.run("came.clear()")
    notebook.page.wait_for_timeout(1000 * seconds)
    rows = notebook.value("[(a + link.clock.offset_ms, b, c) for a, b, c in came]")
    numbers = [seq for _, _, seq in rows]
    return {
        "last sample, callback": bench.summary(ms - stamp - CHUNK_MS for ms, stamp, _ in rows),
        "lost": numbers[-1] - numbers[0] + 1 - len(numbers),
    }


def _cell(notebook: Notebook) -> dict[str, Any]:
    """Chunks whose last sample fell into a synchronous cell, and how late each came."""
    notebook.run(f"before = now_ms(); time.sleep({CELL_S}); after = now_ms()")
    notebook.page.wait_for_timeout(500)
    rows = notebook.value(f"[(b + {CHUNK_MS} - link.clock.offset_ms, a) for a, b, c in came]")
    before, after = notebook.value("[before, after]")
    late = [ms - captured for captured, ms in rows if before <= captured < after]
    arrived = sum(before <= ms < after for _, ms in rows)
    return {f"synchronous cell of {CELL_S} s, late": bench.summary(late), "arrived during it": arrived}
