"""The checks of the start page in real browsers: all well, and each obstacle with its remedy."""

from __future__ import annotations

import os
import re
import signal
from contextlib import closing
from types import SimpleNamespace

import firefox as finder
import pytest
from browser.firefox import firefox, until
from browser.places import Lab, open_in_lab, write_notebook
from browser.proxy import Proxy
from playwright.sync_api import expect

from labkit.checkup import NAMES, PAGE_NAMES

CELLS = ["import labkit\ncheckup = labkit.Checkup()\ncheckup"]
REMOTE = "lab.example"
LINKED = "[...(globalThis.labkit?.links.values() ?? [])].some((link) => link.state.connected)"
PATIENT = """
const real = setTimeout;
globalThis.setTimeout = (work, ms, ...more) => real(work, ms === 4000 ? 300_000 : ms, ...more);
"""
"""The link waits for a way to open until the way is closed."""


def rows_of(page):
    """Every row's mark and words, by name."""
    lines = page.locator(".labkit-checkup tr").all_inner_texts()
    return {name: (mark.partition(" ")[2], words) for name, mark, words in (line.split("\t") for line in lines)}


def click_check(page):
    page.get_by_role("button", name="Check", exact=True).click()


def checked(page):
    click_check(page)
    return rows_at_the_end(page)


def rows_at_the_end(page):
    page.get_by_role("button", name="Check", exact=True).wait_for(timeout=120_000)
    return rows_of(page)


def link_row(page, words):
    return page.get_by_role("row", name="link").filter(has_text=words)


def wait_for_page(page):
    """What the page knows by itself is shown, the rest not looked at."""
    page.get_by_role("row", name="browser").filter(has_text="on Linux").wait_for()


def no_way_of_ours(url):
    """Whether it is a WebSocket of the link, and none of Jupyter's own."""
    return "/api/" not in url and "/terminals/" not in url


def problems(rows):
    """The rows that say no; on a busy computer the clocks may."""
    return {name for name, (mark, _) in rows.items() if mark != "ok"} - {"clock"}


def test_all_is_well_and_the_report_can_be_pasted(open_notebook, make_context):
    context = make_context(permissions=("camera", "microphone", "clipboard-read", "clipboard-write"))
    notebook = open_notebook(CELLS, in_context=context)
    page = notebook.page
    wait_for_page(page)
    expect(page.locator(".labkit-checkup tr", has_text="✓ ok")).to_have_count(len(PAGE_NAMES))
    before = rows_of(page)
    assert {name for name, (mark, _) in before.items() if mark == "ok"} == set(PAGE_NAMES)  # nothing was clicked yet
    rows = checked(page)
    assert list(rows) == list(NAMES)
    assert not problems(rows)
    assert re.fullmatch(r"Chrome \d+ on Linux\.", rows["browser"][1])
    assert re.search(r"speaker \d+ Hz, microphone 48000 Hz", rows["sample rate"][1])
    page.get_by_role("button", name="Copy the report").click()
    page.get_by_text("Copied.").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == notebook.run("print(checkup.report)")
    assert not re.search(r"fake|://|127\.0\.0\.1|token", copied, re.IGNORECASE)  # no label of a device, no address


def test_a_microphone_that_is_blocked(open_notebook, make_context):
    rows = checked(open_notebook(CELLS, in_context=make_context(permissions=())).page)
    assert problems(rows) == {"permission", "microphone", "camera"}
    assert "Click the sign left of the page's address" in rows["permission"][1]


OBSTACLES = {
    "delete globalThis.AudioWorkletNode; delete globalThis.MediaStreamTrackProcessor": (
        {"browser", "microphone", "speaker"},
        ("browser", "has no AudioWorkletNode, which the lab needs: update it"),
    ),
    """
    navigator.mediaDevices.enumerateDevices = async () => [];
    navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("", "NotFoundError"); };
    """: ({"devices", "microphone", "camera"}, ("devices", "0 microphones, 0 cameras, speakers not told: plug a mic")),
    "InputDeviceInfo.prototype.getCapabilities = () => ({ sampleRate: { max: 16000 } })": (
        {"sample rate"},
        ("sample rate", "a Bluetooth headset does that in a call"),
    ),
}


@pytest.mark.parametrize("script", OBSTACLES, ids=["old browser", "no devices", "headset"])
def test_an_obstacle_has_a_row_with_its_remedy(open_notebook, context, script):
    context.add_init_script(script)
    rows = checked(open_notebook(CELLS).page)
    expected, (name, words) = OBSTACLES[script]
    assert problems(rows) == expected
    assert words in rows[name][1]


def test_plain_http_from_another_computer(tmp_path, make_context):
    context = make_context(permissions=(), flags=(f"--host-resolver-rules=MAP {REMOTE} 127.0.0.1",))
    write_notebook(tmp_path / "checks.ipynb", CELLS)
    with (
        closing(Lab(tmp_path, "--ServerApp.allow_remote_access=True")) as lab,
        Proxy(lab.port, "/", name=REMOTE) as proxy,
    ):
        notebook = open_in_lab(SimpleNamespace(url=proxy.url.rstrip("/")), context, "checks.ipynb")
        notebook.run_all()
        rows = checked(notebook.page)
        lab.end_sessions()
    assert problems(rows) == {"page", "permission", "devices", "microphone", "speaker", "camera"}
    assert "Open it over https" in rows["page"][1]
    assert rows["link"][0] == rows["engine"][0] == "ok"


def test_voila_where_no_websocket_of_ours_passes(voila, context):
    """Who clicks before the page has found its way waits for it."""
    tries = []
    context.add_init_script(PATIENT)
    context.route_web_socket(no_way_of_ours, lambda socket: socket.close() if tries else tries.append(socket))
    page = voila(CELLS)
    click_check(page)
    link_row(page, "connecting…").wait_for()
    while not tries:
        page.wait_for_timeout(50)
    tries[0].close()
    rows = rows_at_the_end(page)
    assert not problems(rows)
    assert rows["link"][1].startswith("Widget messages: they work, but")


def test_a_kernel_that_does_not_answer(open_notebook):
    notebook = open_notebook(CELLS)
    notebook.page.wait_for_function(LINKED)
    notebook.page.clock.install()
    wait_for_page(notebook.page)
    kernel = notebook.value("__import__('os').getpid()")
    os.kill(kernel, signal.SIGSTOP)
    try:
        click_check(notebook.page)
        notebook.page.clock.run_for(16_000)
        rows = rows_at_the_end(notebook.page)
    finally:
        os.kill(kernel, signal.SIGCONT)
    assert rows["link"][0] == "no"
    assert "restart the kernel" in rows["link"][1]


def test_firefox(tmp_path):
    path = finder.find()
    if path is None:
        pytest.skip(finder.NONE_FOUND)
    (tmp_path / "firefox").mkdir()
    with closing(Lab(tmp_path)) as lab, firefox(path, tmp_path / "firefox", fake_devices=True) as page:
        write_notebook(lab.root / "checks.ipynb", CELLS)
        notebook = page.open_in_lab(lab, "checks.ipynb")
        until(lambda: notebook.value("checkup.checks['browser'].ok"), "what the page says")
        page.click("Check")
        until(lambda: notebook.value("all(check.ok is not None for check in checkup.checks.values())"), "the checks")
        report = notebook.run("print(checkup.report)")
        lab.end_sessions()
    assert re.search(r"^ok  browser      Firefox \d+ on Linux; sound comes in", report)
    assert not re.search(r"^no (?! clock)", report, re.MULTILINE), report
