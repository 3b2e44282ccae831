"""What the person says: sound into the buffer, the ear's reports on it, and the items that become of it.

Part of the protocol's pure state machine, beside `answering`; `conversation` holds both together.
"""

from __future__ import annotations

from datetime import datetime

from labkit import pcm
from labkit.engine import effects
from labkit.engine.answering import Answering
from labkit.engine.events import Event, ProtocolError, new_id, server_event
from labkit.engine.hearing import (
    EarEvent,
    EarFailed,
    Heard,
    HeardSoFar,
    Hearing,
    IdleTimedOut,
    SpeechContinued,
    SpeechStarted,
    SpeechStopped,
)
from labkit.engine.input_buffer import InputBuffer
from labkit.engine.items import Item, decoded_sound
from labkit.engine.state import Out, State

SHORTEST_COMMIT_MS = 100
"""The protocol commits no less."""


class Speech:
    """The person's side of a conversation."""

    def __init__(self, state: State, answers: Answering) -> None:
        self._state = state
        self._answers = answers
        self._input = InputBuffer()
        self._item_id: str | None = None
        """The item that the speech going on will become."""
        self._ended: Item | None = None
        """What the ear's newest turn became, as long as the ear may take that turn up again."""

    # -- from the client -------------------------------------------------------------------------------------

    def append(self, event: Event, now: datetime) -> Out:
        """More sound."""
        sound = decoded_sound(event["audio"], "audio")
        self._input.append(sound, keep_all=self._state.turn_detection is None or self._item_id is not None)
        return [effects.HearAudio(sound)]

    def commit(self, event: Event, now: datetime) -> Out:
        """The client ends the turn; what was heard is known later."""
        sound = self._input.take()
        have_ms = pcm.duration_ms(sound)
        if have_ms < SHORTEST_COMMIT_MS:
            message = f"Error committing input audio buffer: at least 100ms of audio is needed, it has {have_ms:.2f}ms."
            raise ProtocolError("input_audio_buffer_commit_empty", message)
        item = _spoken(self._item_id or new_id("item"), sound, None)
        self._item_id = self._ended = None
        listen = effects.CommitEar(item.id)
        self._state.pending.add(listen)
        return [*self._committed(item, now), listen]

    def clear(self, event: Event, now: datetime) -> Out:
        """The client takes back what was not committed."""
        self._input.take()
        self._item_id = self._ended = None
        return [server_event("input_audio_buffer.cleared"), effects.ClearEar()]

    # -- from the ear ----------------------------------------------------------------------------------------

    def heard(self, event: EarEvent, now: datetime) -> Out:
        """A report of the ear."""
        match event:
            case SpeechStarted(audio_start_ms):
                return self._started(audio_start_ms, now)
            case SpeechContinued(audio_start_ms):
                return self._continued(audio_start_ms, now)
            case SpeechStopped():
                return self._stopped(event, now)
            case Heard(commit_id, hearing):
                return self._understood(commit_id, hearing, now)
            case IdleTimedOut():
                return self._idle(event, now)
            case EarFailed(reason):
                return self._failed(reason, now)
            case HeardSoFar():
                return []  # a conversation answers what was said to its end

    def _started(self, audio_start_ms: int, now: datetime) -> Out:
        self._item_id = new_id("item")
        self._ended = None
        fields = {"audio_start_ms": audio_start_ms, "item_id": self._item_id}
        out: Out = [server_event("input_audio_buffer.speech_started", **fields)]
        return [*out, *(self._answers.interrupt(now) if self._state.detects("interrupt_response") else [])]

    def _continued(self, audio_start_ms: int, now: datetime) -> Out:
        """The turn was ended too early: what came of it is taken back, and its sound begins the turn that goes on.

        Two answers are not taken back: one that has called a function, since something may have been done, and one
        that may not be interrupted. The first piece then stays said, and the new turn, an ordinary one, repeats it.
        The functions that the skill calls itself do nothing but show: they and their outputs are taken back too.
        """
        first = self._ended
        out = self._started(audio_start_ms, now)
        if first is None:
            return out
        self._input.put_back(first.audio)
        answer = self._state.items.after(first.id)
        shown = {item.wire.get("call_id") for item in answer if item.wire.get("name") in self._state.skill.own_tools}
        calls = [item for item in answer if item.wire["type"] != "message"]
        called = any(item.wire.get("call_id") not in shown for item in calls)
        if called or not self._state.detects("interrupt_response"):
            return out
        for item in [*(item for item in answer if item in calls or item.wire["role"] == "assistant"), first]:
            out += self._taken_back(item)
        return [*out, effects.FarEndCut()]

    def _taken_back(self, item: Item) -> list[Event]:
        known = self._state.items.take_back(item.id)
        return [server_event("conversation.item.deleted", item_id=item.id)] if known else []

    def _stopped(self, event: SpeechStopped, now: datetime) -> Out:
        sound = self._input.take(event.audio_start_ms, event.audio_end_ms)
        item = _spoken(self._item_id or new_id("item"), sound, event.hearing)
        self._item_id, self._ended = None, item
        fields = {"audio_end_ms": event.audio_end_ms, "item_id": item.id}
        out: Out = [server_event("input_audio_buffer.speech_stopped", **fields), *self._committed(item, now)]
        return [*out, *(self._answers.respond_after_speech(now) if self._state.detects("create_response") else [])]

    def _idle(self, event: IdleTimedOut, now: datetime) -> Out:
        """Nobody spoke: the silence is committed and answered, so that the model can ask whether anyone is there."""
        sound = self._input.take(event.audio_start_ms, event.audio_end_ms)
        item = _spoken(new_id("item"), sound, Hearing())
        fields = {"audio_start_ms": event.audio_start_ms, "audio_end_ms": event.audio_end_ms, "item_id": item.id}
        out: Out = [server_event("input_audio_buffer.timeout_triggered", **fields)]
        return [*out, *self._committed(item, now), *self._answers.respond_after_speech(now)]

    def _failed(self, reason: str, now: datetime) -> Out:
        self._item_id = self._ended = None
        error = {"type": "server_error", "code": "ear_failed", "message": reason, "param": None, "event_id": None}
        out: Out = [server_event("error", error=error), self._state.ear_settings(self._state.session)]
        self._state.pending = {effect for effect in self._state.pending if not isinstance(effect, effects.CommitEar)}
        return [*out, *self._answers.go_on(now)]

    # -- items -----------------------------------------------------------------------------------------------

    def _understood(self, item_id: str, hearing: Hearing, now: datetime) -> Out:
        """What a committed item says is known."""
        self._state.pending.discard(effects.CommitEar(item_id))
        out: Out = []
        if (item := self._state.items.find(item_id)) is not None:
            item.hearing = hearing
            item.wire["content"][0]["transcript"] = hearing.text
            out += self._transcribed(item)
        return [*out, *self._answers.go_on(now)]

    def _committed(self, item: Item, now: datetime) -> Out:
        events = self._state.add(item, None, now)
        previous = events[0]["previous_item_id"]
        committed = server_event("input_audio_buffer.committed", item_id=item.id, previous_item_id=previous)
        return [committed, *events, *(self._transcribed(item) if item.hearing else [])]

    def _transcribed(self, item: Item) -> list[Event]:
        if not self._state.session["audio"]["input"]["transcription"]:
            return []
        kind, place = "conversation.item.input_audio_transcription", {"item_id": item.id, "content_index": 0}
        used = {"type": "duration", "seconds": round(pcm.duration_ms(item.audio) / 1000, 3)}
        done = server_event(f"{kind}.completed", transcript=item.text, usage=used, **place)
        if item.hearing and item.hearing.closed_text:
            done["labkit"] = {"language": item.hearing.language}
        if self._state.answers or not item.text:
            return [done]
        return [server_event(f"{kind}.delta", delta=item.text, **place), done]


def _spoken(item_id: str, sound: bytes, hearing: Hearing | None) -> Item:
    content = [{"type": "input_audio", "transcript": hearing.text if hearing else None}]
    wire = {"id": item_id, "object": "realtime.item", "type": "message", "status": "completed", "role": "user"}
    return Item({**wire, "content": content}, audio=sound, hearing=hearing)
