"""The memory of a process and of all that it started."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from labkit.errors import UsageError

__all__ = ["Memory", "Peak", "end_tree", "watching"]

EVERY_S = 0.25
MB = 1e6
NAMES = {
    "labkit.engine.ear_worker": "ears",
    "labkit.engine.eyes.worker": "eyes",
    "labkit.cli": "engine",
    "ipykernel_launcher": "kernel",
    "jupyterlab": "server",
    "voila": "server",
}
"""What a process is called, by the module that its command line runs."""


@dataclass(frozen=True)
class Memory:
    """What processes hold at one moment, MB."""

    shared_fairly: float
    """PSS: a page that n processes share counts 1/n in each, so that a sum counts every page once."""
    resident: float
    """RSS: such a page counts in each."""
    parts: dict[str, float] = field(default_factory=dict)
    """PSS by what the process is."""


@dataclass
class Peak:
    """The most that was seen; each of the two at its own moment."""

    shared_fairly: Memory = Memory(0, 0)
    resident: float = 0.0
    looks: int = 0

    def add(self, now: Memory) -> None:
        """Count one more look."""
        self.looks += 1
        self.resident = max(self.resident, now.resident)
        if now.shared_fairly > self.shared_fairly.shared_fairly:
            self.shared_fairly = now


def of_tree(pid: int) -> Memory:
    """The memory of that process and its descendants; `UsageError` where the system does not tell."""
    import psutil

    if not psutil.LINUX:
        raise UsageError("Memory that processes share is counted fairly on Linux only.")
    fair, resident = 0.0, 0.0
    parts: dict[str, float] = {}
    root = psutil.Process(pid)
    for process in (root, *root.children(recursive=True)):
        try:
            found, command = process.memory_full_info(), process.cmdline()
        except psutil.Error:  # it has just ended
            continue
        name = next((called for module, called in NAMES.items() if module in command), "other")
        parts[name] = parts.get(name, 0.0) + found.pss / MB
        fair, resident = fair + found.pss / MB, resident + found.rss / MB
    return Memory(fair, resident, parts)


def end_tree(pid: int) -> None:
    """End that process and its descendants; nothing when it is gone."""
    import psutil

    try:
        root = psutil.Process(pid)
        family = [*root.children(recursive=True), root]
    except psutil.NoSuchProcess:
        return
    for process in family:
        with suppress(psutil.Error):
            process.terminate()
    psutil.wait_procs(family, 10)


@contextmanager
def watching(pid: int, look: Callable[[int], Memory] = of_tree) -> Iterator[Peak]:
    """The peak of that tree of processes while the block runs, looked at four times a second."""
    peak, over = Peak(), threading.Event()
    peak.add(look(pid))

    def watch() -> None:
        while not over.wait(EVERY_S):
            peak.add(look(pid))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        over.set()
        watcher.join()
