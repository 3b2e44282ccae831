"""Ways to say something that are not an open microphone: typing, showing, a recording, and push to talk."""

from __future__ import annotations

import asyncio
import base64

from labkit import pcm
from labkit.dialogue import Dialogue
from labkit.link import now_ms
from labkit.playing import ScriptSpeaker
from labkit.turns import Event

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
    _add(dialogue, [{"type": "input_text", "text": text}])
    dialogue.ask()


async def show(dialogue: Dialogue, jpeg_or_png: bytes, text: str | None) -> None:
    """Put a picture into the conversation; with a text, ask about it."""
    kind = "png" if jpeg_or_png.startswith(b"\x89PNG") else "jpeg"
    url = f"data:image/{kind};base64,{base64.b64encode(jpeg_or_png).decode()}"
    content: list[Event] = [{"type": "input_image", "image_url": url}]
    if text is None:
        _add(dialogue, content)
        return
    await _make_way(dialogue)
    _add(dialogue, [*content, {"type": "input_text", "text": text}])
    dialogue.ask()


async def _make_way(dialogue: Dialogue) -> None:
    output = dialogue.playing.output
    if isinstance(output, ScriptSpeaker) and not dialogue.answering:
        output.skip()
    else:
        await dialogue.interrupt()


def _add(dialogue: Dialogue, content: list[Event]) -> None:
    dialogue.send({"type": "conversation.item.create", "item": {"type": "message", "role": "user", "content": content}})


async def speak(dialogue: Dialogue, samples: pcm.Samples) -> None:
    """Speak 24 kHz samples of shape (n,) at real-time pace, then silence until the server ends the turn."""
    manual = dialogue.turn_detection is None
    turn = _TurnEnd()
    offs = [dialogue.on(f"input_audio_buffer.speech_{what}", turn) for what in ("started", "stopped")]
    spoken = [chunk.ljust(CHUNK_BYTES, b"\0") for chunk in pcm.chunks(pcm.to_bytes(samples))]
    silence = [] if manual else [pcm.silence(pcm.CHUNK_MS)] * (TURN_END_MS // pcm.CHUNK_MS)
    dialogue.recording_speaks = True
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
    """While the button is held, the person alone decides when the turn ends."""

    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue
        self._detection: Event | None = None
        self._held_from_ms: float | None = None

    async def hold(self) -> None:
        """Pressed: what is being said is interrupted, and turn detection rests."""
        if self._held_from_ms is not None:
            return
        self._held_from_ms = now_ms()
        # What is in force may still be the `null` of the press before.
        self._detection = self._dialogue.turn_detection or self._detection
        self._detect(None)
        self._dialogue.send({"type": "input_audio_buffer.clear"})
        await self._dialogue.interrupt()

    async def release(self) -> None:
        """Released: the turn ends, and turns are taken as before."""
        if self._held_from_ms is None:
            return
        held_ms, self._held_from_ms = now_ms() - self._held_from_ms, None
        if held_ms >= SHORTEST_HOLD_MS:
            self._dialogue.send({"type": "input_audio_buffer.commit"})
            self._dialogue.ask()
        self._detect(self._detection)

    def _detect(self, turn_detection: Event | None) -> None:
        audio = {"input": {"turn_detection": turn_detection}}
        self._dialogue.send({"type": "session.update", "session": {"type": "realtime", "audio": audio}})
