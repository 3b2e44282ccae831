from __future__ import annotations

import argparse
import json
import sys
from types import ModuleType

import pytest

from labkit import bench
from labkit.errors import UsageError

OPTIONS = argparse.Namespace(names=[], list=False, shared=None, count=2)


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
    assert bench.main(argparse.Namespace(names=["import_time"], list=False, shared=None, count=2)) == 0
    printed = json.loads(capsys.readouterr().out)["import_time"]
    assert printed["n"] == 2
    assert printed["median"] > 0
