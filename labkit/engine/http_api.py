"""What the engine's HTTP endpoints share: who may come in, errors in the API's shape, and server-sent events."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import AbstractContextManager
from typing import Any, Protocol

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from labkit.errors import EngineError, LabkitError

Fields = dict[str, Any]
MAX_BODY_BYTES = 32 * 1024 * 1024
"""The largest request: the WebSocket's limit, above the API's 25 MB of sound."""


class RequestError(Exception):
    """A request that cannot be obeyed, and which of its parameters is the reason."""

    def __init__(self, code: str, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.param = code, message, param


def refused(status: int, code: str, message: str, param: str | None = None) -> JSONResponse:
    """An error as the API words it."""
    kind = "invalid_request_error" if status < 500 else "server_error"
    error = {"type": kind, "code": code, "message": message, "param": param}
    return JSONResponse({"error": error}, status_code=status)


class Doorkeeper(Protocol):
    """Who lets visitors in: `labkit.engine.app.Engine`."""

    def admit(self, http: HTTPConnection) -> Response | None: ...
    def visit(self) -> AbstractContextManager[None]: ...


class Door:
    """Middleware: nobody passes without the token, and whoever is inside counts as a visitor until all was sent."""

    def __init__(self, app: ASGIApp, keeper: Doorkeeper) -> None:
        self._app = app
        self._keeper = keeper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or refuse."""
        if response := self._keeper.admit(HTTPConnection(scope)):
            await response(scope, receive, send)
            return
        with self._keeper.visit():
            await self._app(scope, bounded(receive), send)


def bounded(receive: Receive) -> Receive:
    """A request's body as it comes, refused beyond `MAX_BODY_BYTES`."""
    size = 0

    async def next_message() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > MAX_BODY_BYTES:
            raise HTTPException(413, f"A request has at most {MAX_BODY_BYTES // 1024**2} MB: send less at once")
        return message

    return next_message


def explain(_: Request, error: Exception) -> Response:
    """Whatever an endpoint raised, as an error of the API."""
    if isinstance(error, HTTPException):
        return refused(error.status_code, "invalid_request", f"{error.detail}.")
    if isinstance(error, RequestError):
        return refused(400, error.code, error.message, error.param)
    if isinstance(error, LabkitError) and not isinstance(error, EngineError):
        return refused(400, "invalid_value", str(error))
    if isinstance(error, EngineError):
        return refused(503, "server_error", str(error))
    return refused(500, "server_error", f"The engine made a mistake ({type(error).__name__}): its log says more.")


EXPLAINED = dict.fromkeys((HTTPException, RequestError, LabkitError, Exception), explain)
"""Starlette's table of what answers which error."""


async def fields_of(request: Request) -> Fields:
    """The request's JSON object; raises `RequestError`."""
    try:
        fields = json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise RequestError("invalid_json", f"The request is not JSON: {error}.") from error
    if not isinstance(fields, dict):
        raise RequestError("invalid_type", "The request is a JSON object.")
    return fields


def text_of(fields: Fields, name: str, default: str | None = None) -> str:
    """A text among the fields; raises `RequestError` where it is missing without a default, or something else."""
    value = fields.get(name)
    if value is None and default is None:
        raise RequestError("missing_required_parameter", f"Missing required parameter: '{name}'.", name)
    if value is not None and not isinstance(value, str):
        raise RequestError("invalid_type", f"Invalid type for '{name}': a text is needed.", name)
    return value if value is not None else str(default)


def event_stream(events: AsyncIterable[Fields], *, end: str = "") -> StreamingResponse:
    """Server-sent events, one `data` line each; `end` is what the last line says instead of JSON."""

    async def lines() -> AsyncIterator[str]:
        async for event in events:
            yield f"data: {json.dumps(event)}\n\n"
        if end:
            yield f"data: {end}\n\n"

    return StreamingResponse(lines(), media_type="text/event-stream")


def encoded(sound: bytes) -> str:
    """Sound as base64."""
    return base64.b64encode(sound).decode()
