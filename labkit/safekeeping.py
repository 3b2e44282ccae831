"""Everything that must outlive a connection: what was agreed, said, shown and asked, as far as it is known here.

Pure: fed with what the client sends and the server says; `labkit.reconnecting` does the rest.
"""

from __future__ import annotations

from labkit.context import Context
from labkit.held import Held
from labkit.rebuilding import Pictures, item_of, merged
from labkit.spoken import Spoken
from labkit.turns import Event, Record, audio_input, without_media
from labkit.unsettled import Owed, Sent, Unsettled

TRANSCRIPTION = "conversation.item.input_audio_transcription"


class Safekeeping:
    """One conversation, over all of its connections."""

    def __init__(self) -> None:
        self.settings: Event = {}
        """All that the client asked for and was granted."""
        self.spoken = Spoken()
        self.unsettled = Unsettled()
        self.absent: set[str] = set()
        """Items that the client knows, and the server of now was not given."""
        self.is_ours = False
        """Whether an embedded engine answers, which is told when an item first came."""
        self._detection: Event | None = None
        self._context = Context()
        self._pictures = Pictures()
        self._owed = Owed()
        self._commits: dict[str, Sent] = {}
        """The client's last commit, by the item that it made."""

    @property
    def held(self) -> list[Held]:
        """What the server held when it was last heard of, in order."""
        return [held for held in self._context.held if held.state == "held"]

    def item(self, held: Held) -> Event | None:
        """An item to be created anew, with the words that were heard; `None` where nothing of it is kept."""
        return item_of(held, self._pictures)

    def before(self, item_id: str) -> str:
        """The item of the server's that stands before this one; "root" where it is the first."""
        before = "root"
        for held in self.held:
            if held.item_id == item_id:
                break
            if held.item_id not in self.absent:
                before = held.item_id
        return before

    # -- while there is a connection -------------------------------------------------------------------------

    def sent(self, event: Event, at: int | None = None) -> None:
        """The client sent this; `at` says how much sound had come before it, where that is not all of it."""
        if event["type"] == "input_audio_buffer.append":
            self.spoken.append(event.get("audio"))
        else:
            self.unsettled.sent(event, self.spoken.end if at is None else at)
            self._pictures.keep(event.get("item"))

    def take(self, event: Event) -> None:
        """The server said this; its times count from the client's first sound."""
        settled = self.unsettled.settle(event)
        self._owed.take(event, settled)
        self._follow(event, settled)
        if self._owed.begun:  # an answer shows that the server has understood
            self.spoken.understood()

    def shown(self, event: Event, now_ms: float) -> None:
        """The client is told this."""
        self._context.add(Record(now_ms, False, without_media(event)))

    def rebuilt(self, event: Event) -> None:
        """A new server took our own settings: none of the client's events is answered by that."""
        self._follow(event, None)

    def _follow(self, event: Event, settled: Sent | None) -> None:
        match event["type"]:
            case "session.updated":
                self.settings = merged(self.settings, settled.event["session"] if settled else {})
                self._detection = audio_input(event["session"]).get("turn_detection")
                self.is_ours = str(event["session"].get("model")).startswith("labkit-")
            case "input_audio_buffer.speech_started":
                self.spoken.started(event["audio_start_ms"])
            case "input_audio_buffer.speech_stopped":
                self.spoken.stopped(event["audio_end_ms"])
            case "input_audio_buffer.committed":
                self._committed(event["item_id"], settled)
            case "input_audio_buffer.cleared":
                self.spoken.cleared(settled.at if settled else self.spoken.end)
            case kind if kind in (f"{TRANSCRIPTION}.completed", f"{TRANSCRIPTION}.failed"):
                self.spoken.understood(event["item_id"])
            case "conversation.item.deleted":
                self.spoken.taken_back(event["item_id"])
                self._pictures.forget(event["item_id"])

    def _committed(self, item_id: str, settled: Sent | None) -> None:
        self.spoken.committed(item_id, settled.at if settled else None)
        self._commits = {item_id: settled} if settled else {}
        if settled is None and (self._detection or {}).get("create_response", True):
            self._owed.committed(item_id)

    # -- when it is gone -------------------------------------------------------------------------------------

    def let_go(self) -> tuple[list[Event], Event | None, bool]:
        """What ends with the connection: the events that say so, what to ask for again, whether an answer was cut."""
        ends, request, cut = self._owed.lost(), self._owed.request, self._owed.begun
        self.spoken.lost(detected=self._detection is not None)
        for item_id in self.spoken.open_items:  # it will be sent as sound again, and be another item
            if commit := self._commits.pop(item_id, None):
                self.unsettled.events.insert(0, commit)
            ends.append({"type": "conversation.item.deleted", "item_id": item_id})
        self._owed = Owed()
        return ends, request, cut

    def is_asked(self) -> bool:
        """Whether an answer will come by what is sent again: a request, or words that the server takes for a turn."""
        return "response.create" in self.unsettled or (self._detection is not None and self.spoken.missing)
