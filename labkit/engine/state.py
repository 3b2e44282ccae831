"""What the parts of the protocol's state machine share: the session, the items, and what is still being understood."""

from __future__ import annotations

from dataclasses import dataclass, field

from labkit.engine import calls, effects, settings
from labkit.engine.events import Event, new_id, server_event
from labkit.engine.items import Item, Items
from labkit.engine.skills import Skill

Out = list[Event | effects.Effect]


@dataclass
class State:
    """One conversation's state."""

    skill: Skill
    session: Event
    id: str = field(default_factory=lambda: new_id("conv"))
    items: Items = field(default_factory=Items)
    pending: set[effects.CommitEar | effects.LookAt] = field(default_factory=set)
    """Sound and pictures that are still being understood; an answer waits for them."""

    @property
    def answers(self) -> bool:
        """Whether this is a conversation at all: a transcription session only writes down."""
        return bool(self.session["type"] == "realtime")

    @property
    def turn_detection(self) -> Event | None:
        """Who ends a turn; `None`: the client."""
        value: Event | None = self.session["audio"]["input"]["turn_detection"]
        return value

    def detects(self, option: str) -> bool:
        """An option of the turn detection, such as `create_response`; they are on by default."""
        return bool((self.turn_detection or {}).get(option, True))

    def ear_settings(self, session: Event) -> effects.ConfigureEar:
        """How the ear shall listen with these settings."""
        expected = settings.expected_sentences(session)
        sentences = [*self.skill.sentences(), *expected, *calls.sentences(session["tools"])]
        return effects.ConfigureEar(list(dict.fromkeys(sentences)), session["audio"]["input"]["turn_detection"])

    def add(self, item: Item, previous_item_id: str | None) -> list[Event]:
        """A complete item joins the conversation; raises `ProtocolError` as `Items.add` does."""
        fields = {"previous_item_id": self.items.add(item, previous_item_id), "item": item.wire}
        return [server_event("conversation.item.added", **fields), server_event("conversation.item.done", **fields)]
