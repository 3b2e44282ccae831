from __future__ import annotations

import json
import socket

import pytest

pytest.importorskip("jupyter_server_proxy")

from jupyter_server.serverapp import ServerApp
from tornado.httpclient import AsyncHTTPClient
from tornado.websocket import websocket_connect
from websockets.asyncio.server import serve

TOKEN = "t"


@pytest.fixture
async def server(tmp_path, monkeypatch, root):
    """A Jupyter server with labkit's extension, enabled by the file that the package ships."""
    shipped = json.loads((root / "etc/jupyter/jupyter_server_config.d/labkit.json").read_text())
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    app = ServerApp(
        jpserver_extensions=shipped["ServerApp"]["jpserver_extensions"], port=0, open_browser=False, allow_root=True
    )
    app.identity_provider_class.token.default_value = TOKEN
    app.initialize(argv=["--ServerApp.port=0", f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={tmp_path}"])
    port = next(iter(app.http_server._sockets.values())).getsockname()[1]
    yield f"127.0.0.1:{port}"
    app.http_server.stop()
    await app._cleanup()


async def echo(connection):
    async for message in connection:
        await connection.send(message)


async def test_only_authenticated_websockets_pass(server):
    async with serve(echo, "127.0.0.1", 0) as behind:
        port = next(iter(behind.sockets)).getsockname()[1]
        path = f"{server}/labkit/link/{port}/"
        with pytest.raises(Exception, match="403"):
            await websocket_connect(f"ws://{path}")
        through = await websocket_connect(f"ws://{path}?token={TOKEN}")
        await through.write_message(b"frame", binary=True)
        assert await through.read_message() == b"frame"
        through.close()
        for method in ("GET", "POST"):
            answer = await AsyncHTTPClient().fetch(
                f"http://{path}?token={TOKEN}", method=method, body="" if method == "POST" else None, raise_error=False
            )
            assert answer.code == 405


async def test_small_frames_do_not_wait(server, monkeypatch):
    from labkit.jupyter import LinkProxy

    opened = []
    real_open = LinkProxy.open

    async def watched(self, *args):
        await real_open(self, *args)
        opened.append((self.ws_connection.stream, self.ws.protocol.stream))

    monkeypatch.setattr(LinkProxy, "open", watched)
    async with serve(echo, "127.0.0.1", 0) as behind:
        port = next(iter(behind.sockets)).getsockname()[1]
        through = await websocket_connect(f"ws://{server}/labkit/link/{port}/?token={TOKEN}")
        await through.write_message(b"frame", binary=True)
        await through.read_message()
        [streams] = opened
        assert all(stream.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) for stream in streams)
        through.close()
