"""Conversations as their logs would tell them, written down event by event: no server, no clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from labkit.turns import Record

WORD_MS = 500.0
STOPPED_TO_SOUND_MS = 12.5


@dataclass
class Talk:
    """Something with a log, as a session has one; half a second passes with every word."""

    model: str = "labkit-start"
    tools: tuple[dict[str, str], ...] = ()
    turn_detection: dict[str, Any] | None = field(default_factory=lambda: {"type": "server_vad"})
    log: list[Record] = field(default_factory=list)
    now_ms: float = 0.0
    items: int = 0

    def __post_init__(self) -> None:
        session = {"model": self.model, "audio": {"input": {"turn_detection": self.turn_detection}}}
        self._add("session.update", sent=True, session={"tools": list(self.tools)})
        self._add("session.created", session=session)
        self._add("session.updated", session=session)

    def _add(self, kind: str, *, sent: bool = False, **fields: Any) -> None:
        self.log.append(Record(self.now_ms, sent, {"type": kind, **fields}))

    def _item(self, **item: Any) -> str:
        self.items += 1
        self._add("conversation.item.added", item={"id": f"item{self.items}", "type": "message", **item})
        return f"item{self.items}"

    def show(self) -> Talk:
        """A picture."""
        self._item(role="user", content=[{"type": "input_image"}])
        return self

    def types(self, text: str, answer: str | None = "All right.", status: str = "completed") -> Talk:
        """Somebody types; answer None: none came."""
        self._item(role="user", content=[{"type": "input_text", "text": text}])
        return self.answers(answer, status) if answer is not None else self

    def speaks(self, text: str, answer: str | None = "All right.", *, detected: bool = True) -> Talk:
        """Somebody speaks, and is answered."""
        if detected:
            self._add("input_audio_buffer.speech_started")
        self._add("labkit.last_voiced", t_ms=self.now_ms)
        self._add("input_audio_buffer.speech_stopped")
        item = self._item(role="user", content=[{"type": "input_audio"}])
        self._add("conversation.item.input_audio_transcription.completed", item_id=item, transcript=text)
        self.now_ms += STOPPED_TO_SOUND_MS
        return self.answers(answer) if answer is not None else self

    def answers(self, answer: str, status: str = "completed") -> Talk:
        """The AI answers; all of it comes at once."""
        response = {"id": f"response{self.items}"}
        self._add("response.created", response=response)
        item = f"answer{self.items}"
        self._add("response.output_item.added", response_id=response["id"], item={"id": item, "type": "message"})
        for word in answer.split(" "):
            self._add(
                "response.output_audio_transcript.delta", response_id=response["id"], item_id=item, delta=f"{word} "
            )
            self._add(
                "response.output_audio.delta", response_id=response["id"], item_id=item, delta="", audio_ms=WORD_MS
            )
        self._add("response.done", response={**response, "status": status})
        return self

    def calls(self, name: str, output: str | None, answer: str | None = "The answer is 4.") -> Talk:
        """The AI calls a function, is told what it returned, and answers."""
        response = {"id": f"response{self.items}"}
        self._add("response.created", response=response)
        call = {"type": "function_call", "name": name, "call_id": f"call_{name}"}
        self._item(**call)
        self._add(
            "response.function_call_arguments.done", response_id=response["id"], item_id="", name=name, arguments="{}"
        )
        self._add("response.done", response={**response, "status": "completed", "output": [call]})
        if output is not None:
            made = {"type": "function_call_output", "call_id": f"call_{name}", "output": output}
            self._add("conversation.item.create", sent=True, item=made)
        return self.answers(answer) if output is not None and answer else self

    def passes(self, words: float) -> Talk:
        """Time, in words of the answer."""
        self.now_ms += words * WORD_MS
        return self

    def cut(self, heard_words: int) -> Talk:
        """The answer is interrupted when so many of its words were heard."""
        self._add("labkit.playback.cut", item_id=f"answer{self.items}", heard_ms=heard_words * WORD_MS)
        return self
