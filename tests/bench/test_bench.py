from __future__ import annotations

import argparse
import io
import json
import re
import sys
from types import ModuleType, SimpleNamespace

import pytest

from labkit import bench
from labkit.bench import _figures
from labkit.errors import UsageError

OPTIONS = argparse.Namespace(names=[], list=False, json=True, shared=None, count=2)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], (0, None, None)),
        ([3.0], (1, 3.0, 3.0)),
        ([4, 1, 3, 2], (4, 2.5, 4)),
        (range(1, 101), (100, 50.5, 95)),
    ],
)
def test_summary(values, expected):
    found = bench.summary(values)
    assert (found["n"], found["median"], found["p95"]) == expected


def test_every_figure_has_its_sentence():
    assert bench.figures()
    assert all(sentence.endswith(".") for sentence in bench.figures().values())


def test_an_unknown_figure_is_refused_with_the_known_ones():
    with pytest.raises(UsageError, match="import_time"):
        bench.run(["gone"], OPTIONS)


def test_a_figure_that_cannot_be_measured_here_says_why(monkeypatch):
    module = ModuleType("labkit.bench.import_time")

    def measure(_):
        raise UsageError("Give --shared.")

    module.measure = measure
    monkeypatch.setitem(sys.modules, "labkit.bench.import_time", module)
    assert bench.run(["import_time"], OPTIONS)["import_time"]["skipped"] == "Give --shared."


def test_the_import_is_measured(capsys):
    options = argparse.Namespace(names=["import_time"], list=False, json=True, shared=None, count=2)
    assert bench.main(options) == 0
    said = capsys.readouterr()
    printed = json.loads(said.out)["import_time"]
    assert printed["n"] == 2
    assert printed["value"] == printed["median"] > 0
    assert "cores" in printed["machine"]
    assert "[####################] 1/1" in said.err


def test_the_interval_of_a_median():
    assert bench.ci95([1.0] * 4) is None
    low, high = bench.ci95([float(value) for value in range(100)])
    assert 35 < low < 49.5 < high < 64


def test_figures_in_groups_are_named_by_their_path_and_share_what_is_said_once():
    measured = {
        "unit": "ms",
        "goal": "≤ 9",
        "how": "At the ear.",
        "speech": "people's",
        "quiet": {**bench.summary([1.0, 2.0, 3.0]), "goal": "≤ 2"},
        "noise": {"delay": bench.summary([5.0]), "cut early": 2, "missed": ["a", "b"]},
    }
    flat = _figures.flat("talk", measured, "a machine")
    assert list(flat) == ["talk · quiet", "talk · noise · delay", "talk · noise · cut early", "talk · noise · missed"]
    quiet, delay, early, missed = flat.values()
    assert (quiet["value"], quiet["unit"], quiet["goal"], quiet["machine"]) == (2.0, "ms", "≤ 2", "a machine")
    assert (delay["goal"], delay["how"], delay["speech"]) == ("≤ 9", "At the ear.", "people's")
    assert (early["value"], early["unit"], missed["value"], missed["which"]) == (2, None, 2, ["a", "b"])
    assert {"value", "unit", "n", "median", "p95", "goal", "machine"} <= early.keys()


def test_the_table_shows_values_with_their_interval_and_what_was_not_measured():
    figures = {
        "a": {"value": 2.5, "unit": "ms", "n": 7, "p95": 4.0, "goal": "≤ 3", "ci95": [2.0, 3.0]},
        "b": {"skipped": "Give --shared.", "value": None},
    }
    lines = _figures.table(figures).splitlines()
    assert re.split(" {2,}", lines[2]) == ["a", "2.5 (2 to 3) ms", "4", "7", "≤ 3"]
    assert "not measured: Give --shared." in lines[3]


class Terminal(io.StringIO):
    """A stderr that somebody looks at."""

    def isatty(self):
        return True


class Seconds:
    """Stands for an event and for a thread: two seconds pass, then the figure is measured."""

    def __init__(self, target=None, daemon=True):
        self.start = target
        self.left = [False, False, True]

    def wait(self, _):
        return self.left.pop(0)

    def set(self):
        pass


@pytest.mark.parametrize(("stderr", "expected"), [(io.StringIO(), 1), (Terminal(), 3)], ids=["a log", "a terminal"])
def test_the_seconds_of_a_figure_go_on_in_a_terminal(monkeypatch, stderr, expected):
    monkeypatch.setattr(bench, "threading", SimpleNamespace(Event=Seconds, Thread=Seconds))
    monkeypatch.setattr("sys.stderr", stderr)
    monkeypatch.setenv("COLUMNS", "60")
    with bench._progress(1, 2, "voice_to_voice: " + 80 * "long ", 0):
        pass
    lines = stderr.getvalue().removesuffix("\n").split("\n")
    assert len(lines) == expected
    assert all("1/2" in line for line in lines)
    assert all(len(line.removeprefix(bench.LINE_UP)) < 60 for line in lines) == stderr.isatty()
