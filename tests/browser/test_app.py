"""The app as visitors meet it: `labkit app` and the Jupyter server's Voila in real Chromium, with a spoken turn."""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest
from browser.places import TOKEN
from playwright.sync_api import Page, expect
from websockets.sync.server import serve

from labkit import pcm, samples
from labkit.bench.app_start import Served

RATE, FULL = 48_000, 503
LINK = "[...labkit.links.values()][0]"
SOCKET = """(port) => new Promise((resolve) => {
    const socket = new WebSocket(`ws://${location.host}/labkit/link/${port}/`);
    socket.binaryType = "arraybuffer";
    socket.onmessage = () => resolve("greeted");
    socket.onclose = () => resolve("closed");
})"""


@pytest.fixture(scope="module")
def question(tmp_path_factory):
    """A learner who asks what time it is, every dozen seconds."""
    room = np.random.default_rng(1).normal(0, 8, 10 * RATE).astype(np.int16)
    path = tmp_path_factory.mktemp("question") / "question.wav"
    pcm.write(path, np.concatenate([room[: 2 * RATE], pcm.read(samples.path("what_time_is_it"), RATE), room]), RATE)
    return path


@pytest.fixture(scope="module")
def served(tmp_path_factory, chromium):
    """`labkit app` with room for two."""
    place = Served(tmp_path_factory.mktemp("served"), "--visitors=2")
    yield place
    place.close()


def visit(context, address: str) -> Page:
    """A page that is ready, at the first try."""
    page = context.new_page()
    assert page.goto(address).status != FULL
    page.get_by_role("button", name="Start talking").wait_for()
    return page


def leave(page: Page) -> None:
    """As a person does; a page that is closed by the test's own hand tells nobody."""
    page.goto("about:blank")
    page.close()


def kernel_of(page: Page) -> str:
    return json.loads(page.locator("#jupyter-config-data").inner_text())["kernelId"]


def talk(page: Page) -> None:
    page.get_by_role("button", name="Start talking").click()
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible()


def choose(page: Page, title: str) -> None:
    page.get_by_role("radio", name=title).check(force=True)


def ask_by_voice(page: Page) -> None:
    talk(page)
    expect(page.get_by_role("log")).to_contain_text("It is ")
    expect(page.get_by_role("img", name="Where the time went: turn 1")).to_be_visible()


def test_visitors_talk_each_for_themselves_and_one_too_many_is_told(served, make_context, question) -> None:
    first = visit(make_context(microphone=question), served.address)
    first.get_by_role("button", name="Close the tour").click()
    ask_by_voice(first)
    expect(first.locator(".labkit-where")).to_have_attribute("title", "labkit proxy")
    context = make_context()
    second = visit(context, served.address)
    assert kernel_of(second) != kernel_of(first)
    expect(first.get_by_role("log")).to_contain_text("It is ")
    assert "It is " not in second.locator("body").inner_text()
    assert second.locator(".labkit-turn").count() == 0
    second.reload()  # with every place taken, one's own is free
    second.get_by_role("button", name="Start talking").wait_for()
    assert context.new_page().goto(served.address).status == FULL
    leave(first)
    leave(second)
    leave(visit(context, served.address))
    assert "[secret]" in served.log.read_text("utf-8")  # the 503 was logged
    assert served.address.partition("token=")[2] not in "".join(
        line for line in served.log.read_text("utf-8").splitlines() if not line.startswith("Open ")
    )


def test_the_way_leads_to_kernels_and_only_for_those_with_the_token(served, make_context) -> None:
    page = visit(make_context(), served.address)
    page.wait_for_function(f"{LINK}?.state.connected")
    port = int(page.evaluate(f"{LINK}.way.url").rstrip("/").rpartition("/")[2])
    assert page.evaluate(SOCKET, port) == "greeted"
    with serve(lambda socket: socket.send("hello"), "127.0.0.1", 0) as foreign:
        threading.Thread(target=foreign.serve_forever, daemon=True).start()
        assert page.evaluate(SOCKET, foreign.socket.getsockname()[1]) == "closed"
    stranger = make_context().new_page()
    stranger.goto(served.url)
    assert stranger.evaluate(SOCKET, port) == "closed"
    leave(page)


def test_without_the_token_nobody_comes_in(served, make_context) -> None:
    page = make_context().new_page()
    page.goto(served.url)
    expect(page.get_by_label("Password or token")).to_be_visible()


def test_all_five_modes_each_with_a_panel_of_its_own(served, make_context) -> None:
    page = visit(make_context(), served.address)
    page.get_by_role("button", name="Close the tour").click()
    choose(page, "Translate")
    expect(page.get_by_role("button", name="Hold: Español")).to_be_visible()
    page.get_by_label("English and").select_option("German")
    expect(page.get_by_role("button", name="Hold: Deutsch")).to_be_visible()
    talk(page)
    choose(page, "Tutor")
    page.get_by_role("button", name="Go on talking").click()
    expect(page.get_by_role("radio", name="Translate")).to_be_checked()
    choose(page, "Tutor")
    page.get_by_role("button", name="End it and switch").click()
    expect(page.get_by_role("button", name="Start talking")).to_be_visible()
    page.wait_for_function("[...labkit.parts.values()].every(({ state }) => state !== 'live')")
    for title, sentence in (
        ("Tutor", "“is this right”"),
        ("Memory", "“my name is anna”"),
        ("Latency", "“what can you do”"),
    ):
        choose(page, title)
        page.get_by_role("status").filter(has_text="Loading the panel").wait_for(state="hidden")
        page.get_by_label("Type instead of speaking").fill("hello")
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name=sentence)).to_be_visible()
        page.get_by_role("button", name="Start talking").wait_for()
        page.evaluate("[...labkit.panels.values()].at(-1).stop()")
        page.wait_for_function("[...labkit.panels.values()].at(-1).idle")
    leave(page)


def test_the_tour_goes_by_keyboard_and_is_remembered(served, make_context) -> None:
    context = make_context()
    page = visit(context, served.address)
    tour = page.get_by_role("dialog")
    expect(tour).to_contain_text("1 of 5")
    tour.get_by_role("button", name="Next").press("Enter")
    expect(tour.get_by_role("heading")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(tour).to_contain_text("3 of 5")
    page.keyboard.press("Escape")
    expect(tour).to_be_hidden()
    leave(page)
    page = visit(context, served.address)
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.get_by_role("button", name="Take the tour").press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("1 of 5")
    leave(page)


def test_it_talks_under_the_jupyter_servers_own_voila(lab, make_context, question, root: Path) -> None:
    shutil.copy(root / "notebooks" / "app.ipynb", lab.root / "app.ipynb")
    page = visit(make_context(microphone=question), f"{lab.url}/voila/render/app.ipynb?token={TOKEN}&theme=dark")
    page.get_by_role("button", name="Close the tour").click()
    ask_by_voice(page)
    drawn = page.get_by_role("img", name="Where the time went: turn 1").get_attribute("src")
    assert "15181c" in drawn  # the dark theme's background
    lab.end_sessions()
