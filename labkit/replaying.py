"""A recording, read again: its turns, its sound, its timing, and the same sound fed to another setting.

Nothing here needs a server or a key, except `Replay.again`. What is truncated, edited or of another version is
read as far as it can be; `Replay.problems` says what is not there.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labkit import pcm, trace, tracks
from labkit.errors import LabkitError, UsageError
from labkit.link import get_link, now_ms
from labkit.reading import Reading
from labkit.recording import ASSISTANT, EVENTS, USER
from labkit.tracks import NO_SOUND
from labkit.turn_builder import TurnBuilder
from labkit.turns import Event, Record, Turn

if TYPE_CHECKING:
    from labkit.dialogue import Dialogue

ANSWER_S = 30.0
"""How long the last answer may take to come."""
SAME_MS = 1500.0
"""Two turns whose speech ended within this time are about the same words."""


@dataclass(frozen=True)
class Pair:
    """The same words in two conversations."""

    at_ms: float
    """When they were said, after the start of the first conversation's recording (of the second's, if only there)."""
    a: Turn | None
    b: Turn | None
    differences: dict[str, float] = field(default_factory=dict)
    """Milliseconds by which each moment came later in `b`, both counted from the last voiced sample."""


@dataclass
class Replay:
    """A recorded conversation."""

    path: Path
    header: Event
    """What the recording says of itself: engine, model, date, version."""
    log: list[Record]
    turns: list[Turn]
    """As they were live, stamps included."""
    user: pcm.Samples
    """What was sent to the server: int16 samples of shape (n,) at 24 kHz, the first one at `start_ms`."""
    assistant: pcm.Samples
    """What was heard, on the same axis."""
    start_ms: float
    """The kernel's clock at sample 0, the axis of all stamps."""
    problems: list[str]
    """What is missing or odd, a sentence each."""

    def play(self, speed: float = 1.0, on_record: Callable[[Record], object] | None = None) -> None:
        """Live through it again, `speed` times as fast: calls `on_record(record)`, or prints the turns as they come."""
        if not speed > 0:
            raise UsageError(f"speed={speed!r} leads nowhere: give a number above 0, 2 is twice as fast.")
        tell = on_record or _printer(self)
        begun = time.monotonic()
        for record in self.log:
            wait_s = (record.t_ms - self.start_ms) / 1000 / speed - (time.monotonic() - begun)
            time.sleep(max(0.0, wait_s))
            tell(record)

    def again(
        self, engine: str | None = None, *, record: str | os.PathLike[str] | None = None, **options: Any
    ) -> Replay:
        """Say the same to another setting, at real-time pace; takes the options of `labkit.connect`.

        What was spoken is sent with its pauses, what was typed is typed at its time; pictures are not in a
        recording. `record` names a new folder to keep it in; without one the result has no `assistant` sound.
        Raises what `connect` raises, or what ended the conversation, and `UsageError` where nothing was said.
        """
        if not self.user.any() and not any(self._typed()):
            raise UsageError(f"In {self.path.name!r} nothing was said, so nothing can be said again.")
        return get_link().call(self._again(engine, record, options))

    def compare(self, other: Replay) -> list[Pair]:
        """The turns of both conversations, side by side where they are about the same words, in time's order."""
        return _paired(self, other)

    async def _again(self, engine: str | None, folder: str | os.PathLike[str] | None, options: Event) -> Replay:
        from labkit.opening import open_dialogue
        from labkit.recording import record

        dialogue = await open_dialogue(engine, **options)
        try:
            recording = await record(dialogue, folder) if folder is not None else None
            start_ms = now_ms()
            problems = await self._say_all(dialogue)
        finally:
            await dialogue.close()
        if recording is not None:
            await asyncio.to_thread(recording.stop)
            recorded = await asyncio.to_thread(replay, recording.path)
            recorded.problems += problems
            return recorded
        about = {"engine": dialogue.target.label, "model": dialogue.target.model}
        log, turns = list(dialogue.log.records), list(dialogue.log.turns)
        return Replay(self.path, about, log, turns, self.user, NO_SOUND, start_ms, problems)

    async def _say_all(self, dialogue: Dialogue) -> list[str]:
        from labkit import speaking

        begun = now_ms()

        async def type_at(t_ms: float, text: str) -> None:
            await asyncio.sleep((t_ms - self.start_ms + begun - now_ms()) / 1000)
            await speaking.say(dialogue, text)

        typing = [asyncio.ensure_future(type_at(*typed)) for typed in self._typed()]
        try:
            for piece in self._spoken(manual=dialogue.turn_detection is None):
                await speaking.speak(dialogue, piece)
            await asyncio.gather(*typing)
            await dialogue.wait(ANSWER_S)
        except LabkitError as error:
            if dialogue.closed:
                raise
            return [str(error)]
        finally:
            for task in typing:
                task.cancel()
        return []

    def _typed(self) -> Iterator[tuple[float, str]]:
        for record in self.log:
            item = record.event.get("item") if record.event["type"] == "conversation.item.create" else None
            if record.sent and record.t_ms >= self.start_ms and isinstance(item, dict) and item.get("role") == "user":
                texts = [part.get("text") or "" for part in item.get("content") or []]
                if any(texts):
                    yield record.t_ms, " ".join(filter(None, texts))

    def _spoken(self, *, manual: bool) -> list[pcm.Samples]:
        """The person's sound; where we decide, in the pieces that were turns (after the last one nothing was said)."""
        committed = [r.t_ms for r in self.log if r.event["type"] == "input_audio_buffer.committed"] if manual else []
        ends = [round((t_ms - self.start_ms) * pcm.SAMPLE_RATE / 1000) for t_ms in committed if t_ms > self.start_ms]
        pieces = [self.user[begin:end] for begin, end in pairwise([0, *ends])] or [self.user]
        return [piece for piece in pieces if piece.any()]

    def __repr__(self) -> str:
        odd = f", {len(self.problems)} problems" if self.problems else ""
        return f"<Replay {self.path.name!r}, {len(self.turns)} turns{odd}>"


