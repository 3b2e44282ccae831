"""The size of what is published: the wheel, the repository as a clone brings it, and its checked-out files."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from labkit.errors import UsageError

__all__ = ["measure"]

MB = 1e6
WHEEL_GOAL_MB, REPOSITORY_GOAL_MB = 3, 20
ROOT = Path(__file__).resolve().parents[2]


def measure(_: argparse.Namespace) -> dict[str, Any]:
    """Megabytes. The repository is the packed history that a clone of the last commit's branch brings."""
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        raise UsageError("The sizes are of a clone of the repository: run this in one, with git installed.")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        clone = Path(name) / "clone"
        _run("git", "clone", "--quiet", "--bare", "--no-local", str(ROOT), str(clone))
        _run("git", "-C", str(clone), "repack", "-adq")
        files = Path(name) / "files"
        files.mkdir()
        with tempfile.TemporaryFile() as tar:
            subprocess.run(["git", "-C", str(clone), "archive", "HEAD"], stdout=tar, check=True)
            tar.seek(0)
            subprocess.run(["tar", "-x", "-C", str(files)], stdin=tar, check=True)
        _run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", name, str(files))
        (wheel,) = Path(name).glob("labkit-*.whl")
        return {
            "unit": "MB",
            "wheel": {"value": _mb([wheel]), "n": 1, "goal": WHEEL_GOAL_MB},
            "repository, packed": {"value": _mb(clone.rglob("*")), "n": 1, "goal": REPOSITORY_GOAL_MB},
            "repository, files": {"value": _mb(files.rglob("*")), "n": 1},
        }


def _mb(files: Any) -> float:
    return round(sum(file.stat().st_size for file in files if file.is_file()) / MB, 2)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise UsageError(f"{Path(command[0]).name} did not do its part ({said}): run it by hand to see more.")
