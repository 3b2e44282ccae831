from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from labkit import samples
from labkit.bench import listed
from labkit.errors import UsageError

CLIPS = {"what_can_you_do.wav": "what can you do", "thank_you.wav": "thank you"}


@pytest.fixture
def shared(tmp_path):
    folder = tmp_path / "speech"
    folder.mkdir()
    index = {name: {"text": text, "language": "en"} for name, text in CLIPS.items()}
    index["gone.wav"] = {"text": "not there", "language": "en"}
    index["hola.wav"] = {"text": "hola", "language": "es"}
    for name in [*CLIPS, "hola.wav"]:
        (folder / name).write_bytes(samples.path(name.removesuffix(".wav") if name in CLIPS else "hello").read_bytes())
    (folder / "index.json").write_text(json.dumps(index), encoding="utf-8")
    return tmp_path


def test_only_english_recordings_that_are_there_count(shared):
    assert [file.name for file, _ in listed.recordings(shared / "speech")] == sorted(CLIPS)
    assert len(listed.recordings(shared / "speech", 1)) == 1


def test_listed_recordings_are_counted(shared):
    found = listed.measure(SimpleNamespace(shared=shared, count=None))
    assert (found["n"], found["listed_right"], found["listed_wrong"], found["unlisted_accepted"]) == (2, 2, 0, 0)


def test_without_recordings_there_is_no_figure(tmp_path):
    for shared in (None, tmp_path):
        with pytest.raises(UsageError, match="--shared"):
            listed.measure(SimpleNamespace(shared=shared, count=None))
