"""The whiteboard under a mouse, a finger, a pen and a keyboard, in JupyterLab and in Voila."""

from __future__ import annotations

import re

import pytest
from browser.places import becomes, new_context, open_in_lab, save
from playwright.sync_api import expect

SETUP = """
import time
import cv2
import numpy as np
from labkit.link import get_link
from labkit.widgets.whiteboard import Whiteboard
link = get_link()
board = Whiteboard(width=1280)
def inked(jpeg):
    grey = cv2.imdecode(np.frombuffer(jpeg, np.uint8), 0)
    ys, xs = np.nonzero(grey < 128)
    return [int(v) for v in (xs.min(), ys.min(), xs.max(), ys.max())] if len(xs) else []
def until(found, timeout=60):
    end = time.monotonic() + timeout
    while not found() and time.monotonic() < end:
        time.sleep(0.05)
    return found()
settled = []
board.on_settled(lambda jpeg, ms: settled.append(inked(jpeg)))
"""
INK = "canvas.labkit-ink"
PIXELS = """(canvas) => {
    const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return data.filter((value, i) => i % 4 === 3 && value > 127).length;
}"""


def place(page, x, y, view=0):
    """A point of the board (1280 by 720) in the page."""
    box = page.locator(INK).nth(view).bounding_box()
    return box["x"] + x / 1280 * box["width"], box["y"] + y / 720 * box["height"]


def draw(page, *points, view=0):
    page.locator(INK).nth(view).scroll_into_view_if_needed()
    page.mouse.move(*place(page, *points[0], view))
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*place(page, *point, view), steps=8)
    page.mouse.up()


def pixels(page, view=0):
    return page.locator(INK).nth(view).evaluate(PIXELS)


def drawn_alike(one, other, view=0):
    """Until the ink of a page's first view is on another view or page too: they are painted one after the other."""
    for _ in range(600):
        if (found := (pixels(one), pixels(other, view)))[0] > 100 and found[0] == pytest.approx(found[1], rel=0.01):
            return
        other.wait_for_timeout(100)
    raise AssertionError(found)


HAS_STROKES = "number => [...labkit.parts.values()].some((part) => part.strokes?.length === number)"


def strokes_become(notebook, number):
    """Until the page and Python have so many; Python is told when no cell runs."""
    notebook.page.wait_for_function(HAS_STROKES, arg=number)
    becomes(notebook, "len(board.strokes)", number)


def live(notebook):
    becomes(notebook, "board.state", "live")


@pytest.fixture(scope="module")
def shared(open_shared):
    """A notebook with the board in two views."""
    notebook = open_shared([SETUP, "board", "board"])
    notebook.page.locator(INK).nth(1).wait_for()
    live(notebook)
    return notebook


@pytest.fixture
def board(shared):
    """The same, with nothing on it, and a black pen."""
    shared.run("board.watch, board.settle_ms, board.strokes = False, 600, []; settled.clear()")
    strokes_become(shared, 0)
    for view in range(2):
        shared.page.get_by_role("button", name="Write in black").nth(view).click()
    shared.page.locator(INK).first.scroll_into_view_if_needed()
    return shared


def test_what_the_mouse_draws_is_on_every_view_and_in_the_picture(board):
    page = board.page
    draw(page, (200, 100), (500, 100), (500, 300))
    strokes_become(board, 1)
    assert board.value("inked(board.picture())") == pytest.approx([197, 97, 503, 303], abs=4)
    drawn_alike(page, page, view=1)
    page.get_by_role("button", name="Write in red").nth(1).click()
    draw(page, (600, 600), view=1)
    strokes_become(board, 2)
    assert board.value("[board.strokes[1]['colour'], len(board.strokes[1]['points'])]") == ["red", 1]
    assert board.value("inked(board.picture())")[3] == pytest.approx(603, abs=4)
    page.get_by_role("button", name="Eraser").first.click()
    draw(page, (180, 100), (520, 100), (500, 100), (500, 320))
    strokes_become(board, 3)
    assert board.value("inked(board.picture())") == pytest.approx([597, 597, 603, 603], abs=4)


