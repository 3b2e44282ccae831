"""Execute the notebooks again, top to bottom in a fresh kernel each, and save outputs that are the same every time.

Kept: text, SVG and Markdown outputs. Left out: widget state, widget views, sound, times of execution and anything
that names this machine, so that a second run changes nothing. `--check` runs them and saves nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import sys
import time
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
KEEP = ("image/svg+xml", "text/markdown", "text/latex", "text/plain")
"""The kinds of output that are saved."""
VARIES = "varies"
"""A cell with this tag measures something: its outputs are never the same, and are not saved."""
CELL_TIMEOUT_S = 120
ADDRESS = re.compile(r" at 0x[0-9a-f]{6,}")


def execute(path: Path) -> Any:
    """The notebook, run in its own folder, as nobody's progress; raises `CellExecutionError` where a cell fails."""
    os.environ["LABKIT_PROGRESS"] = "off"
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT_S,
        kernel_name="python3",
        record_timing=False,
        store_widget_state=False,
        resources={"metadata": {"path": str(path.parent)}},
    )
    asyncio.run(client.async_execute())  # with a loop of its own: several may run at once, each in a thread
    return notebook


def tidy(notebook: Any) -> Any:
    """The same notebook with only what is worth keeping."""
    title = {"title": notebook.metadata.title} if "title" in notebook.metadata else {}
    notebook.metadata = {
        **title,
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "voila": {"template": "labkit"},
    }
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.metadata.pop("execution", None)
            varies = VARIES in cell.metadata.get("tags", ())
            kept = [found for output in cell.outputs if not varies and (found := tidy_output(output))]
            cell.outputs = joined(kept)
    return notebook


def joined(outputs: list[Any]) -> list[Any]:
    """What was printed in a row is one output: how it came in pieces depends on the moment."""
    found: list[Any] = []
    for output in outputs:
        if found and output.output_type == found[-1].output_type == "stream":
            found[-1].text += output.text
        else:
            found.append(output)
    return found


def tidy_output(output: Any) -> Any | None:
    """One output without what changes from run to run; None when nothing is left."""
    if output.output_type == "stream":
        output.text = plain(output.text)
        return output if output.name == "stdout" else None
    if output.output_type == "error":
        output.traceback = [plain(line) for line in output.traceback[-1:]]
        return output
    if "application/vnd.jupyter.widget-view+json" in output.data:
        return None
    output.metadata = {}
    output.data = {kind: plain(output.data[kind]) for kind in KEEP if kind in output.data}
    if "image/svg+xml" in output.data:
        output.data.pop("text/plain", None)
    return output if output.data else None


def plain(text: str) -> str:
    """Text without memory addresses and without this folder's path."""
    return ADDRESS.sub("", text).replace(str(ROOT) + os.sep, "")


def main() -> int:
    """Run the notebooks named, or all; the exit code says how many failed."""
    parser = argparse.ArgumentParser(description="Execute the notebooks and save their outputs.")
    parser.add_argument("notebooks", nargs="*", type=Path, help="notebooks to execute (default: all)")
    parser.add_argument("--check", action="store_true", help="save nothing")
    arguments = parser.parse_args()
    failed = 0
    for path in arguments.notebooks or sorted((ROOT / "notebooks").rglob("*.ipynb")):
        if ".ipynb_checkpoints" in path.parts:
            continue
        began = time.monotonic()
        try:
            notebook = tidy(execute(path.resolve()))
        except Exception as error:  # noqa: BLE001 - one notebook that fails, however it does, must not hide the others
            failed += 1
            print(f"{path.name}: failed\n{error}", file=sys.stderr, flush=True)
            continue
        if not arguments.check:
            nbformat.write(notebook, path)
        print(f"{path.name}: {time.monotonic() - began:.1f} s", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
