"""Find a Firefox for the browser tests and a sound card for it, or get them where that is simple.

Without a sound card Firefox plays nothing at all, so the tests bring one without hardware: PulseAudio.
`find()` only looks; running this file also installs: Debian's packages, as root.
"""

from __future__ import annotations

import os
import shutil

from chromium import is_debian, run

PACKAGES = ("firefox-esr", "pulseaudio")
NONE_FOUND = (
    "Firefox or PulseAudio (a sound card without hardware) is not here, so the Firefox tests will be skipped: "
    "on Debian  apt-get install firefox-esr pulseaudio  ."
)


def find() -> str | None:
    """The path of a Firefox that can be tested here, or None."""
    return (shutil.which("firefox-esr") or shutil.which("firefox")) if shutil.which("pulseaudio") else None


def install() -> None:
    """Debian's packages; never where another one, such as the desktop's own sound server, would have to go."""
    if is_debian() and os.geteuid() == 0:
        print("Getting Firefox and PulseAudio for the browser tests (once; some 100 MB, a minute or a few)", flush=True)
        run("apt-get", "install", "-y", "--no-install-recommends", "--no-remove", *PACKAGES)


def main() -> None:
    """Print the Firefox that the tests will use, installing one where there is none."""
    if find() is None:
        install()
    path = find()
    print(f"Firefox tests use {path}" if path else NONE_FOUND)


if __name__ == "__main__":
    main()
