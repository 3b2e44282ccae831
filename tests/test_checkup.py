from __future__ import annotations

import getpass

import pytest

from labkit import checkup, health
from labkit.errors import LabkitError


@pytest.fixture
def looked(monkeypatch):
    monkeypatch.setattr(getpass, "getuser", lambda: "ada")
    return checkup.Checkup()


def test_the_report_has_a_line_for_everything(looked):
    assert [line.split("  ")[0] for line in looked.report.splitlines()] == ["—"] * len(checkup.NAMES)


def test_what_the_page_says_is_in_the_report_without_anything_private(looked):
    looked._note_page([{"name": "browser", "ok": True, "words": "Firefox of ada " + "x" * 1000}])
    line = looked.report.splitlines()[0]
    assert line.startswith("ok  browser      Firefox of … xx")
    assert len(line) < checkup.LONGEST_WORDS + 30


@pytest.mark.parametrize("rows", [None, "browser", [None], [{}], [{"name": "engine", "ok": True, "words": "mine"}]])
def test_the_page_says_nothing_else(looked, rows):
    before = looked.report
    looked._note_page(rows)
    assert looked.report == before


async def test_a_problem_of_this_computer_is_a_row_that_says_no():
    with pytest.raises(LabkitError, match="close something"):
        await checkup._finding(lambda: health.Finding(well=False, text="little memory: close something."))
    assert await checkup._finding(lambda: health.Finding(well=True, text="much memory")) == "much memory."
