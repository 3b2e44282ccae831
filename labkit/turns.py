"""Events become turns: who said what, and how much of it was heard.

A turn pairs what the person said with what was answered. The answer's words carry their place in its sound,
so a barge-in splits them into heard and unheard: exactly for the embedded engine, whose transcript comes a
word at a time in step with the sound, in proportion (and marked so) for servers whose transcript runs ahead.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from labkit import pcm

Event = dict[str, Any]


@dataclass(frozen=True)
class Record:
    """One event of a conversation, as the log keeps it."""

    t_ms: float
    """The kernel's monotonic clock."""
    sent: bool
    """True: to the server; false: from it (or one of our own `labkit.*` events)."""
    event: Event
    """The event; sound is replaced by `audio_ms`, pictures by `image_bytes`."""


@dataclass
class Turn:
    """What the person said and what was answered."""

    index: int
    user: str = ""
    """The person's words as typed or understood."""
    assistant: str = ""
    """The whole answer as it was generated."""
    user_item: str = ""
    item_ids: list[str] = field(default_factory=list)
    """The answer's items."""
    calls: list[str] = field(default_factory=list)
    """Functions that were called on the way, as `name(arguments)`."""
    status: str = "waiting"
    """waiting, answering, then what `response.done` says: completed, cancelled, failed or incomplete."""
    spoken: bool = False
    """Whether the person spoke (rather than typed)."""
    interrupted: bool = False
    """The answer was cut by a barge-in."""
    heard_exact: bool = True
    """False where the heard words are estimated in proportion to the sound."""
    audio_ms: float = 0.0
    """How much of the answer's sound has come."""
    heard_ms: float | None = None
    """How much of it was heard, once that is known."""
    error: str = ""
    """Why the answer failed, in the server's words."""
    user_failed: bool = False
    """The server could not transcribe what the person said (and may have understood it all the same)."""
    item_starts: dict[str, float] = field(default_factory=dict, repr=False)
    """Where each of the answer's items begins in the turn's sound, milliseconds."""
    stamps: dict[str, float] = field(default_factory=dict)
    """Kernel-clock milliseconds of what happened; see `labkit.trace`."""
    words: list[tuple[str, float]] = field(default_factory=list, repr=False)
    """The answer's words and where each begins in its sound, milliseconds."""

    @property
    def heard(self) -> str:
        """The words of the answer that reached the person's ear."""
        return self._split()[0]

    @property
    def unheard(self) -> str:
        """The words that were generated and never heard."""
        return self._split()[1]

    def _split(self) -> tuple[str, str]:
        if not self.interrupted or self.heard_ms is None:
            return self.assistant, ""
        heard = self.words_by(self.heard_ms)
        return heard.strip(), self.assistant[len(heard) :].strip()

    def words_by(self, heard_ms: float) -> str:
        """The words of the answer of which more than half lies before `heard_ms` of its sound."""
        if self.heard_exact:
            starts = [*(start for _, start in self.words), self.audio_ms]
            count = sum((a + b) / 2 <= heard_ms for a, b in pairwise(starts))
        else:
            count = round(len(self.words) * min(1.0, heard_ms / self.audio_ms)) if self.audio_ms else 0
        return "".join(word for word, _ in self.words[:count])

    @property
    def done(self) -> bool:
        """Whether the answer is complete, or will not become so."""
        return self.status not in ("waiting", "answering", "calling")

    def __str__(self) -> str:
        cut = f" [never heard: {self.unheard}]" if self.unheard else ""
        return f"you  {self.user or '(not understood)'}\nAI   {self.heard}{cut}"


