"""Progress in one small file: which exercises were passed and when, how often the others were tried. No more.

`LABKIT_PROGRESS` names another file; "off" keeps nothing beyond the kernel's life. A file that cannot be read or
written is said in a sentence and stops nobody: the kernel counts on by itself.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import platformdirs

VARIABLE = "LABKIT_PROGRESS"
OFF = "off"


@dataclass(frozen=True)
class Entry:
    """How far one exercise is."""

    tried: int = 0
    """Checks that said "not yet" before it was passed."""
    passed: str | None = None
    """The day on which it was passed first, as YYYY-MM-DD."""

    def after(self, *, passed: bool, today: str) -> Entry:
        """The same exercise after one more check."""
        if self.passed:
            return self
        return Entry(self.tried, today) if passed else Entry(self.tried + 1)


Entries = dict[str, Entry]


def path() -> Path | None:
    """Where progress is kept; `None`: nowhere."""
    place = os.environ.get(VARIABLE, "").strip()
    if place.lower() == OFF:
        return None
    return Path(place) if place else Path(platformdirs.user_data_dir("labkit")) / "progress.json"


class Kept:
    """The progress of whoever works on this computer."""

    def __init__(self) -> None:
        self.problem = ""
        """Why it cannot be kept, a sentence; "" where all is well."""
        self._unsaved: dict[Path | None, Entries] = {}
        """What is in no file, for as long as this kernel lives, by where it belongs."""

    def entries(self) -> Entries:
        """What is known, by the names of the checks."""
        file = path()
        unsaved = self._unsaved.get(file, {})
        if file is None:
            return dict(unsaved)
        self.problem = ""
        try:
            return _joined(_read(file), unsaved)
        except (ValueError, RecursionError):
            self.problem = f"The file of your progress, {file.name}, is damaged: counting begins anew."
        except OSError as error:
            self.problem = _sentence("read", file, error)
        return dict(unsaved)

    def note(self, check: str, *, passed: bool) -> Entry:
        """One more check of an exercise; returns how far it is now."""
        self.problem = ""
        entries = self.entries()
        entry = entries.get(check, Entry()).after(passed=passed, today=date.today().isoformat())  # noqa: DTZ011 - the learner's own day
        entries[check] = entry
        self._save(entries)
        return entry

    def forget(self) -> None:
        """Delete the file, and what this kernel counted."""
        self._unsaved, self.problem = {}, ""
        file = path()
        try:
            if file is not None:
                file.unlink(missing_ok=True)
        except OSError as error:
            self.problem = _sentence("deleted", file, error)

    def _save(self, entries: Entries) -> None:
        file = path()
        self._unsaved[file] = entries
        if file is None:
            return
        try:
            _write(file, entries)
        except OSError as error:
            self.problem = _sentence("saved", file, error)
        else:
            del self._unsaved[file]


def _sentence(what: str, file: Path | None, error: OSError) -> str:
    name = file.name if file else ""
    why = (error.strerror or type(error).__name__).lower()
    return (
        f"Your progress cannot be {what} ({name}: {why}); the checks work all the same. "
        f"{VARIABLE} names another file, {VARIABLE}={OFF} keeps none."
    )


def _read(file: Path) -> Entries:
    """The file's entries; what is strange in it is left out. Nothing where there is no file."""
    if not file.exists():
        return {}
    if not file.is_file():
        raise OSError(None, "not a file")
    found = json.loads(file.read_text("utf-8"))
    if not isinstance(found, dict):
        raise ValueError(found)  # noqa: TRY004 - it is the file that is wrong
    return {check: _entry(value) for check, value in found.items() if isinstance(value, dict)}


def _entry(value: dict[str, object]) -> Entry:
    tried, passed = value.get("tried"), value.get("passed")
    return Entry(tried if isinstance(tried, int) and tried > 0 else 0, passed if isinstance(passed, str) else None)


def _joined(saved: Entries, unsaved: Entries) -> Entries:
    """What two kernels know: of each exercise the one that is further."""
    both = {check: (saved.get(check, Entry()), unsaved.get(check, Entry())) for check in {**saved, **unsaved}}
    return {check: max(known, key=lambda entry: (bool(entry.passed), entry.tried)) for check, known in both.items()}


def _write(file: Path, entries: Entries) -> None:
    """The file is replaced whole, and can be read by its owner alone (mode 0600); `OSError` where that cannot be."""
    with contextlib.suppress(ValueError, RecursionError):
        _read(file)  # a damaged file is replaced, but not one that may be all right and cannot be read
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({check: vars(entry) for check, entry in sorted(entries.items())}, indent=1)
    handle, fresh = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text + "\n")
        Path(fresh).replace(file)
    except OSError:
        with contextlib.suppress(OSError):
            Path(fresh).unlink(missing_ok=True)
        raise


KEPT = Kept()
"""One for a kernel."""
