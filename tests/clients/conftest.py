"""An engine as a process of its own, as a foreign client meets it."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from dataclasses import dataclass

import pytest

TOKEN = "a-token-for-tests"
READY_S = 60
"""Far above the two seconds that it takes: machines that run many tests at once are slow."""


@dataclass(frozen=True)
class Served:
    address: str
    """http://HOST:PORT/v1"""
    token: str

    @property
    def websocket(self) -> str:
        return self.address.replace("http", "ws", 1) + "/realtime?model=labkit-start"


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    environment = {**os.environ, "LABKIT_RUNTIME_DIR": str(tmp_path_factory.mktemp("runtime"))}
    command = [sys.executable, "-m", "labkit.cli", "serve", "--port", "0", "--token", TOKEN]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=lambda: [lines.put(line) for line in process.stdout], daemon=True).start()
        try:
            ready, _, address = lines.get(timeout=READY_S).strip().partition(" ")
            assert ready == "ready"
            yield Served(address, TOKEN)
        finally:
            process.terminate()
            process.wait(timeout=READY_S)
