"""What the HTTP endpoints share: who may come in, and errors in the API's shape."""

import json
import urllib.error
import urllib.request

import pytest
from engine.conftest import Served

from labkit.engine import app, http_api

PATHS = ["audio/transcriptions", "chat/completions", "audio/speech"]


def refusal(served: Served, path: str, body: bytes = b"{}", method: str = "POST", **headers: str) -> tuple[int, dict]:
    """The status and the error of a request that is refused."""
    request = urllib.request.Request(f"{served.address}/{path}", body, headers, method=method)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=60)
    return caught.value.code, json.load(caught.value)["error"]


@pytest.mark.parametrize("path", PATHS)
def test_only_the_token_opens_the_door(served: Served, path: str) -> None:
    assert refusal(served, path)[0] == 401
    status, error = refusal(served, path, Authorization="Bearer wrong")
    assert (status, error["code"], error["type"]) == (401, "invalid_api_key", "invalid_request_error")


@pytest.mark.parametrize("path", PATHS)
def test_pages_of_other_sites_are_refused_even_with_the_token(served: Served, path: str) -> None:
    assert refusal(served, path, Origin="https://evil.example", **served.headers)[0] == 403


@pytest.mark.parametrize("path", ["chat/completions", "audio/speech"])
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000])
def test_what_is_no_json_object_is_said(served: Served, path: str, body: bytes) -> None:
    status, error = refusal(served, path, body, **served.headers)
    assert status == 400
    assert error["message"].startswith("The request is")


@pytest.mark.parametrize("body", [b"", b"{}", b"--x\r\n", b"\xff" * 100])
def test_an_upload_without_a_file_is_said(served: Served, body: bytes) -> None:
    for kind in ("multipart/form-data; boundary=x", "multipart/form-data", "application/json"):
        headers = {**served.headers, "Content-Type": kind}
        assert refusal(served, "audio/transcriptions", body, **headers)[0] == 400


def test_wrong_paths_and_methods_have_errors_of_the_same_shape(served: Served) -> None:
    assert refusal(served, "embeddings", **served.headers)[0] == 404
    assert refusal(served, "chat/completions", method="GET", **served.headers)[1]["message"] == "Method Not Allowed."


async def test_a_body_without_end_is_refused(monkeypatch) -> None:
    monkeypatch.setattr(http_api, "MAX_BODY_BYTES", 1000)

    async def receive():
        return {"type": "http.request", "body": bytes(400), "more_body": True}

    bounded = http_api.bounded(receive)
    await bounded()
    await bounded()
    with pytest.raises(http_api.HTTPException) as caught:
        await bounded()
    assert caught.value.status_code == 413


async def test_who_listens_to_an_answer_is_a_visitor_until_its_end() -> None:
    engine = app.Engine("t")
    seen = []

    async def inner(scope, receive, send) -> None:
        seen.append(engine.connections)

    async def send(message) -> None:
        seen.append(message.get("status"))

    scope = {"type": "http", "headers": [(b"authorization", b"Bearer t")]}
    door = http_api.Door(inner, engine)
    await door(scope, None, send)
    assert (seen, engine.connections) == ([1], 0)
    engine.connections = app.MAX_CONNECTIONS
    await door(scope, None, send)
    assert seen[1] == 503
