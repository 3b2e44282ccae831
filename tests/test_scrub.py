import json
from typing import Any

import pytest

from labkit.scrub import REMOVED, Scrubber

HARMLESS = [
    "what time is it",
    "the risk-taking task_force of the bearer bonds",
    {"usage": {"input_tokens": 5, "token_count": None}, "max_output_tokens": "inf"},
    {"logprobs": [{"token": "hello", "logprob": -0.1}]},
    ["a", 1, 2.5, None, True],
    {"id": "item_0123456789abcdef", "type": "response.done"},
]


@pytest.mark.parametrize("value", HARMLESS)
def test_what_is_no_secret_stays(value: Any) -> None:
    assert Scrubber(["sk-the-key-of-this-session"])(value) == value


@pytest.mark.parametrize(
    "value",
    [
        "sk-planted",
        "it is sk-proj-planted_0123, keep it",
        {"client_secret": {"value": "planted", "expires_at": 1}},
        {"tools": [{"type": "mcp", "authorization": "planted"}]},
        {"tools": [{"type": "mcp", "headers": {"X-Anything": "planted"}}]},
        {"X-Api-Key": "planted", "openai_api_key": "planted", "Cookie": "planted", "refresh_token": "planted"},
        "ek_planted0123",
        "Authorization: Bearer planted-token",
        "https://example.org/sse?token=planted&x=1",
        "https://somebody:planted@example.org/",
        json.dumps({"api_key": "planted"}),
        json.dumps(json.dumps({"password": "planted"})),
        {"note": "secret = 'planted'"},
        "data:image/png;base64,planted",
        {"planted-key-of-this-session": "as a name"},
        "in the middle planted-key-of-this-session of a text",
    ],
)
def test_secrets_are_removed(value: Any) -> None:
    assert "planted" not in json.dumps(Scrubber(["planted-key-of-this-session"])(value))


def test_a_stand_in_for_a_key_is_no_secret() -> None:
    assert Scrubber(["none", "", None])("none of them") == "none of them"


def test_what_was_there_is_said() -> None:
    assert Scrubber()({"api_key": "abc", "url": "wss://h/?token=abc"}) == {
        "api_key": REMOVED,
        "url": f"wss://h/?token={REMOVED}",
    }


@pytest.mark.parametrize("text", ["Authorization: Basic dXNlcjpwYXNz", "authorization=Bearer abcdefgh"])
def test_a_scheme_does_not_hide_what_follows_it(text):
    assert "dXNl" not in Scrubber()(text)
    assert "abcdefgh" not in Scrubber()(text)


@pytest.mark.parametrize("name", ["accessToken", "clientSecret", "privateKey", "authToken"])
def test_names_in_camel_case_are_secrets_too(name):
    assert Scrubber()({name: "geheim"}) == {name: REMOVED}
