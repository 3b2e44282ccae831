"""What a client sent that the server has not answered for, and the answer it owes: what a broken connection loses."""

from __future__ import annotations

from dataclasses import dataclass

from labkit.turn_builder import CONNECTION_LOST
from labkit.turns import Event

MAX_EVENTS = 4096
"""More events wait for no server: the oldest go."""
SETTLES = {
    "conversation.item.added": "conversation.item.create",
    "conversation.item.created": "conversation.item.create",
    "conversation.item.deleted": "conversation.item.delete",
    "conversation.item.truncated": "conversation.item.truncate",
    "conversation.item.retrieved": "conversation.item.retrieve",
    "input_audio_buffer.committed": "input_audio_buffer.commit",
    "input_audio_buffer.cleared": "input_audio_buffer.clear",
    "response.created": "response.create",
    "session.updated": "session.update",
}
"""Which event of the server answers for which of the client."""
DELTAS = ("response.output_audio.delta", "response.output_text.delta", "response.output_audio_transcript.delta")


@dataclass(eq=False)
class Sent:
    """One event of the client."""

    event: Event
    at: int
    """How many bytes of sound had been sent before it."""


class Unsettled:
    """The events that would have to be sent again, in order."""

    def __init__(self) -> None:
        self.events: list[Sent] = []

    def sent(self, event: Event, at: int) -> None:
        """The client sent this; sound is kept elsewhere, and a cancelled answer is over anyway."""
        if event["type"] not in ("input_audio_buffer.append", "response.cancel"):
            self.events = [*self.events[1 - MAX_EVENTS :], Sent(event, at)]

    def clear(self) -> list[Sent]:
        """All of them; none is waited for any more."""
        events, self.events = self.events, []
        return events

    def settle(self, event: Event) -> Sent | None:
        """What a server event answers for; that and all before it, which the server has dealt with too, are gone."""
        number = next((at for at, sent in enumerate(self.events) if _answers(event, sent.event)), None)
        if number is None:
            return None
        settled = self.events[number]
        del self.events[: number + 1]
        return settled

    def __contains__(self, kind: str) -> bool:
        return any(sent.event["type"] == kind for sent in self.events)


def _answers(event: Event, sent: Event) -> bool:
    if event["type"] == "error":
        return refused_by(event) == sent.get("event_id")
    same = item_id_of(sent) in ("", item_id_of(event))
    return SETTLES.get(event["type"]) == sent["type"] and same


def item_id_of(event: Event) -> str:
    """The item that an event of either side is about; "" where it is about none."""
    item = event.get("item")
    return str(event.get("item_id") or (item.get("id") if isinstance(item, dict) else None) or "")


def refused_by(event: Event) -> str:
    """Which event of the client an `error` is about; "" for what is no error, or does not say."""
    error = event.get("error")
    return str(error.get("event_id") or "") if event["type"] == "error" and isinstance(error, dict) else ""


class Owed:
    """The conversation's answer in flight, and whether one is still to come."""

    def __init__(self) -> None:
        self.response_id: str | None = None
        self.items: dict[str, str] = {}
        """Of the answer in flight: the type of each item."""
        self.begun = False
        """Some of it has come."""
        self._request: Event | None = None
        """What asked for it, where it was the client."""
        self._turn: str | None = None
        """A turn that the server ended itself, and that it will answer."""

    @property
    def request(self) -> Event | None:
        """What to send to be given the answer that has not come; `None` where none is owed."""
        if self._turn is None and (self.response_id is None or self.begun):
            return None
        return self._request or {"type": "response.create"}

    def committed(self, item_id: str) -> None:
        """The server ended a turn that it answers unasked."""
        self._turn, self._request = item_id, None

    def take(self, event: Event, settled: Sent | None) -> None:
        """An event of the server, and the event of the client that it answered for."""
        match event["type"]:
            case "response.created" if event["response"].get("conversation_id", "") is not None:
                self.response_id, self._turn = event["response"]["id"], None
                self.items, self.begun = {}, False
                self._request = settled.event if settled else None
            case "response.output_item.added" if event["response_id"] == self.response_id:
                self.items[event["item"]["id"]] = event["item"]["type"]
            case "response.done" if event["response"]["id"] == self.response_id:
                self.response_id, self._request, self.begun = None, None, False
            case "conversation.item.deleted" if event["item_id"] == self._turn:
                self._turn = None
            case kind if kind in DELTAS and event["response_id"] == self.response_id:
                self.begun = True

    def lost(self) -> list[Event]:
        """The connection is gone: how the answer in flight ends, as events of a server.

        What has come of it stays, and no more will; where nothing had, its empty items are deleted, and it is owed.
        """
        if self.response_id is None:
            return []
        status = "incomplete" if self.begun else "cancelled"
        over: Event = {
            "id": self.response_id,
            "object": "realtime.response",
            "status": status,
            "status_details": {"type": status, "reason": CONNECTION_LOST},
            "output": [],
            "usage": None,
        }
        ends: list[Event] = []
        for item_id, kind in self.items.items():
            if self.begun and kind == "message":
                where = {"response_id": self.response_id, "item_id": item_id}
                ends.append({"type": "response.output_audio.done", **where})
            else:
                ends.append({"type": "conversation.item.deleted", "item_id": item_id})
        return [*ends, {"type": "response.done", "response": over}]
