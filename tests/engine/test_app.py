"""The engine over the wire: who may come in, what hostile clients get, and that it outlives them."""

import asyncio
import base64
import contextlib
import json
import os
import socket
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from typing import Any

import pytest
from engine.conftest import TOKEN, Served, start, stop
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from labkit import cli, pcm, samples
from labkit.engine.app import MAX_MESSAGE_BYTES, _address, _listen
from labkit.engine.effects import MAX_IMAGE_BYTES
from labkit.engine.input_buffer import MAX_APPEND_BYTES


async def event(socket: ClientConnection, kind: str, timeout_s: float = 60) -> dict[str, Any]:
    """The next event of a type."""
    async with asyncio.timeout(timeout_s):
        while True:
            received: dict[str, Any] = json.loads(await socket.recv())
            if received["type"] == kind:
                return received


async def send(socket: ClientConnection, kind: str, **fields: Any) -> None:
    await socket.send(json.dumps({"type": kind, **fields}))


async def refused(served: Served, **options: Any) -> int:
    with pytest.raises(InvalidStatus) as caught:
        async with connect(served.realtime, **options):
            pass
    return caught.value.response.status_code


async def test_only_the_token_opens_the_door(served: Served) -> None:
    assert await refused(served) == 401
    assert await refused(served, additional_headers={"Authorization": "Bearer wrong"}) == 401
    async with connect(served.realtime, additional_headers=served.headers) as socket:
        assert (await event(socket, "session.created"))["session"]["model"] == "labkit-start"


async def test_pages_of_other_sites_are_refused_even_with_the_token(served: Served) -> None:
    assert await refused(served, additional_headers=served.headers, origin="https://evil.example") == 403
    async with connect(served.realtime, additional_headers=served.headers, origin="http://localhost:8888") as socket:
        await event(socket, "session.created")


async def test_browser_clients_pass_the_key_as_a_subprotocol(served: Served) -> None:
    offered = ["realtime", f"openai-insecure-api-key.{TOKEN}"]
    async with connect(served.realtime, subprotocols=offered) as socket:  # type: ignore[arg-type]
        assert socket.subprotocol == "realtime"


def test_http_wants_the_token_too(served: Served) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{served.address}/models", timeout=60)
    assert caught.value.code == 401
    request = urllib.request.Request(f"{served.address}/models", headers=served.headers)
    models = json.load(urllib.request.urlopen(request, timeout=60))
    assert "labkit-start" in [model["id"] for model in models["data"]]


async def test_a_spoken_turn_over_the_wire(served: Served) -> None:
    async with connect(served.realtime, additional_headers=served.headers) as socket:
        await event(socket, "session.created")
        for chunk in pcm.chunks(pcm.to_bytes(pcm.read(samples.path("hello"))) + pcm.silence(800)):
            await send(socket, "input_audio_buffer.append", audio=base64.b64encode(chunk).decode())
        await event(socket, "input_audio_buffer.speech_started")
        await event(socket, "input_audio_buffer.speech_stopped")
        said = await event(socket, "response.output_audio_transcript.done")
        assert "Hello" in said["transcript"]
        assert (await event(socket, "response.done"))["response"]["status"] == "completed"


@pytest.mark.parametrize(
    "message",
    [
        "",
        "null",
        "{",
        "[]",
        '{"type": 5}',
        b"\x00\xff",
        '{"type": "input_audio_buffer.append", "audio": "é"}',
        "[" * 50_000,
    ],
)
async def test_what_is_not_an_event_gets_an_error_and_the_conversation_goes_on(
    served: Served, message: str | bytes
) -> None:
    async with connect(served.realtime, additional_headers=served.headers) as socket:
        await socket.send(message)
        assert (await event(socket, "error"))["error"]["type"] == "invalid_request_error"
        await send(socket, "response.create", response={"output_modalities": ["text"]})
        assert (await event(socket, "response.done"))["response"]["status"] == "completed"


