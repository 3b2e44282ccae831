"""A conversation into a folder: the event log and both sounds on one time axis.

    lesson1/events.jsonl    a header, one line per record, a footer (docs/recording.md)
    lesson1/user.wav        what was sent to the server, placed by when it was captured
    lesson1/assistant.wav   what was heard at the ear: placed when it was heard, silent from where it was cut

Everything is written by a thread of its own as it happens, so that the conversation waits for nothing and a
crash loses nothing but the headers' sizes.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import json
import logging
import os
import queue
import shutil
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Self, TextIO

from labkit.dialogue import Dialogue
from labkit.errors import UsageError
from labkit.event_log import SOUND, together
from labkit.link import now_ms
from labkit.scrub import Scrubber
from labkit.tracks import SAMPLES_PER_MS, Ear, Mouth, Track
from labkit.turns import Record
from labkit.version import VERSION

log = logging.getLogger("labkit.session")
FORMAT = "labkit-recording"
FORMAT_VERSION = 1
EVENTS, USER, ASSISTANT = "events.jsonl", "user.wav", "assistant.wav"
MAX_WAITING = 20_000
"""What may wait for the disk: over a minute of conversation; what comes then is lost, and the footer says so."""


class Recording:
    """What `session.record` gives: it runs until `stop`, or until the conversation is over."""

    def __init__(self, folder: Path, about: dict[str, Any], secrets: Iterable[str | None] = ()) -> None:
        self.path = folder
        self.problem = ""
        """Why nothing more is recorded, where that is not what was asked for; the log and the panel say it, too."""
        self._start_ms = 0
        """A whole number: what is taken off a stamp can be put back exactly."""
        self._about = about
        self._scrub = Scrubber(secrets)
        self._jobs: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._offs: list[Callable[[], None]] = []
        self._tell: Callable[[str], object] = lambda _: None
        self._sound: Record | None = None
        """Chunks that were sent since the last other event, as one record."""
        self._records = self._lost = 0
        self._ended = False
        try:
            folder.mkdir(parents=True)
            self._events, self._tracks = _files(folder)
        except FileExistsError:
            message = f"There is a {folder.name!r} already: recordings overwrite nothing, choose another name."
            raise UsageError(message) from None
        except OSError as error:
            message = f"Nothing can be recorded in {folder.name!r} ({_reason(error)}): choose another place."
            raise UsageError(message) from error
        self._mouth, self._ear = Mouth(self._tracks[0]), Ear(self._tracks[1])
        self._thread = threading.Thread(target=self._write, name="labkit recording", daemon=True)
        self._thread.start()
        atexit.register(self._finish)

    # -- on the link's loop ----------------------------------------------------------------------------------

    def follow(self, dialogue: Dialogue) -> None:
        """Record what is and was said (what was, and an answer that has begun: without its sound)."""
        loop = asyncio.get_running_loop()
        self._tell = lambda sentence: loop.call_soon_threadsafe(
            partial(dialogue.note, "recording_ended", sentence=sentence)
        )
        self._start_ms = int(now_ms())
        date = datetime.now().astimezone().isoformat(timespec="seconds")
        header = {"format": FORMAT, "version": FORMAT_VERSION, "labkit": VERSION, "date": date, **self._about}
        self._jobs.put(partial(self._line, {**header, "start_ms": self._start_ms}))
        for item_id in dialogue.log.newest.item_ids if dialogue.log.newest else ():
            self._jobs.put(partial(self._ear.cut, item_id, 0))
        self._jobs.put(partial(self._log_all, list(dialogue.log.records)))
        self._offs = [
            dialogue.log.on_record.add(self._on_record),
            dialogue.on_sound.add(lambda chunk, ms: self._later(partial(self._mouth.add, self._sample(ms), chunk))),
            dialogue.playing.on_sound.add(self._on_answer),
            dialogue.on_end.add(self._end),
        ]
        dialogue.at_close.append(self._thread.join)
        if self.problem:  # it failed before there was anything to detach
            self._detach()

    def _later(self, job: Callable[[], object]) -> None:
        if self._jobs.qsize() < MAX_WAITING:
            self._jobs.put(job)
        else:
            self._lost += 1

    def _sample(self, t_ms: float) -> int:
        return round((t_ms - self._start_ms) * SAMPLES_PER_MS)

    def _log_all(self, records: list[Record]) -> None:
        for record in records:
            self._log(record)

    def _on_record(self, record: Record) -> None:
        self._later(partial(self._log, record))

    def _on_answer(self, item_id: str, sound: bytes, heard_ms: float | None) -> None:
        at = None if heard_ms is None else self._sample(heard_ms)
        self._later(partial(self._ear.add, item_id, sound, at))

    def flush(self) -> None:
        """Wait until everything so far is written."""
        written = threading.Event()
        self._jobs.put(written.set)
        while not written.wait(0.1) and self._thread.is_alive():
            pass

    # -- on the writer's thread ------------------------------------------------------------------------------

    def _write(self) -> None:
        try:
            while (job := self._jobs.get()) is not None:
                job()
            self._log_sound()
            end = {"footer": True, "t_ms": self._end_ms - self._start_ms}
            self._line({**end, "records": self._records, "lost": self._lost})
        except Exception as error:  # noqa: BLE001 - whatever it is, the conversation goes on
            self._fail(error)
        for file in (self._events, *self._tracks):
            try:
                file.close()
            except OSError as error:
                self._fail(error)

    def _fail(self, error: Exception) -> None:
        self._detach()
        if not self.problem:
            self.problem = (
                f"The recording {self.path.name!r} ended early ({_reason(error)}): make room or choose another place. "
                "The conversation goes on, and what was recorded until then is kept."
            )
            log.error(self.problem)
            with contextlib.suppress(RuntimeError):  # the program ends, and its loop has
                self._tell(self.problem)

    def _line(self, content: dict[str, Any]) -> None:
        self._events.write(json.dumps(self._scrub(content), ensure_ascii=False, separators=(",", ":")) + "\n")

    def _log(self, record: Record) -> None:
        """One record; the person's sound is one from event to event, as in the session's log."""
        if record.event["type"] == SOUND:
            self._sound = record if self._sound is None else together(self._sound, record)
            return
        self._log_sound()
        self._record(record)

    def _log_sound(self) -> None:
        if self._sound is not None:
            self._record(self._sound)
            self._sound = None

    def _record(self, record: Record) -> None:
        line = {"t_ms": record.t_ms - self._start_ms, "sent": record.sent, "event": record.event}
        if record.wire_ms is not None:
            line["wire_ms"] = record.wire_ms - self._start_ms
        self._line(line)
        self._records += 1
        event = record.event
        if event["type"] == "labkit.playback_started":
            self._ear.begin(event["item_id"], self._sample(event["t_ms"] + event["output_latency_ms"]))
        elif event["type"] == "labkit.playback_cut":
            self._ear.cut(event["item_id"], round(event["heard_ms"] * SAMPLES_PER_MS))

    # -- ending ----------------------------------------------------------------------------------------------

    def stop(self) -> None:
        """End the recording, and wait until all is written; raises `UsageError` where that could not be done."""
        self._finish()
        if self.problem:
            raise UsageError(self.problem)

    def _finish(self) -> None:
        self._end()
        self._thread.join()

    def _detach(self) -> None:
        for off in self._offs:
            off()

    def _end(self) -> None:
        if not self._ended:
            self._ended = True
            self._end_ms = now_ms()
            self._detach()
            atexit.unregister(self._finish)
            self._jobs.put(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        state = "ended early" if self.problem else "complete" if self._ended else "running"
        return f"<Recording {self.path.name!r}, {self._records} events, {state}>"


def _files(folder: Path) -> tuple[TextIO, tuple[Track, Track]]:
    """The log and both tracks; where they cannot all be made, the folder goes, so that its name is free."""
    try:
        events = (folder / EVENTS).open("x", encoding="utf-8", errors="backslashreplace", newline="\n", buffering=1)
        return events, (Track(folder / USER), Track(folder / ASSISTANT))
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


async def record(dialogue: Dialogue, folder: str | os.PathLike[str]) -> Recording:
    """Keep a conversation from now on in a new folder; runs on the link's loop.

    Raises `UsageError` where the folder exists or cannot be written, or what ended the conversation.
    """
    if dialogue.closed:
        raise dialogue.closed
    target = dialogue.target
    about = {"engine": target.label, "kind": target.kind, "model": target.model, "host": target.host}
    secrets = (target.api_key, os.environ.get("OPENAI_API_KEY"))
    recording = await asyncio.to_thread(Recording, Path(folder), about, secrets)
    recording.follow(dialogue)
    return recording
