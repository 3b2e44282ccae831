"""Serve the app as a page without code: Voila on this computer, a kernel for each visitor, gone when they are."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import threading
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from labkit import engines
from labkit.errors import LabkitError, MissingPartError, UsageError
from labkit.health import free_bytes
from labkit.lab import SETTINGS, course_folder, has_browser, own_wins

__all__ = ["start"]

APP = Path("notebooks/app.ipynb")
PORT = 8866
"""Voila's own; where it is taken and none was asked for, a free one near it."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")
CULL_S = 300
"""A kernel whose page was cut off for so long goes; one whose page is closed goes at once."""
CULL_EVERY_S = 30
VISITOR_MB = 350
"""What one more visitor adds, kernel and plots: 304 MB measured (`labkit bench app_start`), and some room."""
KEPT_MB = 1200
"""What the server and the engine with some conversations need."""
MOST_VISITORS = 16
"""As many conversations the embedded engine has at once."""
PAID = "Visitors talk at the cost of your OPENAI_API_KEY; LABKIT_ENGINE=embedded keeps it unused."
NOT_NEEDED = ("@jupyterhub/jupyter-server-proxy", "@voila-dashboards/jupyterlab-preview", "jupyterlab_pygments")
"""Extensions of JupyterLab that a page has no use for, and that it would load."""


def start(
    folder: Path | None,
    port: int | None = None,
    ip: str = "127.0.0.1",
    visitors: int | None = None,
    arguments: Sequence[str] = (),
) -> int:
    """Serve `notebooks/app.ipynb` until it is stopped; `arguments` go to Voila as they are.

    `visitors` may be there at once (default: as many as fit into memory). Raises `UsageError` when `folder` holds no
    app, when the port is taken or the address is not this computer's, and `MissingPartError` without Voila.
    """
    if find_spec("voila") is None:
        raise MissingPartError('Voila is not installed: run  pip install "labkit[lab]"  .')
    if named := [argument for argument in arguments if argument.endswith(".ipynb")]:
        raise UsageError(f"labkit app shows {APP.as_posix()} only: for another notebook, run  voila {named[0]}  .")
    notebook = course_folder(folder) / APP
    if not notebook.is_file():
        raise UsageError(f"There is no {APP.as_posix()} in {str(notebook.parent.parent)!r}: give the project's folder.")
    most = visitors if visitors is not None else fitting(free_bytes() / 1e6)
    if most < 1:
        raise UsageError("There is no room for a visitor: give --visitors 1 or more, or close other programs.")
    check_port(ip, port if port is not None else 0)
    if os.environ.get("OPENAI_API_KEY") and os.environ.get("LABKIT_ENGINE") != "embedded":
        print(PAID)
    print("Starting the engine and the page: some seconds, then its address follows.", flush=True)
    warming = threading.Thread(target=_warm_up, daemon=True)
    warming.start()
    from labkit.pages import Visitors

    os.environ["LABKIT_PROGRESS"] = "off"  # visitors share a computer, not their exercises
    given = os.environ.get("JUPYTER_CONFIG_PATH")
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, [given, str(SETTINGS)]))
    warming.join()  # visitors who come all at once find one engine, instead of each starting one
    Visitors.launch_instance(voila_arguments(notebook, port, ip, most, arguments, os.environ))
    return 0


def voila_arguments(
    notebook: Path, port: int | None, ip: str, visitors: int, arguments: Sequence[str], environ: Mapping[str, str]
) -> list[str]:
    """Arguments of Voila: the app, its limits, then the user's own, which win."""
    found = [
        f"--Voila.notebook_path={notebook}",
        f"--Voila.ip={ip}",
        f"--port={PORT if port is None else port}",
        "--token",
        "--template=labkit",
        "--Voila.log_level=WARN",
        "--VoilaConfiguration.multi_kernel_manager_class=labkit.pages.VisitorKernels",
        f"--VisitorKernels.most={visitors}",
        f"--MappingKernelManager.cull_idle_timeout={CULL_S}",
        f"--MappingKernelManager.cull_interval={CULL_EVERY_S}",
        *(f"--VoilaConfiguration.extension_denylist={name}" for name in NOT_NEEDED),
        f"--Visitors.sentence={sentence(ip, visitors)}",
    ]
    if port is not None:
        found.append("--Voila.port_retries=0")
    if not has_browser(environ):
        found.append("--no-browser")
    return own_wins(found, arguments)


def sentence(ip: str, visitors: int) -> str:
    """What is printed when the page is ready; `{address}` stands for where."""
    many = "1 visitor" if visitors == 1 else f"{visitors} visitors"
    said = f"Open {{address}} ({many} at once; Ctrl-C stops it)."
    if ip in LOOPBACK:
        return said
    return f"{said} From another computer it needs https in front of it: over http browsers give it no microphone."


def check_port(ip: str, port: int) -> None:
    """Raise `UsageError` when nobody can listen there; 0 stands for any port."""
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            if os.name == "posix":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((ip, port))
    except OverflowError:
        raise UsageError(f"There is no port {port}: choose one from 1 to 65535.") from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise UsageError(f"Port {port} is taken: choose another --port, or none for a free one.") from error
        reason = error.strerror or str(error)
        raise UsageError(f"Cannot listen on {ip} port {port} ({reason}): choose another --ip or --port.") from error


def fitting(free: float) -> int:
    """How many visitors fit into so many MB, at least one."""
    return max(1, min(MOST_VISITORS, int((free - KEPT_MB) / VISITOR_MB)))


def _warm_up() -> None:
    """Start the embedded engine if it is the one that answers; what goes wrong is said in the panel."""
    try:
        asyncio.run(engines.warm_up(None, base_url=None))
    except LabkitError:
        return
