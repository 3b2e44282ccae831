"""Where a running engine says how to reach it: one file per user, readable by that user alone.

Holds the address, the token and the engine's version; written by the engine, read by `labkit.connect`. Beside it is
a mark while somebody starts one, so that notebooks that are opened together start one and not one each.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from labkit.version import VERSION

log = logging.getLogger("labkit.engine")
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
    """Announce an engine for as long as it runs (mode 0600); on a full disk it runs for who started it alone."""
    file = path()
    entry = {"address": address, "token": token, "version": VERSION, "pid": str(os.getpid())}
    try:
        _write(file, entry)
    except OSError as error:
        log.warning("Other notebooks cannot find this engine (%s) and start one of their own.", error.strerror)
    try:
        yield
    finally:
        if read() == entry:
            file.unlink(missing_ok=True)


def may_start(patience_s: float) -> bool:
    """Whether the caller is to start an engine, as nobody else does; a mark older than `patience_s` does not count."""
    mark = _mark()
    with contextlib.suppress(OSError):  # said below
        mark.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if abs(time.time() - mark.stat().st_mtime) > patience_s:  # clocks are set back, too
            mark.unlink()
    try:
        os.close(os.open(mark, os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return False
    except OSError as error:  # no room, or no right to write there: better two engines than none
        log.warning("This start of the engine could not be marked (%s).", error.strerror)
    return True


def has_started() -> None:
    """Take the mark away: the engine is announced, or did not start."""
    _mark().unlink(missing_ok=True)


def _mark() -> Path:
    return path().with_name("engine.starting")


def _write(file: Path, entry: dict[str, str]) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = file.with_suffix(f".{os.getpid()}")
    try:
        with os.fdopen(os.open(fresh, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
            json.dump(entry, out)
        fresh.replace(file)
    finally:
        fresh.unlink(missing_ok=True)
