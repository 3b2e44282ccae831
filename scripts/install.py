"""Install with pip and say how far it is, in one line that moves: python scripts/install.py ".[lab]".

pip itself prints hundreds of lines and then, while it unpacks, nothing for most of the time. The Python that runs
this file is the one that is installed into. When pip fails, its last words are printed and its code is returned.
"""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
import threading
import time
from collections import deque
from pathlib import Path
from typing import TextIO

__all__ = ["Progress", "main"]

PIP = ("-m", "pip", "install", "--disable-pip-version-check", "--progress-bar=off", "-c", "requirements.lock")
LAST_LINES = 25
TERMINAL_S, ELSEWHERE_S = 0.5, 10.0
"""How often it is said: over the last line of a terminal, or as another line of a log."""
MEGABYTES = {"kB": 1e-3, "MB": 1.0, "GB": 1e3}
SIZE = re.compile(r"\s*(Downloading|Using cached) \S+(?: \(([\d.]+) (kB|MB|GB)\))?")


class Progress:
    """What pip's lines have said so far."""

    def __init__(self) -> None:
        self.found = 0
        self.downloaded_mb = 0.0
        self.to_unpack = 0
        """How many packages are unpacked, or 0 while they are still looked for."""
        self.last: deque[str] = deque(maxlen=LAST_LINES)

    def read(self, line: str) -> None:
        """Take in one line of pip's."""
        self.last.append(line)
        if line.startswith(("Collecting ", "Processing ")):  # from an index, from a file
            self.found += 1
        elif line.startswith("Installing collected packages: "):
            self.to_unpack = line.count(",") + 1
        elif (size := SIZE.match(line)) and size[1] == "Downloading" and size[2]:
            self.downloaded_mb += float(size[2]) * MEGABYTES[size[3]]

    def words(self, unpacked: int) -> str:
        """How far it is; `unpacked` packages are in their place."""
        loaded = f"{self.downloaded_mb:.0f} MB downloaded"
        if self.to_unpack:
            return f"2/2 unpacking: {min(unpacked, self.to_unpack)} of {self.to_unpack} packages ({loaded})"
        return f"1/2 fetching: {self.found} packages, {loaded}"


def packages() -> int:
    """How many packages are in their place."""
    return len(list(Path(sysconfig.get_path("purelib")).glob("*.dist-info")))


def tell(progress: Progress, over: threading.Event, out: TextIO) -> None:
    """Say how far it is, again and again, until it is over."""
    begun, before = time.monotonic(), packages()
    moving = out.isatty()
    while not over.wait(TERMINAL_S if moving else ELSEWHERE_S):
        words = f"  {progress.words(packages() - before)}, {time.monotonic() - begun:.0f} s"
        print(f"\r{words:<78}" if moving else words, end="" if moving else "\n", file=out, flush=True)
    if moving:
        print(f"\r{'':<78}\r", end="", file=out, flush=True)


def main(what: str, out: TextIO = sys.stdout) -> int:
    """Install `what` (an editable project) into this Python; returns pip's code."""
    progress, over, begun = Progress(), threading.Event(), time.monotonic()
    teller = threading.Thread(target=tell, args=(progress, over, out), daemon=True)
    command = [sys.executable, *PIP, "-e", what]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        teller.start()
        assert pip.stdout
        for line in pip.stdout:
            progress.read(line.rstrip())
    over.set()
    teller.join()
    if pip.returncode:
        print("\n".join([*progress.last, "", f"pip could not install {what}: its last words are above."]), file=out)
    else:
        took = f"{time.monotonic() - begun:.0f} s"
        print(f"  {progress.to_unpack} packages in {took}, {progress.downloaded_mb:.0f} MB downloaded", file=out)
    return pip.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
