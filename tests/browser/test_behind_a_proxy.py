"""As on Binder and JupyterHub: under a prefix, behind a proxy, over https, under a name that is not localhost."""

from __future__ import annotations

import pytest
from browser.places import TOKEN, Lab, chromium_with, new_context, open_in_lab, write_notebook
from browser.proxy import Proxy, self_signed
from browser.test_panel import PANEL, heard, recording, said, start
from playwright.sync_api import Page, expect

NAME, PREFIX = "hub.binder.example", "/user/anna-labkit-x1y2z3/"


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """A Jupyter server as a hub starts it, and the proxy through which pages reach it."""
    given = {"base_url": PREFIX, "trust_xheaders": True, "allow_remote_access": True}
    place = Lab(tmp_path_factory.mktemp("hub"), *(f"--ServerApp.{name}={value}" for name, value in given.items()))
    write_notebook(place.root / "talk.ipynb", PANEL)
    with Proxy(place.port, PREFIX, name=NAME, certificate=self_signed(NAME)) as proxy:
        place.proxy, place.url = proxy, proxy.url.removesuffix("/")
        yield place
    place.close()


@pytest.fixture(scope="module")
def visitor(playwright, chromium, tmp_path_factory):
    """A browser that knows the hub by its name only; its learner asks for the time every few seconds."""
    parts = (2.0, *("what_time_is_it", 5.0) * 12)
    microphone = recording(tmp_path_factory.mktemp("visitor") / "question.wav", *parts)
    flags = (f"--host-resolver-rules=MAP {NAME} 127.0.0.1",)
    browser = chromium_with(playwright, chromium, microphone=microphone, flags=flags)
    yield new_context(browser, ignore_https_errors=True, permissions=["microphone"])
    browser.close()


def talk(page: Page, hub) -> None:
    """A spoken turn, heard, over wss and nothing else."""
    sockets = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    start(page)
    said(page, "what time is it")
    said(page, "It is ")
    heard(page)
    expect(page.locator(".labkit-where")).to_contain_text("WebSocket link")
    assert page.evaluate("isSecureContext")
    assert any(path.startswith(f"{PREFIX}labkit/link/") for path in hub.proxy.sockets)
    assert all(url.startswith(f"wss://{NAME}:{hub.proxy.port}{PREFIX}") for url in sockets)


def test_a_spoken_turn_in_the_lab_goes_on_after_the_proxy_broke_every_connection(hub, visitor):
    notebook = open_in_lab(hub, visitor, "talk.ipynb")
    notebook.run_all()
    talk(notebook.page, hub)
    answers = notebook.page.get_by_role("log").get_by_text("It is ")
    before = answers.count()
    hub.proxy.sockets.clear()
    hub.proxy.cut()
    answers.nth(before).wait_for()
    assert any("/labkit/link/" in path for path in hub.proxy.sockets)
    notebook.page.close()


def test_a_spoken_turn_in_a_page_of_voila(hub, visitor):
    hub.proxy.sockets.clear()
    page = visitor.new_page()
    page.goto(f"{hub.proxy.url}voila/render/talk.ipynb?token={TOKEN}")
    talk(page, hub)
    page.close()