def _sound_ms(encoded: str) -> float:
    """How long base64 PCM16 sounds, from its length alone."""
    return (len(encoded) * 3 // 4 - encoded.count("=", -2)) / pcm.BYTES_PER_MS


def without_media(event: Event) -> Event:
    """The event without its sound and pictures, which would fill the log."""
    kind = event["type"]
    if kind == "response.output_audio.delta":
        return {**event, "delta": "", "audio_ms": _sound_ms(event["delta"])}
    if kind == "input_audio_buffer.append":
        return {"type": kind, "audio_ms": _sound_ms(event["audio"])}
    content = (event.get("item") or {}).get("content") or []
    if any(part.get("image_url") or part.get("audio") for part in content):
        slim = [
            {k: v if k not in ("image_url", "audio") else f"({len(v or '')} characters)" for k, v in part.items()}
            for part in content
        ]
        return {**event, "item": {**event["item"], "content": slim}}
    return event


class TurnBuilder:
    """Feeds on records one by one; `turns` is always up to date."""

    def __init__(self, *, exact_words: bool = True) -> None:
        self.turns: list[Turn] = []
        self.exact_words = exact_words
        self._by_item: dict[str, Turn] = {}
        self._by_response: dict[str, Turn] = {}

    def add(self, record: Record) -> Turn | None:
        """Take in one record; returns the turn that changed, if any."""
        event = record.event
        react = getattr(self, "_on_" + event["type"].replace(".", "_"), None)
        turn: Turn | None = react(event, record) if react else None
        return turn

    def _new(self, t_ms: float) -> Turn:
        turn = Turn(len(self.turns), heard_exact=self.exact_words)
        turn.stamps["begun"] = t_ms
        self.turns.append(turn)
        return turn

    def _open(self, t_ms: float) -> Turn:
        """The newest turn if its answer has not begun, else a new one."""
        newest = self.turns[-1] if self.turns else None
        return newest if newest and newest.status == "waiting" else self._new(t_ms)

    def _on_conversation_item_added(self, event: Event, record: Record) -> Turn | None:
        item = event["item"]
        if item.get("role") != "user" or item["id"] in self._by_item:
            return None
        turn = self._open(record.t_ms)
        turn.user_item = turn.user_item or item["id"]
        self._by_item[item["id"]] = turn
        for part in item.get("content") or []:
            turn.spoken |= part["type"] == "input_audio"
            said = part.get("text") or part.get("transcript") or ""
            turn.user = f"{turn.user} {said}".strip()
        return turn

    _on_conversation_item_created = _on_conversation_item_added

    def _on_input_audio_buffer_speech_stopped(self, event: Event, record: Record) -> Turn:
        turn = self._open(record.t_ms)
        turn.stamps["speech_stopped"] = record.t_ms
        return turn

    def _on_input_audio_buffer_committed(self, event: Event, record: Record) -> Turn:
        turn = self._open(record.t_ms)
        turn.stamps["committed"] = record.t_ms
        return turn

    def _on_labkit_last_voiced(self, event: Event, record: Record) -> Turn:
        turn = self._open(record.t_ms)
        turn.stamps["last_voiced"] = event["t_ms"]
        return turn

    def _on_conversation_item_input_audio_transcription_completed(self, event: Event, record: Record) -> Turn | None:
        turn = self._by_item.get(event["item_id"])
        if turn:
            turn.user = event["transcript"].strip()
        return turn

    def _on_conversation_item_input_audio_transcription_delta(self, event: Event, record: Record) -> Turn | None:
        turn = self._by_item.get(event["item_id"])
        if turn:
            turn.user += event.get("delta") or ""
        return turn

    def _on_conversation_item_input_audio_transcription_failed(self, event: Event, record: Record) -> Turn | None:
        turn = self._by_item.get(event["item_id"])
        if turn:
            turn.user_failed = True
        return turn

    def _on_response_created(self, event: Event, record: Record) -> Turn | None:
        response = event["response"]
        if response.get("conversation_id") is None and "conversation_id" in response:
            return None
        calling = bool(self.turns) and self.turns[-1].status == "calling"
        turn = self.turns[-1] if calling else self._open(record.t_ms)
        turn.status = "answering"
        turn.stamps.setdefault("response_created", record.t_ms)
        self._by_response[response["id"]] = turn
        return turn

    def _on_response_output_item_added(self, event: Event, record: Record) -> Turn | None:
        turn = self._by_response.get(event["response_id"])
        if turn and event["item"].get("type") == "message":
            turn.item_ids.append(event["item"]["id"])
            turn.item_starts[event["item"]["id"]] = turn.audio_ms
            self._by_item[event["item"]["id"]] = turn
        return turn

    def _on_response_output_audio_transcript_delta(self, event: Event, record: Record) -> Turn | None:
        turn = self._by_response.get(event["response_id"])
        if turn:
            turn.assistant += event["delta"]
            turn.words.append((event["delta"], turn.audio_ms))
            turn.stamps.setdefault("first_text", record.t_ms)
        return turn

    _on_response_output_text_delta = _on_response_output_audio_transcript_delta

    def _on_response_output_audio_delta(self, event: Event, record: Record) -> Turn | None:
        turn = self._by_response.get(event["response_id"])
        if turn:
            turn.audio_ms += event["audio_ms"]
            turn.stamps.setdefault("first_audio", record.t_ms)
        return turn

    def _on_response_function_call_arguments_done(self, event: Event, record: Record) -> Turn | None:
        turn = self._by_response.get(event["response_id"])
        if turn:
            turn.calls.append(f"{event.get('name', '')}({event['arguments']})")
        return turn

    def _on_response_done(self, event: Event, record: Record) -> Turn | None:
        response = event["response"]
        turn = self._by_response.get(response["id"])
        if turn:
            called = any(item.get("type") == "function_call" for item in response.get("output") or [])
            turn.status = "calling" if called and response["status"] == "completed" else response["status"]
            turn.error = ((response.get("status_details") or {}).get("error") or {}).get("message") or ""
            turn.stamps["response_done"] = record.t_ms
        return turn

    def _on_labkit_playback_started(self, event: Event, record: Record) -> Turn | None:
        turn = self._by_item.get(event["item_id"])
        if turn:
            turn.stamps.setdefault("rendered", event["t_ms"])
            turn.stamps.setdefault("output_latency", event["output_latency_ms"])
        return turn

    def _on_labkit_playback_cut(self, event: Event, record: Record) -> Turn | None:
        turn = self._by_item.get(event["item_id"])
        if turn:
            heard_ms = turn.item_starts.get(event["item_id"], 0.0) + event["heard_ms"]
            turn.heard_ms = heard_ms if turn.heard_ms is None else min(turn.heard_ms, heard_ms)
            turn.interrupted = True
            turn.stamps["cut"] = record.t_ms
        return turn


def build(records: Iterable[Record], *, exact_words: bool = True) -> list[Turn]:
    """All turns of a conversation's log."""
    builder = TurnBuilder(exact_words=exact_words)
    for record in records:
        builder.add(record)
    return builder.turns
