"""A network that breaks, a computer that sleeps: the page says so, and goes on by itself, or offers a new start."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from types import SimpleNamespace
from urllib.request import Request, urlopen

from browser.pages import PANEL, all_well, kernels, linked, notice, until
from browser.places import PATIENCE_S, open_in_lab, write_notebook
from browser.proxy import Proxy

KERNEL = "[...labkit.links.values()][0].model.widget_manager.kernel"
COUNT_HELLOS = """() => {
    const { model } = [...labkit.links.values()][0];
    const send = model.send.bind(model);
    globalThis.hellos = 0;
    model.send = (content, ...more) => {
        globalThis.hellos += content.type === 'hello';
        send(content, ...more);
    };
}"""


@contextmanager
def asleep(*processes):
    """Processes that do nothing, as on a computer that sleeps."""
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


def later(page, seconds):
    """So much later on the page's clock, every timer in its turn."""
    for _ in range(seconds):
        page.clock.run_for(1000)
        page.wait_for_timeout(20)  # what came meanwhile


def end_kernel(place, kernel):
    """As the server does with a kernel that nobody uses."""
    headers = {"Cookie": "_xsrf=same", "X-XSRFToken": "same"}
    urlopen(Request(f"{place.url}/api/kernels/{kernel}", method="DELETE", headers=headers), timeout=PATIENCE_S).close()


def connected(page, within_ms):
    """Whether Jupyter is connected again; if not, as much later on the page's clock."""
    if page.evaluate(f"{KERNEL}.connectionStatus") == "connected":
        return True
    page.clock.run_for(within_ms)
    page.wait_for_timeout(2000)  # a try takes its time
    return False


def test_a_proxy_without_websockets_is_explained_and_a_break_is_mended(pages, context):
    page = context.new_page()
    page.clock.install()
    with Proxy(pages.port, "/", websocket=False) as proxy:
        page.goto(f"{proxy.url}voila/render/talk.ipynb")
        assert "passes no WebSocket" in notice(page, "closed")
        assert page.get_by_role("button", name="Reload").is_visible()
        proxy.websocket = True
        page.reload()
        all_well(page)
        linked(page)
        proxy.websocket = False
        assert "connects again by itself" in notice(page, "broken")
        page.clock.run_for(40_000)
        assert "has not come back yet" in notice(page, "long")
        proxy.websocket = True
        assert until(lambda: connected(page, 64_000))  # Jupyter throws dice for when it tries again: within a minute
        all_well(page)
        linked(page)
        page.route("**/api/kernels/*", lambda route: route.fulfill(status=403))
        proxy.websocket = False  # for good: Jupyter, too, may have asked, and takes a kernel that is refused for dead
        assert "Open the address with its token again" in notice(page, "login")


def test_a_computer_that_slept_goes_on_where_it_was(pages, context):
    """It slept for longer than the link tries for, and is linked by WebSocket again, not by the slow way."""
    page, before = context.new_page(), kernels(pages)
    page.clock.install()
    page.goto(f"{pages.url}/voila/render/talk.ipynb")
    all_well(page)
    linked(page)
    with asleep(*kernels(pages) - before):
        later(page, 40)
        assert "computer it runs on sleeps" in notice(page, "silent")
        with asleep(pages.process.pid):
            page.evaluate(COUNT_HELLOS)
            later(page, 20)
            assert "server does not answer" in notice(page, "unreachable")
            while page.evaluate("hellos") < 8:  # of them the last is answered
                later(page, 1)
    all_well(page)
    linked(page)


def test_a_laptop_that_slept_for_too_long_is_offered_a_new_start(pages, context):
    page = context.new_page()
    page.clock.install()
    page.goto(f"{pages.url}/voila/render/talk.ipynb")
    all_well(page)
    linked(page)
    context.set_offline(True)
    assert "no network" in notice(page, "offline")
    end_kernel(pages, page.evaluate(f"{KERNEL}.id"))
    context.set_offline(False)
    later(page, 20)
    assert "has ended" in notice(page, "ended")
    page.evaluate(f"{KERNEL}._reconnectLimit = 0; {KERNEL}._ws.close()")  # Jupyter's connection gives up at once
    page.wait_for_function("[...labkit.links.values()][0].state.gone")  # and the link knows that it is for good
    page.evaluate(f"void ({KERNEL}.reconnect = () => (globalThis.askedAgain = true))")
    page.clock.run_for(20_000)
    assert not page.evaluate("globalThis.askedAgain")
    page.get_by_role("button", name="Reload").click()
    all_well(page)


def test_the_lab_connects_again_after_jupyter_gave_up(lab, context):
    write_notebook(lab.root / "slept.ipynb", [PANEL])
    with Proxy(lab.port, "/") as proxy:
        notebook = open_in_lab(SimpleNamespace(url=proxy.url.rstrip("/")), context, "slept.ipynb")
        notebook.run_all()
        linked(notebook.page)
        kernel = "jupyterapp.shell.currentWidget.sessionContext.session.kernel"
        notebook.page.evaluate(f"{kernel}._reconnectLimit = 0")  # it gives up at once
        proxy.websocket = False
        notebook.page.wait_for_function(f"{kernel}.connectionStatus === 'disconnected'")
        notebook.page.evaluate(f"{kernel}._reconnectLimit = 7")
        proxy.websocket = True
        notebook.page.wait_for_function(f"{kernel}.connectionStatus === 'connected'")
        linked(notebook.page)
        assert notebook.value("1 + 1") == 2
    lab.end_sessions()
