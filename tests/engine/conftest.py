"""A real engine in a process of its own, shared by the tests that talk with it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

TOKEN = "a-token-of-the-tests"


@dataclass
class Served:
    """A running `labkit serve`."""

    process: subprocess.Popen[str]
    address: str
    """http://127.0.0.1:PORT/v1"""
    token: str = TOKEN

    @property
    def realtime(self) -> str:
        return self.address.replace("http", "ws") + "/realtime?model=labkit-start"

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def start(*arguments: str, runtime: str) -> Served:
    """Start an engine and wait for its line; an `AssertionError` with what it said instead."""
    command = [sys.executable, "-m", "labkit.cli", "serve", "--port", "0", "--token", TOKEN, *arguments]
    environment = {**os.environ, "LABKIT_RUNTIME_DIR": runtime}
    said = Path(runtime) / "stderr.txt"  # a pipe that nobody reads would be full some day, and the engine stand still
    with said.open("w", encoding="utf-8") as stderr:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True, env=environment)
    assert process.stdout
    line = process.stdout.readline()
    assert line.startswith("ready "), said.read_text(encoding="utf-8", errors="replace")
    return Served(process, line.split()[1])


def stop(served: Served) -> None:
    served.process.terminate()
    served.process.wait(60)
    if served.process.stdout:
        served.process.stdout.close()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    running = start(runtime=str(tmp_path_factory.mktemp("served")))
    yield running
    stop(running)


@pytest.fixture
def own_engine(tmp_path) -> Iterator[Served]:
    """An engine that the test may kill."""
    running = start(runtime=str(tmp_path))
    yield running
    stop(running)
