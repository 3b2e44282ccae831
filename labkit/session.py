"""`connect`: a conversation with the embedded engine, the hosted model, or any server of the protocol."""

from __future__ import annotations

import asyncio
import functools
import os
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from labkit import images, pcm, seeing, speaking
from labkit.context import Context
from labkit.cost import Cost
from labkit.dialogue import Dialogue
from labkit.engines import Target
from labkit.errors import UsageError
from labkit.link import Link, get_link
from labkit.opening import check_options, open_dialogue
from labkit.seeing import PictureSent, Source
from labkit.turns import Event, Record, Turn

if TYPE_CHECKING:
    from labkit.recording import Recording

T = TypeVar("T")
WAIT_S = 30.0


def _picture(picture: Any) -> bytes:
    if isinstance(picture, bytes | bytearray):
        image = bytes(picture)
    elif isinstance(picture, str | os.PathLike):
        if not Path(picture).is_file():
            raise UsageError(f"There is no file {Path(picture).name!r} here: check the path you gave.")
        image = Path(picture).read_bytes()
    else:
        raise UsageError("A picture is the path or the bytes of a JPEG or PNG file.")
    if not image.startswith((images.JPEG, images.PNG)):
        raise UsageError("The picture is neither JPEG nor PNG: save it as one of the two.")
    return image


def _sound(recording: str | os.PathLike[str] | pcm.Samples) -> pcm.Samples:
    return pcm.read(recording) if isinstance(recording, str | os.PathLike) else pcm.checked(recording)


class _Shell:
    """What the blocking and the async session share: where the conversation lives, and what can be read at once."""

    def __init__(self, dialogue: Dialogue, link: Link) -> None:
        self._dialogue = dialogue
        self._link = link

    @property
    def engine(self) -> Target:
        """The server that answers."""
        return self._dialogue.target

    @property
    def turns(self) -> list[Turn]:
        """The conversation so far, oldest first."""
        return list(self._dialogue.log.turns)

    @property
    def log(self) -> list[Record]:
        """Every event so far, without sound and pictures, oldest first (the last 50,000).

        Microphone chunks that follow each other are one record: `audio_ms` in all, in so many `chunks`.
        """
        return list(self._dialogue.log.records)

    @property
    def pictures(self) -> list[PictureSent]:
        """The pictures that went along, oldest first: which, when, why, and whether they were dropped again."""
        return seeing.sent_in(self._dialogue.log.records)

    @property
    def context(self) -> Context:
        """What the server holds of the conversation, item by item, and how much room is left; see `labkit.context`."""
        return self._dialogue.log.context

    @property
    def settings(self) -> Event:
        """The session's settings in force, as the server states them."""
        return self._dialogue.settings

    @property
    def cost(self) -> Cost:
        """What the conversation has cost so far; of an embedded one what it would have cost."""
        return self._dialogue.meter.cost

    def sound(self, turn: Turn) -> pcm.Samples:
        """The turn's answer as it was generated: int16 samples of shape (n,) at 24 kHz.

        Raises `UsageError` where it is no longer kept: the last minutes are.
        """
        return pcm.to_samples(self._dialogue.sound(turn))

    def on(self, kind: str, callback: Callable[[Event], object]) -> Callable[[], None]:
        """Call `callback(event)` for every server event of a type ("*": all); call what is returned to end it.

        Runs on the link's thread: keep it short, and call no blocking method of the session in it.
        """
        return self._dialogue.on(kind, callback)

    async def _watch(self, source: Source) -> Callable[[], None]:
        return partial(self._link.soon, self._dialogue.seeing.attach(source))

    def __repr__(self) -> str:
        state = "closed" if self._dialogue.closed else "open"
        return f"<{type(self).__name__} {self.engine.label}, {len(self.turns)} turns, {state}>"


