"""What goes wrong with a page is said on the page, with what to do; and it goes on by itself, or offers to."""

from __future__ import annotations

import os
import signal

import pytest
from browser.pages import all_well, kernels, linked, notice, ours, until
from browser.places import write_notebook
from playwright.sync_api import expect

REMOTE = "lab.example"
KEEP_WORDS = """
globalThis.seen = [];
new MutationObserver(() => {
    const words = document.getElementById('loading_text')?.textContent;
    if (words && seen.at(-1) !== words) seen.push(words);
}).observe(document, {subtree: true, childList: true, characterData: true});
"""


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
    expect(page.locator("mjx-container")).to_have_count(1)  # mathematics without a network
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
    all_well(page, 300)
    linked(page)
    assert until(lambda: len(kernels(pages) - before) == 1)
    page.goto("about:blank")
    assert until(lambda: not kernels(pages) - before)


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
    assert "over https" in notice(page, "insecure")
    page.get_by_role("button", name="Start talking").click()
    page.locator(".labkit-error", has_text="Browsers give no microphone").wait_for()
    page.get_by_role("textbox").fill("what can you do")
    page.get_by_role("button", name="Say it").click()
    page.get_by_text("what can you do").first.wait_for()
