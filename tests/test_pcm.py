import numpy as np
import pytest

from labkit import pcm
from labkit.errors import AudioFileError, UsageError


@pytest.mark.parametrize(
    "given",
    [
        np.array([0, 16384, -32768], np.int16),
        [0, 16384, -32768],
        np.array([0.0, 0.5, -1.0]),
        np.array([0.0, 0.5, -1.0], np.float32),
        [0.0, 0.5, -1.0],
    ],
)
def test_whole_numbers_and_fractions_are_samples(given):
    samples = pcm.checked(given)
    assert samples.dtype == np.int16
    assert samples.tolist() == [0, 16384, -32768]


def test_full_scale_does_not_wrap_round():
    assert pcm.checked([1.0, -1.0]).tolist() == [32767, -32768]


@pytest.mark.parametrize(
    "given",
    [
        np.zeros((10, 2), np.int16),
        np.zeros(0, np.int16),
        [],
        [[1, 2], [3]],
        [1.5, 0.0],
        [float("nan")],
        [40_000],
        [10**30],
        ["a"],
        np.array([True, False]),
        np.zeros(4, np.uint8),
        np.zeros(4, complex),
        b"\x00\x00",
        "hello.wav",
        None,
        5,
    ],
    ids=str,
)
def test_anything_else_is_a_sentence_that_says_what_to_give(given):
    with pytest.raises(AudioFileError, match=r"give a one-dimensional int16 array"):
        pcm.checked(given)


def test_a_file_without_a_header_is_a_sentence(tmp_path):
    (tmp_path / "x.raw").write_bytes(bytes(100))
    with pytest.raises(AudioFileError, match=r"'x.raw' is not a sound file"):
        pcm.read(tmp_path / "x.raw")


def test_writing_into_a_missing_folder_is_a_sentence(tmp_path):
    with pytest.raises(UsageError, match="There is no folder"):
        pcm.write(tmp_path / "no" / "x.wav", np.zeros(10, np.int16))
    with pytest.raises(UsageError, match="cannot be written"):
        pcm.write(tmp_path, np.zeros(10, np.int16))


def test_what_was_written_is_read(tmp_path):
    pcm.write(tmp_path / "x.wav", pcm.checked([1, -2, 3]))
    assert pcm.read(tmp_path / "x.wav").tolist() == [1, -2, 3]
