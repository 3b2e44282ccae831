"""`labkit.translate`: with the real engine, and with servers that are strange or say no."""

import base64
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from engine.conftest import Served, served  # noqa: F401 - fixtures
from websockets.sync.server import ServerConnection
from websockets.sync.server import serve as serve_websocket

from labkit import pcm
from labkit.errors import ConnectError, ServerError, SessionClosedError, UsageError, WaitTimeoutError
from labkit.link import get_link
from labkit.translating import Translation, translate

SESSION = {
    "id": "sess_1",
    "type": "translation",
    "model": "gpt-realtime-translate",
    "expires_at": 0,
    "audio": {"input": {}, "output": {"language": "es"}},
}


def say(text: str) -> Any:
    from labkit.engine.voice import Voice

    return pcm.to_samples(b"".join(word.pcm for word in Voice().speak(text, voice="echo")))


def test_a_phrase_is_translated_and_timed(
    served: Served,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("labkit.translator.SETTLED_MS", 3000)  # between two words the computer may stand still
    with translate("es", source="en", base_url=served.address, api_key=served.token) as translation:
        translation.speak(say("How are you?")).wait(30)
        assert (translation.heard, translation.said) == ("How are you?", "¿Cómo está usted?")
        (phrase,) = translation.utterances
        assert phrase.end_ms is not None
        assert phrase.first_audio_ms is not None
        assert phrase.first_audio_ms > phrase.begin_ms
        rows = translation.words()
        assert [(row.source, row.target) for row in rows] == [("How", "¿Cómo"), ("are", "está"), ("you?", "usted?")]
        assert len(translation.sound()) > phrase.first_audio_ms * 24
    assert repr(translation) == "<Translation gpt-realtime-translate at 127.0.0.1, into es, 1 phrases, closed>"
    with pytest.raises(SessionClosedError, match=r"call labkit.translate again"):
        translation.speak(say("Hi"))


def test_a_computer_that_stands_still_for_a_moment_cuts_no_phrase_in_two(served: Served) -> None:  # noqa: F811
    said = say("How are you?")
    half_s = len(said) / pcm.SAMPLE_RATE / 2
    with translate("es", source="en", base_url=served.address, api_key=served.token) as translation:
        loop = get_link().loop
        loop.call_soon_threadsafe(loop.call_later, half_s, time.sleep, 1.0)
        translation.speak(said).wait(30)
        assert len(translation.utterances) == 1


def test_a_language_that_the_engine_does_not_speak_is_refused(served: Served) -> None:  # noqa: F811
    with pytest.raises(ServerError, match="Invalid language 'ja'"):
        translate("ja", base_url=served.address, api_key=served.token)


def test_a_wrong_key_is_said(served: Served) -> None:  # noqa: F811
    with pytest.raises(ConnectError, match="refused the key"):
        translate("es", base_url=served.address, api_key="wrong")


def test_the_hosted_model_needs_a_key() -> None:
    with pytest.raises(UsageError, match="needs a key"):
        translate("es", engine="hosted")


class Scripted:
    """A hosted-like server: it answers the first sound with what the test gives it, and remembers all it gets."""

    def __init__(self, *answers: dict[str, Any], then_close: bool = False) -> None:
        self.answers, self.then_close = answers, then_close
        self.events: list[dict[str, Any]] = []
        self.headers: dict[str, str] = {}
        self.path = ""

    def __call__(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        self.headers, self.path = dict(socket.request.headers.raw_items()), socket.request.path
        self._send(socket, {"type": "session.created", "session": SESSION})
        for message in socket:
            event = json.loads(message)
            heard_sound = any(known["type"].endswith("append") for known in self.events)
            self.events.append(event)
            if event["type"] == "session.update":
                self._send(socket, {"type": "session.updated", "session": SESSION})
            elif event["type"] == "session.close":
                self._send(socket, {"type": "session.closed"})
                return
            elif not heard_sound:
                for answer in self.answers:
                    self._send(socket, answer)
                if self.then_close:
                    return

    def _send(self, socket: ServerConnection, event: dict[str, Any]) -> None:
        socket.send(json.dumps({"event_id": "event_1", **event}))


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Scripted], str]]:
    """Serve a script; its address."""
    import threading

    running = []

    def serve(script: Scripted) -> str:
        server = serve_websocket(script, "127.0.0.1", 0)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{server.socket.getsockname()[1]}/v1"

    monkeypatch.setenv("OPENAI_API_KEY", "sk-hosted")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-secret")
    yield serve
    for server, thread in running:
        server.shutdown()
        thread.join()


