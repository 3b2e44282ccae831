from __future__ import annotations

import getpass
import socket
import sys
from importlib import metadata
from pathlib import Path

import pytest

from labkit import health

PRIVATE = [
    f"{sys.prefix}/bin/python",
    str(Path.home() / "secret lessons"),
    "http://10.1.2.3:8888/lab?token=abc",
    "10.1.2.3:8765",
    "ada@example.org",
    "sk-proj-abcdefghijklmnop",
    "ada's notebook on adas-laptop",
]


def test_nothing_private_stays(monkeypatch):
    monkeypatch.setattr(getpass, "getuser", lambda: "ada")
    monkeypatch.setattr(socket, "gethostname", lambda: "adas-laptop")
    clean = health.without_private(f"before {' and '.join(PRIVATE)} after")
    for private in (sys.prefix, str(Path.home()), "10.1.2.3", "token", "example", "abcdef", "ada's", "adas-laptop"):
        assert private not in clean
    assert clean.startswith("before …")
    assert clean.endswith(" after")


def test_versions_are_not_taken_for_addresses():
    text = "opencv-python-headless 4.14.0.94, Python 3.11.7 on Linux x86_64."
    assert health.without_private(text) == text


def test_a_user_without_a_name_is_no_problem(monkeypatch):
    def nobody():
        raise KeyError

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert health.without_private("all is well") == "all is well"


def test_a_missing_package_is_named_with_the_command(monkeypatch):
    real = metadata.version

    def version(name):
        if name == "pocketsphinx":
            raise metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(metadata, "version", version)
    problems = [str(finding) for finding in health.packages() if not finding.well]
    if not problems[0].startswith("problem  pocketsphinx"):
        pytest.skip("labkit is not installed here")
    assert health.INSTALL in problems[0]
    assert not health.versions().well


def test_an_old_python_has_a_remedy(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 0))
    assert not health.python().well
    assert "new environment" in health.python().text


@pytest.mark.parametrize(("limit", "taken"), health.CGROUPS)
def test_a_container_may_have_less_than_the_computer(tmp_path, monkeypatch, limit, taken):
    """2 GB, of which 1.9 GB are taken, 0.4 GB of that by cached files."""
    (tmp_path / limit).parent.mkdir(exist_ok=True)
    (tmp_path / limit).write_text("2000000000\n")
    (tmp_path / taken).write_text("1900000000\n")
    (tmp_path / limit).with_name("memory.stat").write_text("active_file 7\ninactive_file 400000000\n")
    monkeypatch.setattr(health, "CGROUP", tmp_path)
    assert not health.memory().well
    assert health.memory().text.startswith("0.5 GB of memory free in this container")


def test_a_container_without_a_limit_has_what_the_computer_has(tmp_path, monkeypatch):
    (tmp_path / "memory.max").write_text("max\n")
    monkeypatch.setattr(health, "CGROUP", tmp_path)
    assert "container" not in health.memory().text


@pytest.mark.parametrize("private", ["/data/anna-thesis/x.py", r"D:\Lessons\Anna Lee\x", "myhost.school.org:8888"])
def test_other_paths_and_addresses_go_too(private):
    assert health.without_private(f"seen: {private}, and more") == "seen: …, and more"


@pytest.mark.parametrize(
    "text",
    ["numpy 2.3.1 fits.", "4.14.0.94", "share jupyter/labkit with it", "24/44.1 kHz", "Well: it is 10:30, and/or so."],
)
def test_ordinary_words_stay(text):
    assert health.without_private(text) == text
