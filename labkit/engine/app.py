"""The engine as a server: `labkit serve`.

Listens on loopback, wants a token, refuses foreign origins, and prints one line when it can answer.
Routes: `/v1/realtime` and `/v1/realtime/translations` (WebSockets, GA Realtime protocol), the three endpoints of a
cascade (`/v1/audio/transcriptions`, `/v1/chat/completions`, `/v1/audio/speech`), `/v1/models`, `/v1/health`.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import importlib
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from labkit import runtime
from labkit.engine.ear import EarPool
from labkit.engine.http_api import EXPLAINED, Door, refused
from labkit.errors import EngineError, UsageError

if TYPE_CHECKING:
    from labkit.engine.connection import StateMachine
    from labkit.engine.http_audio import FileEars
    from labkit.engine.skills import Skill

MAX_MESSAGE_BYTES = 32 * 1024 * 1024
"""Above the protocol's largest append (15 MiB, 20 MiB as base64), so that too much gets an error event."""
MAX_CONNECTIONS = 16
SUBPROTOCOL_KEY = "openai-insecure-api-key."
"""How browser clients pass a key: as one of the WebSocket subprotocols."""
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
LOOPBACK_OF = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where to reach them, from here
"""Hosts that mean every address are no address that a client could connect to."""
LARGEST_PORT = 65535


class Engine:
    """What all connections share: the token, the ears, and when somebody was last here."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.ears = EarPool()
        self._file_ears: FileEars | None = None
        self.connections = 0
        self.last_used = time.monotonic()

    def refusal(self, http: HTTPConnection) -> Response | None:
        """Why this client may not come in, or `None`."""
        origin = http.headers.get("origin")
        if origin and urlsplit(origin).hostname not in LOOPBACK:
            return refused(403, "origin_not_allowed", f"Pages of {origin} may not use this engine.")
        if not hmac.compare_digest(_token(http).encode(), self.token.encode()):
            return refused(
                401, "invalid_api_key", "Wrong or missing token: use the one that the engine was started with."
            )
        return None

    def admit(self, http: HTTPConnection) -> Response | None:
        """Why this client cannot be served now, or `None`."""
        if self.connections >= MAX_CONNECTIONS:
            message = f"{MAX_CONNECTIONS} conversations are going on: end one first."
            return self.refusal(http) or refused(503, "too_many_connections", message)
        return self.refusal(http)

    @contextlib.contextmanager
    def visit(self) -> Iterator[None]:
        """Somebody is here."""
        self.connections += 1
        try:
            yield
        finally:
            self.connections -= 1
            self.last_used = time.monotonic()

    async def realtime(self, websocket: WebSocket) -> None:
        """One conversation over a WebSocket."""
        from labkit.engine import skills
        from labkit.engine.conversation import Conversation

        query = websocket.query_params
        skill = skills.find(query.get("model", ""))
        kind = "transcription" if query.get("intent") == "transcription" else "realtime"
        await self._talk(websocket, lambda now: Conversation(skill, now, kind), lambda: _warm_up(skill))

    async def translations(self, websocket: WebSocket) -> None:
        """One translation session over a WebSocket."""
        from labkit.engine import translation_phrases
        from labkit.engine.translation import Translation

        model = websocket.query_params.get("model", "")
        await self._talk(websocket, lambda now: Translation(model, now), translation_phrases.warm_up)

    async def _talk(
        self, websocket: WebSocket, begin: Callable[[datetime], StateMachine], warm_up: Callable[[], None]
    ) -> None:
        if (response := self.admit(websocket)) is not None:
            await websocket.send_denial_response(response)
            return
        from labkit.engine.connection import Connection

        offered = websocket.scope.get("subprotocols", [])
        await websocket.accept(subprotocol="realtime" if "realtime" in offered else None)
        with self.visit():
            await Connection(websocket, begin(datetime.now(UTC).astimezone()), self.ears, warm_up).run()

    async def transcriptions(self, request: Request) -> Response:
        """A sound file written down."""
        from labkit.engine.http_audio import FileEars, transcriptions

        self._file_ears = self._file_ears or FileEars(self.ears)
        return await transcriptions(request, self._file_ears)

    async def completions(self, request: Request) -> Response:
        """An answer to a list of messages."""
        from labkit.engine.http_chat import completions

        return await completions(request)

    async def speech(self, request: Request) -> Response:
        """A text spoken."""
        from labkit.engine.http_audio import speech

        return await speech(request)

    async def models(self, request: Request) -> Response:
        """The skills, as the models endpoint lists models."""
        from labkit.engine import skills

        about = {"object": "model", "created": 0, "owned_by": "labkit"}
        every = [skills.find(name) for name in skills.names()]
        listed = [{"id": skill.name, **about, "you_can_say": list(skill.you_can_say)} for skill in every]
        return self.refusal(request) or JSONResponse({"object": "list", "data": listed})

    async def health(self, request: Request) -> Response:
        """Whether the engine answers, and how busy it is."""
        return self.refusal(request) or JSONResponse({"status": "ok", "connections": self.connections})

    @contextlib.asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        """Ears are listening before the first client comes."""
        await asyncio.gather(self.ears.start(), asyncio.to_thread(_load))
        self.last_used = time.monotonic()
        yield
        await self.ears.aclose()

    def app(self) -> Starlette:
        """The ASGI application."""
        post: dict[str, Any] = {"methods": ["POST"], "middleware": [Middleware(Door, self)]}
        routes = [
            WebSocketRoute("/v1/realtime", self.realtime),
            WebSocketRoute("/v1/realtime/translations", self.translations),
            Route("/v1/audio/transcriptions", self.transcriptions, **post),
            Route("/v1/chat/completions", self.completions, **post),
            Route("/v1/audio/speech", self.speech, **post),
            Route("/v1/models", self.models),
            Route("/v1/health", self.health),
        ]
        return Starlette(routes=routes, lifespan=self.lifespan, exception_handlers=EXPLAINED)


def _warm_up(skill: Skill) -> None:
    if skill.own_tools:  # such a skill works on what is shown
        from labkit.engine.eyes.process import EYES

        EYES.warm_up()
    skill.warm_up()


def _load() -> None:
    """Load the protocol's types and say a first word, both slow, while the ears start in processes of their own."""
    for name in ("connection", "conversation", "translation", "http_audio", "http_chat"):
        importlib.import_module(f"labkit.engine.{name}")
    from labkit.engine.voice import Voice

    for _ in Voice().speak("ready"):
        pass


