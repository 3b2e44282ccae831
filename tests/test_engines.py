import pytest

from labkit import engines
from labkit.errors import UsageError


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
