"""The reading figure counts what was read, what was not, and what was surely something else."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

pytest.importorskip("cv2")

from labkit.bench import reading


def line(text, *, sure=True, is_math=True):
    return SimpleNamespace(text=text, sure=sure, is_math=is_math)


def test_a_figure_counts_lines_and_sure_mistakes(monkeypatch):
    seen = {
        b"both": [line("3x + 1 = 4"), line("3x = 3", sure=False)],
        b"one wrong": [line("2x = 6"), line("x = 8"), line("Solve this", sure=False, is_math=False)],
        b"unsure": [line("x = 1", sure=False)],
    }
    monkeypatch.setattr(reading.eyes, "look", lambda image: SimpleNamespace(lines=seen[image], took_ms=100.0))
    pictures = [
        reading._Picture("round", "clean", ["3x + 1 = 4", "3x = 3"], b"both"),
        reading._Picture("round", "lined", ["2x = 6", "x = 3"], b"one wrong"),
        reading._Picture("hasty", "lined", ["x = 7"], b"unsure"),
    ]
    found = reading._figure(pictures, 92)
    assert (found["lines read exactly"]["value"], found["lines read exactly"]["n"]) == (60.0, 5)
    assert found["lines surely misread"]["value"] == 20.0
    assert (found["of it round"]["value"], found["of it hasty"]["value"]) == (75.0, 0.0)
    assert found["of it lined"]["n"] == 3
    assert found["surely misread"] == ["x = 8 (round, lined)"]
    assert found["misread"] == ["x = 3 as x = 8 (round, lined)", "x = 7 as x = 1 (hasty, lined)"]


def test_few_pictures_are_a_mixture_of_all_conditions_and_hands():
    pictures = list(reading._hand_pictures(12))
    assert len({picture.condition for picture in pictures}) == 12
    assert len({picture.name for picture in pictures}) == 6


def test_without_a_folder_the_drawn_sums_are_skipped():
    assert "--shared" in reading._or_skipped(reading._shared, None, 94)["skipped"]
