"""How long `import labkit` takes in a fresh Python, in milliseconds."""

from __future__ import annotations

import argparse
import subprocess
import sys
from typing import Any

from labkit import bench

__all__ = ["measure"]

CODE = "import time; a = time.perf_counter(); import labkit; print((time.perf_counter() - a) * 1000)"


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Milliseconds of `import labkit`, each in a Python of its own; the first one, which fills caches, is left out."""
    count = options.count or 10
    times = [
        float(subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True).stdout)
        for _ in range(count + 1)
    ]
    return {"unit": "ms", **bench.summary(times[1:])}
