"""One answer of a cascade: three stages one after the other, told as the events of a realtime response."""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

from labkit import pcm
from labkit.cascade.history import History, Said
from labkit.cascade.settings import AnswerSettings
from labkit.cascade.stages import Models, Stages
from labkit.cascade.text import Pieces
from labkit.errors import LabkitError
from labkit.turns import Event

NOT_UNDERSTOOD = "nothing was understood: the transcription is empty"
NO_ANSWER = "the chat model answered nothing"
NO_SOUND = "the speech model returned no sound"
PAUSE_MS = 150
"""Between two pieces of an answer, which the voice speaks as if nothing had come before."""
LONGEST_ANSWER_MS = 600_000
"""An answer is cut here: nothing grows without bound."""
Tell = Callable[[Event], None]


def new_id(prefix: str) -> str:
    """A fresh identifier in the protocol's style."""
    return f"{prefix}_{secrets.token_hex(10)}"


class Answer:
    """From `begin` to `response.done`: `run` does the work, `stop` ends it early."""

    def __init__(self, stages: Stages, models: Models, history: History, settings: AnswerSettings, tell: Tell) -> None:
        self.id = new_id("resp")
        self._stages = stages
        self._models = models
        self._history = history
        self._settings = settings
        self._tell = tell
        self._said: Said | None = None
        self._usage: Event = {}
        self._stages_told: set[str] = set()
        self.done = False

    # -- the three stages ------------------------------------------------------------------------------------

    def begin(self) -> None:
        """It exists."""
        self._emit("response.created", response=self._response("in_progress"))

    async def run(self) -> None:
        """Write down, think, speak; whatever goes wrong becomes a failed response."""
        try:
            await self._transcribe()
            async with aclosing(self._pieces()) as pieces:
                await self._speak(pieces)
        except LabkitError as error:
            self.fail(str(error))
        else:
            self.finish("completed")

    async def _transcribe(self) -> None:
        spoken = list(self._history.unwritten())
        for said in spoken:
            await self._write_down(said)
        if spoken:
            self._stage("transcribed")

    async def _write_down(self, said: Said) -> None:
        where = {"item_id": said.id, "content_index": 0}
        try:
            written = await self._stages.transcribe(self._models.transcription, said.sound, self._settings.hints)
        except Exception as error:
            said.sound = b""  # it is not tried again with every answer to come
            why = {"type": "server_error", "code": "cascade_failed", "message": str(error)}
            self._emit("conversation.item.input_audio_transcription.failed", error=why, **where)
            raise
        said.text, said.sound = written.text, b""
        done: Event = {"transcript": written.text, "usage": written.usage, **where}
        if written.language:
            done["labkit"] = {"language": written.language}
        self._emit("conversation.item.input_audio_transcription.completed", **done)
        if not written.text:
            raise LabkitError(NOT_UNDERSTOOD)

    async def _pieces(self) -> AsyncGenerator[str]:
        """The answer's text in pieces that can be spoken; written ahead while an earlier one is spoken."""
        pieces: asyncio.Queue[str | None] = asyncio.Queue()
        writing = asyncio.create_task(self._think(pieces))
        try:
            while (piece := await pieces.get()) is not None:
                self._stage("first_sentence")
                yield piece
            await writing
        finally:
            writing.cancel()

    async def _think(self, pieces: asyncio.Queue[str | None]) -> None:
        cut = Pieces()
        try:
            messages = [*self._settings.preamble, *self._history.messages()]
            async for token in self._stages.think(self._models.chat, messages, self._usage):
                self._stage("first_token")
                for piece in cut.add(token) if self._stages.streamed else [token]:
                    pieces.put_nowait(piece)
            for piece in cut.rest():
                pieces.put_nowait(piece)
        finally:
            pieces.put_nowait(None)

    async def _speak(self, pieces: AsyncGenerator[str]) -> None:
        pause, missing = b"", NO_ANSWER
        async for piece in pieces:
            if not piece.strip():
                continue
            missing = NO_SOUND
            async with aclosing(self._stages.speak(self._models.speech, piece, self._settings.speaker(piece))) as words:
                async for word, sound in words:
                    self._word(word, pause + sound if sound else b"")
                    pause = b"" if sound else pause
            pause = pcm.silence(PAUSE_MS)
        if self._said is None:
            raise LabkitError(missing)

    # -- the events ------------------------------------------------------------------------------------------

    def _emit(self, kind: str, **fields: Any) -> None:
        if not self.done:
            self._tell({"type": kind, "event_id": new_id("event"), **fields})

    def _stage(self, name: str) -> None:
        if name not in self._stages_told:
            self._stages_told.add(name)
            self._emit("labkit.stage", stage=name, response_id=self.id)

    def _word(self, word: str, sound: bytes) -> None:
        said = self._said or self._open()
        if said.audio_ms > LONGEST_ANSWER_MS:
            raise LabkitError("the answer does not end")
        said.say(word, sound)
        if word:
            self._of_part("response.output_audio_transcript.delta", delta=word)
        if sound:
            self._of_part("response.output_audio.delta", delta=base64.b64encode(sound).decode())

    def _open(self) -> Said:
        self._said = said = Said(new_id("item"), "assistant")
        previous = self._history.add(said)
        item = self._item("in_progress")
        self._emit("response.output_item.added", response_id=self.id, output_index=0, item=item)
        self._emit("conversation.item.added", previous_item_id=previous, item=item)
        self._of_part("response.content_part.added", part={"type": "audio", "transcript": ""})
        return said

    def _of_part(self, kind: str, **fields: Any) -> None:
        assert self._said is not None
        where = {"response_id": self.id, "item_id": self._said.id, "output_index": 0, "content_index": 0}
        self._emit(kind, **where, **fields)

    def fail(self, message: str) -> None:
        """End it and say why."""
        self.finish("failed", {"error": {"type": "server_error", "code": "cascade_failed", "message": message}})

    def stop(self, reason: str) -> None:
        """End it now: `turn_detected` or `client_cancelled`."""
        self.finish("cancelled", {"reason": reason})

    def finish(self, status: str, details: Event | None = None) -> None:
        """The closing events; nothing follows them."""
        if self._said is not None:
            self._of_part("response.output_audio.done")
            self._of_part("response.output_audio_transcript.done", transcript=self._said.text)
            self._of_part("response.content_part.done", part={"type": "audio", "transcript": self._said.text})
            item = self._item("completed" if status == "completed" else "incomplete")
            self._emit("conversation.item.done", item=item)
            self._emit("response.output_item.done", response_id=self.id, output_index=0, item=item)
        self._emit("response.done", response=self._response(status, details and {"type": status, **details}))
        self.done = True

    def _item(self, status: str) -> Event:
        assert self._said is not None
        content = [{"type": "output_audio", "transcript": self._said.text}]
        head = {"id": self._said.id, "object": "realtime.item", "type": "message", "role": "assistant"}
        return {**head, "status": status, "content": content}

    def _response(self, status: str, details: Event | None = None) -> Event:
        output = [] if self._said is None else [self._item("completed" if status == "completed" else "incomplete")]
        head = {"object": "realtime.response", "id": self.id, "status": status, "status_details": details}
        return {**head, "output": output, "output_modalities": ["audio"], "usage": _usage(self._usage)}


def _usage(chat: Event) -> Event | None:
    """The chat model's usage in the words of the Realtime protocol; the voice says nothing of its own."""
    if not chat:
        return None
    given, made = chat.get("prompt_tokens", 0), chat.get("completion_tokens", 0)
    return {
        "total_tokens": given + made,
        "input_tokens": given,
        "output_tokens": made,
        "input_token_details": {"text_tokens": given},
        "output_token_details": {"text_tokens": made},
    }
