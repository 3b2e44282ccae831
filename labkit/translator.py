"""A translation session on the link's loop: sound goes out without a pause, what comes back is played and kept."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
from collections.abc import Callable

from labkit import pcm
from labkit.engines import Target
from labkit.errors import ConnectError, LabkitError, ServerError, SessionClosedError, WaitTimeoutError
from labkit.link import now_ms
from labkit.playing import Output, ScriptSpeaker
from labkit.translated import Translated
from labkit.translation_wire import TranslationWire
from labkit.turns import Event

__all__ = ["Translator"]

log = logging.getLogger("labkit.translating")
CHUNK_MS = 20
FRAME_BYTES = 10 * pcm.BYTES_PER_MS
GAP_MS = 200.0
"""Sound that is so late is replaced by silence: the protocol wants a stream that never pauses."""
SETTLED_MS = 700
"""A translation that nothing was added to for so long is complete; the protocol has no event that says so."""
CLOSE_S = 5.0
"""How long the server may take to say what is left."""


class Translator:
    """One translation session; every method runs on the link's loop."""

    def __init__(self, target: Target, settings: Event) -> None:
        self.target = target
        self.settings = settings
        """What we ask of the server, then what it says is in force."""
        self.translated = Translated()
        self.errors: list[Event] = []
        self.closed: LabkitError | None = None
        self.output: Output = ScriptSpeaker(lambda *_: None)
        self._wire = TranslationWire(target)
        self._tasks: list[asyncio.Task[None]] = []
        self._changed = asyncio.Condition()
        self._ready = self._over = self._speaking = False
        self._start_ms = now_ms()
        """The kernel's time of the first sample that is sent."""
        self._rest = b""
        self._newest_ms = 0.0
        """When the last delta came, or its sound will have been heard; on the axis of the sound that is sent."""

    # -- opening and closing ---------------------------------------------------------------------------------

    async def open(self, timeout_s: float) -> None:
        """Connect, and wait until the settings are in force."""
        await self._wire.open(timeout_s)
        self._tasks.append(asyncio.create_task(self._receive()))
        self._wire.send({"type": "session.update", "session": self.settings})
        try:
            await asyncio.wait_for(self._until(lambda: self._ready or bool(self.errors)), timeout_s)
            self._raise_errors("The server refused the settings")
        except BaseException as error:  # whatever ends the opening, cancelling included, leaves no connection behind
            await asyncio.shield(self._end())
            if isinstance(error, TimeoutError):
                message = f"{self.target.host} accepted the connection but opened no translation in {timeout_s:g} s."
                raise ConnectError(message) from None
            raise
        self._start_ms = now_ms()
        self._tasks.append(asyncio.create_task(self._fill_gaps()))

    async def _until(self, true: Callable[[], bool]) -> None:
        """Raises what ended the session, if it ends first."""
        async with self._changed:
            await self._changed.wait_for(lambda: true() or self.closed is not None)
        if not true() and self.closed is not None:
            raise self.closed

    def _raise_errors(self, what: str) -> None:
        if self.errors:
            event = self.errors.pop(0)
            raise ServerError(f"{what}: {event['error']['message']}", event)

    async def close(self) -> None:
        """Have the server say what is left, and end the session; what was heard and said stays readable."""
        if self.closed is None:
            self._wire.send({"type": "session.close"})
            with contextlib.suppress(TimeoutError, LabkitError):
                await asyncio.wait_for(self._until(lambda: self._over), CLOSE_S)
        await self._end()

    async def _end(self) -> None:
        self.closed = self.closed or SessionClosedError("The translation was closed: call labkit.translate again.")
        for task in self._tasks:
            task.cancel()
        await self._wire.close()

    # -- events ----------------------------------------------------------------------------------------------

    async def _receive(self) -> None:
        try:
            async for event in self._wire.events():
                self._take(event)
                await self._notify()
        except LabkitError as error:
            self.closed = self.closed or error
            await self._notify()

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def _take(self, event: Event) -> None:
        try:
            self._react(event)
        except Exception:  # a server may send anything: one strange event does not end the session
            log.exception("the server's event %r was not understood", event.get("type"))

    def _react(self, event: Event) -> None:
        match event["type"]:
            case "session.updated":
                self.settings, self._ready = event["session"], True
            case "session.closed":
                self._over = True
            case "error":
                self.errors.append(event)
            case "session.input_transcript.delta" | "session.output_transcript.delta":
                self._came(self._now_ms)
                self.translated.transcript(event, self._now_ms)
            case "session.output_audio.delta":
                self._play(event, base64.b64decode(event["delta"]))

    def _play(self, event: Event, sound: bytes) -> None:
        number = self.translated.number_of(event, self._now_ms)
        heard_ms = self.output.play(f"translation {number}", sound)
        at_ms = self._now_ms if heard_ms is None else heard_ms - self._start_ms
        self.translated.sounded(event, sound, at_ms)
        self._came(at_ms + pcm.duration_ms(sound))

    def _came(self, until_ms: float) -> None:
        self._newest_ms = max(self._newest_ms, until_ms)

    def started(self, item_id: str, t_ms: float) -> None:
        """A loudspeaker has begun with this item, kernel's clock."""
        self.translated.started(int(item_id.rpartition(" ")[2]), t_ms - self._start_ms)

    # -- sound -----------------------------------------------------------------------------------------------

    @property
    def _now_ms(self) -> float:
        return now_ms() - self._start_ms

    @property
    def _sent_ms(self) -> float:
        return self.translated.phrases.position_ms

    def feed(self, chunk: bytes) -> None:
        """More sound, 24 kHz PCM16 of any length, at the pace of speech; raises what ended the session."""
        if self.closed:
            raise self.closed
        sound = self._rest + chunk
        whole = len(sound) // FRAME_BYTES * FRAME_BYTES
        self._rest = sound[whole:]
        if whole:
            self.translated.phrases.add(sound[:whole])
            audio = base64.b64encode(sound[:whole]).decode()
            self._wire.send({"type": "session.input_audio_buffer.append", "audio": audio})

    async def _fill_gaps(self) -> None:
        """Silence while nobody feeds: the protocol wants a stream that never pauses."""
        while self.closed is None:
            if not self._speaking and self._now_ms - self._sent_ms > GAP_MS:
                self._fill()
            await asyncio.sleep(GAP_MS / 2000)

    def _fill(self) -> None:
        for chunk in pcm.chunks(pcm.silence(max(0, int((self._now_ms - self._sent_ms) // CHUNK_MS)) * CHUNK_MS), 200):
            self.feed(chunk)

    async def speak(self, samples: pcm.Samples) -> None:
        """24 kHz samples of shape (n,) at the pace of speech: each chunk goes when its last sample was spoken.

        Where this computer stood still, the rest follows at once: no silence gets into the middle of a phrase.
        """
        self._fill()
        self._speaking = True
        try:
            whole = CHUNK_MS * pcm.BYTES_PER_MS
            for chunk in pcm.chunks(pcm.to_bytes(samples), CHUNK_MS):
                await asyncio.sleep(max(0.0, self._sent_ms + CHUNK_MS - self._now_ms) / 1000)
                self.feed(chunk.ljust(whole, b"\0"))
        finally:
            self._speaking = False

    async def wait(self, timeout_s: float) -> None:
        """Until the last phrase that was said has been translated, and the translation heard."""
        deadline = now_ms() + timeout_s * 1000
        while not self._settled:
            self._raise_errors("The server says")
            if self.closed:
                raise self.closed
            if now_ms() > deadline:
                raise WaitTimeoutError(self._why_nothing(timeout_s))
            await asyncio.sleep(0.03)

    @property
    def _settled(self) -> bool:
        phrases = self.translated.phrases.utterances
        answered = bool(phrases) and phrases[-1].end_ms is not None and bool(phrases[-1].said)
        return answered and self._now_ms - self._newest_ms > SETTLED_MS

    def _why_nothing(self, timeout_s: float) -> str:
        if not self.translated.phrases.utterances:
            return f"Nobody has said anything in {timeout_s:g} s: speak, or give a recording that is not silent."
        return (
            f"No translation came in {timeout_s:g} s. What is said in the language that is translated into is passed "
            "over: check the languages."
        )