def open_at(address: str) -> Translation:
    return translate("es", base_url=address)


def test_another_server_gets_neither_the_key_nor_the_organization(start: Callable[[Scripted], str]) -> None:
    script = Scripted()
    open_at(start(script)).close()
    assert script.path == "/v1/realtime/translations?model=gpt-realtime-translate"
    assert script.headers["Authorization"] == "Bearer none"
    assert not any("hosted" in value or "secret" in value for value in script.headers.values())
    assert script.events[0]["session"] == {
        "audio": {"input": {"transcription": {"model": "gpt-realtime-whisper"}}, "output": {"language": "es"}}
    }


def test_deltas_without_our_additions_and_nonsense_between(start: Callable[[Scripted], str]) -> None:
    sound = base64.b64encode(pcm.silence(200)).decode()
    script = Scripted(
        {"type": "session.output_transcript.delta", "delta": "Ho", "elapsed_ms": 0},
        {"type": "session.output_transcript.delta"},
        {"type": "session.unheard_of"},
        {"type": "session.output_transcript.delta", "delta": "la", "elapsed_ms": None},
        {"type": "session.output_audio.delta", "delta": sound},
    )
    with open_at(start(script)) as translation:
        translation.speak(say("Hi!")).wait(20)
        assert translation.said == "Hola"
        assert len(translation.sound()) >= 200 * 24
    sizes = [len(base64.b64decode(event["audio"])) for event in script.events if "audio" in event]
    assert sum(sizes) > 700 * pcm.BYTES_PER_MS  # silence follows the recording
    assert script.events[-1]["type"] == "session.close"


class Devices:
    """A microphone and a speaker that the test speaks for."""

    silenced_ms = None

    def __init__(self) -> None:
        self.chunk: Any = None
        self.played: list[tuple[str, bytes]] = []

    def on_chunk(self, callback: Any) -> Callable[[], None]:
        self.chunk = callback
        return lambda: setattr(self, "chunk", None)

    def on_started(self, callback: Any) -> Callable[[], None]:
        self.started = callback
        return lambda: None

    def play(self, item_id: str, sound: bytes) -> None:
        self.played.append((item_id, sound))

    def end(self, item_id: str) -> None: ...

    async def flush(self) -> dict[str, float]:
        return {}


def test_a_microphone_and_a_speaker_take_part(start: Callable[[Scripted], str]) -> None:
    sound = pcm.silence(200)
    devices, script = (
        Devices(),
        Scripted({"type": "session.output_audio.delta", "delta": base64.b64encode(sound).decode()}),
    )
    with open_at(start(script)) as translation:
        end = translation.listen(devices, devices)
        for chunk in pcm.chunks(pcm.to_bytes(say("Hi!"))):
            get_link().call(later(devices.chunk, chunk, 0.0, 0))
        for _ in range(1500):
            if devices.played:
                break
            time.sleep(0.02)
        end()
        assert devices.chunk is None
    assert devices.played[0][1] == sound


async def later(callback: Callable[..., object], *args: object) -> None:
    callback(*args)


def test_an_error_event_is_raised_and_the_session_goes_on(start: Callable[[Scripted], str]) -> None:
    error = {"type": "invalid_request_error", "code": "odd", "message": "No.", "param": None, "event_id": None}
    with open_at(start(Scripted({"type": "error", "error": error}))) as translation:
        translation.speak(say("Hi!"))
        with pytest.raises(ServerError, match=r"The server says: No\."):
            translation.wait()
        with pytest.raises(WaitTimeoutError, match=r"No translation came in 0.5 s"):
            translation.wait(0.5)


def test_a_server_that_leaves_is_said(start: Callable[[Scripted], str]) -> None:
    translation = open_at(start(Scripted(then_close=True)))
    with pytest.raises(ConnectError, match="ended the conversation"):
        translation.speak(say("Hi!")).wait()
    translation.close()
