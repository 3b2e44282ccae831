"""Check what the lab needs and say, one line each, what is well and what to do about the rest.

The report holds no path, no user name, no key and no address, so that it can be pasted anywhere.
"""

from __future__ import annotations

import getpass
import os
import platform
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer

from labkit import runtime

__all__ = ["Finding", "main", "report"]

ENGINE_TIMEOUT_S = 30
MEMORY_NEEDED_GB = 1.0
"""Engine with one conversation (0.4 GB with sight), JupyterLab and one kernel, measured; below it the lab may swap."""
PYTHONS = ((3, 11), (3, 13))
PROXY_VARIABLES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")
EXTENSION = "labkit.jupyter"
INSTALL = 'pip install "labkit[lab]"'


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    well: bool
    text: str
    """What was found; for a problem also what to do."""

    def __str__(self) -> str:
        return f"{'ok' if self.well else 'problem':<8} {self.text}"


def main() -> int:
    """Print the report as it is found; the exit code is 1 when there is a problem."""
    problems = 0
    for finding in report():
        print(without_private(str(finding)), flush=True)
        problems += not finding.well
    print("All is well." if not problems else f"{problems} to mend: see above.")
    return 1 if problems else 0


def report() -> Iterator[Finding]:
    """All findings, the quick ones first."""
    yield python()
    yield from packages()
    yield jupyter_extension()
    yield memory()
    yield from proxies()
    yield key()
    yield engine()


def without_private(text: str) -> str:
    """The text with this computer's folders and the user's name taken out."""
    for folder in (sys.prefix, str(Path(__file__).resolve().parent.parent), str(Path.cwd()), str(Path.home())):
        if len(folder) > 1:
            text = text.replace(folder, "…")
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return text
    return re.sub(rf"\b{re.escape(user)}\b", "…", text)


def python() -> Finding:
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


def jupyter_extension() -> Finding:
    """The Jupyter server's half of the fast media link."""
    if util.find_spec("jupyter_server") is None:
        return Finding(well=False, text=f"Jupyter is not installed: run  {INSTALL}  .")
    from jupyter_core.paths import jupyter_config_path
    from jupyter_server.extension.config import ExtensionConfigManager

    manager = ExtensionConfigManager(read_config_path=jupyter_config_path())
    if manager.get_jpserver_extensions().get(EXTENSION) and util.find_spec(EXTENSION):
        return Finding(well=True, text="Jupyter server extension labkit.jupyter is enabled: media take the fast link")
    return Finding(
        well=False,
        text=f"Jupyter server extension labkit.jupyter is not enabled, so media take a slower way: run  {INSTALL}  .",
    )


def memory() -> Finding:
    """Free memory, in GB."""
    try:
        import psutil
    except ImportError:
        return Finding(well=True, text="free memory is not known here (psutil is not installed)")
    free = psutil.virtual_memory().available / 1e9
    text = f"{free:.1f} GB of memory free, {os.cpu_count()} processors"
    if free >= MEMORY_NEEDED_GB:
        return Finding(well=True, text=text)
    return Finding(well=False, text=f"{text}: close something, {MEMORY_NEEDED_GB:.0f} GB are needed.")


def proxies() -> Iterator[Finding]:
    """Which proxy variables are set (their values are private)."""
    environ = {name.upper(): value for name, value in os.environ.items() if name.upper() in PROXY_VARIABLES and value}
    if not environ:
        yield Finding(well=True, text="no proxy is set")
        return
    yield Finding(well=True, text=f"{', '.join(sorted(environ))} set: hosted models are reached that way")
    if any(value.startswith("socks") for value in environ.values()) and util.find_spec("python_socks") is None:
        yield Finding(well=False, text="A SOCKS proxy needs one more package: run  pip install python-socks  .")


def key() -> Finding:
    """Which engine a plain `connect()` would take."""
    if os.environ.get("LABKIT_ENGINE"):
        return Finding(well=True, text="LABKIT_ENGINE is set: it chooses the engine")
    if os.environ.get("OPENAI_API_KEY"):
        return Finding(well=True, text="OPENAI_API_KEY is set: the hosted model answers")
    return Finding(well=True, text="no OPENAI_API_KEY: the embedded engine answers, no key is needed")


def engine() -> Finding:
    """Whether the embedded engine starts, in a process of its own beside any that runs, and how long that takes."""
    began = time.monotonic()
    with TemporaryDirectory() as folder:
        environ = {**os.environ, "LABKIT_RUNTIME_DIR": folder, runtime.TOKEN_VARIABLE: secrets.token_hex()}
        line, said = _first_line([sys.executable, "-m", "labkit.cli", "serve"], environ)
    took = time.monotonic() - began
    if line.startswith("ready "):
        return Finding(well=True, text=f"the embedded engine starts ({took:.1f} s with its stop)")
    why = said[-1] if said else f"nothing within {ENGINE_TIMEOUT_S} s"
    return Finding(well=False, text=f"the embedded engine did not start ({why}): run  labkit serve  to see more.")


def _first_line(command: list[str], environ: dict[str, str]) -> tuple[str, list[str]]:
    """The first line that a server prints, which is then stopped, and the lines of its complaints."""
    with subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        alarm = Timer(ENGINE_TIMEOUT_S, process.kill)
        alarm.start()
        try:
            line = process.stdout.readline()
        finally:
            alarm.cancel()
            process.terminate()
        return line, process.stderr.read().strip().splitlines()
