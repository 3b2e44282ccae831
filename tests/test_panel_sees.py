"""What the panel makes of the calls of a lesson's tools."""

from typing import Any

import pytest

from labkit.panel_sees import mark_of, math_of


def test_a_mark_has_a_line_a_kind_and_perhaps_a_box() -> None:
    mark = {"type": "mark", "line": 2, "kind": "slip"}
    assert mark_of({"line": 2, "kind": "slip", "box": [0, 0.1, 1, 0.5]}) == {**mark, "box": [0, 0.1, 1, 0.5]}
    assert mark_of({"line": 2, "kind": "slip"}) == {**mark, "box": None}


@pytest.mark.parametrize(
    "box", [[], [0, 0, 1], [0.5, 0, 0.1, 1], [0, 0, 1, 1.01], ["0", 0, 1, 1], "all", [0, 0, None, 1]]
)
def test_a_box_that_is_none_is_not_drawn(box: Any) -> None:
    assert mark_of({"line": 1, "kind": "look", "box": box})["box"] is None


@pytest.mark.parametrize(
    "odd", [{}, {"line": 0, "kind": "slip"}, {"line": "2", "kind": "slip"}, {"line": 1, "kind": "<b>"}]
)
def test_what_is_no_mark_is_none(odd: dict[str, Any]) -> None:
    assert mark_of(odd) is None


def test_mathematics_is_typeset_and_anything_else_stays_text() -> None:
    math = math_of({"equation": "3x+1=4"})
    assert math["text"] == "3x + 1 = 4"
    assert math["mathml"].startswith("<math>")
    assert math_of({"equation": " <b>hello</b> " + "x" * 900}) == {
        "type": "math",
        "text": ("<b>hello</b> " + "x" * 900)[:200],
        "mathml": "",
    }
    assert math_of({}) is math_of({"equation": 3}) is math_of({"equation": " "}) is None
