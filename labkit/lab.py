"""Start JupyterLab on the first notebook: as root, without a browser, and without touching the user's settings."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from labkit.errors import MissingPartError, UsageError

__all__ = ["start"]

FIRST_NOTEBOOK = Path("notebooks/00_start_here.ipynb")
SETTINGS = Path(__file__).parent / "lab_config"
"""A Jupyter configuration folder of our own: defaults (no news popup) that the user's own settings still override."""
OWN_KEY = ("token", "password", "log-level", "debug", "log_level")
"""Arguments after which Jupyter is left to say what it says; else only warnings and the address are printed."""


def start(folder: Path | None, port: int | None, arguments: Sequence[str] = ()) -> int:
    """Run JupyterLab until it is stopped; `arguments` go to it as they are.

    Raises `UsageError` when `folder` holds no first notebook and `MissingPartError` without JupyterLab.
    """
    if find_spec("jupyterlab") is None:
        raise MissingPartError('JupyterLab is not installed: run  pip install "labkit[lab]"  .')
    root = course_folder(folder)
    command = [sys.executable, "-m", "jupyterlab", *lab_arguments(port, arguments, os.environ)]
    environment = {**os.environ, "JUPYTER_CONFIG_PATH": os.pathsep.join(_config_path())}
    print(f"Opening JupyterLab in {root.name}/ (Ctrl-C twice stops it). Its address follows.", flush=True)
    if os.name == "posix":
        os.chdir(root)
        os.execve(sys.executable, command, environment)  # noqa: S606 - Ctrl-C then reaches Jupyter itself
    return subprocess.run(command, cwd=root, env=environment, check=False).returncode


def course_folder(folder: Path | None) -> Path:
    """The folder to open: the one given, the current one, or the checkout that labkit was installed from."""
    if folder is not None:
        if not (folder / FIRST_NOTEBOOK).is_file():
            raise UsageError(f"There is no {FIRST_NOTEBOOK.as_posix()} in {str(folder)!r}: give the project's folder.")
        return folder.resolve()
    for candidate in (Path.cwd(), Path(__file__).resolve().parent.parent):
        if (candidate / FIRST_NOTEBOOK).is_file():
            return candidate
    raise UsageError("The notebooks are not here: run this in the project's folder, or name it with --folder.")


def lab_arguments(port: int | None, arguments: Sequence[str], environ: Mapping[str, str]) -> list[str]:
    """Arguments of `jupyter lab`: the first notebook, what this computer needs, then the user's own, which win."""
    found = [f"--LabApp.default_url=/lab/tree/{FIRST_NOTEBOOK.as_posix()}"]
    if port is not None:
        found += [f"--port={port}", "--ServerApp.port_retries=0"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        found.append("--allow-root")
    if not has_browser(environ):
        found.append("--no-browser")
    if "JUPYTER_TOKEN" not in environ and not any(key in argument for argument in arguments for key in OWN_KEY):
        found.append("--Application.log_level=WARN")
    return own_wins(found, arguments)


def own_wins(ours: Sequence[str], own: Sequence[str]) -> list[str]:
    """Both, without those of ours whose setting the person gives too: Jupyter takes a setting once."""
    named = {argument.partition("=")[0] for argument in own}
    return [*(argument for argument in ours if argument.partition("=")[0] not in named), *own]


def has_browser(environ: Mapping[str, str], platform: str = sys.platform) -> bool:
    """Whether a browser window can be expected to open here: on Linux only with a display or a chosen browser."""
    if platform in {"darwin", "win32"}:
        return "SSH_CONNECTION" not in environ
    return any(environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "WSL_DISTRO_NAME"))


def _config_path() -> list[str]:
    given = os.environ.get("JUPYTER_CONFIG_PATH", "")
    return [*filter(None, given.split(os.pathsep)), str(SETTINGS)]
