from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from labkit import pcm, tracks
from labkit.tracks import Ear, Mouth, Track


def sound(samples: int, value: int = 1000) -> bytes:
    return pcm.to_bytes(np.full(samples, value, np.int16))


def spans(track: Track, file: Path) -> list[tuple[int, int, int]]:
    """Where the track is not silent: first sample, sample after the last, value."""
    track.close()
    samples = tracks.read(file, [])
    edges = np.flatnonzero(np.diff(samples, prepend=0, append=0))
    return [(int(a), int(b), int(samples[a])) for a, b in pairwise(edges) if samples[a]]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "track.wav"


def test_sound_lies_where_its_stamps_say_and_jitter_makes_no_gaps(file: Path) -> None:
    track = Track(file)
    mouth = Mouth(track)
    for at in (1000, 1240 + 100, 1480 - 100, 9000):
        mouth.add(at, sound(240))
    assert spans(track, file) == [(1000, 1720, 1000), (9000, 9240, 1000)]


def test_what_was_before_the_start_is_left_out(file: Path) -> None:
    track = Track(file)
    Mouth(track).add(-1000, sound(1100))
    assert spans(track, file) == [(0, 100, 1000)]


def test_a_clock_that_is_hours_off_makes_no_endless_file(file: Path) -> None:
    track = Track(file)
    Mouth(track).add(10**12, sound(100))
    assert spans(track, file) == []


def test_an_answer_waits_until_it_was_heard(file: Path) -> None:
    track = Track(file)
    ear = Ear(track)
    ear.add("a", sound(100), None)
    ear.add("a", sound(100), None)
    ear.begin("a", 500)
    ear.begin("a", 900)  # told again, for instance by a page that was reloaded
    ear.add("a", sound(100), None)
    assert spans(track, file) == [(500, 800, 1000)]


def test_an_answer_is_silent_from_where_it_was_cut(file: Path) -> None:
    track = Track(file)
    ear = Ear(track)
    ear.begin("a", 500)
    ear.add("a", sound(1000), None)
    ear.cut("a", 300)
    ear.add("a", sound(1000), None)
    assert spans(track, file) == [(500, 800, 1000)]


def test_a_cut_of_what_was_never_heard(file: Path) -> None:
    track = Track(file)
    ear = Ear(track)
    ear.add("a", sound(1000), None)
    ear.cut("a", 0)
    ear.begin("a", 500)
    ear.cut("nothing", 10)
    assert spans(track, file) == []


def test_there_is_one_voice(file: Path) -> None:
    track = Track(file)
    ear = Ear(track)
    ear.add("a", sound(1000), 500)
    ear.add("b", sound(100, 2000), 800)
    assert spans(track, file) == [(500, 800, 1000), (800, 900, 2000)]


def test_a_track_that_was_never_closed_is_read(file: Path) -> None:
    track = Track(file)
    track.write(0, sound(100))
    with file.open("ab") as broken:
        broken.write(b"x")
    problems: list[str] = []
    assert len(tracks.read(file, problems)) == 100
    assert pcm.read(file)[0] == 1000  # other programs read it, too
    assert not problems


def test_a_track_that_was_cut_off_is_read(file: Path) -> None:
    track = Track(file)
    track.write(0, sound(100))
    track.close()
    file.write_bytes(file.read_bytes()[:-100])
    problems: list[str] = []
    assert len(tracks.read(file, problems)) == 50
    assert problems == ["track.wav ends early: 50% of it is there."]


def test_a_track_from_an_editor_is_read(file: Path) -> None:
    import soundfile

    soundfile.write(file, np.full((4800, 2), 0.5, np.float32), 48_000, subtype="FLOAT")
    problems: list[str] = []
    assert len(tracks.read(file, problems)) == 2400
    assert not problems


@pytest.mark.parametrize(("content", "said"), [(None, "There is no track.wav"), (b"no sound at all" * 9, "sound file")])
def test_a_track_that_cannot_be_read_is_named(file: Path, content: bytes | None, said: str) -> None:
    if content:
        file.write_bytes(content)
    problems: list[str] = []
    assert len(tracks.read(file, problems)) == 0
    assert said in problems[0]


def test_a_disk_that_takes_a_part_is_asked_for_the_rest(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    track = Track(file)
    disk = track._file

    class Slow:
        def __getattr__(self, name: str) -> object:
            return getattr(disk, name)

        def write(self, sound: bytes) -> int:
            return disk.write(sound[:100])

    monkeypatch.setattr(track, "_file", Slow())
    track.write(0, sound(240))
    monkeypatch.setattr(track, "_file", disk)
    assert spans(track, file) == [(0, 240, 1000)]
