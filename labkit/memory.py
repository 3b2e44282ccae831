"""A memory across conversations: what one of them noted goes into a file, and from there into the next one.

    with labkit.connect(lesson=lessons.rememberer()) as session: ...
    labkit.memory.save(session, "ana.json")
    labkit.connect(lesson=lessons.rememberer(), memory="ana.json")

The file is plain JSON: read it, edit it, delete what nobody should know. It holds notes, no recording and no key.
"""

from __future__ import annotations

import errno
import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from labkit import carried
from labkit.carried import Memory, item
from labkit.errors import UsageError
from labkit.notes import Note
from labkit.scrub import Scrubber
from labkit.turns import Record

if TYPE_CHECKING:
    from labkit.session import AsyncRealtimeSession, RealtimeSession

__all__ = ["Memory", "Note", "given", "item", "load", "of", "save"]

MAX_BYTES = 64 * 1024
"""A larger file is no memory: it would fill the context that the conversation needs."""
Given = Memory | str | os.PathLike[str] | None
"""What `connect(memory=...)` takes."""


def of(log: Sequence[Record]) -> Memory:
    """What a conversation of this process remembers, from its log (`session.log`)."""
    now = datetime.now(UTC).astimezone()
    noted = carried.of_records(log, now - timedelta(seconds=time.perf_counter()))
    return Memory(noted, carried.digest(noted), now.isoformat(timespec="seconds"))


def save(session: RealtimeSession | AsyncRealtimeSession, path: str | os.PathLike[str]) -> Memory:
    """Write what a conversation remembers; the file is replaced whole, and readable by you alone.

    Returns what was saved: of more than 64 KB the newest notes. Raises `UsageError` where the file cannot be written.
    """
    memory = _newest(_scrubbed(of(session.log), session.engine.api_key))
    file = Path(path)
    try:
        handle, fresh = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as out:
                out.write(memory.to_json() + "\n")
            Path(fresh).replace(file)
        finally:
            Path(fresh).unlink(missing_ok=True)
    except OSError as error:
        remedy = "make room, or choose another place" if error.errno == errno.ENOSPC else "choose another place"
        message = f"The memory cannot be saved as {file.name!r} ({error.strerror}): {remedy}."
        raise UsageError(message) from error
    return memory


def _scrubbed(memory: Memory, key: str) -> Memory:
    scrub = Scrubber([key])
    clean = tuple(replace(note, what=scrub(note.what), about=scrub(note.about)) for note in memory.notes)
    return replace(memory, notes=clean, summary=scrub(memory.summary))


def _newest(memory: Memory) -> Memory:
    """As much as `load` takes: the oldest notes go first."""
    while memory.notes and len(memory.to_json().encode()) >= MAX_BYTES:
        kept = memory.notes[1:]
        memory = replace(memory, notes=kept, summary=carried.digest(kept))
    return memory


def load(path: str | os.PathLike[str]) -> Memory:
    """Read what `save` wrote; `UsageError` for a file that is missing, huge, damaged, of another version, or not ours.

    A note that reads like an instruction is kept as it is: `Note.suspicious` and `Memory.lines()` say so.
    """
    file = Path(path)
    try:
        if file.stat().st_size > MAX_BYTES:
            message = f"{file.name!r} is larger than {MAX_BYTES // 1024} KB: too much for a memory. Shorten it."
            raise UsageError(message)
        text = file.read_text("utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"The memory {file.name!r} is damaged: it is no text. Start without it.") from None
    except OSError as error:
        message = f"There is no memory to read at {file.name!r} ({error.strerror}): check the path, or save one first."
        raise UsageError(message) from None
    return Memory.from_json(text)


def given(memory: Given) -> Memory | None:
    """The memory that was given as such or as a path; None for None."""
    if memory is None or isinstance(memory, Memory):
        return memory
    if isinstance(memory, str | os.PathLike):
        return load(memory)
    raise UsageError("Give memory= the path of a saved memory, or what labkit.memory.load returned.")
