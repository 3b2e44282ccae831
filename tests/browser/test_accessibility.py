"""For those who hear, see or move differently: axe, the keyboard alone, narrow screens, and what is read out."""

from __future__ import annotations

import shutil

import pytest
from browser import axe
from browser.places import TOKEN, new_context, open_in_lab, write_notebook
from browser.test_panel import recording, said
from playwright.sync_api import Page, expect

from labkit.bench._places import Notebook

CELLS = [
    "import json, labkit\nfrom labkit.lessons import interpreter, rememberer\nfrom labkit.memory import Memory, Note",
    "brought = Memory((Note('person', 'Anna', 'from Spain'),), 'A conversation of 3 turns. People: anna.')",
    "panel = labkit.Panel('embedded', lesson=rememberer(), memory=brought)\npanel",
    "languages = labkit.Panel('embedded', lesson=interpreter())\nlanguages",
    "labkit.Panel('embedded', memory=brought)",
    "labkit.Panel(base_url='http://127.0.0.1:9/v1')",
    "labkit.Checkup()",
    "labkit.Microphone(push_to_talk=True)",
    "labkit.Speaker()",
    "labkit.Camera()",
    "labkit.Screen()",
    "panel.microphone.muted = True",
]
CALL = """
from labkit.link import get_link
def call(name, **arguments):
    item = {"type": "function_call", "name": name, "call_id": "c", "arguments": json.dumps(arguments)}
    event = {"type": "response.output_item.done", "response_id": "r", "item": item}
    get_link().loop.call_soon_threadsafe(panel._dialogue._take, event)
call("mark_line", line=1, kind="look", box=[0.03, 0, 0.3, 0.11])
call("mark_line", line=2, kind="slip", box=[0.03, 0.11, 0.25, 0.22])
call("show_math", equation="3x = 5")
"""
FOCUS = """() => {
    const element = document.activeElement;
    const name = element.ariaLabel || element.labels?.[0]?.innerText || element.innerText || "";
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    return {name: name.trim(), ring: outlineStyle === "none" ? 0 : parseFloat(outlineWidth)};
}"""
LISTEN = """() => {
    globalThis.readOut = [];
    const live = ":is([role=status], [role=alert], [role=log], [aria-live=polite]):not([aria-live=off])";
    const regions = () => [...document.querySelectorAll(`.labkit-panel ${live}`)];
    const words = (region) => region.innerText.trim();
    const before = new Map(regions().map((region) => [region, words(region)]));
    new MutationObserver(() => {
        for (const region of regions()) {
            const now = words(region);
            if (now && now !== before.get(region)) readOut.push(now);
            before.set(region, now);
        }
    }).observe(document.body, {subtree: true, childList: true, characterData: true, attributes: true});
}"""
CUT = """() => [...document.querySelectorAll(".labkit-widget *")].filter((element) => {
    const { right, width, left } = element.getBoundingClientRect();
    const hidden = !width || element.closest(".labkit-scroll, .labkit-unseen, .labkit-side, option, .labkit-marks");
    return !hidden && (right > innerWidth + 1 || left < -1);
}).map((element) => element.outerHTML.slice(0, 120))"""


def light(theme: str) -> str:
    return str(theme.lower() == "light").lower()


def panel(page: Page, number: int):
    return page.locator(".labkit-panel").nth(number)


def type_in(place, text: str) -> None:
    place.get_by_label("Type instead of speaking").fill(text)
    place.get_by_label("Type instead of speaking").press("Enter")


def last(place, words: str) -> None:
    expect(place.get_by_role("log")).to_contain_text(words)


@pytest.fixture(scope="module")
def notebook(open_shared) -> Notebook:
    """Everything that labkit shows: talking, interrupted, with a board, a picture, marks, notes, and failures."""
    notebook = open_shared(CELLS)
    page = notebook.page
    first = panel(page, 0)
    first.get_by_role("button", name="Start talking").click()
    expect(first.get_by_role("button", name="Stop", exact=True)).to_be_visible()
    first.get_by_role("button", name="Whiteboard").click()
    for text in ("3x + 1 = 4", "3x = 5"):
        first.get_by_label("Type a line for the board").fill(text)
        first.get_by_label("Type a line for the board").press("Enter")
    type_in(first, "count to one hundred")
    last(first, "one, two")
    page.wait_for_timeout(1500)
    type_in(first, "hello")
    last(first, "never heard")
    last(first, "Hello!")
    notebook.run(CALL)
    first.locator(".labkit-rules:not(.labkit-memory) summary").click()
    type_in(panel(page, 1), "where is the train station")
    last(panel(page, 1), "estación")
    panel(page, 3).get_by_role("button", name="Start talking").click()
    expect(panel(page, 3).get_by_role("alert")).to_contain_text("could be reached")
    notebook.start("microphone", "speaker", "camera")
    page.get_by_role("button", name="Check", exact=True).click()
    page.get_by_role("button", name="Check", exact=True).wait_for()
    return notebook


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_axe_finds_nothing_serious_in_the_lab(notebook, theme) -> None:
    page = notebook.page
    page.evaluate("(theme) => jupyterapp.commands.execute('apputils:change-theme', {theme})", f"JupyterLab {theme}")
    page.wait_for_function("(light) => document.body.dataset.jpThemeLight === light", arg=light(theme))
    page.wait_for_function("!document.getElementById('jupyterlab-splash')")  # it lies over everything meanwhile
    found = axe.checked(page)
    assert axe.serious(found) == []
    assert axe.texts_measured(found) > 150


