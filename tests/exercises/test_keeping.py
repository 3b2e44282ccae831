import errno
import json
import os
from pathlib import Path

import pytest

from labkit.exercises import keeping
from labkit.exercises.keeping import Entry, Kept


@pytest.fixture
def file(monkeypatch, tmp_path) -> Path:
    path = tmp_path / "new" / "progress.json"
    monkeypatch.setenv("LABKIT_PROGRESS", str(path))
    return path


def test_what_is_kept(file):
    kept = Kept()
    assert kept.entries() == {}
    kept.note("a", passed=False)
    kept.note("a", passed=False)
    kept.note("b", passed=True)
    assert json.loads(file.read_text("utf-8")).keys() == {"a", "b"}
    assert Kept().entries()["a"] == Entry(2)
    assert Kept().entries()["b"].passed is not None
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_what_was_passed_stays_passed():
    done = Entry(3, "2026-01-31")
    assert done.after(passed=False, today="2026-02-01") == done == done.after(passed=True, today="2026-02-01")


def test_forget(file):
    kept = Kept()
    kept.note("a", passed=True)
    kept.forget()
    kept.forget()
    assert not file.exists()
    assert (kept.entries(), kept.problem) == ({}, "")


def test_off_keeps_nothing_beyond_the_kernel(file, monkeypatch):
    monkeypatch.setenv("LABKIT_PROGRESS", "OFF")
    kept = Kept()
    assert [kept.note("a", passed=False).tried for _ in range(2)] == [1, 2]
    assert Kept().entries() == {}
    kept.forget()
    assert (kept.entries(), kept.problem) == ({}, "")


@pytest.mark.parametrize("damaged", ["", "{", "[]", "[" * 100_000, '"text"', "\x00", "null"])
def test_a_damaged_file_is_said_and_replaced(file, damaged):
    file.parent.mkdir()
    file.write_text(damaged, "utf-8")
    kept = Kept()
    assert kept.entries() == {}
    assert "progress.json, is damaged: counting begins anew" in kept.problem
    kept.note("a", passed=True)
    assert "a" in Kept().entries()


def test_strange_entries_are_left_out(file):
    file.parent.mkdir()
    file.write_bytes(b'{"a": {"tried": -3, "passed": 7}, "b": 1, "c": {"tried": 2, "more": []}}')
    assert Kept().entries() == {"a": Entry(), "c": Entry(2)}


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_what_cannot_be_written_is_counted_by_the_kernel(file, monkeypatch, error):
    kept = Kept()
    kept.note("a", passed=False)

    def full(*_, **__):
        raise OSError(error, os.strerror(error))

    with monkeypatch.context() as patch:
        patch.setattr(keeping.json, "dumps", full)
        assert kept.note("a", passed=False).tried == 2
        assert f"cannot be saved (progress.json: {os.strerror(error).lower()})" in kept.problem
        assert "LABKIT_PROGRESS" in kept.problem
    assert Kept().entries() == {"a": Entry(1)}
    assert kept.note("a", passed=False).tried == 3  # there is room again
    assert (Kept().entries(), kept.problem) == ({"a": Entry(3)}, "")


def test_a_full_disk_leaves_no_piece_behind(file, monkeypatch):
    Kept().note("a", passed=False)

    def full(self, other):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        Kept().note("a", passed=False)
    assert list(file.parent.iterdir()) == [file]


def test_a_file_that_cannot_be_read_is_left_alone(file, monkeypatch):
    Kept().note("a", passed=True)
    before = file.read_bytes()

    def denied(*_, **__):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_text", denied)
        kept = Kept()
        assert [kept.note("a", passed=False).tried for _ in range(2)] == [1, 2]
        assert "permission denied" in kept.problem
    assert file.read_bytes() == before


def test_a_folder_in_its_place(monkeypatch, tmp_path):
    monkeypatch.setenv("LABKIT_PROGRESS", str(tmp_path))
    kept = Kept()
    assert (kept.entries(), "cannot be read" in kept.problem) == ({}, True)
    assert kept.note("a", passed=True).passed
    assert kept.entries()["a"].passed


def test_what_another_kernel_saved_while_the_disk_was_full_is_not_overwritten(file, monkeypatch):
    def full(*_args):
        raise OSError(errno.ENOSPC, "No space left on device")

    kept, other = Kept(), Kept()
    with monkeypatch.context() as patch:
        patch.setattr(keeping, "_write", full)
        kept.note("a", passed=False)
    other.note("b", passed=True)
    kept.note("a", passed=False)
    assert {name: entry.tried for name, entry in Kept().entries().items()} == {"a": 2, "b": 0}
