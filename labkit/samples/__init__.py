"""Small recordings and a picture that come with labkit: a learner who is always there.

The sentences are synthesised (`scripts/make_samples.py`), in a voice that is not the engine's own. `conversation`
is the log of a talk that this learner had in a real browser (`scripts/make_recording.py`), for `labkit.replay`.
"""

from __future__ import annotations

from pathlib import Path

from labkit.errors import UsageError

_FOLDER = Path(__file__).parent
CONVERSATION = "conversation"
"""A recording, as `session.record` writes it, without its sounds."""


def names() -> list[str]:
    """The names that `path` knows, sorted."""
    found = [file.stem for file in _FOLDER.iterdir() if file.suffix in {".wav", ".jpg"}]
    return sorted([*found, CONVERSATION])


def path(name: str) -> Path:
    """The file (or folder) of a sample: `path("what_time_is_it")`; `UsageError` with all names for another one."""
    for suffix in (".wav", ".jpg", ""):
        file = _FOLDER / f"{name}{suffix}"
        if name in names() and file.exists():
            return file
    raise UsageError(f"There is no sample {name!r}: choose one of {', '.join(names())}.")
