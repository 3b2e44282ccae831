"""Where a running engine says how to reach it: one file per user, readable by that user alone.

Holds the address, the token and the engine's version; written by the engine, read by `labkit.connect`.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from labkit.version import VERSION

TOKEN_VARIABLE = "LABKIT_ENGINE_TOKEN"  # noqa: S105 - the variable's name, not a token
"""The environment variable that hands an engine its token: arguments can be seen by everybody."""


def path() -> Path:
    """The runtime file; `LABKIT_RUNTIME_DIR` puts it elsewhere."""
    if folder := os.environ.get("LABKIT_RUNTIME_DIR"):
        return Path(folder) / "engine.json"
    if folder := os.environ.get("XDG_RUNTIME_DIR"):
        return Path(folder) / "labkit" / "engine.json"
    return Path(platformdirs.user_cache_dir("labkit")) / "engine.json"


def read() -> dict[str, str] | None:
    """The engine announced last, if it is of this version; it may have died since."""
    try:
        announced = json.loads(path().read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return announced if isinstance(announced, dict) and announced.get("version") == VERSION else None


@contextlib.contextmanager
def announced(address: str, token: str) -> Iterator[None]:
    """Announce an engine for as long as it runs (mode 0600)."""
    file = path()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    entry = {"address": address, "token": token, "version": VERSION, "pid": str(os.getpid())}
    fresh = file.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        json.dump(entry, out)
    fresh.replace(file)
    try:
        yield
    finally:
        if read() == entry:
            file.unlink(missing_ok=True)
