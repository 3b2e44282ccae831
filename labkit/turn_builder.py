"""Events become turns: fed with a conversation's records one by one, or with all of them at once."""

from __future__ import annotations

from collections.abc import Iterable

from labkit.tools import NO_ANSWER
from labkit.turns import Event, Record, Turn, audio_input

CONNECTION_LOST = "connection_lost"
"""Why an answer is over that the server could not finish (`labkit.unsettled`)."""


class TurnBuilder:
    """Feeds on records one by one; `turns` is always up to date."""

    def __init__(self, *, exact_words: bool = True) -> None:
        self.turns: list[Turn] = []
        self._exact_words = exact_words
        self._by_item: dict[str, Turn] = {}
        self._by_response: dict[str, Turn] = {}
        self._asked_to_delete: set[str] = set()
        self._session: Event = {}
        self._shown: set[str] = set()
        self._pictures = 0
        """Shown since the newest turn's answer began: they are the next turn's."""
        self._to_answer = 0
        """Calls of the newest response, less those whose output needs no answer."""
        self._usage: list[Event] = []
        """Of answers that said nothing to nobody: the next turn's too."""

    def add(self, record: Record) -> Turn | None:
        """Take in one record; returns the turn that changed, if any."""
        event = record.event
        if record.sent:
            return self._sent(event)
        react = getattr(self, "_on_" + event["type"].replace(".", "_"), None)
        turn: Turn | None = react(event, record) if react else None
        return turn

    def _sent(self, event: Event) -> Turn | None:
        """What we sent ourselves: it matters where we took something back, or do not want to be answered."""
        item = event.get("item")
        if event["type"] == "conversation.item.delete":
            self._asked_to_delete.add(event.get("item_id", ""))
        elif isinstance(item, dict) and item.get("type") == "function_call_output":
            self._to_answer -= item.get("output") == NO_ANSWER
            return None if self._to_answer else self._unanswered()
        return None

    def _unanswered(self) -> Turn | None:
        """The model chose to say nothing; where nobody had said anything to it either, that was no turn."""
        turn = self.turns[-1] if self.turns else None
        if turn is None or turn.status != "calling":
            return None
        turn.status = "completed"
        if not (turn.user_item or turn.spoken or turn.assistant):
            self.turns.pop()
            self._pictures += turn.pictures
            self._usage = turn.usage
        return turn

    def _new(self, t_ms: float) -> Turn:
        turn = Turn(len(self.turns), heard_exact=self._exact_words, pictures=self._pictures, usage=self._usage)
        self._pictures, self._usage = 0, []
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
        shown = [part["type"] == "input_image" for part in item.get("content") or []]
        if shown and all(shown):
            return self._show(item["id"], len(shown))
        turn = self._open(record.t_ms)
        turn.pictures += sum(shown)
        turn.user_item = turn.user_item or item["id"]
        self._by_item[item["id"]] = turn
        for part in item.get("content") or []:
            turn.spoken |= part["type"] == "input_audio"
            said = part.get("text") or part.get("transcript") or ""
            turn.user = f"{turn.user} {said}".strip()
        return turn

    _on_conversation_item_created = _on_conversation_item_added

    def _show(self, item_id: str, count: int) -> Turn | None:
        """Pictures without words open no turn: they belong to what is being said, or said next."""
        newest = self.turns[-1] if self.turns else None
        count = 0 if item_id in self._shown else count
        self._shown.add(item_id)
        if newest is None or newest.status != "waiting":
            self._pictures += count
            return None
        newest.pictures += count
        return newest

    def _on_input_audio_buffer_speech_stopped(self, event: Event, record: Record) -> Turn:
        turn = self._open(record.t_ms)
        turn.stamps["speech_stopped"] = record.t_ms
        detection = audio_input(self._session).get("turn_detection") or {}
        turn.detection = detection.get("type", "")
        turn.hangover_ms = detection.get("silence_duration_ms")
        return turn

    def _on_session_updated(self, event: Event, record: Record) -> None:
        self._session = event["session"]

    def _on_session_created(self, event: Event, record: Record) -> None:
        """Servers that are not ours send the transcript ahead of the sound."""
        self._session = event["session"]
        self._exact_words = str(self._session.get("model")).startswith("labkit-")

    def _on_input_audio_buffer_committed(self, event: Event, record: Record) -> Turn:
        turn = self._open(record.t_ms)
        turn.stamps["committed"] = record.t_ms
        expected = (audio_input(self._session).get("transcription") or {}).get("languages") or []
        turn.language = expected[0] if len(expected) == 1 else turn.language
        return turn

    def _on_labkit_last_voiced(self, event: Event, record: Record) -> Turn:
        turn = self._open(record.t_ms)
        turn.stamps["last_voiced"] = event["t_ms"]
        if event.get("first_ms") is not None:
            turn.stamps.setdefault("first_voiced", event["first_ms"])
        return turn

    def _on_labkit_stage(self, event: Event, record: Record) -> Turn | None:
        turn = self.turns[-1] if self.turns else None
        if turn:
            turn.stamps.setdefault(event["stage"], record.t_ms)
        return turn

    def _on_conversation_item_input_audio_transcription_completed(self, event: Event, record: Record) -> Turn | None:
        turn = self._by_item.get(event["item_id"])
        if turn:
            turn.user = event["transcript"].strip()
            turn.language = _language(event) or turn.language
            if event.get("usage"):
                turn.transcription_usage.append(event["usage"])
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
        turn.model = self._session.get("model") or ""
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
            if record.wire_ms is not None:
                turn.stamps.setdefault("wire_audio", record.wire_ms)
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
            called = sum(item.get("type") == "function_call" for item in response.get("output") or [])
            self._to_answer = called
            turn.status = "calling" if called and response["status"] == "completed" else response["status"]
            turn.error = ((response.get("status_details") or {}).get("error") or {}).get("message") or ""
            turn.stamps["response_done"] = record.t_ms
            if response.get("usage"):
                turn.usage.append(response["usage"])
            if (response.get("status_details") or {}).get("reason") == CONNECTION_LOST and not turn.assistant:
                turn.status = "waiting"  # nothing had come of it: it is asked for again
                del turn.stamps["response_done"], turn.stamps["response_created"]
        return turn

    def _on_labkit_playback_started(self, event: Event, record: Record) -> Turn | None:
        turn = self._by_item.get(event["item_id"])
        if turn:
            turn.stamps.setdefault("rendered", event["t_ms"])
            for name in ("output_latency", "clock_uncertainty"):
                if event.get(f"{name}_ms") is not None:
                    turn.stamps.setdefault(name, event[f"{name}_ms"])
            if event.get("arrived_ms") is not None:
                turn.stamps.setdefault("arrived", event["arrived_ms"])
        return turn

    def _on_labkit_playback_cut(self, event: Event, record: Record) -> Turn | None:
        turn = self._by_item.get(event["item_id"])
        if turn:
            heard_ms = turn.item_starts.get(event["item_id"], 0.0) + event["heard_ms"]
            turn.heard_ms = heard_ms if turn.heard_ms is None else min(turn.heard_ms, heard_ms)
            turn.interrupted = True
            turn.stamps["cut"] = record.t_ms
            if event.get("silent_ms") is not None:
                turn.stamps["silent"] = event["silent_ms"]
        return turn

    def _on_conversation_item_deleted(self, event: Event, record: Record) -> Turn | None:
        """The server took the person's words back unasked: they go on, and the turn begins anew."""
        turn = self._by_item.pop(event["item_id"], None)
        own = turn is not None and event["item_id"] not in turn.item_ids
        if turn is None or not own or turn is not self.turns[-1] or event["item_id"] in self._asked_to_delete:
            return None
        self._forget(turn)
        return turn

    def _forget(self, turn: Turn) -> None:
        kept = {name: t_ms for name, t_ms in turn.stamps.items() if name in ("begun", "first_voiced")}
        fresh = Turn(turn.index, spoken=turn.spoken, heard_exact=turn.heard_exact, recovered=turn.recovered + 1)
        fresh.pictures = turn.pictures
        fresh.usage, fresh.transcription_usage, fresh.stamps = turn.usage, turn.transcription_usage, kept
        for name in vars(fresh):
            setattr(turn, name, getattr(fresh, name))
        for known in (self._by_item, self._by_response):
            for name in [name for name, its in known.items() if its is turn]:
                del known[name]


def build(records: Iterable[Record], *, exact_words: bool = True) -> list[Turn]:
    """All turns of a conversation's log."""
    builder = TurnBuilder(exact_words=exact_words)
    for record in records:
        builder.add(record)
    return builder.turns


def _language(event: Event) -> str:
    """In which language the transcript is, as the embedded engine says it, or as the protocol does; "" where unsaid."""
    stated = [one.get("code") for one in event.get("languages") or [] if isinstance(one, dict)]
    return str((event.get("labkit") or {}).get("language") or next(iter(stated), "") or "")