def _printer(replay: Replay) -> Callable[[Record], None]:
    builder = TurnBuilder()

    def tell(record: Record) -> None:
        with suppress(Exception):  # what cannot be understood is named in `problems`
            turn = builder.add(record)
            if turn and record.event["type"] in ("response.done", "labkit.playback_cut") and turn.done:
                print(f"{(record.t_ms - replay.start_ms) / 1000:.1f} s\n{turn}")

    return tell


def replay(path: str | os.PathLike[str]) -> Replay:
    """Read a recording: the folder, or a file in it.

    Raises `UsageError` where there is nothing that can be read; everything less than that is in `problems`.
    """
    folder = Path(path)
    folder = folder.parent if folder.is_file() else folder
    if not folder.is_dir():
        raise UsageError(f"There is no recording {folder.name!r} here: check the path you gave.")
    reading = Reading(folder / EVENTS)
    user, assistant = (tracks.read(folder / name, reading.problems) for name in (USER, ASSISTANT))
    if not (reading.log or len(user) or len(assistant)):
        raise UsageError(f"Nothing in {folder.name!r} can be read: {' '.join(reading.problems)}")
    start_ms = reading.start_ms
    return Replay(folder, reading.header, reading.log, reading.turns(), user, assistant, start_ms, reading.problems)


# -- comparing -----------------------------------------------------------------------------------------------


def _said_ms(replay: Replay, turn: Turn) -> float:
    """When the person had said it, on the recording's axis."""
    known = (turn.stamps.get(name) for name in ("last_voiced", "speech_stopped", "committed", "begun"))
    return next((t_ms for t_ms in known if t_ms is not None), replay.start_ms) - replay.start_ms


def _paired(a: Replay, b: Replay) -> list[Pair]:
    """Nearest first; what is said in one order is paired in that order. What was said before is left out."""
    firsts, seconds = ([(_said_ms(each, turn), turn) for turn in each.turns] for each in (a, b))
    found: dict[int, int] = {}
    for _, i, j in sorted(_near(firsts, seconds)):
        if all((i - other) * (j - its) > 0 for other, its in found.items()):
            found[i] = j
    pairs = [Pair(t_ms, turn, None) for i, (t_ms, turn) in enumerate(firsts) if i not in found]
    pairs += [Pair(t_ms, None, turn) for j, (t_ms, turn) in enumerate(seconds) if j not in found.values()]
    for i, j in found.items():
        (t_ms, first), (_, second) = firsts[i], seconds[j]
        pairs.append(Pair(t_ms, first, second, _differences(first, second)))
    return sorted((pair for pair in pairs if pair.at_ms >= 0), key=lambda pair: pair.at_ms)


def _near(firsts: list[tuple[float, Turn]], seconds: list[tuple[float, Turn]]) -> Iterator[tuple[float, int, int]]:
    """Turns that may be about the same words: how far apart they are, and which they are."""
    for i, (a_ms, a) in enumerate(firsts):
        for j, (b_ms, b) in enumerate(seconds):
            if abs(a_ms - b_ms) <= SAME_MS and a_ms >= 0 and a.spoken == b.spoken:
                yield abs(a_ms - b_ms), i, j


def _differences(a: Turn, b: Turn) -> dict[str, float]:
    first, second = trace.trace(a), trace.trace(b)
    later = {name: second.moments[name] - ms for name, ms in first.moments.items() if name in second.moments}
    if first.voice_to_voice_ms is not None and second.voice_to_voice_ms is not None:
        later["voice_to_voice"] = second.voice_to_voice_ms - first.voice_to_voice_ms
    return later
