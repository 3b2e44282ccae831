from __future__ import annotations

import getpass
import re
import sys
from importlib import metadata
from pathlib import Path

import pytest

from labkit import doctor


def test_every_problem_has_a_remedy_and_the_exit_code_says_so(monkeypatch, capsys):
    findings = [doctor.Finding(well=True, text="fine"), doctor.Finding(well=False, text="broken: mend it.")]
    monkeypatch.setattr(doctor, "report", lambda: iter(findings))
    assert doctor.main() == 1
    assert capsys.readouterr().out.splitlines()[:2] == ["ok       fine", "problem  broken: mend it."]
    monkeypatch.setattr(doctor, "report", lambda: iter(findings[:1]))
    assert doctor.main() == 0


def test_nothing_private_is_printed(monkeypatch):
    monkeypatch.setattr(getpass, "getuser", lambda: "ada")
    text = f"{sys.prefix}/bin {Path.home() / 'x'} ada's adage"
    clean = doctor.without_private(text)
    assert str(Path.home()) not in clean
    assert clean.endswith("…'s adage")


def test_the_key_is_never_printed(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    assert "secret" not in str(doctor.key())
    assert "hosted" in str(doctor.key())


def test_proxies_are_named_but_not_shown(monkeypatch):
    for name in doctor.PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    assert [str(finding) for finding in doctor.proxies()] == ["ok       no proxy is set"]
    monkeypatch.setenv("https_proxy", "http://ada:secret@proxy:3128")
    (finding,) = doctor.proxies()
    assert finding.well
    assert "HTTPS_PROXY" in finding.text
    assert "secret" not in finding.text


def test_a_missing_package_is_named_with_the_command(monkeypatch):
    real = metadata.version

    def version(name):
        if name == "pocketsphinx":
            raise metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(metadata, "version", version)
    problems = [str(finding) for finding in doctor.packages() if not finding.well]
    if not problems[0].startswith("problem  pocketsphinx"):
        pytest.skip("labkit is not installed here")
    assert doctor.INSTALL in problems[0]


def test_an_engine_that_dies_is_reported_with_its_last_words(monkeypatch):
    code = "import sys; print('first', file=sys.stderr); sys.exit('no ears')"
    real = doctor._first_line
    monkeypatch.setattr(doctor, "_first_line", lambda _, environ: real([sys.executable, "-c", code], environ))
    assert not doctor.engine().well
    assert "no ears" in doctor.engine().text


def test_an_engine_that_is_ready_is_reported_with_its_time(monkeypatch):
    code = "print('ready http://127.0.0.1:1/v1', flush=True); input()"
    real = doctor._first_line
    monkeypatch.setattr(doctor, "_first_line", lambda _, environ: real([sys.executable, "-c", code], environ))
    assert doctor.engine().well
    assert re.search(r"\d\.\d s", doctor.engine().text)
