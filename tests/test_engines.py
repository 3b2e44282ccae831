import errno

import pytest

from labkit import engines, runtime
from labkit.errors import EngineError, UsageError


def choose(engine: str | None = None, environ: dict[str, str] | None = None, **given: str) -> engines.Target:
    options = {"base_url": None, "api_key": None, "model": None, "skill": None, **given}
    return engines.choose(engine, **options, environ=environ or {})


def test_without_key_and_wish_the_embedded_engine_answers() -> None:
    assert choose().kind == "embedded"


def test_a_key_means_hosted_and_an_argument_beats_it() -> None:
    environ = {"OPENAI_API_KEY": "sk-secret"}
    assert choose(environ=environ).kind == "hosted"
    assert choose(environ=environ).model == "gpt-realtime-2.1"
    assert choose(environ={**environ, "LABKIT_ENGINE": "embedded"}).kind == "embedded"
    assert choose("hosted", {**environ, "LABKIT_ENGINE": "embedded"}).kind == "hosted"


def test_the_hosted_key_never_goes_to_another_server() -> None:
    target = choose(environ={"OPENAI_API_KEY": "sk-secret"}, base_url="http://example.org/v1")
    assert target.kind == "other"
    assert "sk-secret" not in target.api_key


def test_the_key_is_not_shown() -> None:
    assert "sk-secret" not in repr(choose(environ={"OPENAI_API_KEY": "sk-secret"}))


@pytest.mark.parametrize(
    ("engine", "given", "said"),
    [("hosted", {}, "OPENAI_API_KEY"), ("hostd", {}, "embedded"), (None, {"base_url": "127.0.0.1:8000"}, "http://")],
)
def test_what_cannot_be_is_said_with_the_remedy(engine: str | None, given: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        choose(engine, **given)


def test_a_websocket_address_will_do() -> None:
    assert choose(base_url="ws://127.0.0.1:8000/v1").base_url == "http://127.0.0.1:8000/v1"
    assert choose(base_url="wss://example.org/v1").base_url == "https://example.org/v1"


def test_where_the_sound_goes() -> None:
    assert choose(base_url="http://127.0.0.1:8000/v1").on_this_computer
    assert not choose(environ={"OPENAI_API_KEY": "k"}).on_this_computer


async def test_who_comes_while_another_notebook_starts_the_engine_waits_for_it(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("LABKIT_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(engines, "WAIT_S", 0.001)
    monkeypatch.setattr(engines, "start_embedded", pytest.fail)
    found = [None, None, {"address": "http://127.0.0.1:9/v1", "token": "t"}]

    async def running() -> dict[str, str] | None:
        return found.pop(0)

    monkeypatch.setattr(engines, "_running", running)
    assert runtime.may_start(60), "the other notebook"
    target = await engines.reach(choose(), 1)
    assert (target.base_url, found) == ("http://127.0.0.1:9/v1", [])


async def test_an_engine_that_cannot_be_started_is_one_sentence(monkeypatch, tmp_path) -> None:
    def full(*_args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/data/anna")

    monkeypatch.setenv("LABKIT_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(engines, "_spawn", full)
    with pytest.raises(EngineError, match=r"could not be started \(no space left on device\): make room") as caught:
        await engines.reach(choose(), 1)
    assert "anna" not in str(caught.value)
    assert runtime.may_start(60), "the mark is gone"


def test_the_embedded_engine_has_more_time_unless_one_was_asked_for(monkeypatch) -> None:
    monkeypatch.setattr(engines, "OPEN_S", 10)
    monkeypatch.setattr(engines, "BUSY_OPEN_S", 30)
    embedded, hosted = choose(), choose(environ={"OPENAI_API_KEY": "k"})
    assert [engines.patience(target, wanted) for target in (embedded, hosted) for wanted in (None, 2)] == [30, 2, 10, 2]
