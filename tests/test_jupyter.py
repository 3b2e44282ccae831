from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

pytest.importorskip("jupyter_server_proxy")

from tornado.httpclient import AsyncHTTPClient, HTTPClientError
from tornado.websocket import websocket_connect
from websockets.asyncio.server import serve

from labkit.bench._places import TOKEN, JupyterPlace
from labkit.jupyter import LinkProxy


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A Jupyter server as the package's install sets it up."""
    flags = ["--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1", f"--IdentityProvider.token={TOKEN}"]
    place = JupyterPlace(tmp_path_factory.mktemp("server"), *flags, module="jupyter_server")
    place.wait("/api/status")
    yield f"127.0.0.1:{place.port}"
    place.close()


async def echo(connection):
    async for message in connection:
        await connection.send(message)


async def test_only_authenticated_websockets_pass(server):
    async with serve(echo, "127.0.0.1", 0) as behind:
        port = next(iter(behind.sockets)).getsockname()[1]
        path = f"{server}/labkit/link/{port}/"
        with pytest.raises(HTTPClientError, match="403"):
            await websocket_connect(f"ws://{path}")
        through = await websocket_connect(f"ws://{path}?token={TOKEN}")
        await through.write_message(b"frame", binary=True)
        assert await asyncio.wait_for(through.read_message(), 30) == b"frame"
        through.close()
        for method, body in (("GET", None), ("POST", "")):
            request = AsyncHTTPClient().fetch(
                f"http://{path}?token={TOKEN}", method=method, body=body, raise_error=False
            )
            assert (await request).code == 405


async def test_small_frames_do_not_wait_on_either_side(monkeypatch):
    told = []
    proxy = LinkProxy.__new__(LinkProxy)

    async def connected(host, port, path):
        told.append((host, port, path))
        proxy.ws = SimpleNamespace(protocol=SimpleNamespace(set_nodelay=lambda on: told.append(("kernel", on))))

    monkeypatch.setattr(proxy, "proxy_open", connected, raising=False)
    monkeypatch.setattr(proxy, "set_nodelay", lambda on: told.append(("page", on)), raising=False)
    await proxy.open("1234", "/")
    assert told == [("127.0.0.1", "1234", "/"), ("page", True), ("kernel", True)]
