"""Check what the lab needs and say, one line each, what is well and what to do about the rest.

The report holds nothing private (`health.without_private`), so that it can be pasted anywhere.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib import util
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from threading import Timer

from labkit import health, lab, runtime
from labkit.health import INSTALL, Finding

__all__ = ["Finding", "main", "report"]

ENGINE_TIMEOUT_S = 30
DISK_NEEDED_GB = 0.2
"""An hour of recorded conversation is 0.35 GB at most; notebooks and the engine's files need little."""
CLOCK_STEP_S = 1e-3
LOOPBACK_TIMEOUT_S = 2.0
PROXY_VARIABLES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")
EXTENSION = "labkit.jupyter"
PAGE = "Browser, permissions, microphone and camera are checked by the first notebook: labkit lab, then Check."
PASTE = "Nothing private is in these lines: they can be pasted into an issue as they are."


def main() -> int:
    """Print the report as it is found; the exit code is 1 when there is a problem."""
    problems = 0
    for finding in report():
        print(health.without_private(str(finding)), flush=True)
        problems += not finding.well
    print("All is well here." if not problems else f"{problems} to mend: see above.")
    print(f"{PAGE}\n{PASTE}")
    return 1 if problems else 0


def report() -> Iterator[Finding]:
    """All findings, the quick ones first."""
    yield health.python()
    yield from health.packages()
    yield jupyter_extension()
    yield health.memory()
    yield disk()
    yield from proxies()
    yield screen()
    yield clock()
    yield loopback()
    yield key()
    yield engine()


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


def disk() -> Finding:
    """Room for recordings and for what the engine and Jupyter write, where there is least."""
    folders = (Path.cwd(), Path(gettempdir()), Path.home())
    free = min(shutil.disk_usage(folder).free for folder in folders if folder.is_dir()) / 1e9
    text = f"{free:.1f} GB of disk free"
    if free >= DISK_NEEDED_GB:
        return Finding(well=True, text=text)
    return Finding(well=False, text=f"{text}: nothing can be recorded or saved for long. Delete what you do not need.")


def screen() -> Finding:
    """Whether a browser can open here, and how to come from another computer."""
    if lab.has_browser(os.environ):
        return Finding(well=True, text="a browser can open here")
    text = "no screen here: open the address that labkit lab prints. From another computer forward the port first"
    return Finding(well=True, text=f"{text} (ssh -L 8888:localhost:8888 …): over plain http there is no microphone.")


def clock() -> Finding:
    """Whether milliseconds can be measured."""
    step = time.get_clock_info("perf_counter").resolution
    if step <= CLOCK_STEP_S:
        return Finding(well=True, text=f"the clock has steps of {step * 1e9:.0f} ns")
    return Finding(well=False, text=f"the clock has steps of {step * 1e3:.0f} ms: latencies are no finer than that.")


def loopback() -> Finding:
    """Whether programs of this computer reach each other: page, kernel and engine do so over 127.0.0.1."""
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            began = time.perf_counter()
            with socket.create_connection(server.getsockname(), LOOPBACK_TIMEOUT_S):
                server.accept()[0].close()
            took_ms = (time.perf_counter() - began) * 1000
    except OSError as error:
        why = error.strerror or type(error).__name__
        text = f"programs of this computer do not reach each other over 127.0.0.1 ({why})"
        return Finding(well=False, text=f"{text}: allow it in the firewall or VPN, or end that.")
    return Finding(well=True, text=f"programs of this computer reach each other ({took_ms:.1f} ms)")


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
        return Finding(well=True, text="OPENAI_API_KEY is set; the hosted model answers")
    return Finding(well=True, text="no OPENAI_API_KEY is set; the embedded engine answers, which needs none")


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
