"""From a fresh clone through `make lab`, with nothing in pip's cache, to a spoken answer heard; and what is downloaded.

The download is in the time; it depends on the network (and is next to none where pip is told of a folder of wheels).
Needs git, make and what the browser tests need. The clone has what is committed.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from labkit.bench import _processes, first_answer
from labkit.bench._places import free_port, open_browser
from labkit.errors import LabkitError

ROOT = Path(__file__).resolve().parent.parent
GOAL_S = 180
LONGEST_S = 1200
POLL_S = 0.2


def main() -> int:
    """Print the seconds by stage and the megabytes; 1 when it takes longer than the goal."""
    argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0]).parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        found = run(folder)
        said = {"seconds since the clone began": found, "goal, s": GOAL_S, "packages, MB": packages_mb(folder)}
    print(json.dumps(said, indent=2))
    return int(found["heard"] > GOAL_S)


def run(folder: Path) -> dict[str, float]:
    """Seconds since the clone began, by stage."""
    with open_browser(first_answer.asking(folder / "asking.wav")) as context:
        began = time.monotonic()
        clone, port = folder / "clone", free_port()
        subprocess.run(["git", "clone", "--quiet", "--no-local", str(ROOT), str(clone)], check=True)
        cloned = time.monotonic() - began
        print("make lab in a fresh clone …", file=sys.stderr, flush=True)
        with (folder / "log").open("w") as log:
            make = subprocess.Popen(
                ["make", "lab", f"PORT={port}", f"ARGS={' '.join(first_answer.ARGUMENTS)}"],
                cwd=clone,
                env=environment(folder),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            wait(make, port, folder / "log")
            url = f"http://127.0.0.1:{port}"
            found = first_answer.hear(context, url, clone, lambda: time.monotonic() - began)
        finally:
            _processes.end_tree(make.pid)
    return {stage: round(seconds, 1) for stage, seconds in {"the clone": cloned, **found}.items()}


def environment(folder: Path) -> dict[str, str]:
    """As on a computer where neither pip nor Jupyter has run before."""
    own = {f"JUPYTER{name}_DIR": str(folder / "home") for name in ("_CONFIG", "LAB_SETTINGS", "LAB_WORKSPACES")}
    lab = {"LABKIT_RUNTIME_DIR": str(folder / "engine"), "LABKIT_ENGINE": "embedded", "LABKIT_PROGRESS": "off"}
    return {**os.environ, **own, **lab, "PIP_CACHE_DIR": str(folder / "cache")}


def wait(make: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Until the server answers; an error with the log's end when it does not."""
    deadline = time.monotonic() + LONGEST_S
    while time.monotonic() < deadline and make.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(POLL_S)
        else:
            return
    raise LabkitError(f"make lab did not come so far:\n{log.read_text()[-3000:]}")


def packages_mb(folder: Path) -> int:
    """Of all packages that were installed: pip fetches them once more, without installing them."""
    pip = [str(folder / "clone" / ".venv" / "bin" / "python"), "-m", "pip"]
    listed = subprocess.run([*pip, "freeze", "--exclude-editable"], check=True, capture_output=True, text=True)
    (folder / "listed").write_text(listed.stdout)
    fetch = ["download", "--quiet", "--no-deps", "--dest", str(folder / "packages"), "-r", str(folder / "listed")]
    subprocess.run([*pip, *fetch], check=True)
    return round(sum(file.stat().st_size for file in (folder / "packages").iterdir()) / 1e6)


if __name__ == "__main__":
    sys.exit(main())
