"""What the parts of the protocol's state machine share: the session, the items, and what is still being understood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import takewhile

from labkit.engine import calls, effects, settings
from labkit.engine.events import Event, new_id, server_event
from labkit.engine.grammar import ENGLISH, Listed
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

    def look_at(self, looks: Sequence[effects.LookAt]) -> None:
        """Answers wait for these pictures from now on, and for all that came since the last answer.

        They are what is talked about: with several sources, one of each.
        """
        new = {item.id for item in takewhile(_is_no_answer, reversed(list(self.items)))}
        old = {each for each in self.pending if isinstance(each, effects.LookAt) and each.item_id not in new}
        self.pending = self.pending - old | set(looks)

    def look_away(self, item_id: str) -> None:
        """No answer waits for this item's pictures any more."""
        self.pending -= {each for each in self.pending if isinstance(each, effects.LookAt) and each.item_id == item_id}

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
        by_name = [tool for tool in session["tools"] if tool.get("name") not in self.skill.own_tools]
        listed: dict[str, list[str]] = {}
        for language, expected in settings.expected_by_language(session).items():
            english = language == ENGLISH
            own = self.skill.sentences() if english else self.skill.sentences_in(language)
            tools = calls.sentences(by_name) if english else []
            listed[language] = list(dict.fromkeys([*own, *expected, *tools]))
        sentences: Listed = listed[ENGLISH] if [*listed] == [ENGLISH] else listed
        return effects.ConfigureEar(sentences, session["audio"]["input"]["turn_detection"])

    def add(self, item: Item, previous_item_id: str | None, now: datetime) -> list[Event]:
        """A complete item joins, now unless it says when; raises `ProtocolError` as `Items.add` does."""
        item.at = item.at or now
        fields = {"previous_item_id": self.items.add(item, previous_item_id), "item": item.wire}
        return [server_event("conversation.item.added", **fields), server_event("conversation.item.done", **fields)]


def _is_no_answer(item: Item) -> bool:
    return item.wire.get("role") != "assistant" and item.wire["type"] != "function_call"