async def test_an_oversized_append_gets_an_error(served: Served) -> None:
    async with connect(served.realtime, additional_headers=served.headers, max_size=None) as socket:
        audio = base64.b64encode(bytes(16 * 1024 * 1024)).decode()
        await send(socket, "input_audio_buffer.append", audio=audio, event_id="big")
        assert (await event(socket, "error"))["error"]["event_id"] == "big"


async def test_an_oversized_picture_gets_an_error_and_the_conversation_goes_on(served: Served) -> None:
    async with connect(served.realtime, additional_headers=served.headers, max_size=None) as socket:
        url = "data:image/png;base64," + "AAAA" * (MAX_IMAGE_BYTES // 3 + 1)
        content = [{"type": "input_image", "image_url": url}]
        await send(socket, "conversation.item.create", item={"type": "message", "role": "user", "content": content})
        assert (await event(socket, "error"))["error"]["code"] == "invalid_value"
        await send(socket, "response.create", response={"output_modalities": ["text"]})
        await event(socket, "response.done")


def test_the_largest_things_allowed_fit_into_a_message() -> None:
    assert max(MAX_IMAGE_BYTES, MAX_APPEND_BYTES) * 4 / 3 < MAX_MESSAGE_BYTES - 64 * 1024


async def test_a_client_that_vanishes_leaves_the_engine_well(served: Served) -> None:
    for _ in range(3):
        socket = await connect(served.realtime, additional_headers=served.headers)
        await send(socket, "response.create")
        socket.transport.abort()
    async with connect(served.realtime, additional_headers=served.headers) as again:
        await send(again, "response.create", response={"output_modalities": ["text"]})
        await event(again, "response.done")


async def test_a_picture_that_is_none_is_said(served: Served) -> None:
    async with connect(served.realtime, additional_headers=served.headers) as socket:
        content = [{"type": "input_image", "image_url": "data:image/png;base64,AAAA"}]
        await send(socket, "conversation.item.create", item={"type": "message", "role": "user", "content": content})
        assert (await event(socket, "error"))["error"]["code"] == "invalid_image"
        await send(socket, "response.create")
        await event(socket, "response.done")


def test_the_runtime_file_is_the_users_alone_and_goes_with_the_engine(tmp_path) -> None:
    running = start(runtime=str(tmp_path))
    file = tmp_path / "engine.json"
    assert json.loads(file.read_text())["token"] == TOKEN
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    stop(running)
    assert not file.exists()


def test_a_port_in_use_is_one_sentence(served: Served) -> None:
    port = served.address.split(":")[2].split("/")[0]
    command = [sys.executable, "-m", "labkit.cli", "serve", "--port", port]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert "--port" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("port", ["99999", "-1"])
def test_a_port_that_cannot_be_is_one_sentence(port: str, capsys) -> None:
    assert cli.main(["serve", "--port", port]) == 2
    assert capsys.readouterr().err.startswith(f"labkit: There is no port {port}: ")


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:80/v1"),
        ("0.0.0.0", "http://127.0.0.1:80/v1"),
        ("::", "http://[::1]:80/v1"),
        ("::1", "http://[::1]:80/v1"),
        ("lab.example", "http://lab.example:80/v1"),
    ],
)
def test_the_address_announced_is_one_to_connect_to(host: str, address: str) -> None:
    assert _address(host, 80) == address


def test_small_events_are_sent_at_once() -> None:
    """Asyncio switches Nagle's algorithm off only for sockets whose protocol is named."""
    with contextlib.closing(_listen("127.0.0.1", 0)) as listener:
        assert listener.proto == socket.IPPROTO_TCP


def test_an_engine_for_every_address_is_found_on_loopback(tmp_path) -> None:
    running = start("--host", "0.0.0.0", runtime=str(tmp_path))
    announced = json.loads((tmp_path / "engine.json").read_text())["address"]
    stop(running)
    assert announced == running.address
    assert announced.startswith("http://127.0.0.1:")


def test_an_idle_engine_goes_by_itself(tmp_path) -> None:
    running = start("--idle-minutes", "0.005", runtime=str(tmp_path))
    assert running.process.wait(60) == 0
    stop(running)
