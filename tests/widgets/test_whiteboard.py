from __future__ import annotations

import pytest
from traitlets import TraitError

from labkit.errors import UsageError
from labkit.frames import Frame, Kind, message_bytes
from labkit.link import Link, LinkState
from labkit.widgets.whiteboard import MOST_STROKES, Whiteboard, next_row, on_board


@pytest.fixture
def link():
    made = Link()
    yield made
    made.submit(made.server.aclose()).result(30)


@pytest.fixture
def board(link):
    return Whiteboard(link=link)


def stroke(*points, colour="black"):
    return {"points": [list(point) for point in points], "colour": colour, "width": 7}


def test_without_a_page_the_strokes_change_here(board):
    board.write("  3x + 1\n= 4 ")
    board.write("3x = 3")
    assert [(line["text"], line["row"]) for line in board.strokes] == [("3x + 1 = 4", 0), ("3x = 3", 1)]
    board.clear()
    assert on_board(board.strokes) == []
    board.undo()
    assert len(on_board(board.strokes)) == 2
    board.undo()
    board.write(" ")
    assert [line["text"] for line in board.strokes] == ["3x + 1 = 4"]


def test_a_page_that_shows_the_board_makes_the_changes(board, link, monkeypatch):
    sent = []
    room = 1

    def send(kind, stream, payload, item=0):
        message = Frame(kind, stream, 0, 0.0, payload).message()
        sent.append((message["type"], message.get("text")))
        if message["type"] == "write":
            answer = {"type": "written" if len(sent) <= room else "full", "request": message["request"]}
            link.loop.call_soon(board._on_frame, Frame(Kind.MESSAGE, stream, 0, 0.0, message_bytes(answer)))

    monkeypatch.setattr(link, "send", send)
    monkeypatch.setattr(Link, "transport", "websocket")
    board._set_state("live")
    board.write("x = 1")
    with pytest.raises(UsageError, match=r"The board is full: clear\(\) it"):  # only the page knows
        board.write("x = 2")
    board.undo()
    board.clear()
    assert board.strokes == []
    assert sent == [("write", "x = 1"), ("write", "x = 2"), ("undo", None), ("clear", None)]


@pytest.mark.parametrize(
    ("strokes", "row"),
    [
        ([], 0),
        ([stroke((10, 70))], 1),
        ([stroke((10, 70), (10, 95))], 1),  # a tail
        ([stroke((10, 70), (10, 120))], 2),
        ([{"text": "x", "row": 4}, stroke((10, 10))], 5),
        ([stroke((10, 700), colour="eraser")], 0),
        ([{"text": "x", "row": 4}, {"clear": True}], 0),
    ],
)
def test_the_next_line_goes_below_what_is_written(strokes, row):
    assert next_row(strokes) == row


def test_a_full_board_says_so(board):
    board.strokes = [stroke((10, 715))]
    with pytest.raises(UsageError, match=r"The board is full: clear\(\) it"):
        board.write("x = 1")


def test_strokes_are_bounded(board):
    board.strokes = [stroke((number, 0)) for number in range(MOST_STROKES + 5)]
    assert len(board.strokes) == MOST_STROKES
    assert board.strokes[0]["points"] == [[5, 0]]


@pytest.mark.parametrize("wrong", [{}, {"points": []}, {"text": "x"}, {"clear": False}])
def test_what_is_no_stroke_is_refused(board, wrong):
    with pytest.raises(TraitError, match="A stroke has points"):
        board.strokes = [wrong]


def test_another_tab_does_not_end_it(board):
    board._set_state("live")
    board._on_link(LinkState("websocket", "direct", "another tab", False))
    assert board.state == "live"
    board._on_link(LinkState(None, None, None, False))
    assert board.state == "off"


def test_a_place_that_cannot_be_written_is_a_sentence(board, monkeypatch, tmp_path):
    def drawn(asked, *_more):
        asked.close()
        return b"png"

    monkeypatch.setattr(board._link, "call", drawn)
    assert board.save(tmp_path / "board.png").read_bytes() == b"png"
    with pytest.raises(UsageError, match=r"cannot be saved as 'no\.png'"):
        board.save(tmp_path / "missing" / "no.png")
