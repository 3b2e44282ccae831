"""Find a Chromium for the browser tests, or get one.

In this order: the one that `LABKIT_CHROMIUM` names, one that is installed, Debian's package, Playwright's own,
and else one clear sentence. `find()` only looks; running this file also installs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
NONE_FOUND = (
    "No Chromium was found and none could be installed, so the browser tests will be skipped: "
    "install Chromium or Google Chrome, or set LABKIT_CHROMIUM to its path."
)


def find() -> str | None:
    """The path of a Chromium that is here, or None."""
    named = os.environ.get("LABKIT_CHROMIUM")
    if named:
        return named if Path(named).is_file() else None
    on_path = (shutil.which(name) for name in NAMES)
    in_place = (place for place in PLACES if Path(place).is_file())
    return next(filter(None, on_path), None) or next(in_place, None) or playwrights_own()


def playwrights_own() -> str | None:
    """The Chromium that `playwright install` has fetched, or None."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).is_file() else None


def is_debian() -> bool:
    """Whether this is Debian itself: Ubuntu's package of the same name is a snap, which fails in containers."""
    release = Path("/etc/os-release")
    return release.is_file() and "ID=debian" in release.read_text(encoding="utf-8").splitlines()


def install() -> None:
    """Try Debian's package (as root, or where sudo asks nothing), then Playwright's own; each says what it does."""
    root = [] if hasattr(os, "geteuid") and os.geteuid() == 0 else ["sudo", "-n"]
    if is_debian() and shutil.which("apt-get") and run(*root, "apt-get", "install", "-y", "chromium") and find():
        return
    run(sys.executable, "-m", "playwright", "install", "chromium")


def run(*command: str) -> bool:
    """Run a command with its output visible; False when it is missing or fails."""
    print("$", *command, flush=True)
    try:
        return subprocess.run(command, check=False).returncode == 0
    except FileNotFoundError:
        return False


def main() -> None:
    """Print the Chromium that the tests will use, installing one when there is none."""
    path = find()
    if path is None and "LABKIT_CHROMIUM" not in os.environ:
        print("Getting a Chromium for the browser tests (once; some 100 MB, a minute or a few)", flush=True)
        install()
        path = find()
    print(f"Browser tests use {path}" if path else NONE_FOUND)


if __name__ == "__main__":
    main()