def _token(http: HTTPConnection) -> str:
    scheme, _, bearer = http.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return bearer
    offered = http.scope.get("subprotocols", [])
    return next((p.removeprefix(SUBPROTOCOL_KEY) for p in offered if p.startswith(SUBPROTOCOL_KEY)), "")


def _listen(host: str, port: int) -> socket.socket:
    if not 0 <= port <= LARGEST_PORT:
        raise UsageError(f"There is no port {port}: choose a --port from 1 to {LARGEST_PORT}, or 0 for any.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio switches Nagle's algorithm off for TCP only: it costs 40 ms an event.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        raise EngineError(
            f"Cannot listen on {host} port {port}: {reason}. Choose another --port, or 0 for any."
        ) from error
    return listener


def _address(host: str, port: int) -> str:
    reached = LOOPBACK_OF.get(host, host)
    return f"http://{f'[{reached}]' if ':' in reached else reached}:{port}/v1"


class _Server(uvicorn.Server):
    """Says when it answers."""

    def __init__(self, config: uvicorn.Config, address: str) -> None:
        super().__init__(config)
        self._address = address

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then print the line that callers wait for."""
        await super().startup(sockets)
        if not self.should_exit:
            print(f"ready {self._address}", flush=True)


async def _serve(listener: socket.socket, engine: Engine, address: str, idle_minutes: float | None) -> None:
    server = _Server(
        uvicorn.Config(
            engine.app(),
            log_level="warning",
            ws_max_size=MAX_MESSAGE_BYTES,
            ws_per_message_deflate=False,
            access_log=False,
        ),
        address,
    )
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while idle_minutes is not None and not task.done():
        await asyncio.wait([task], timeout=min(5.0, idle_minutes * 60))
        if server.started and engine.connections == 0 and time.monotonic() - engine.last_used > idle_minutes * 60:
            server.should_exit = True
            break
    await task


def serve(host: str, port: int, token: str | None, idle_minutes: float | None = None) -> int:
    """Serve until stopped, or until nobody came for `idle_minutes`; raises `EngineError` when the port is taken.

    Prints `ready http://HOST:PORT/v1` once it can answer (loopback where the host means every address). Without
    a token a random one is made and told on stderr; `labkit.connect` of the same user finds both in the runtime
    file.
    """
    listener = _listen(host, port)
    address = _address(host, listener.getsockname()[1])
    if token is None:
        token = secrets.token_urlsafe(24)
        print(f"token {token}", file=sys.stderr, flush=True)
    if host not in LOOPBACK:
        print(f"Listening on {host}: other machines can reach this engine with the token.", file=sys.stderr, flush=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with runtime.announced(address, token), contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(listener, Engine(token), address, idle_minutes))
    return 0
