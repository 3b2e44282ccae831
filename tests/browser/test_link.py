"""The ways of the link: labkit's proxy, the stock one, the port itself, and the comm; and what each survives."""

from __future__ import annotations

import json
import time

import pytest
from browser.places import PATIENCE_S, Lab, becomes, open_in_lab, write_notebook

MEDIA = """
import json, pathlib, threading, time
import numpy as np
from labkit.link import get_link, now_ms
from labkit.widgets.audio import Microphone, Speaker
link = get_link()
mic = Microphone(echo_cancellation=False, noise_suppression=False, auto_gain_control=False)
speaker = Speaker()
display(mic, speaker)
numbers, finished, bursts = [], [], []
mic.on_chunk(lambda pcm, stamp_ms, seq: numbers.append(seq))
mic.on_chunk(lambda pcm, stamp_ms, seq: bursts.append(int(np.abs(np.frombuffer(pcm, '<i2')).max())))
speaker.on_finished(finished.append)
tone = (8000 * np.sin(2 * np.pi * 440 * np.arange(24_000) / 24_000)).astype('<i2').tobytes()
"""
REPORT = """
def report():
    while True:
        time.sleep(0.2)
        if speaker.state == 'live' and not speaker._items:
            speaker.play('one', tone)
            speaker.end('one')
        gaps = numbers != list(range(len(numbers)))
        seen = dict(via=link.url_kind, count=len(numbers), gaps=gaps, loud=max(bursts, default=0))
        seen |= dict(finished=finished, heard=speaker.heard_ms('one'), mic=mic.state, error=mic.error)
        seen |= dict(owned=link.state.owned)
        pathlib.Path('part.json').write_text(json.dumps(seen))
        pathlib.Path('part.json').rename('report.json')
threading.Thread(target=report, daemon=True).start()
"""
NO_SOCKETS = """
const Real = WebSocket;
globalThis.WebSocket = class extends Real {
    constructor(url, ...more) { super(String(url).includes('/api/') ? url : 'ws://127.0.0.1:9/', ...more); }
};
"""


SILENCE = """
def forget():
    while len(numbers) < 200:
        time.sleep(0.1)
    page = link._pages[link.state.tab]
    link.soon(link.close_page, page.tab)
    link.soon(link._bury, page)
    finished.append(f'forgotten at {len(numbers)}')
threading.Thread(target=forget, daemon=True).start()
"""


def watch(path, wanted, seconds=PATIENCE_S):
    """The report once it is as wanted; the last one in the error."""
    seen = None
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if path.exists():
            seen = json.loads(path.read_text())
            if wanted(seen):
                return seen
        time.sleep(0.1)
    raise AssertionError(seen)


def press(page, *names):
    for name in names:
        page.get_by_role("button", name=f"Start {name}").click()
        page.get_by_role("button", name=f"Stop {name}").wait_for()


@pytest.mark.parametrize("via", ["direct", "comm"])
def test_voila_alone(voila, make_context, tmp_path, via):
    context = make_context()
    if via == "comm":
        context.add_init_script(NO_SOCKETS)
    page = voila([MEDIA, REPORT], in_context=context)
    press(page, "speaker", "microphone")
    seen = watch(
        tmp_path / "report.json",
        lambda seen: seen["finished"] and seen["heard"] == 1000 and seen["count"] > 200 and seen["loud"] > 5000,
    )
    assert seen["via"] == via
    assert not seen["gaps"]


def test_a_page_on_comm_that_was_silent_for_long_comes_back(voila, make_context, tmp_path):
    context = make_context()
    context.add_init_script(NO_SOCKETS)
    page = voila([MEDIA, REPORT, SILENCE], in_context=context)
    press(page, "speaker", "microphone")
    seen = watch(
        tmp_path / "report.json",
        lambda seen: len(seen["finished"]) == 2 and seen["count"] > 600 and seen["mic"] == "live",
    )
    assert (seen["via"], seen["error"], seen["owned"], seen["gaps"]) == ("comm", "", True, False)


def test_voila_inside_the_lab(lab, context):
    write_notebook(lab.root / "voila_page.ipynb", [MEDIA, REPORT])
    page = context.new_page()
    page.goto(f"{lab.url}/voila/render/voila_page.ipynb?token=a-token-of-the-tests")
    press(page, "speaker", "microphone")
    seen = watch(lab.root / "report.json", lambda seen: seen["finished"] and seen["count"] > 200)
    assert seen["via"] == "labkit proxy"
    assert not seen["gaps"]
    page.close()
    lab.end_sessions()


def test_the_stock_proxy_and_a_network_that_breaks(tmp_path, context):
    stock = Lab(tmp_path, '--ServerApp.jpserver_extensions={"labkit.jupyter": False}')
    try:
        write_notebook(tmp_path / "stock.ipynb", [MEDIA])
        notebook = open_in_lab(stock, context, "stock.ipynb")
        notebook.run_all()
        press(notebook.page, "microphone")
        assert notebook.value("link.url_kind") == "proxy"
        becomes(notebook, "len(numbers) > 50")
        notebook.page.evaluate("[...labkit.links.values()][0].socket.close()")
        notebook.run("before = len(numbers)")
        becomes(notebook, "len(numbers) - before > 160")
        assert notebook.value("numbers == list(range(len(numbers)))")
        becomes(notebook, "[mic.state, mic.error]", ["live", ""])
    finally:
        stock.close()
