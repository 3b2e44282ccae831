"""The event log of a recording, read as far as it can be: what is truncated, edited or newer is named."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeGuard

from labkit.recording import EVENTS, FORMAT, FORMAT_VERSION
from labkit.turn_builder import TurnBuilder
from labkit.turns import Event, Record, Turn

BACKWARDS_MS = 1.0
"""A stamp that lies more than this before the one before it: the clock has jumped."""


class Reading:
    """The event log, line by line, with what is wrong with it."""

    def __init__(self, file: Path) -> None:
        self.problems: list[str] = []
        self.header: Event = {}
        self.log: list[Record] = []
        self.start_ms = 0.0
        self._lines: list[int] = []
        """The line of each record."""
        footer: Event | None = None
        for number, line in self._read(file):
            if number == 1 and line.get("format") == FORMAT:
                self._begin(line)
            elif line.get("footer"):
                footer = line
            elif (record := _record(line, self.start_ms)) is not None:
                self._add(record, number)
            else:
                self.problems.append(f"Line {number} of {EVENTS} is no record: it is left out.")
        if file.is_file():
            self._judge(footer)

    def _read(self, file: Path) -> Iterator[tuple[int, Event]]:
        try:
            lines = file.read_text(encoding="utf-8", errors="replace").split("\n")
        except OSError:
            self.problems.append(f"There is no {EVENTS}: what was said is not known, only the sound is there.")
            return
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                content = json.loads(line)
            except ValueError:
                content = None
            if isinstance(content, dict):
                yield number, content
            elif number == len(lines):
                self.problems.append(f"The last line of {EVENTS} is cut off: it is left out.")
            else:
                self.problems.append(f"Line {number} of {EVENTS} cannot be read: it is left out.")

    def _begin(self, header: Event) -> None:
        self.header = header
        if _is_time(header.get("start_ms")):
            self.start_ms = header["start_ms"]
        if header.get("version") != FORMAT_VERSION:
            version = header.get("version")
            self.problems.append(
                f"The recording has format version {version}, this labkit knows {FORMAT_VERSION}: "
                "what is new in it is left out; a newer labkit reads it whole."
            )

    def _add(self, record: Record, number: int) -> None:
        if self.log and record.t_ms < self.log[-1].t_ms - BACKWARDS_MS:
            back_ms = self.log[-1].t_ms - record.t_ms
            message = (
                f"The clock goes back by {back_ms:.0f} ms at line {number} of {EVENTS}: times across it do not hold."
            )
            self.problems.append(message)
        self.log.append(record)
        self._lines.append(number)

    def _judge(self, footer: Event | None) -> None:
        if not self.header:
            self.problems.append(f"The header of {EVENTS} is missing: times are not on the sound's axis.")
        if footer is None:
            self.problems.append("The recording was not closed: its end may be missing.")
            return
        if footer.get("records") != len(self.log):
            self.problems.append(
                f"{EVENTS} has {len(self.log)} records where its end says {footer.get('records')}: it was edited."
            )
        if footer.get("lost"):
            self.problems.append(f"{footer['lost']} events or pieces of sound were lost: the disk was too slow.")

    def turns(self) -> list[Turn]:
        """The turns, without the records that are not as they should be."""
        builder = TurnBuilder()
        for record, number in zip(self.log, self._lines, strict=True):
            try:
                builder.add(record)
            except Exception as error:  # noqa: BLE001 - somebody may have edited anything
                message = f"Line {number} of {EVENTS} ({record.event['type']}) is not as it should be: {error!r}."
                self.problems.append(message)
        for turn in builder.turns:
            for name in [name for name, t_ms in turn.stamps.items() if not _is_time(t_ms)]:
                self.problems.append(f"Turn {turn.index}: its moment {name!r} is no time.")
                del turn.stamps[name]
        return builder.turns


def _is_time(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and math.isfinite(value)


def _record(line: Event, start_ms: float) -> Record | None:
    event, t_ms, wire_ms = line.get("event"), line.get("t_ms"), line.get("wire_ms")
    if not (isinstance(event, dict) and isinstance(event.get("type"), str)) or not _is_time(t_ms):
        return None
    wire = start_ms + wire_ms if _is_time(wire_ms) else None
    return Record(start_ms + t_ms, bool(line.get("sent")), event, wire)