def test_undo_and_clear_can_be_undone(board):
    page = board.page
    draw(page, (200, 100), (500, 100))
    draw(page, (200, 200), (500, 200))
    strokes_become(board, 2)
    page.get_by_role("button", name="Clear").first.click()
    strokes_become(board, 3)
    assert board.value("inked(board.picture())") == []
    page.get_by_role("button", name="Undo").first.click()
    strokes_become(board, 2)
    page.locator(INK).first.focus()
    page.keyboard.press("Control+z")
    strokes_become(board, 1)
    assert board.value("inked(board.picture())")[3] == pytest.approx(103, abs=4)
    page.keyboard.press("Control+z")
    expect(page.get_by_role("button", name="Undo").first).to_be_disabled()


def test_lines_are_typed_and_keys_stay_in_the_board(board):
    page = board.page
    draw(page, (200, 20), (260, 130))
    line = page.get_by_label("Type a line for the board").first
    line.focus()
    page.keyboard.type("x^2 - 5x + 6 = 0")
    page.keyboard.press("Enter")
    strokes_become(board, 2)
    assert board.value("board.strokes[1]") == {"text": "x^2 - 5x + 6 = 0", "row": 2, "colour": "black"}
    expect(page.get_by_role("img", name=re.compile("^Board: x.2 - 5x . 6 = 0, and 1 stroke$"))).to_have_count(2)
    cells = "jupyterapp.shell.currentWidget.content.widgets.length"
    before = page.evaluate(cells)
    page.locator(INK).first.click(position={"x": 5, "y": 5})
    page.keyboard.type("bbdd")
    line.focus()
    page.keyboard.type("ab")
    page.keyboard.press("Control+z")  # of the text, not of the board
    assert page.evaluate(cells) == before
    strokes_become(board, 3)


def test_python_writes_while_a_cell_runs(board):
    """What the page has is not lost: it makes the changes itself."""
    page = board.page
    page.evaluate(
        "void jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({code: "
        "'until(lambda: inked(board.picture())); board.write(\"3x + 1 = 4\"); seen = inked(board.picture())'})"
    )
    draw(page, (200, 20), (260, 20))
    strokes_become(board, 2)
    assert board.value("[board.strokes[1]['row'], seen[1] < 30, seen[3] > 100]") == [1, True, True]
    full = board.run("\ntry:\n  for _ in range(8): board.write('x')\nexcept Exception as error: print(error)")
    assert full == "The board is full: clear() it, or undo() the last lines."
    strokes_become(board, 9)
    line = page.get_by_label("Type a line for the board").first
    line.fill("one more")
    line.press("Enter")
    expect(page.get_by_role("status").filter(has_text="The board is full.")).to_have_count(1)


def test_a_reload_keeps_the_board_and_it_is_saved(board, tmp_path):
    page = board.page
    draw(page, (200, 100), (500, 300))
    strokes_become(board, 1)
    save(page)
    page.reload()
    expect(page.get_by_role("img", name="Board: 1 stroke").first).to_be_visible()
    page.wait_for_function("globalThis.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel")
    live(board)
    drawn_alike(page, page, view=1)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save PNG").first.click()
    assert saved.value.suggested_filename == "whiteboard.png"
    saved.value.save_as(tmp_path / "mine.png")
    board.run(f"board.save({str(tmp_path / 'python.png')!r})")
    assert (tmp_path / "mine.png").read_bytes() == (tmp_path / "python.png").read_bytes()
    assert (tmp_path / "mine.png").read_bytes().startswith(b"\x89PNG")


