"""What the panel shows of a turn, and what its buttons say when their view goes."""

from __future__ import annotations

import re

from playwright.sync_api import expect

PANEL = ["import labkit", "panel = labkit.Panel('embedded')\npanel"]
TURN = """
from labkit.panel_turns import shown
from labkit.turns import Turn
def tell(turn, **more):
    panel._tell({"type": "turn", "turn": {**shown(turn), "spoken": True, **more}})
"""


def test_a_turn_without_words_or_answer_says_why(open_notebook) -> None:
    notebook = open_notebook([*PANEL, TURN])
    log = notebook.page.get_by_role("log")
    expect(notebook.page.locator(".labkit-where")).to_contain_text("WebSocket link")
    notebook.run("tell(Turn(1), status='failed', error='the server is full')")
    expect(log.locator(".labkit-error")).to_have_text("(no answer: the server is full)")
    expect(log).to_have_text(re.compile(r"you\(not understood\)AI\(no answer: the server is full\)"))
    notebook.run("tell(Turn(1), status='completed', user_failed=True, heard='Hello!')")
    expect(log).to_have_text("you(not transcribed)AIHello!")


LISTEN = """
import time
from labkit.link import get_link
streams, came = get_link()._streams, []
def listen(frame, answer=streams[panel.stream]):
    came.append(frame.message())
    answer(frame)
streams[panel.stream] = listen
def held(count):
    for _ in range(600):
        time.sleep(0.1)
        found = [message["held"] for message in came if message["type"] == "hold"]
        if len(found) >= count:
            break
    return found
"""


def hold(page) -> None:
    page.get_by_role("button", name="Start talking").click()
    page.get_by_role("button", name="Stop", exact=True).wait_for()
    page.get_by_role("button", name="Hold to talk").hover()
    page.mouse.down()


def test_a_held_button_is_released_when_its_view_goes(open_notebook) -> None:
    notebook = open_notebook([*PANEL, LISTEN])
    hold(notebook.page)
    assert notebook.value("held(1)") == [True]
    notebook.page.evaluate("void jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    assert notebook.value("held(2)") == [True, False]


def test_a_held_button_is_released_when_its_page_goes(open_notebook) -> None:
    notebook = open_notebook([*PANEL, LISTEN])
    hold(notebook.page)
    assert notebook.value("held(1)") == [True]
    notebook.page.reload()
    notebook.page.wait_for_selector(".jp-NotebookPanel:visible .jp-Notebook")
    notebook.page.wait_for_function("jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel")
    assert notebook.value("held(2)") == [True, False]
