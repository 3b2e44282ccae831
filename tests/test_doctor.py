from __future__ import annotations

import re
import shutil
import sys
from types import SimpleNamespace

from labkit import doctor, lab
from labkit.health import Finding


def test_every_problem_has_a_remedy_and_the_exit_code_says_so(monkeypatch, capsys):
    findings = [Finding(well=True, text="fine"), Finding(well=False, text="broken: mend it.")]
    monkeypatch.setattr(doctor, "report", lambda: iter(findings))
    assert doctor.main() == 1
    assert capsys.readouterr().out.splitlines()[:2] == ["ok       fine", "problem  broken: mend it."]
    monkeypatch.setattr(doctor, "report", lambda: iter(findings[:1]))
    assert doctor.main() == 0


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


def test_a_full_disk_has_a_remedy(monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=5e7))
    assert not doctor.disk().well
    assert "Delete" in doctor.disk().text


def test_without_a_screen_it_says_how_to_come_from_another_computer(monkeypatch):
    monkeypatch.setattr(lab, "has_browser", lambda _: False)
    assert "ssh -L" in doctor.screen().text


def test_a_closed_loopback_has_a_remedy(monkeypatch):
    assert doctor.loopback().well

    def refused(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(doctor.socket, "create_connection", refused)
    assert not doctor.loopback().well
    assert "firewall" in doctor.loopback().text


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
