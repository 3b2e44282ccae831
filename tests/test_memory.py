"""A memory in a file, and from there into another conversation."""

from __future__ import annotations

import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from engine.conftest import Served, own_engine, served  # noqa: F401 - fixtures

import labkit
from labkit import lessons, memory
from labkit.carried import Memory
from labkit.errors import UsageError
from labkit.notes import Note
from labkit.turns import Record

KEY = "sk-test-0123456789abcdef"


def conversation(*notes: tuple[str, str, str]) -> Any:
    """What `save` reads of a session."""
    calls = [
        {"type": "function_call", "name": "remember", "arguments": json.dumps({"kind": k, "what": w, "about": a})}
        for k, w, a in notes
    ]
    done = {"type": "response.done", "response": {"status": "completed", "output": calls}}
    log = [Record(time.perf_counter() * 1000, False, done)]
    return SimpleNamespace(log=log, engine=SimpleNamespace(api_key=KEY))


def test_it_is_saved_read_and_holds_no_key(tmp_path: Path):
    file = tmp_path / "anna.json"
    saved = memory.save(conversation(("person", "Anna", ""), ("fact", "key", f"my key is {KEY}")), file)
    assert memory.load(file) == saved
    assert KEY not in file.read_text("utf-8")
    assert [note.what for note in saved.notes] == ["Anna", "key"]
    assert saved.summary == "People: Anna. Told: key."
    assert memory.save(conversation(), file).notes == ()
    assert [path.name for path in tmp_path.iterdir()] == ["anna.json"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "There is no memory to read"),
        (b"{", "damaged"),
        (b"\xff\xfe\x00", "damaged"),
        (b'{"labkit_memory": 99}', "version 99"),
        (b'{"notes": []}', "no memory of labkit"),
        (b" " * 70_000, "larger than 64 KB"),
    ],
)
def test_a_file_that_is_no_memory_is_one_sentence(tmp_path: Path, content: bytes | None, said: str):
    file = tmp_path / "x.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UsageError, match=said):
        memory.load(file)


def test_of_too_much_the_newest_is_kept(tmp_path: Path):
    told = [("fact", f"thing {number}", f"the thing of number {number} is somewhere") for number in range(500)]
    saved = memory.save(conversation(*told), tmp_path / "x.json")
    assert memory.load(tmp_path / "x.json") == saved
    assert 200 < len(saved.notes) < 500
    assert saved.notes[-1].what == "thing 499"


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path):
    with pytest.raises(UsageError, match="choose another place"):
        memory.save(conversation(), tmp_path / "no" / "x.json")
    with pytest.raises(UsageError, match="choose another place"):
        memory.save(conversation(), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_keeps_the_memory_that_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "x.json").write_text("old")
    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(UsageError, match=r"No space left on device\): make room"):
        memory.save(conversation(), tmp_path / "x.json")
    assert [file.read_text() for file in tmp_path.iterdir()] == ["old"]


def test_what_may_be_given(tmp_path: Path):
    own = Memory((Note("person", "Anna", ""),))
    (tmp_path / "x.json").write_text(own.to_json(), "utf-8")
    assert memory.given(None) is None
    assert memory.given(own) == memory.given(tmp_path / "x.json") == memory.given(str(tmp_path / "x.json")) == own
    with pytest.raises(UsageError, match="memory="):
        memory.given(7)  # type: ignore[arg-type]


def test_what_one_conversation_noted_the_next_one_knows(served: Served, tmp_path: Path):  # noqa: F811
    options: dict[str, Any] = {"base_url": served.address, "api_key": served.token, "lesson": lessons.rememberer()}
    options["model"] = "labkit-memory"
    with labkit.connect(**options) as first:
        first.say("my train leaves at nine").wait()
        memory.save(first, tmp_path / "x.json")
    with labkit.connect(**options, memory=tmp_path / "x.json") as second:
        answer = second.say("when does my train leave").wait().assistant
        assert answer.startswith("You told me in an earlier conversation")
        assert answer.endswith("your train leaves at nine.")
        assert "I forgot" in second.say("forget my train").wait().assistant
        assert memory.of(second.log).notes == ()
        assert len(second.turns) == 2
