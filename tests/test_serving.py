"""What `labkit app` asks of Voila, and what it refuses in one sentence."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from labkit import lab, serving
from labkit.errors import MissingPartError, UsageError

DESKTOP = {"DISPLAY": ":0"}
NOTEBOOK = Path("notebooks/app.ipynb")


def arguments(**given):
    given = {"port": None, "ip": "127.0.0.1", "visitors": 4, "arguments": [], "environ": DESKTOP, **given}
    return serving.voila_arguments(NOTEBOOK, **given)


@pytest.fixture
def course(tmp_path):
    for name in (lab.FIRST_NOTEBOOK, serving.APP):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}", "utf-8")
    return tmp_path


def test_it_is_for_this_computer_with_a_token_and_kernels_that_go():
    found = arguments()
    assert {"--Voila.ip=127.0.0.1", "--token", "--template=labkit", "--VisitorKernels.most=4"} <= set(found)
    assert f"--MappingKernelManager.cull_idle_timeout={serving.CULL_S}" in found
    assert "--no-browser" not in found
    assert "--no-browser" in arguments(environ={})


def test_a_port_that_is_asked_for_is_taken_or_refused():
    assert {"--port=9000", "--Voila.port_retries=0"} <= set(arguments(port=9000))
    assert not any("port_retries" in argument for argument in arguments())


def test_the_users_own_arguments_win():
    assert arguments(arguments=["--Voila.base_url=/x/"])[-1] == "--Voila.base_url=/x/"
    own = "--MappingKernelManager.cull_idle_timeout=12"
    assert [one for one in arguments(arguments=[own]) if one.startswith("--MappingKernelManager.cull_idle")] == [own]


def test_others_are_told_that_they_need_https():
    assert "https" not in serving.sentence("127.0.0.1", 3)
    assert "https" in serving.sentence("0.0.0.0", 3)
    assert "1 visitor at once" in serving.sentence("localhost", 1)


@pytest.mark.parametrize(
    ("free", "visitors"),
    [(100.0, 1), (serving.KEPT_MB + 3.5 * serving.VISITOR_MB, 3), (1e6, 16)],
)
def test_as_many_visitors_as_fit(free, visitors):
    assert serving.fitting(free) == visitors


def test_a_taken_port_is_one_sentence(course):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(UsageError, match=f"Port {port} is taken"):
            serving.start(course, port)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"port": 70_000}, "There is no port 70000"),
        ({"ip": "192.0.2.1"}, "Cannot listen on 192.0.2.1"),
        ({"visitors": 0}, "no room for a visitor"),
        ({"arguments": ["other.ipynb"]}, "voila other.ipynb"),
    ],
)
def test_what_cannot_be_served_is_one_sentence(course, given, said):
    with pytest.raises(UsageError, match=said):
        serving.start(course, **given)


def test_a_folder_without_the_app_is_refused(course):
    (course / serving.APP).unlink()
    with pytest.raises(UsageError, match="There is no notebooks/app"):
        serving.start(course)


def test_without_voila_the_command_is_told(monkeypatch, course):
    monkeypatch.setattr(serving, "find_spec", lambda _: None)
    with pytest.raises(MissingPartError, match=r"labkit\[lab\]"):
        serving.start(course)


@pytest.mark.parametrize(("engine", "paid"), [("", True), ("embedded", False)])
def test_the_owner_is_told_who_pays(monkeypatch, course, capsys, engine, paid):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-a-test")
    monkeypatch.setenv("LABKIT_ENGINE", engine)
    monkeypatch.setattr(serving, "_warm_up", lambda: None)
    monkeypatch.setattr("labkit.pages.Visitors.launch_instance", lambda arguments: None)
    monkeypatch.setenv("LABKIT_PROGRESS", "off")
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "")
    assert serving.start(course, arguments=["--theme", "dark"]) == 0
    assert (serving.PAID in capsys.readouterr().out) is paid