def test_everything_in_a_panel_is_reached_by_tab_and_seen_to_be(notebook) -> None:
    page = notebook.page
    panel(page, 0).get_by_role("button", name="Stop", exact=True).focus()
    stops = []
    for _ in range(40):
        page.keyboard.press("Tab")
        stops.append(page.evaluate(FOCUS))
        if stops[-1]["name"] == "Say it":
            break
    names = [stop["name"] for stop in stops]
    assert [stop for stop in stops if not stop["name"] or stop["ring"] < 2] == []
    for name in ("Hold to talk", "Write in red", "Undo", "Board: 3x + 1 = 4; 3x = 5", "Write", "What was said"):
        assert name in names
    for name in ("What the server holds", "“forget Anna”", "Type instead of speaking", "Say it"):
        assert name in names


def test_a_conversation_by_keyboard_alone(lab, make_context, tmp_path) -> None:
    """JupyterLab has shortcuts for Enter and Space; a screen reader hears of nothing that is heard anyway."""
    question = recording(tmp_path / "question.wav", *(1.0, "what_time_is_it", 2.0) * 8)
    write_notebook(lab.root / "keys.ipynb", ["import labkit", "panel = labkit.Panel('embedded')\npanel"])
    notebook = open_in_lab(lab, make_context(microphone=question), "keys.ipynb")
    notebook.run_all()
    page, keys = notebook.page, notebook.page.keyboard
    page.get_by_role("button", name="Start talking").focus()
    page.evaluate(LISTEN)
    keys.press("Enter")
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_focused()
    keys.press("Tab")
    keys.press("Tab")
    expect(page.get_by_role("button", name="Hold to talk")).to_be_focused()
    keys.down("Space")
    expect(page.get_by_role("button", name="Hold to talk", pressed=True)).to_be_visible()
    page.wait_for_timeout(3500)  # the learner asks every few seconds
    keys.up("Space")
    said(page, "what time is it")
    said(page, "It is ")
    keys.press("Shift+Tab")
    keys.press("Space")
    expect(page.get_by_role("button", name="Mute", pressed=True)).to_be_visible()
    for _ in range(4):
        keys.press("Tab")
    expect(page.get_by_role("button", name="Whiteboard")).to_be_focused()
    keys.press("Space")
    page.get_by_label("Type a line for the board").wait_for()
    while page.evaluate(FOCUS)["name"] != "Type a line for the board":
        keys.press("Tab")
    keys.type("3x = 3")
    keys.press("Enter")
    expect(page.get_by_role("img", name="Board: 3x = 3")).to_be_visible()
    keys.press("Shift+Tab")
    keys.press("Control+z")
    expect(page.get_by_role("img", name="Board: empty")).to_be_visible()
    read_out = page.evaluate("readOut")
    assert "listening" in read_out
    assert len(read_out) <= 8, read_out
    assert not any("It is" in words or "hearing" in words for words in read_out)
    page.get_by_role("button", name="Stop", exact=True).focus()
    keys.press("Enter")
    expect(page.get_by_role("button", name="Start talking")).to_be_focused()
    lab.end_sessions()


@pytest.fixture(scope="module")
def app_page(lab, root, make_app_context):
    """The app as a page of the lab's server."""
    shutil.copy(root / "notebooks" / "app.ipynb", lab.root)
    page = make_app_context.new_page()
    page.goto(f"{lab.url}/voila/render/app.ipynb?token={TOKEN}")
    page.get_by_role("button", name="Start talking").wait_for()
    return page


@pytest.fixture(scope="module")
def make_app_context(launch, devices):
    context = new_context(launch(**devices), viewport={"width": 1100, "height": 800}, reduced_motion="reduce")
    yield context
    context.close()


def test_axe_finds_nothing_serious_in_the_app(app_page) -> None:
    """The whole page, Voila's part too; with the tour, and with plots."""
    expect(app_page.get_by_role("dialog")).to_be_visible()
    assert axe.serious(axe.checked(app_page, "html")) == []
    app_page.get_by_role("dialog").get_by_role("button", name="Close the tour").click()
    type_in(app_page, "count to three")
    said(app_page, "one, two, three.")
    for scheme in ("light", "dark"):
        app_page.emulate_media(color_scheme=scheme)
        app_page.wait_for_function(
            "(light) => document.body.dataset.jpThemeLight === light", arg=str(scheme == "light").lower()
        )
        found = axe.checked(app_page, "html")
        assert axe.serious(found) == []
        assert axe.texts_measured(found) > 30
    assert app_page.evaluate("document.getAnimations().length") == 0


@pytest.mark.parametrize("width", [550, 400, 320])
def test_nothing_is_cut_on_a_narrow_screen_or_magnified(app_page, width) -> None:
    """550 is this page at 200 %, 320 a small telephone or 1280 at 400 %."""
    app_page.set_viewport_size({"width": width, "height": 700})
    if app_page.get_by_role("button", name="Whiteboard", pressed=False).count():
        app_page.get_by_role("button", name="Whiteboard").click()
    app_page.get_by_label("Type a line for the board").wait_for()
    app_page.wait_for_function("(width) => innerWidth === width", arg=width)
    for _ in range(100):
        app_page.wait_for_timeout(200)  # the board fits itself into its place
        if not (cut := app_page.evaluate(CUT)):
            break
    assert cut == []
    assert app_page.evaluate("document.documentElement.scrollWidth") <= width
