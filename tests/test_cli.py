from __future__ import annotations

import json
import sys
from types import ModuleType

import pytest

from labkit import cli, samples
from labkit.errors import EngineError


def stand_in(monkeypatch, name, **contents):
    """A module of the engine, replaced."""
    module = ModuleType(name)
    module.__dict__.update(contents)
    monkeypatch.setitem(sys.modules, name, module)


@pytest.fixture
def served(monkeypatch):
    """What `serve` was called with."""
    calls = []

    def serve(*arguments):
        calls.append(arguments)
        return 0

    stand_in(monkeypatch, "labkit.engine.app", serve=serve)
    return calls


def test_serve_passes_its_options(served):
    assert cli.main(["serve", "--host", "::1", "--port", "8123", "--token", "t", "--idle-minutes", "2"]) == 0
    assert served == [("::1", 8123, "t", 2.0)]


def test_serve_takes_the_token_from_the_environment(served, monkeypatch):
    monkeypatch.setenv(cli.TOKEN_VARIABLE, "secret")
    assert cli.main(["serve"]) == 0
    assert served == [("127.0.0.1", 0, "secret", None)]


def test_an_error_is_one_sentence_and_exit_code_2(monkeypatch, capsys):
    def serve(*_):
        raise EngineError("Port 1 is taken: choose another.")

    stand_in(monkeypatch, "labkit.engine.app", serve=serve)
    assert cli.main(["serve"]) == 2
    assert capsys.readouterr() == ("", "labkit: Port 1 is taken: choose another.\n")


def test_a_missing_package_is_one_sentence_with_the_command(monkeypatch, capsys):
    def serve(*_):
        raise ModuleNotFoundError("No module named 'pocketsphinx.decoder'", name="pocketsphinx.decoder")

    stand_in(monkeypatch, "labkit.engine.app", serve=serve)
    assert cli.main(["serve"]) == 2
    said = capsys.readouterr().err
    assert "'pocketsphinx' is not installed" in said
    assert 'pip install "labkit[engine]"' in said


def test_a_mistake_in_labkit_itself_is_not_hidden(monkeypatch):
    def serve(*_):
        raise ModuleNotFoundError("No module named 'labkit.gone'", name="labkit.gone")

    stand_in(monkeypatch, "labkit.engine.app", serve=serve)
    with pytest.raises(ModuleNotFoundError):
        cli.main(["serve"])


def test_unknown_options_are_refused_where_nothing_takes_them(capsys):
    with pytest.raises(SystemExit) as stopped:
        cli.main(["serve", "--colour"])
    assert stopped.value.code == 2
    assert "--colour" in capsys.readouterr().err


def test_lab_passes_on_what_it_does_not_know(monkeypatch):
    calls = []
    monkeypatch.setattr("labkit.lab.start", lambda *arguments: calls.append(arguments) or 0)
    assert cli.main(["lab", "--port", "8899", "--ip=0.0.0.0", "--", "--debug"]) == 0
    assert calls == [(None, 8899, ["--ip=0.0.0.0", "--debug"])]


def test_hear_tells_what_is_heard(monkeypatch, capsys, tmp_path):
    from labkit import pcm
    from labkit.engine.hearing import Hearing

    asked = []

    def hear_file(samples, sentences):
        asked.append((len(samples), list(sentences)))
        return Hearing("hello", True, "hello", "hello", 100.0, (), 3.0)

    stand_in(monkeypatch, "labkit.engine.ear", hear_file=hear_file)
    pcm.write(tmp_path / "a.wav", pcm.to_samples(pcm.silence(100)))
    (tmp_path / "list.txt").write_text("good morning\n\n good night \n", "utf-8")
    given = ["hear", str(tmp_path / "a.wav"), "--expect", "hello", f"@{tmp_path / 'list.txt'}"]
    assert cli.main(given) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["file"], printed["text"], printed["accepted"]) == ("a.wav", "hello", True)
    assert asked[0][0] == 2400
    assert asked[0][1][-3:] == ["hello", "good morning", "good night"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["hear", "gone.wav"], "no file 'gone.wav'"),
        (["look", "gone.jpg"], "'gone.jpg' cannot be read"),
        (["talk", "gone.wav"], "gone.wav"),
        (["hear", __file__], "not a sound file"),
        (["bench", "gone"], "no figure 'gone'"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence(arguments, reason, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.main(arguments) == 2
    said = capsys.readouterr()
    assert reason in said.err
    assert said.err.count("\n") == 1
    assert said.out == ""


def test_of_several_pictures_each_is_one_line_and_a_broken_one_does_not_stop_the_rest(capsys, tmp_path):
    broken, whole = tmp_path / "broken.jpg", samples.path("board_2")
    broken.write_bytes(whole.read_bytes()[:500])
    assert cli.main(["look", str(broken), str(whole)]) == 2
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["file"], "whole JPEG or PNG" in first["error"]) == ("broken.jpg", True)
    assert [line["text"] for line in second["lines"]] == ["3x + 1 = 4", "3x = 5"]
    assert second["kind"] == "mathematics"
