"""What `labkit doctor` and the first notebook's checks both look at: Python, packages, memory; and nothing private.

A report of these holds no path, no name of a user or a computer, no key and no address, so that it can be pasted
anywhere.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import platform
import re
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from labkit.scrub import Scrubber

__all__ = ["INSTALL", "Finding", "free_bytes", "memory", "packages", "python", "versions", "without_private"]

PYTHONS = ((3, 11), (3, 13))
INSTALL = 'pip install "labkit[lab]"'
MEMORY_NEEDED_GB = 1.0
"""Server, kernel and engine in a conversation about a picture are 0.9 GB (`labkit bench learner_memory`)."""
CGROUP = Path("/sys/fs/cgroup")
CGROUPS = (("memory.max", "memory.current"), ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"))
"""Where a container says how much memory it may take and has taken: version 2, version 1."""
SHOWN = ("labkit", "anywidget", "ipywidgets", "jupyterlab", "voila", "numpy", "openai")
"""Packages whose version says most about a problem."""
_ADDRESS = re.compile(
    r"\b\w+://[^\s,;)]+|\b[\w.+-]+@[\w-]+\.\w+"
    r"|(?<![\w.…])(?:/[\w.@+-]+){2,}|\b[A-Za-z]:\\[^'\",;)\n]+|\b[\w-]+(?:\.[\w-]+)+:\d+"
)
"""An address, a mail address, a path here or on Windows, a computer and its port."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    well: bool
    text: str
    """What was found; for a problem also what to do."""

    def __str__(self) -> str:
        return f"{'ok' if self.well else 'problem':<8} {self.text}"


def without_private(text: str) -> str:
    """The text without this computer's folders, addresses and names, and without anything that looks like a key.

    It cannot know a bare IP address, which looks like a version, nor a path's words after a space.
    """
    for folder in (sys.prefix, str(Path(__file__).resolve().parent.parent), str(Path.cwd()), str(Path.home())):
        if len(folder) > 1:
            text = text.replace(folder, "…")
    text = _ADDRESS.sub("…", str(Scrubber()(text)))
    for name in _names():
        text = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", "…", text)
    return text


def _names() -> Iterator[str]:
    """Of the user and of the computer; a container's user may have none."""
    with contextlib.suppress(KeyError, OSError):
        yield getpass.getuser()
    if (host := socket.gethostname()) != "localhost":
        yield host


def python() -> Finding:
    """Which Python on which system."""
    version = sys.version_info[:2]
    text = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    if PYTHONS[0] <= version <= PYTHONS[1]:
        return Finding(well=True, text=text)
    return Finding(well=False, text=f"{text}: labkit needs Python 3.11, 3.12 or 3.13, make a new environment with one.")


def packages() -> Iterator[Finding]:
    """The packages that the lab needs: versions in one line, and a line for each that is missing or does not fit."""
    from packaging.requirements import Requirement

    try:
        wanted = [Requirement(text) for text in metadata.requires("labkit") or []]
    except metadata.PackageNotFoundError:
        yield Finding(well=False, text=f"labkit itself is not installed here: run  {INSTALL}  .")
        return
    found = []
    for requirement in wanted:
        if requirement.name == "labkit" or not _applies(requirement.marker):
            continue
        version = _version(requirement.name)
        if version is None:
            yield Finding(well=False, text=f"{requirement.name} is not installed: run  {INSTALL}  .")
        elif not requirement.specifier.contains(version, prereleases=True):
            text = f"{requirement.name} {version} does not fit ({requirement.specifier} is needed): run  {INSTALL}  ."
            yield Finding(well=False, text=text)
        else:
            found.append(f"{requirement.name} {version}")
    yield Finding(well=True, text=f"labkit {metadata.version('labkit')} with {', '.join(sorted(set(found)))}")


def versions() -> Finding:
    """The few versions that say most, or the first problem with any."""
    for finding in (python(), *packages()):
        if not finding.well:
            return finding
    known = [f"{name} {version}" for name in SHOWN if (version := _version(name))]
    return Finding(well=True, text=f"{', '.join(known)}, {python().text}.")


def _applies(marker: object) -> bool:
    """Whether a requirement counts here: always, or in the extras `engine` and `lab`."""
    if marker is None:
        return True
    from packaging.markers import Marker

    return isinstance(marker, Marker) and any(marker.evaluate({"extra": extra}) for extra in ("engine", "lab"))


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def free_bytes() -> int:
    """Free memory, in bytes: the computer's or, where that is less, what the container may still take."""
    import psutil

    free, allowed = int(psutil.virtual_memory().available), _container_free(CGROUP)
    return free if allowed is None else min(free, allowed)


def memory() -> Finding:
    """Free memory, in GB."""
    try:
        free = free_bytes()
    except ImportError:
        return Finding(well=True, text="free memory is not known here (psutil is not installed)")
    where = "" if _container_free(CGROUP) is None else " in this container"
    text = f"{free / 1e9:.1f} GB of memory free{where}, {os.cpu_count()} processors"
    if free / 1e9 >= MEMORY_NEEDED_GB:
        return Finding(well=True, text=text)
    return Finding(
        well=False,
        text=f"{text}: {MEMORY_NEEDED_GB:.0f} GB are needed. Close other programs, and notebooks that still run.",
    )


def _container_free(folder: Path) -> int | None:
    """Bytes that a container may still take, its file cache counted as free; `None` where there is no limit."""
    for limit, taken in CGROUPS:
        try:
            most, now = int((folder / limit).read_text()), int((folder / taken).read_text())
            told = (folder / limit).with_name("memory.stat").read_text()
        except (OSError, ValueError):  # no such file, or "max"
            continue
        cache = re.search(r"^(?:total_)?inactive_file (\d+)$", told, re.MULTILINE)
        return most - now + int(cache[1] if cache else 0)
    return None
