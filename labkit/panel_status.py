"""What the panel says of its conversation: whether it is live and why not, who answers, who is heard, what it costs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from labkit import engines
from labkit.dialogue import Dialogue
from labkit.errors import LabkitError
from labkit.link import Link
from labkit.turns import Event, Record
from labkit.wire import is_serious

SOON_S = 0.4
"""A start that takes no longer needs no words."""
STARTING = "Starting the engine on this computer: some seconds, up to a minute where it is busy."
OPENING = "Waiting for the server to open the conversation: some seconds, half a minute where it is busy."


class PanelStatus:
    """Follows a conversation, and tells the page of it; runs on the link's loop."""

    def __init__(self, link: Link, tell: Callable[[Event], None]) -> None:
        self.state = "off"
        """off, connecting, live or failed."""
        self.error = ""
        self.waits_for = ""
        """While connecting: what is happening, and how long it may take."""
        self._link = link
        self._tell = tell
        self._dialogue: Dialogue | None = None

    def follow(self, dialogue: Dialogue) -> None:
        """From now on this conversation."""
        self._dialogue = dialogue
        dialogue.on("*", self._on_event)
        dialogue.on_closed.add(self._on_closed)
        dialogue.log.on_record.add(self._on_record)

    def set(self, state: str, error: str = "") -> None:
        """What is so from now on, and in a sentence what went wrong."""
        self.state, self.error, self.waits_for = state, error, ""
        self.tell()

    async def follow_opening(self) -> None:
        """Say what a start that takes long waits for, until it is cancelled."""
        while True:
            await asyncio.sleep(SOON_S)
            words = STARTING if engines.is_starting() else OPENING
            if words != self.waits_for:
                self.waits_for = words
                self.tell()

    def tell(self) -> None:
        """The page is to know the state as it is."""
        target = self._dialogue.target if self._dialogue else None
        place = {"engine": "", "place": ""}
        if target:
            stays = target.on_this_computer
            goes = "stays on the computer that runs the notebook" if stays else f"sound goes to {target.host}"
            place = {"engine": target.label, "place": goes}
        ways = {"transport": self._link.transport or "", "via": self._link.url_kind or ""}
        now = {"state": self.state, "error": self.error, "waits_for": self.waits_for}
        self._tell({"type": "status", **now, **place, **ways})

    def tell_cost(self) -> None:
        """What it has cost so far."""
        if self._dialogue:
            self._tell({"type": "cost", "words": str(self._dialogue.meter.cost)})

    def _on_event(self, event: Event) -> None:
        match event["type"]:
            case "input_audio_buffer.speech_started":
                self._tell({"type": "hearing", "on": True})
            case "input_audio_buffer.speech_stopped" | "input_audio_buffer.committed":
                self._tell({"type": "hearing", "on": False})
            case "response.done":
                self.tell_cost()
                if event["response"]["status"] == "completed" and self.error:
                    self.set("live")
            case "error" if is_serious(event):
                self.set("live", f"The server says: {event['error']['message']}")

    def _on_record(self, record: Record) -> None:
        if record.event["type"] in ("labkit.reconnecting", "labkit.reconnected", "labkit.recording_ended"):
            self._tell({"type": "notice", "sentence": record.event["sentence"]})

    def _on_closed(self, error: LabkitError) -> None:
        self.set("failed", str(error))
