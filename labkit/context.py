"""What the server holds of a conversation, item by item: read off the events, exactly or as an estimate marked so.

The embedded engine states its own count in every `response.done`; for other servers tokens are estimated by the
published rates (`labkit.tokens`). An item that a barge-in cut holds the words that were heard, `lost` the others.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence

from labkit import tokens
from labkit.held import Budget, Entry, Held, pictures, text_of
from labkit.turns import Event, Record

__all__ = ["Budget", "Context", "Held", "budget", "drop_order", "held", "next_dropped"]

MAX_GONE = 500
"""Items that the server no longer holds, and that are still told of."""


class Context:
    """Feeds on a conversation's records one by one; `held` and `budget` are always up to date."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._known: dict[str, Entry] = {}
        self._session: Event = {}
        self._limit: int | None = None
        self._sizes: dict[str, tuple[int, int]] = {}
        self._spans: dict[str, float] = {}
        """Where in all sound the speech going on has begun, then how long it was; of items still to come."""
        self._appended_ms = 0.0

    @property
    def held(self) -> list[Held]:
        """Every item in the conversation's order, those that are gone too (the newest 500 of them)."""
        return [entry.held(embedded=self._embedded) for entry in list(self._entries)]

    @property
    def budget(self) -> Budget:
        """How full the context is."""
        inside = [one for one in self.held if one.state == "held"]
        limit, ratio = tokens.limits(self._session.get("truncation") or "auto")
        own = None if limit == tokens.CONTEXT_TOKENS else limit
        exact = self._embedded and all(one.exact for one in inside)
        return Budget(sum(one.total for one in inside), self._limit or own, ratio, exact)

    @property
    def _embedded(self) -> bool:
        return str(self._session.get("model")).startswith("labkit-")

    def add(self, record: Record) -> None:
        """Take in one record; a strange one, whoever sent it, says nothing of the context."""
        name = record.event["type"].replace(".", "_")
        react = getattr(self, f"_sent_{name}" if record.sent else f"_on_{name}", None)
        with contextlib.suppress(AttributeError, KeyError, TypeError, ValueError):
            if react is not None:
                react(record.event, record.t_ms)

    # -- items -----------------------------------------------------------------------------------------------

    def _on_conversation_item_added(self, event: Event, t_ms: float) -> None:
        item = event["item"]
        if (known := self._known.get(item["id"])) is not None and known.state == "held":
            known.item = {**known.item, **item}
            return
        entry = self._known[item["id"]] = Entry(dict(item), t_ms, self._embedded)
        entry.size = self._sizes.pop(item["id"], None)
        if item.get("role") == "user" and not text_of(item) and not pictures(item):
            entry.audio_ms = self._spans.pop(item["id"], 0.0)
        self._entries.insert(self._place(event), entry)
        self._forget_gone()

    _on_conversation_item_created = _on_conversation_item_added

    def _place(self, event: Event) -> int:
        after = event.get("previous_item_id", "")
        if after is None and self._embedded:  # others say so of any item
            return 0
        before = self._known.get(after)
        if before is None or before is self._entries[-1]:
            return len(self._entries)
        return self._entries.index(before) + 1

    def _forget_gone(self) -> None:
        gone = [entry for entry in self._entries if entry.state != "held"]
        for entry in gone[: -MAX_GONE or None]:
            self._entries.remove(entry)
            if self._known.get(entry.item["id"]) is entry:
                del self._known[entry.item["id"]]

    def _on_conversation_item_done(self, event: Event, t_ms: float) -> None:
        if (entry := self._known.get(event["item"].get("id", ""))) is not None:
            entry.item = {**entry.item, **event["item"]}

    _on_response_output_item_done = _on_conversation_item_done

    def _on_conversation_item_deleted(self, event: Event, t_ms: float) -> None:
        if (entry := self._known.get(event["item_id"])) is not None:
            entry.state = "deleted"

    def _on_conversation_item_truncated(self, event: Event, t_ms: float) -> None:
        if (entry := self._known.get(event["item_id"])) is not None:
            heard_ms = float(event["audio_end_ms"])
            entry.heard_ms = heard_ms if entry.heard_ms is None else min(entry.heard_ms, heard_ms)
            entry.stated = entry.estimate() if entry.stated is not None else None  # its own rule, so still its count

    # -- what a person says ----------------------------------------------------------------------------------

    def _on_conversation_item_input_audio_transcription_completed(self, event: Event, t_ms: float) -> None:
        if (entry := self._known.get(event["item_id"])) is not None:
            entry.transcript = event["transcript"].strip()
            entry.audio_ms = 1000 * (event.get("usage") or {}).get("seconds", entry.audio_ms / 1000)

    def _on_input_audio_buffer_speech_started(self, event: Event, t_ms: float) -> None:
        self._spans = {event.get("item_id", ""): event["audio_start_ms"]}

    def _on_input_audio_buffer_speech_stopped(self, event: Event, t_ms: float) -> None:
        begun = self._spans.get(event.get("item_id", ""), event["audio_end_ms"])
        self._spans = {event.get("item_id", ""): event["audio_end_ms"] - begun}

    def _sent_input_audio_buffer_append(self, event: Event, t_ms: float) -> None:
        self._appended_ms += event["audio_ms"]

    def _sent_input_audio_buffer_clear(self, event: Event, t_ms: float) -> None:
        self._appended_ms = 0.0

    def _sent_input_audio_buffer_commit(self, event: Event, t_ms: float) -> None:
        self._spans, self._appended_ms = {"": self._appended_ms}, 0.0

    def _on_input_audio_buffer_committed(self, event: Event, t_ms: float) -> None:
        self._spans = {event["item_id"]: next(iter(self._spans.values()), 0.0)}

    def _on_labkit_picture_sent(self, event: Event, t_ms: float) -> None:
        if event.get("width") and event.get("height"):
            size = (event["width"], event["height"])
            if (entry := self._known.get(event["item_id"])) is not None:
                entry.size = size
            else:
                self._sizes = {**dict(list(self._sizes.items())[-MAX_GONE:]), event["item_id"]: size}

    # -- what is answered ------------------------------------------------------------------------------------

    def _on_response_output_audio_transcript_delta(self, event: Event, t_ms: float) -> None:
        if (entry := self._known.get(event["item_id"])) is not None:
            entry.words.append((event["delta"], entry.audio_ms))

    _on_response_output_text_delta = _on_response_output_audio_transcript_delta

    def _on_response_output_audio_delta(self, event: Event, t_ms: float) -> None:
        if (entry := self._known.get(event["item_id"])) is not None:
            entry.audio_ms += event["audio_ms"]

    def _on_response_function_call_arguments_done(self, event: Event, t_ms: float) -> None:
        if (entry := self._known.get(event["item_id"])) is not None:
            entry.item["arguments"] = event["arguments"]

    def _on_response_done(self, event: Event, t_ms: float) -> None:
        said = (event["response"].get("labkit") or {}).get("context") or {}
        self._limit = said.get("limit", self._limit)
        for item_id in said.get("dropped", ()):
            if item_id in self._known:
                self._known[item_id].state = "dropped"
        for item_id, count in said.get("tokens", {}).items():
            if item_id in self._known:
                self._known[item_id].stated = count

    # -- the session -----------------------------------------------------------------------------------------

    def _on_session_created(self, event: Event, t_ms: float) -> None:
        if event["session"].get("truncation") != self._session.get("truncation"):
            self._limit = None
        self._session = event["session"]

    _on_session_updated = _on_session_created

    def _on_labkit_reconnected(self, event: Event, t_ms: float) -> None:
        """A new session has the items as text, but for those that could not be brought along."""
        for entry in self._entries:
            if entry.item["id"] in event["lost"] and entry.state == "held":
                entry.state = "dropped"
            if entry.state == "held":
                entry.stated, entry.rebuilt = None, True


def held(records: Iterable[Record]) -> list[Held]:
    """What the server holds after these records, and what it no longer does, in the conversation's order."""
    return _over(records).held


def budget(records: Iterable[Record]) -> Budget:
    """How full the context is after these records."""
    return _over(records).budget


def _over(records: Iterable[Record]) -> Context:
    context = Context()
    for record in records:
        context.add(record)
    return context


def drop_order(items: Iterable[Held]) -> list[Held]:
    """What a token limit pushes out, first to last: oldest first, and never the newest."""
    return [item for item in items if item.state == "held"][:-1]


def next_dropped(items: Sequence[Held], full: Budget, more: int = 0) -> list[Held]:
    """What goes with the next answer, if `more` tokens are said before it; nothing where the limit is not known."""
    inside = [item for item in items if item.state == "held"]
    if full.limit is None or full.retention_ratio is None:
        return []
    counts = [*(item.total for item in inside), *([more] if more else [])]
    return inside[: tokens.too_many(counts, full.limit, full.retention_ratio)]
