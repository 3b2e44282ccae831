"""Conversations through `connect`: with the real engine, and with servers that misbehave."""

import asyncio
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
from engine.conftest import Served, own_engine, served  # noqa: F401 - fixtures
from websockets.asyncio.server import serve as serve_websocket

import labkit
from labkit import pcm, reconnecting, samples
from labkit.link import get_link


@pytest.fixture
def session(served: Served) -> Iterator[labkit.RealtimeSession]:  # noqa: F811
    with labkit.connect(base_url=served.address, api_key=served.token, model="labkit-start") as opened:
        yield opened


def test_typing_and_waiting(session: labkit.RealtimeSession) -> None:
    turn = session.say("count to three").wait()
    assert (turn.user, turn.assistant) == ("count to three", "one, two, three.")
    assert len(session.sound(turn)) > pcm.SAMPLE_RATE / 2
    assert session.turns == [turn]


def test_speaking_a_recording(session: labkit.RealtimeSession) -> None:
    turn = session.speak(samples.path("what_time_is_it")).wait()
    assert turn.user == "what time is it"
    assert turn.assistant.startswith("It is ")
    assert turn.spoken


@pytest.mark.parametrize("rate", [8000, 44100])
def test_recordings_of_any_rate_and_channels(session: labkit.RealtimeSession, tmp_path, rate: int) -> None:
    import soundfile

    mono = pcm.read(samples.path("hello"), rate)
    soundfile.write(tmp_path / "stereo.wav", np.stack([mono, mono], axis=1), rate)
    assert session.speak(tmp_path / "stereo.wav").wait().user == "hello"


def test_talking_over_an_answer_leaves_only_what_was_heard(session: labkit.RealtimeSession) -> None:
    session.speak(samples.path("count_to_twenty")).wait()
    time.sleep(1)
    turn = session.speak(samples.path("what_did_you_say")).wait()
    counted = session.turns[0]
    assert counted.interrupted
    assert counted.unheard.endswith("twenty.")
    assert counted.heard
    assert turn.assistant.strip() == f"I said: {counted.heard}", (counted.heard_ms, counted.words)


def test_a_python_function_is_called_and_its_result_spoken(served: Served) -> None:  # noqa: F811
    def roll_dice(sides: int = 6) -> int:
        """Roll a die."""
        return sides - 2

    with labkit.connect(
        base_url=served.address, api_key=served.token, model="labkit-start", tools=[roll_dice]
    ) as session:
        turn = session.say("roll dice with 20").wait()
    assert turn.calls == ['roll_dice({"sides": 20})']
    assert "18" in turn.assistant


def test_showing_a_picture(session: labkit.RealtimeSession) -> None:
    turn = session.show(samples.path("whiteboard"), "what do you see").wait()
    assert turn.assistant
    assert "not shown" not in turn.assistant


def test_manual_turns(served: Served) -> None:  # noqa: F811
    options = {"base_url": served.address, "api_key": served.token, "model": "labkit-start", "turn_detection": "manual"}
    with labkit.connect(**options) as session:
        assert session.speak(samples.path("hello")).wait().user == "hello"


def test_raw_events(session: labkit.RealtimeSession) -> None:
    seen = []
    off = session.on("conversation.item.added", seen.append)
    session.say("hello").wait()
    off()
    session.say("hello").wait()
    assert len(seen) == 2
    # An answer that is there before anybody waits is not waited for.
    threading.Timer(0.5, session.send, [{"type": "response.create"}]).start()
    assert session.wait().assistant
    with pytest.raises(labkit.UsageError, match="type"):
        session.send({"typ": "response.create"})


def test_a_callback_that_fails_does_not_end_the_conversation(session: labkit.RealtimeSession) -> None:
    session.on("response.done", lambda _: 1 / 0)
    assert session.say("hello").wait().assistant
    assert session.say("hello").wait().assistant


def test_a_server_error_is_raised_by_wait(session: labkit.RealtimeSession) -> None:
    session.send({"type": "conversation.item.delete", "item_id": "nothing"})
    with pytest.raises(labkit.ServerError, match="nothing"):
        session.wait()
    assert session.say("hello").wait().assistant


async def test_the_same_for_async_code(served: Served) -> None:  # noqa: F811
    options = {"base_url": served.address, "api_key": served.token, "model": "labkit-start"}
    async with await labkit.aconnect(**options) as session:
        await session.say("count to three")
        assert (await session.wait()).assistant == "one, two, three."
        await session.speak(samples.path("hello"))
        assert (await session.wait()).user == "hello"


