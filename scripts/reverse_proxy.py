"""A reverse proxy as JupyterHub's is: HTTP and WebSockets under a URL prefix, nothing else.

For tests and for scripts/binder_proof.py. `self_signed` makes the certificate with which it speaks https.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import ssl
import tempfile
import threading
from pathlib import Path
from typing import Self

import aiohttp
from aiohttp import WSMsgType, web

__all__ = ["Proxy", "self_signed"]

# RFC 9110, section 7.6.1: headers for one hop; aiohttp writes its own.
HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
HANDSHAKE = {"sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions", "sec-websocket-protocol"}
REFUSED = 502  # what a proxy that knows no WebSockets answers


class Proxy:
    """`with Proxy(port, "/user/x/") as proxy: page.goto(proxy.url + "lab")`

    The server on `port` of 127.0.0.1 gets the path as it is: like behind JupyterHub its base_url is the prefix.
    Host and Origin are passed on as the browser sent them (configurable-http-proxy does so), or replaced and
    dropped (`keep_host=False`, `keep_origin=False`: nginx unless told otherwise, and stricter proxies).
    With `certificate` (a loaded server-side `ssl.SSLContext`) it speaks https and wss. `sockets` are the
    paths of the WebSockets that were asked for.
    """

    def __init__(
        self,
        target_port: int,
        prefix: str = "/user/x/",
        *,
        websocket: bool = True,
        name: str = "127.0.0.1",
        certificate: ssl.SSLContext | None = None,
        keep_host: bool = True,
        keep_origin: bool = True,
    ) -> None:
        self.target_port, self.prefix, self.name = target_port, prefix, name
        self.certificate, self.keep_host, self.keep_origin = certificate, keep_host, keep_origin
        self.sockets: list[str] = []
        self._websocket = websocket
        self._open: set[web.WebSocketResponse] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self.port = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)
        scheme = "https" if self.certificate else "http"
        self.url = f"{scheme}://{self.name}:{self.port}{self.prefix}"
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    @property
    def websocket(self) -> bool:
        """Whether WebSockets pass; set to False it also cuts those that are open."""
        return self._websocket

    @websocket.setter
    def websocket(self, passes: bool) -> None:
        self._websocket = passes
        if not passes:
            self.cut()

    def cut(self) -> None:
        """Break every open WebSocket, as a proxy that restarts does."""
        asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result(10)

    async def _start(self) -> int:
        connector = aiohttp.TCPConnector(limit=0)
        self._client = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None),
        )
        app = web.Application(client_max_size=2**30)
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        self._runner = web.AppRunner(app, shutdown_timeout=1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self.certificate)
        await site.start()
        return int(self._runner.addresses[0][1])

    async def _stop(self) -> None:
        await self._cut()
        await self._runner.cleanup()
        await self._client.close()

    async def _cut(self) -> None:
        await asyncio.gather(*(socket.close(code=1001) for socket in list(self._open)), return_exceptions=True)

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        if not request.path.startswith(self.prefix):
            return web.Response(status=404, text=f"Only {self.prefix} is served here.")
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._socket(request)
        return await self._http(request)

    def _url(self, request: web.Request) -> str:
        return f"http://127.0.0.1:{self.target_port}{request.raw_path}"

    def _headers(self, request: web.Request, leave_out: set[str]) -> list[tuple[str, str]]:
        dropped = (
            HOP | leave_out | (set() if self.keep_host else {"host"}) | (set() if self.keep_origin else {"origin"})
        )
        kept = [(name, value) for name, value in request.headers.items() if name.lower() not in dropped]
        return [
            *kept,
            ("X-Forwarded-For", request.remote or ""),
            ("X-Forwarded-Host", request.host),
            ("X-Forwarded-Port", str(self.port)),
            ("X-Forwarded-Proto", request.scheme),
        ]

    async def _http(self, request: web.Request) -> web.StreamResponse:
        body = request.content if request.can_read_body else None
        try:
            reply = await self._client.request(
                request.method,
                self._url(request),
                data=body,
                headers=self._headers(request, set()),
                allow_redirects=False,
                skip_auto_headers=["User-Agent", "Accept", "Accept-Encoding", "Content-Type"],
            )
        except aiohttp.ClientConnectionError:
            return web.Response(status=503, text="The server behind this proxy does not answer.")
        async with reply:
            answer = web.StreamResponse(status=reply.status, reason=reply.reason)
            answer.headers.extend((name, value) for name, value in reply.headers.items() if name.lower() not in HOP)
            with contextlib.suppress(aiohttp.ClientConnectionError):  # either side went away
                await answer.prepare(request)
                async for chunk in reply.content.iter_any():
                    await answer.write(chunk)
                await answer.write_eof()
            return answer

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        self.sockets.append(request.path)
        if not self._websocket:
            return web.Response(status=REFUSED, text="This proxy passes no WebSockets.")
        offered = request.headers.get("Sec-WebSocket-Protocol", "").replace(" ", "").split(",")
        offered = [name for name in offered if name]
        try:
            inner = await self._client.ws_connect(
                self._url(request), protocols=offered, headers=self._headers(request, HANDSHAKE), max_msg_size=0
            )
        except aiohttp.WSServerHandshakeError as error:
            return web.Response(status=error.status)
        except aiohttp.ClientConnectorError:
            return web.Response(status=503)
        chosen = [inner.protocol] if inner.protocol else []
        outer = web.WebSocketResponse(protocols=chosen, max_msg_size=0, compress=False)
        await outer.prepare(request)
        self._open.add(outer)
        try:
            await join(inner, outer)
        finally:
            self._open.discard(outer)
        return outer


async def join(inner: aiohttp.ClientWebSocketResponse, outer: web.WebSocketResponse) -> None:
    """Carry messages both ways until one side closes; the other side hears why."""
    ways = [asyncio.create_task(carry(inner, outer)), asyncio.create_task(carry(outer, inner))]
    await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    code = next((side.close_code for side in (inner, outer) if side.close_code), 1001)
    code = 1001 if code == 1006 else code  # 1006 means "no close frame came" and may not be sent
    await asyncio.gather(inner.close(code=code), outer.close(code=code), return_exceptions=True)
    for way in ways:
        way.cancel()
    await asyncio.gather(*ways, return_exceptions=True)


async def carry(
    source: aiohttp.ClientWebSocketResponse | web.WebSocketResponse,
    sink: aiohttp.ClientWebSocketResponse | web.WebSocketResponse,
) -> None:
    """Every text and binary message of one side to the other."""
    async for message in source:
        if message.type is WSMsgType.TEXT:
            await sink.send_str(message.data)
        elif message.type is WSMsgType.BINARY:
            await sink.send_bytes(message.data)


def self_signed(name: str) -> ssl.SSLContext:
    """A server's TLS context for that host name, with a certificate of its own making, good for a day."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    named = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(named, named, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:  # the ssl module reads files only
        file = Path(folder) / "both.pem"
        file.write_bytes(
            key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + certificate.public_bytes(pem)
        )
        context.load_cert_chain(file)
    return context
