"""What pip says becomes one line of progress."""

from __future__ import annotations

import io

import install
import pytest

FETCHING = (
    "  Preparing editable metadata (pyproject.toml): finished with status 'done'",
    "Collecting anywidget>=0.9.13 (from labkit==0.1.0)",
    "  Downloading anywidget-0.11.0-py3-none-any.whl (250 kB)",
    "Collecting onnxruntime>=1.20 (from labkit==0.1.0)",
    "  Downloading onnxruntime-1.31.1-cp311-cp311-manylinux.whl (17.5 MB)",
    "  Downloading pip-26.3-py3-none-any.whl.metadata",
    "Processing /wheels/numpy-2.4.6-cp311-cp311-manylinux.whl",
    "  Using cached sympy-1.14.0-py3-none-any.whl (6.3 MB)",
)
UNPACKING = "Installing collected packages: mpmath, sympy, numpy, labkit"


def progress(*lines: str) -> install.Progress:
    found = install.Progress()
    for line in lines:
        found.read(line)
    return found


def test_packages_and_what_was_really_downloaded_are_counted():
    assert progress(*FETCHING).words(0) == "1/2 fetching: 3 packages, 18 MB downloaded"


@pytest.mark.parametrize(("there", "shown"), [(0, 0), (3, 3), (9, 4)])
def test_unpacking_is_counted_up_to_all(there, shown):
    assert progress(*FETCHING, UNPACKING).words(there) == f"2/2 unpacking: {shown} of 4 packages (18 MB downloaded)"


def test_when_pip_fails_its_last_words_are_shown(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "requirements.lock").touch()
    out = io.StringIO()
    assert install.main("./nowhere", out) != 0
    assert "nowhere" in out.getvalue().splitlines()[0]
    assert out.getvalue().endswith("pip could not install ./nowhere: its last words are above.\n")
