"""What goes wrong with a page is said on the page, with what to do; and it goes on by itself, or offers to."""

from __future__ import annotations

import json
import os
import signal
import time
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from urllib.request import Request, urlopen

import pytest
from browser.places import Voila, open_in_lab, write_notebook
from browser.proxy import Proxy

PANEL = "import labkit\nlabkit.Panel()"
HEADING = {"cell_type": "markdown", "id": "heading", "metadata": {}, "source": "# A talk\n$x^2$"}
REMOTE = "lab.example"
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
KEEP_WORDS = """
globalThis.seen = [];
new MutationObserver(() => {
    const words = document.getElementById('loading_text')?.textContent;
    if (words && seen.at(-1) !== words) seen.push(words);
}).observe(document, {subtree: true, childList: true, characterData: true});
"""


def ours(path, cells, **metadata):
    """A notebook with labkit's template, as those of the project are."""
    notebook = json.loads(write_notebook(path, cells).read_text())
    notebook["cells"].insert(0, HEADING)
    notebook["metadata"] |= {"voila": {"template": "labkit"}, **metadata}
    path.write_text(json.dumps(notebook))
    return path


@pytest.fixture(scope="module")
def pages(tmp_path_factory, chromium):
    """A Voila that shows a folder of notebooks."""
    root = tmp_path_factory.mktemp("pages")
    ours(root / "talk.ipynb", [PANEL])
    place = Voila(root, root, "--template=labkit")
    yield place
    place.close()


def notice(page, says, timeout=20_000):
    """The words of the notice, once it says that."""
    page.locator(f"#labkit-notice[data-says={says}]").wait_for(timeout=timeout)
    return page.locator("#labkit-notice span").inner_text()


def all_well(page):
    page.get_by_role("button", name="Start talking").wait_for(timeout=40_000)
    page.locator("#labkit-notice").wait_for(state="hidden", timeout=20_000)


def linked(page):
    page.get_by_text("WebSocket link").wait_for(timeout=40_000)


def kernels(place):
    """The process ids of the kernels of a server."""
    children = Path(f"/proc/{place.process.pid}/task/{place.process.pid}/children").read_text().split()
    named = {pid: Path(f"/proc/{pid}/cmdline") for pid in children}
    return {int(pid) for pid, path in named.items() if path.exists() and "ipykernel" in path.read_text()}


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
    urlopen(Request(f"{place.url}/api/kernels/{kernel}", method="DELETE", headers=headers), timeout=20).close()


def until(true, seconds=20):
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.2)
    return true()


def test_a_page_says_what_it_does_and_asks_no_other_host(pages, make_context):
    page = make_context(color_scheme="dark").new_page()
    hosts = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    page.add_init_script(KEEP_WORDS)
    page.goto(f"{pages.url}/voila/render/talk.ipynb", wait_until="commit")
    all_well(page)
    assert page.title() == "A talk"
    assert hosts == {f"127.0.0.1:{pages.port}"}
    words = page.evaluate("seen.map((words) => words.replace(/ \\\\d+ s$/, ''))")
    assert words[0] == "Starting Python…"
    assert words[-1] == "Loading the panel…"
    assert any("of 2 cells" in text for text in words)
    assert page.evaluate("document.body.dataset.jpThemeLight") == "false"
    assert page.locator("mjx-container").count() == 1  # mathematics without a network
    page.emulate_media(color_scheme="light")
    page.wait_for_function("document.body.dataset.jpThemeLight === 'true'")


WRONG = {
    "missing": "no notebook at this address",
    "damaged": "not a notebook that can be read",
    "other_language": "another language than the server has",
    "failing": "A cell of this notebook failed: There is no recording 'x'",
    "empty": "This notebook shows nothing",
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_notebook_is_explained(pages, context, name):
    path = pages.root / f"{name}.ipynb"
    if name == "damaged":
        path.write_text("{")
    elif name == "other_language":
        ours(path, ["1"], kernelspec={"name": "ir", "display_name": "R", "language": "R"})
    elif name == "failing":
        ours(path, ["import labkit; labkit.replay('x')", "print('not run')"])
    elif name == "empty":
        write_notebook(path, ["x = 1"])
    page = context.new_page()
    page.goto(f"{pages.url}/voila/render/{name}.ipynb")
    page.get_by_text(WRONG[name]).wait_for()
    assert "Traceback" not in page.locator("body").inner_text()
    assert str(pages.root) not in page.content()


def test_a_page_that_does_not_arrive_as_a_whole_says_so(pages, context):
    address = f"{pages.url}/voila/render/talk.ipynb"
    page = context.new_page()
    page.clock.install()
    page.route("**/voila.js", lambda route: route.abort())
    page.goto(address)
    page.clock.run_for(40_000)
    assert "did not load" in notice(page, "scripts")
    page.unroute_all()

    def without(rest, instead=""):
        page.route(address, lambda route: route.fulfill(body=route.fetch().text().partition(rest)[0] + instead))

    without("<script>voila_finish()")
    page.reload()
    assert "did not arrive as a whole" in notice(page, "cut")
    page.unroute_all()

    page.route("**/never.js", lambda route: None)
    without('<div id="rendered_cells"', '<script src="/never.js"></script>')
    page.reload(wait_until="commit")
    page.locator("#labkit-notice").wait_for(state="attached")
    page.clock.run_for(70_000)
    assert "may be full" in notice(page, "slow")
    page.unroute_all()


def test_ten_reloads_in_a_row_leave_no_kernel_behind(pages, context):
    page = context.new_page()
    before = kernels(pages)
    for number in range(10):
        page.goto(f"{pages.url}/voila/render/talk.ipynb", wait_until="commit")
        page.locator("#loading").wait_for(state="attached")
        page.wait_for_timeout(100 * number)
    all_well(page)
    linked(page)
    assert until(lambda: len(kernels(pages) - before) == 1)
    page.goto("about:blank")
    assert until(lambda: not kernels(pages) - before)


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
        page.route("**/api/kernels/*", lambda route: route.fulfill(status=403))
        assert "Open the address with its token again" in notice(page, "login")
        page.unroute_all()
        proxy.websocket = True
        all_well(page)
        linked(page)


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


def test_a_restarted_kernel_is_told_from_a_network_that_broke(pages, context):
    page, before = context.new_page(), kernels(pages)
    page.goto(f"{pages.url}/voila/render/talk.ipynb")
    all_well(page)
    linked(page)
    (kernel,) = kernels(pages) - before
    os.kill(kernel, signal.SIGKILL)
    assert "ran out of memory" in notice(page, "ended")


def test_plain_http_from_another_computer_is_explained(pages, make_context):
    context = make_context(flags=(f"--host-resolver-rules=MAP {REMOTE} 127.0.0.1",))
    page = context.new_page()
    page.goto(f"http://{REMOTE}:{pages.port}/voila/render/talk.ipynb")
    assert "over https" in notice(page, "insecure", 40_000)
    page.get_by_role("button", name="Start talking").click()
    page.locator(".labkit-error", has_text="Browsers give no microphone").wait_for()
    page.get_by_role("textbox").fill("what can you do")
    page.get_by_role("button", name="Say it").click()
    page.get_by_text("what can you do").first.wait_for()


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