class RealtimeSession(_Shell):
    """A conversation, for cells and scripts: methods block, none waits for a human."""

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        return self._link.call(work)

    def say(self, text: str) -> RealtimeSession:
        """Type something; returns at once: `say("hello").wait()`. An answer that somebody is hearing is interrupted."""
        self._call(speaking.say(self._dialogue, text))
        return self

    def speak(self, recording: str | os.PathLike[str] | pcm.Samples) -> RealtimeSession:
        """Speak a sound file (any rate, any channels) or 24 kHz int16 samples, at real-time pace.

        Returns when all was spoken. Raises `AudioFileError` for a file that is missing, empty or not sound.
        """
        self._call(speaking.speak(self._dialogue, _sound(recording)))
        return self

    def show(self, picture: Any, text: str | None = None) -> RealtimeSession:
        """Show a JPEG or PNG (path or bytes); with `text`, ask about it. Raises `UsageError` for anything else."""
        self._call(speaking.show(self._dialogue, _picture(picture), text))
        return self

    def watch(self, source: Source) -> Callable[[], None]:
        """Let the model see a `Camera`, `Screen` or `Whiteboard` from now on, by the rules of `labkit.seeing`.

        Call what is returned to end that. Raises `UsageError` for what gives no pictures.
        """
        return self._call(self._watch(source))

    def wait(self, timeout_s: float = WAIT_S, *, heard: bool = False) -> Turn:
        """The turn that answers what was said last, when its answer is complete.

        It may still be playing: who speaks now interrupts it. With `heard`, wait until it was heard to its end.
        Raises `WaitTimeoutError`, `ServerError` for an error event, or what ended the conversation.
        """
        return self._call(self._dialogue.wait(timeout_s, heard=heard))

    def interrupt(self) -> RealtimeSession:
        """Stop the answer; what was not heard is forgotten by the server too."""
        self._call(self._dialogue.interrupt())
        return self

    def send(self, event: Event) -> None:
        """Send a raw client event of the protocol."""

        async def send() -> None:
            self._dialogue.send(event)

        self._call(send())

    def record(self, folder: str | os.PathLike[str]) -> Recording:
        """Keep the conversation from now on in a new folder: the event log and both sounds, never a key.

        Ends with the conversation, or by the recording's `stop()`. Raises `UsageError` where the folder exists.
        """
        from labkit import recording

        return self._call(recording.record(self._dialogue, folder))

    def close(self) -> None:
        """End the conversation; turns and log stay readable."""
        self._call(self._dialogue.close())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncRealtimeSession(_Shell):
    """The same conversation for `async` code, on any event loop."""

    async def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return await asyncio.wrap_future(self._link.submit(work))

    async def say(self, text: str) -> AsyncRealtimeSession:
        """See `RealtimeSession.say`."""
        await self._run(speaking.say(self._dialogue, text))
        return self

    async def speak(self, recording: str | os.PathLike[str] | pcm.Samples) -> AsyncRealtimeSession:
        """See `RealtimeSession.speak`."""
        samples = await asyncio.to_thread(_sound, recording)
        await self._run(speaking.speak(self._dialogue, samples))
        return self

    async def show(self, picture: Any, text: str | None = None) -> AsyncRealtimeSession:
        """See `RealtimeSession.show`."""
        await self._run(speaking.show(self._dialogue, _picture(picture), text))
        return self

    async def watch(self, source: Source) -> Callable[[], None]:
        """See `RealtimeSession.watch`."""
        return await self._run(self._watch(source))

    async def wait(self, timeout_s: float = WAIT_S, *, heard: bool = False) -> Turn:
        """See `RealtimeSession.wait`."""
        return await self._run(self._dialogue.wait(timeout_s, heard=heard))

    async def interrupt(self) -> AsyncRealtimeSession:
        """See `RealtimeSession.interrupt`."""
        await self._run(self._dialogue.interrupt())
        return self

    async def send(self, event: Event) -> None:
        """See `RealtimeSession.send`."""

        async def send() -> None:
            self._dialogue.send(event)

        await self._run(send())

    async def record(self, folder: str | os.PathLike[str]) -> Recording:
        """See `RealtimeSession.record`."""
        from labkit import recording

        return await self._run(recording.record(self._dialogue, folder))

    async def close(self) -> None:
        """See `RealtimeSession.close`."""
        await self._run(self._dialogue.close())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _show_carried(options: Mapping[str, Any]) -> None:
    """What goes into the conversation from an earlier one, before it does."""
    from labkit import memory

    if brought := memory.given(options.get("memory")):
        print("Carried from earlier conversations, as quoted notes:", *brought.lines(), sep="\n  ")


@functools.wraps(open_dialogue, assigned=())
def connect(*args: Any, **options: Any) -> RealtimeSession:
    """Open a conversation.

    `engine` is "embedded" or "hosted"; by default `LABKIT_ENGINE`, then hosted when `OPENAI_API_KEY` is set, else
    embedded. Options: `base_url` and `api_key` for any other server of the protocol, `model`, `lesson`,
    `instructions`, `tools` (Python functions), `voice`, `turn_detection` ("server_vad", "semantic_vad", "manual",
    the protocol's dict, or "local": the embedded engine's ear decides for a hosted model), `pipeline` ("realtime",
    "cascade" or "streamed cascade", see `labkit.cascade`; `models` are its), `spending_cap_usd` (1 for a hosted model
    of known price: there the conversation ends), `memory` (a file of `labkit.memory.save`, or a
    `Memory`: printed first, then sent as quoted notes), `timeout_s` (10; embedded 30).

    Raises `UsageError`, `MissingPartError`, `EngineError` or `ConnectError`, each saying what to do next.
    """
    check_options(*args, **options)
    _show_carried(options)
    link = get_link()
    return RealtimeSession(link.call(open_dialogue(*args, **options)), link)


@functools.wraps(open_dialogue, assigned=())
async def aconnect(*args: Any, **options: Any) -> AsyncRealtimeSession:
    """`connect` for async code."""
    check_options(*args, **options)
    _show_carried(options)
    link = get_link()
    return AsyncRealtimeSession(await asyncio.wrap_future(link.submit(open_dialogue(*args, **options))), link)
