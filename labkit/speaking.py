"""Ways to say something that are not an open microphone: typing, showing, a recording, and push to talk."""

from __future__ import annotations

import asyncio
from typing import Any

from labkit import pcm
from labkit.dialogue import Dialogue
from labkit.link import now_ms
from labkit.playing import ScriptSpeaker
from labkit.seeing import content_of, new_item_id
from labkit.turns import Event, audio_input

SHORTEST_HOLD_MS = 150
"""A shorter press is a slip: the protocol commits no less than 100 ms."""
CHUNK_BYTES = pcm.CHUNK_MS * pcm.BYTES_PER_MS
CLOSED_MS = 500
"""A recording begins no sooner after the sound before it: to the embedded engine it would otherwise go on with that."""
TURN_END_MS = 3000
"""After a recording, silence is sent until the server ends the turn, at most this long."""


async def say(dialogue: Dialogue, text: str) -> None:
    """Say something by typing it; an answer that somebody hears is interrupted."""
    await _make_way(dialogue)
    await dialogue.seeing.look("typed")
    _add(dialogue, [{"type": "input_text", "text": text}])
    dialogue.ask()


async def show(dialogue: Dialogue, jpeg_or_png: bytes, text: str | None) -> None:
    """Put a picture into the conversation; with a text, ask about it."""
    content = [content_of(jpeg_or_png)]
    if text is not None:
        await _make_way(dialogue)
        content.append({"type": "input_text", "text": text})
    item_id = new_item_id()
    _add(dialogue, content, id=item_id)
    dialogue.seeing.went(item_id, jpeg_or_png, "", "shown")
    if text is not None:
        dialogue.ask()


async def _make_way(dialogue: Dialogue) -> None:
    dialogue.seeing.ends()  # who types does not speak
    output = dialogue.playing.output
    if isinstance(output, ScriptSpeaker) and not dialogue.answering:
        output.skip()
    else:
        await dialogue.interrupt()


def _add(dialogue: Dialogue, content: list[Event], **more: Any) -> None:
    item = {"type": "message", "role": "user", "content": content, **more}
    dialogue.send({"type": "conversation.item.create", "item": item})


async def speak(dialogue: Dialogue, samples: pcm.Samples) -> None:
    """Speak 24 kHz samples of shape (n,) at real-time pace, then silence until the server ends the turn."""
    manual = dialogue.turn_detection is None
    turn = _TurnEnd()
    offs = [dialogue.on(f"input_audio_buffer.speech_{what}", turn) for what in ("started", "stopped")]
    spoken = [chunk.ljust(CHUNK_BYTES, b"\0") for chunk in pcm.chunks(pcm.to_bytes(samples))]
    silence = [] if manual else [pcm.silence(pcm.CHUNK_MS)] * (TURN_END_MS // pcm.CHUNK_MS)
    dialogue.recording_speaks = True
    if manual:  # else the server says when speech has begun
        dialogue.seeing.begins("spoke")
    dialogue.expect_answer()
    try:
        if not manual:
            await asyncio.sleep(max(0.0, dialogue.levels.end_ms + CLOSED_MS - now_ms()) / 1000)
        begun = now_ms()
        for number, chunk in enumerate([*spoken, *silence]):
            if number >= len(spoken) and turn.ended:
                break
            dialogue.append(chunk, begun + number * pcm.CHUNK_MS)
            await asyncio.sleep(max(0.0, begun + (number + 1) * pcm.CHUNK_MS - now_ms()) / 1000)
        if manual:
            dialogue.seeing.ends()
            dialogue.send({"type": "input_audio_buffer.commit"})
            dialogue.ask()
    finally:
        dialogue.recording_speaks = False
        for off in offs:
            off()


class _TurnEnd:
    """Whether the server has ended every turn that it heard begin (a pause may make two of one recording)."""

    ended = False

    def __call__(self, event: Event) -> None:
        self.ended = event["type"].endswith("stopped")


class PushToTalk:
    """While the button is held, the person alone decides when the turn ends, and perhaps which language is spoken."""

    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue
        self._detection: Event | None = None
        self._spoken = Spoken(dialogue)
        self._held_from_ms: float | None = None

    async def hold(self, language: str | None = None) -> None:
        """Pressed: what is being said is interrupted, turn detection rests, and only this language is listened for."""
        if self._held_from_ms is not None:
            return
        self._held_from_ms = now_ms()
        # What is in force may still be the `null` of the press before.
        self._detection = self._dialogue.turn_detection or self._detection
        self._listen({"turn_detection": None, **self._spoken.only(language)})
        self._dialogue.send({"type": "input_audio_buffer.clear"})
        self._dialogue.seeing.begins("spoke")
        await self._dialogue.interrupt()

    async def release(self) -> None:
        """Released: the turn ends, and turns are taken as before."""
        if self._held_from_ms is None:
            return
        held_ms, self._held_from_ms = now_ms() - self._held_from_ms, None
        self._dialogue.seeing.ends()
        if held_ms >= SHORTEST_HOLD_MS:
            self._dialogue.send({"type": "input_audio_buffer.commit"})
            self._dialogue.ask()
        self._listen({"turn_detection": self._detection, **self._spoken.all()})

    def _listen(self, audio_input: Event) -> None:
        self._dialogue.send(
            {"type": "session.update", "session": {"type": "realtime", "audio": {"input": audio_input}}}
        )


class Spoken:
    """Which languages the server listens for: all that may be spoken, or for a while a single one."""

    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue
        self._one: list[str] | None = None
        self._all: list[str] | None = None

    def only(self, language: str | None) -> Event:
        """What of `audio.input` to send so that only this language is listened for; None leaves it as it is."""
        if language is None:
            return {}
        if self._in_force.get("languages") != self._one:  # which may still be that of the time before
            self._all = self._in_force.get("languages")
        self._one = [language]
        return {"transcription": {**self._in_force, "languages": self._one}}

    def all(self) -> Event:
        """The same so that all are listened for again."""
        return {"transcription": {**self._in_force, "languages": self._all}} if self._one else {}

    @property
    def _in_force(self) -> Event:
        return audio_input(self._dialogue.settings).get("transcription") or {}
