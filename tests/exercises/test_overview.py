import labkit.exercises
from labkit.exercises import keeping, overview
from labkit.exercises.course import COURSE
from labkit.exercises.keeping import Entry
from labkit.exercises.overview import Progress

FIRST, SECOND = COURSE[:2]


def test_the_next_step_is_the_first_that_is_not_passed():
    progress = Progress({FIRST.check: Entry(1, "2026-01-31"), SECOND.check: Entry(2)})
    assert progress.done == [FIRST]
    assert progress.next == SECOND
    shown = progress._repr_markdown_()
    assert "**1 of 12 exercises done**" in shown
    assert "| [01_first_conversation](01_first_conversation.ipynb) | **✓ done**<br>interrupt an answer early |" in shown
    assert "tried 2 times<br>give the AI a tool |" in shown
    assert "Next: [01_first_conversation](01_first_conversation.ipynb), exercise 2: give the AI a tool." in shown


def test_in_a_terminal():
    text = repr(Progress({FIRST.check: Entry(1, "2026-01-31"), SECOND.check: Entry(1)})).splitlines()
    assert text[0] == "1 of 12 exercises done"
    assert text[1].split() == ["01_first_conversation", "1", "done", *FIRST.title.split()]
    assert "tried 1 time " in text[2]
    assert len(text) == len(COURSE) + 3


def test_when_all_is_done():
    progress = Progress({exercise.check: Entry(0, "2026-01-31") for exercise in COURSE})
    assert progress.next is None
    assert "All done" in progress._repr_markdown_()


def test_it_says_where_it_is_kept(monkeypatch, tmp_path):
    assert overview.NOT_KEPT in repr(Progress({}))
    monkeypatch.setenv("LABKIT_PROGRESS", str(tmp_path / "progress.json"))
    assert overview.KEPT_HERE in Progress({})._repr_markdown_()
    assert repr(Progress({}, "The disk is full.")).endswith("The disk is full.")


def test_progress_and_forget(monkeypatch, tmp_path):
    monkeypatch.setenv("LABKIT_PROGRESS", str(tmp_path / "progress.json"))
    keeping.KEPT.note(FIRST.check, passed=True)
    assert labkit.exercises.progress().done == [FIRST]
    assert labkit.exercises.forget().done == []
