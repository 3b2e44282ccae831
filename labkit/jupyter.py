"""A Jupyter server extension: the way for the link's WebSocket, without the 40 ms of Nagle's algorithm.

`<base>/labkit/link/<port>/` does what jupyter-server-proxy's `/proxy/<port>/` does, with the same
authentication, but for WebSockets only, to 127.0.0.1 only, and with TCP_NODELAY on both sockets: tornado turns
it off after each HTTP request, and then small frames wait for the other side's delayed acknowledgement.
Enabled by `etc/jupyter/jupyter_server_config.d/labkit.json`; where it is missing the link uses `/proxy/`.
"""

from __future__ import annotations

from typing import Any

from jupyter_server.utils import url_path_join
from jupyter_server_proxy.handlers import LocalProxyHandler
from tornado import web

__all__ = ["LinkProxy"]

ROUTE = r"/labkit/link/(\d+)(/)"


class LinkProxy(LocalProxyHandler):  # type: ignore[misc]  # jupyter-server-proxy has no types
    """One WebSocket between a page and the link's server in a kernel of this machine."""

    async def open(self, port: str, proxied_path: str) -> None:
        """Connect both sides, then keep small frames from waiting."""
        await self.proxy_open("127.0.0.1", port, proxied_path)
        self.set_nodelay(True)
        self.ws.protocol.set_nodelay(True)

    async def http_get(self, port: str, proxied_path: str) -> None:
        """Refuse what is not a WebSocket; use `/proxy/` for it."""
        raise web.HTTPError(405)

    def proxy(self, port: str, proxied_path: str) -> None:
        """Refuse every other method too."""
        raise web.HTTPError(405)


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "labkit.jupyter"}]


def _load_jupyter_server_extension(server_app: Any) -> None:
    web_app = server_app.web_app
    web_app.add_handlers(".*", [(url_path_join(web_app.settings["base_url"], ROUTE), LinkProxy, {})])
    server_app.log.info("labkit: the link's way is open at %slabkit/link/", web_app.settings["base_url"])