def test_the_embedded_engine_starts_by_itself_and_is_shared() -> None:
    with labkit.connect() as first, labkit.connect("embedded") as second:
        assert first.engine == second.engine
        assert first.engine.kind == "embedded"
        assert second.say("hello").wait().assistant


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("no.wav", None, "no file"),
        ("empty.wav", b"", "not a sound file"),
        ("text.wav", b"hello " * 99, "not a sound file"),
    ],
)
def test_a_bad_recording_is_one_sentence(session, tmp_path, name: str, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(labkit.AudioFileError, match=said):
        session.speak(tmp_path / name)
    assert session.say("hello").wait().assistant


def test_a_recording_of_no_seconds(session, tmp_path) -> None:
    pcm.write(tmp_path / "zero.wav", np.zeros(0, np.int16))
    with pytest.raises(labkit.AudioFileError, match="0 samples"):
        session.speak(tmp_path / "zero.wav")


def test_silence_gets_no_answer_and_does_not_hang(session: labkit.RealtimeSession) -> None:
    session.speak(np.zeros(pcm.SAMPLE_RATE // 2, np.int16))
    with pytest.raises(labkit.WaitTimeoutError, match="nothing may have been said"):
        session.wait(0.5)


def test_a_wrong_key(served: Served) -> None:  # noqa: F811
    with pytest.raises(labkit.ConnectError, match=r"refused the key \(401\)"):
        labkit.connect(base_url=served.address, api_key="wrong")


def test_an_unreachable_server() -> None:
    with pytest.raises(labkit.ConnectError, match="No server could be reached"):
        labkit.connect(base_url="http://127.0.0.1:9/v1", api_key="x")


def test_a_server_that_accepts_and_says_nothing() -> None:
    async def silent():
        return await serve_websocket(lambda socket: socket.wait_closed(), "127.0.0.1", 0)

    server = get_link().call(silent())
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(labkit.ConnectError, match="opened no session"):
        labkit.connect(base_url=f"http://127.0.0.1:{port}/v1", api_key="x", timeout_s=3)
    get_link().loop.call_soon_threadsafe(server.close)


def test_settings_that_the_server_refuses(served: Served) -> None:  # noqa: F811
    with pytest.raises(labkit.ServerError, match="voice"):
        labkit.connect(base_url=served.address, api_key=served.token, model="labkit-start", voice="nobody")


def test_an_engine_that_is_gone_for_good_is_said_and_nothing_is_lost(
    own_engine: Served,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reconnecting, "PATIENCE_S", 0.2)
    session = labkit.connect(base_url=own_engine.address, api_key=own_engine.token, model="labkit-start")
    turn = session.say("count to three").wait()
    own_engine.process.kill()
    with pytest.raises(labkit.ConnectError, match="ended the conversation"):
        session.say("count to one hundred").wait()
    assert session.turns[0] == turn
    with pytest.raises(labkit.ConnectError, match="connect again"):
        session.say("hello")


def test_nothing_is_said_after_closing(session: labkit.RealtimeSession) -> None:
    session.close()
    with pytest.raises(labkit.SessionClosedError):
        session.say("hello")
    assert "closed" in repr(session)


def test_an_interrupted_cell_leaves_the_conversation_well(session: labkit.RealtimeSession) -> None:
    import _thread

    def wait() -> None:
        threading.Timer(0.3, _thread.interrupt_main).start()
        session.wait(20)

    with pytest.raises(KeyboardInterrupt):
        wait()
    assert session.say("hello").wait().assistant


def test_the_proxy_of_the_environment_is_used_for_servers_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.close()

    server = get_link().call(asyncio.start_server(proxy, "127.0.0.1", 0))
    port = server.sockets[0].getsockname()[1]
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
    with pytest.raises(labkit.ConnectError):
        labkit.connect(base_url="https://realtime.example/v1", api_key="x", timeout_s=5)
    assert asked == [b"CONNECT realtime.example:443 HTTP/1.1\r\n"]
    get_link().loop.call_soon_threadsafe(server.close)


def test_the_embedded_engine_is_reached_past_any_proxy(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with labkit.connect(base_url=served.address, api_key=served.token, model="labkit-start") as session:
        assert session.say("hello").wait().assistant
