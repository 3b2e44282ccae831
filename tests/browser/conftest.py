"""Fixtures of the browser tests: `lab`, `open_notebook`, `open_shared`, `voila`, `pages`, `launch`, `context`."""

from __future__ import annotations

import itertools
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api")
pytest.importorskip("jupyterlab")

from browser.pages import PANEL, ours
from browser.places import (
    PATIENCE_S,
    Lab,
    Voila,
    chromium_with,
    colour_film,
    new_context,
    open_in_lab,
    tone_bursts,
    write_notebook,
)
from playwright.sync_api import expect, sync_playwright

TEST_S = 600
"""How long a test may take, with what its module prepares; each step in it ends by itself before that."""

numbers = itertools.count(1)
expect.set_options(timeout=PATIENCE_S * 1000)


def in_browser(item):
    return item.path.is_relative_to(Path(__file__).parent)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Browser tests come last: Playwright keeps an event loop running, in which no other test could start its own."""
    for item in filter(in_browser, items):
        item.add_marker(pytest.mark.browser)
        if item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(TEST_S))
    items.sort(key=in_browser)


@pytest.fixture(scope="session")
def lab(tmp_path_factory, chromium):
    """One JupyterLab for all tests; kernels end with each test."""
    place = Lab(tmp_path_factory.mktemp("lab"))
    yield place
    place.close()


@pytest.fixture(scope="session")
def playwright(chromium):
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def launch(playwright, chromium):
    """`launch(microphone=wav, camera=mjpeg, flags=())`: a Chromium with these devices, the same for the same files."""
    browsers = {}

    def launched(microphone=None, camera=None, flags=()):
        key = (microphone, camera, tuple(flags))
        if key not in browsers:
            browsers[key] = chromium_with(playwright, chromium, microphone=microphone, camera=camera, flags=flags)
        return browsers[key]

    yield launched
    for browser in browsers.values():
        browser.close()


@pytest.fixture(scope="session")
def devices(tmp_path_factory):
    """Files of the usual fake devices: tone bursts of 600 Hz, and a red picture that says LAB 42."""
    folder = tmp_path_factory.mktemp("devices")
    return {
        "microphone": tone_bursts(folder / "bursts.wav"),
        "camera": colour_film(folder / "red.mjpeg", text="LAB 42"),
    }


@contextmanager
def profiles(launch, devices):
    contexts = []

    def made(permissions=("camera", "microphone"), flags=(), color_scheme="light", **files):
        browser = launch(**{**devices, **files}, flags=flags)
        made_context = new_context(
            browser, permissions=list(permissions), viewport={"width": 1100, "height": 800}, color_scheme=color_scheme
        )
        contexts.append(made_context)
        return made_context

    yield made
    for made_context in contexts:
        made_context.close()


@pytest.fixture
def make_context(launch, devices):
    """`make_context(permissions=..., microphone=..., ...)`: a browser profile that is gone after the test."""
    with profiles(launch, devices) as made:
        yield made


@pytest.fixture
def context(make_context):
    """A browser profile with the usual devices, allowed."""
    return make_context()


@contextmanager
def notebooks(lab):
    def opened(cells, in_context, *, run=True, name=None):
        name = name or f"test{next(numbers)}.ipynb"
        if cells is not None:
            write_notebook(lab.root / name, cells)
        notebook = open_in_lab(lab, in_context, name)
        notebook.name = name
        if run:
            notebook.run_all()
        return notebook

    yield opened
    lab.end_sessions()


@pytest.fixture
def open_notebook(lab, context):
    """`open_notebook(cells, run=True) -> Notebook`: the cells in JupyterLab, run; `.page` is the page."""
    with notebooks(lab) as opened:
        yield lambda cells, *, in_context=None, **more: opened(cells, in_context or context, **more)


@pytest.fixture(scope="module")
def open_shared(lab, launch, devices):
    """`open_shared(cells, permissions=..., camera=..., ...) -> Notebook`: the same for all tests of a module.

    No test of that module uses `open_notebook`, which ends every kernel.
    """
    with profiles(launch, devices) as made, notebooks(lab) as opened:
        yield lambda cells, **profile: opened(cells, made(**profile))


@pytest.fixture
def voila(tmp_path, context):
    """`voila(cells) -> page`: Voila alone, showing these cells."""
    places = []

    def shown(cells, *arguments, in_context=None):
        places.append(Voila(tmp_path, write_notebook(tmp_path / "page.ipynb", cells), *arguments))
        page = (in_context or context).new_page()
        page.goto(places[-1].url)
        return page

    yield shown
    for place in places:
        place.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory, chromium):
    """A Voila that shows a folder of notebooks."""
    root = tmp_path_factory.mktemp("pages")
    ours(root / "talk.ipynb", [PANEL])
    place = Voila(root, root, "--template=labkit")
    yield place
    place.close()
