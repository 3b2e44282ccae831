from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from labkit import lab
from labkit.errors import MissingPartError, UsageError

DESKTOP = {"DISPLAY": ":0"}


@pytest.fixture
def course(tmp_path):
    (tmp_path / lab.FIRST_NOTEBOOK).parent.mkdir()
    (tmp_path / lab.FIRST_NOTEBOOK).write_text("{}", "utf-8")
    return tmp_path


def test_the_first_notebook_is_opened():
    assert "--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb" in lab.lab_arguments(None, [], DESKTOP)


def test_a_port_that_is_asked_for_is_taken_or_refused():
    given = lab.lab_arguments(8899, [], DESKTOP)
    assert {"--port=8899", "--ServerApp.port_retries=0"} <= set(given)
    assert not any("port" in argument for argument in lab.lab_arguments(None, [], DESKTOP))


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no root on Windows")
@pytest.mark.parametrize(("user", "allowed"), [(0, True), (1000, False)])
def test_root_is_allowed(monkeypatch, user, allowed):
    monkeypatch.setattr(os, "geteuid", lambda: user)
    assert ("--allow-root" in lab.lab_arguments(None, [], DESKTOP)) is allowed


@pytest.mark.parametrize(
    ("environ", "platform", "expected"),
    [
        ({}, "linux", False),
        (DESKTOP, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({}, "darwin", True),
        ({"SSH_CONNECTION": "a b"}, "darwin", False),
        ({}, "win32", True),
    ],
)
def test_a_browser_is_opened_where_there_is_one(environ, platform, expected):
    assert lab.has_browser(environ, platform) is expected


def test_a_setting_is_given_once_and_the_users_own_wins():
    own = "--LabApp.default_url=/lab/tree/notebooks/01_first_conversation.ipynb"
    given = lab.lab_arguments(8899, [own, "--ServerApp.port_retries=3"], DESKTOP)
    assert [argument for argument in given if argument.startswith("--LabApp.default_url")] == [own]
    assert "--ServerApp.port_retries=0" not in given


def test_the_users_own_arguments_come_last():
    assert lab.lab_arguments(None, ["--allow-root=False"], DESKTOP)[-1] == "--allow-root=False"


@pytest.mark.parametrize("own", [["--IdentityProvider.token=x"], ["--debug"], ["--log-level=INFO"]])
def test_jupyter_tells_its_address_itself_where_the_user_chose_how(own):
    quiet = "--Application.log_level=WARN"
    assert quiet in lab.lab_arguments(None, [], DESKTOP)
    assert quiet not in lab.lab_arguments(None, own, DESKTOP)
    assert quiet not in lab.lab_arguments(None, [], {**DESKTOP, "JUPYTER_TOKEN": "x"})


def test_the_folder_is_the_one_given_or_the_current_one(course, monkeypatch):
    assert lab.course_folder(course) == course.resolve()
    monkeypatch.chdir(course)
    assert lab.course_folder(None) == Path.cwd()


def test_a_folder_without_notebooks_is_refused(tmp_path):
    with pytest.raises(UsageError, match="00_start_here"):
        lab.course_folder(tmp_path)


def test_without_jupyterlab_the_command_is_told(monkeypatch, course):
    monkeypatch.setattr(lab, "find_spec", lambda _: None)
    with pytest.raises(MissingPartError, match=r"labkit\[lab\]"):
        lab.start(course, None)


def test_the_news_popup_is_off_without_touching_the_users_settings():
    overrides = json.loads((lab.SETTINGS / "labconfig/default_setting_overrides.json").read_text("utf-8"))
    assert overrides["@jupyterlab/apputils-extension:notification"] == {"checkForUpdates": False, "fetchNews": "false"}