def test_a_change_is_sent_once_when_the_pen_is_up(board):
    page = board.page
    board.run("board.watch = True")
    page.mouse.move(*place(page, 200, 100))
    page.mouse.down()
    page.mouse.move(*place(page, 500, 100), steps=8)
    page.wait_for_timeout(1000)
    assert board.value("settled") == []
    page.mouse.up()
    strokes_become(board, 1)
    board.run("board.save('saved.png')")
    assert board.value("len(until(lambda: settled))") == 1
    assert board.value("[link.call(board.grab_if_changed(), 30), len(settled)]") == [None, 1]
    board.run("board.settle_ms = 60_000")
    page.wait_for_function("[...labkit.parts.values()].some(({ model }) => model.get('settle_ms') === 60000)")
    draw(page, (200, 200), (500, 200))
    assert board.value("inked(link.call(board.grab_if_changed(), 30))")[3] == pytest.approx(203, abs=4)
    board.run("board.settle_ms = 600")
    page.wait_for_timeout(1000)
    assert board.value("len(settled)") == 1
    board.run("board.clear()")
    assert board.value("until(lambda: len(settled) == 2) and settled[1]") == []


@pytest.fixture
def tablet(launch, devices):
    context = new_context(
        launch(**devices),
        has_touch=True,
        is_mobile=True,
        viewport={"width": 820, "height": 1100},
        device_scale_factor=2,
    )
    yield context
    context.close()


def touch(page, *points):
    session = page.context.new_cdp_session(page)
    for number, point in enumerate(points):
        x, y = place(page, *point)
        kind = "touchMove" if number else "touchStart"
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def pen(page, *points, force=0.8):
    session = page.context.new_cdp_session(page)
    fixed = {"button": "left", "pointerType": "pen", "force": force, "clickCount": 1}
    for number, point in enumerate(points):
        x, y = place(page, *point)
        kind = "mouseMoved" if number else "mousePressed"
        session.send("Input.dispatchMouseEvent", {**fixed, "type": kind, "x": x, "y": y, "buttons": 1})
    session.send("Input.dispatchMouseEvent", {**fixed, "type": "mouseReleased", "x": x, "y": y})


KEEP = """
import pathlib
board.watch = True
board.on_settled(lambda jpeg, ms: pathlib.Path('settled.jpg').write_bytes(jpeg))
board"""


def test_a_tablet_writes_with_finger_and_pen_in_voila(voila, tablet, tmp_path):
    tablet.clock.install()
    page = voila([SETUP, KEEP], in_context=tablet)
    page.locator(INK).wait_for()
    strokes = "[...labkit.parts.values()][0].strokes"
    touch(page, (200, 100), (300, 100), (400, 300))
    page.wait_for_function(HAS_STROKES, arg=1)
    assert page.evaluate(f"{strokes}.map(({{points}}) => points[0].length)") == [2]
    assert page.evaluate("window.scrollY") == 0
    page.clock.pause_at(page.evaluate("Date.now() / 1000") + 5)  # pen and hand come together, however slow the page is
    pen(page, (200, 400), (300, 400), (400, 400))
    touch(page, (900, 600), (950, 600))  # the hand that holds the pen
    assert page.evaluate(f"{strokes}.length") == 2
    assert page.evaluate(f"{strokes}[1].points[1]") == pytest.approx([300, 400, 0.8], abs=2)
    page.clock.run_for(1100)
    page.clock.resume()
    touch(page, (900, 600), (950, 600))
    page.wait_for_function(HAS_STROKES, arg=3)
    for _ in range(1000):
        if (tmp_path / "settled.jpg").exists():
            return
        page.wait_for_timeout(50)
    assert (tmp_path / "settled.jpg").exists()


def test_two_tabs_are_in_step_and_one_of_them_sends(board, lab):
    first = board.page
    board.run("board.watch = True")
    save(first)
    second = open_in_lab(lab, first.context, board.name).page
    second.locator(INK).first.wait_for()
    first.bring_to_front()  # a page behind another one takes each move of the mouse late
    draw(first, (200, 100), (500, 100))
    second.wait_for_function(HAS_STROKES, arg=1)
    second.bring_to_front()
    draw(second, (200, 200), (500, 200))
    strokes_become(board, 2)
    drawn_alike(first, second)
    both = "until(lambda: settled and settled[-1] and settled[-1][3] > 150) and settled[-1][3]"
    assert board.value(both) == pytest.approx(203, abs=4)
    assert board.value("len(settled)") in (1, 2)  # the first line alone may not have lain still for long enough
    second.close()
