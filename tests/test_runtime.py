import json
import os
from pathlib import Path
from typing import Any

import pytest

from labkit import runtime


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LABKIT_RUNTIME_DIR", str(tmp_path))
    return tmp_path


def test_an_engine_is_announced_as_long_as_it_runs(folder: Path) -> None:
    with runtime.announced("http://127.0.0.1:1", "token"):
        assert (runtime.read() or {})["token"] == "token"
        assert runtime.path().stat().st_mode & 0o777 == 0o600 or os.name == "nt"
    assert list(folder.iterdir()) == []


def test_of_two_engines_the_newer_stays_announced() -> None:
    with runtime.announced("http://127.0.0.1:1", "old"):
        newer = runtime.announced("http://127.0.0.1:2", "new")
        newer.__enter__()
    assert (runtime.read() or {})["token"] == "new"


def test_on_a_full_disk_an_engine_runs_unannounced(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(json, "dump", full)
    with runtime.announced("http://127.0.0.1:1", "token"):
        assert runtime.read() is None
    assert list(folder.iterdir()) == []


def test_only_one_may_start_an_engine_unless_they_never_finish() -> None:
    assert runtime.may_start(60)
    assert not runtime.may_start(60)
    assert runtime.may_start(-1), "the mark is too old"
    runtime.has_started()
    runtime.has_started()
    assert runtime.may_start(60)
