"""Voila for visitors: each has a kernel of their own, only so many at once, and sound takes labkit's own way.

A visitor's kernel goes when the page is closed; one whose page was cut off (a laptop asleep) is culled. The link's
way leads to the kernels of this server and nowhere else: unlike JupyterLab's users, visitors may not run code.
"""

from __future__ import annotations

import asyncio
import atexit
import html
import logging
import os
import socket
import tempfile
import webbrowser
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from jupyter_server._tz import utcnow
from jupyter_server.log import log_request
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from jupyter_server.utils import url_path_join
from tornado import web
from tornado.ioloop import IOLoop
from traitlets import Integer, Unicode
from voila.app import Voila

from labkit.jupyter import ROUTE, LinkProxy

__all__ = ["KernelLink", "VisitorKernels", "Visitors"]

FULL = 503
CUT_OFF_S = 120
"""A page without a connection for so long gives up its place when another wants it; thirty that load take less."""
MOMENT_S = 2.0
"""A reload may ask for its new place before its old page has said that it is gone."""
LOOK_S = 0.1
LOGS = ("tornado.access", "tornado.application", "tornado.general")


class VisitorKernels(AsyncMappingKernelManager):
    """Kernels of visitors: so many, and no more."""

    most = Integer(8, config=True, help="How many visitors at once.")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._coming: set[str] = set()
        self._leaving: set[str] = set()

    async def start_kernel(self, *, kernel_id: str | None = None, **kwargs: Any) -> str:  # type: ignore[override]
        """Start a visitor's kernel; raises HTTP 503 for one too many, before anything of the page is sent."""
        if self._full and (cut_off := self._cut_off()):
            await self.shutdown_kernel(cut_off)
        waited = 0.0
        while self._full and waited < MOMENT_S:
            await asyncio.sleep(LOOK_S)
            waited += LOOK_S
        if self._full:
            raise web.HTTPError(FULL, f"{self.most} visitors are here already")
        kernel_id = kernel_id or self.new_kernel_id(**kwargs)
        self._coming.add(kernel_id)
        try:
            started: str = await super().start_kernel(kernel_id=kernel_id, **kwargs)
        finally:
            self._coming.discard(kernel_id)
        return started

    async def shutdown_kernel(self, kernel_id: str, *args: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """End a kernel; while it leaves, its place is free already."""
        self._leaving.add(kernel_id)
        try:
            await super().shutdown_kernel(kernel_id, *args, **kwargs)
        finally:
            self._leaving.discard(kernel_id)

    @property
    def _full(self) -> bool:
        return len(self._coming.union(self.list_kernel_ids()) - self._leaving) >= self.most

    def _cut_off(self) -> str | None:
        """The kernel that no page has been connected to for longest."""
        latest = utcnow() - timedelta(seconds=CUT_OFF_S)
        settled = set(self.list_kernel_ids()) - self._coming - self._leaving
        kernels: dict[str, Any] = {kernel_id: self.get_kernel(kernel_id) for kernel_id in settled}
        since = {
            kernel_id: kernel.last_activity
            for kernel_id, kernel in kernels.items()
            if not self._kernel_connections.get(kernel_id) and kernel.last_activity < latest
        }
        return min(since, key=since.__getitem__, default=None)

    def listening(self) -> set[int]:
        """The ports of 127.0.0.1 on which these kernels listen."""
        ports: set[int] = set()
        for kernel_id in self.list_kernel_ids():
            pid = getattr(self.get_kernel(kernel_id).provisioner, "pid", None)
            try:
                connections = psutil.Process(pid).net_connections("tcp4") if pid else []
            except psutil.Error:  # it has just ended
                continue
            ports |= {found.laddr.port for found in connections if found.status == psutil.CONN_LISTEN}
        return ports


class KernelLink(LinkProxy):
    """One WebSocket between a page and the link of a kernel of this server."""

    async def open(self, port: str, proxied_path: str) -> None:
        """Connect both sides; a port that is no kernel's is closed at once."""
        if int(port) not in await asyncio.to_thread(self.kernel_manager.listening):
            self.close(1008, "no kernel's port")
            return
        await super().open(port, proxied_path)


class Visitors(Voila):  # type: ignore[misc]  # voila has no types
    """Voila with the link's way, and an address that is said in one sentence."""

    name = "voila"
    sentence = Unicode("Open {address} (Ctrl-C stops it).", config=True, help="What is printed once it is ready.")

    def init_handlers(self) -> list[Any]:
        """Voila's pages, and the link's way before them."""
        return [(url_path_join(self.server_url, ROUTE), KernelLink), *super().init_handlers()]

    def init_settings(self) -> dict[str, Any]:
        """Voila's settings; what is logged of a request leaves the token out."""
        settings: dict[str, Any] = super().init_settings()
        for log in (self.log, *map(logging.getLogger, LOGS)):
            log.addFilter(self._without_token)
        return {**settings, "log_function": partial(log_request, record_prometheus_metrics=False)}

    def _without_token(self, record: logging.LogRecord) -> bool:
        """Tornado names the address of a request that failed, whole."""
        if (token := self.identity_provider.token) and token in (said := record.getMessage()):
            record.msg, record.args = said.replace(token, "[secret]"), ()
        return True

    @property
    def address(self) -> str:
        """Where the page is, with the token that lets visitors in."""
        everywhere = self.ip in ("", "0.0.0.0", "::")  # noqa: S104 - asked for with --ip
        token = self.identity_provider.token
        host = socket.gethostname() if everywhere else self.ip
        return self._url(f"[{host}]" if ":" in host else host) + (f"?token={token}" if token else "")

    def start(self) -> None:
        """Serve until stopped."""
        IOLoop.current().add_callback(lambda: print(self.sentence.format(address=self.address), flush=True))
        super().start()

    def launch_browser(self) -> None:
        """Open the page by a file that only this user can read: others can see a command line, and so a token."""
        descriptor, file = tempfile.mkstemp(suffix=".html")
        atexit.register(Path(file).unlink, missing_ok=True)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write(f'<meta http-equiv="refresh" content="0; url={html.escape(self.address)}">')
        IOLoop.current().run_in_executor(None, webbrowser.open, Path(file).as_uri(), 2)
