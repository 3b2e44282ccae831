"""Push to talk by language: what the server listens for while a button is held, and afterwards."""

from typing import Any

from labkit.speaking import PushToTalk
from labkit.turns import Event


class Quiet:
    """A dialogue that keeps what is sent; its settings change when the test says so."""

    def __init__(self, **transcription: Any) -> None:
        self.settings: Event = {"audio": {"input": {"turn_detection": {"type": "semantic_vad"}}}}
        self.settings["audio"]["input"]["transcription"] = {"model": "m", "prompt": "hello", **transcription}
        self.sent: list[Event] = []
        self.seeing = self
        self.closed = None

    @property
    def turn_detection(self) -> Event | None:
        detection: Event | None = self.settings["audio"]["input"]["turn_detection"]
        return detection

    def send(self, event: Event) -> None:
        self.sent.append(event)

    def confirm(self) -> None:
        """The server has taken the newest settings."""
        newest = [event for event in self.sent if event["type"] == "session.update"][-1]
        self.settings["audio"]["input"] |= newest["session"]["audio"]["input"]

    def listens_for(self) -> list[Any]:
        updates = [event["session"]["audio"]["input"] for event in self.sent if event["type"] == "session.update"]
        return [update.get("transcription", {}).get("languages", "as before") for update in updates]

    async def interrupt(self) -> None: ...

    def ask(self) -> None: ...

    def begins(self, _way: str) -> None: ...

    def ends(self) -> None: ...


async def test_only_the_buttons_language_is_listened_for_before_any_sound_and_all_of_them_afterwards() -> None:
    dialogue = Quiet(languages=["en", "es"])
    button = PushToTalk(dialogue)  # type: ignore[arg-type]
    await button.hold("es")
    held = dialogue.sent[0]["session"]["audio"]["input"]
    assert held == {"turn_detection": None, "transcription": {"model": "m", "prompt": "hello", "languages": ["es"]}}
    dialogue.confirm()
    await button.release()
    released = dialogue.sent[-1]["session"]["audio"]["input"]
    assert released["turn_detection"] == {"type": "semantic_vad"}
    assert released["transcription"]["languages"] == ["en", "es"]


async def test_pressed_again_before_the_server_has_confirmed_that_it_was_released() -> None:
    dialogue = Quiet(languages=["en", "es"])
    button = PushToTalk(dialogue)  # type: ignore[arg-type]
    for language in ("es", "en"):
        await button.hold(language)
        dialogue.confirm()
        await button.release()
    assert dialogue.listens_for() == [["es"], ["en", "es"], ["en"], ["en", "es"]]


async def test_a_session_without_languages_gets_them_cleared() -> None:
    dialogue = Quiet()
    button = PushToTalk(dialogue)  # type: ignore[arg-type]
    await button.hold("fr")
    dialogue.confirm()
    await button.release()
    assert dialogue.listens_for() == [["fr"], None]


async def test_a_button_without_a_language_leaves_them_alone() -> None:
    dialogue = Quiet(languages=["en", "es"])
    button = PushToTalk(dialogue)  # type: ignore[arg-type]
    await button.hold()
    await button.release()
    assert dialogue.listens_for() == ["as before", "as before"]
