"""espeak-ng's C interface: text in, samples and the places of the words out.

The library holds one synthesiser per process, so there is one object and its lock guards every call.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from labkit import pcm
from labkit.errors import EngineError, MissingPartError

BUFFER_MS = 60
"""Sound made between two questions whether to stop."""
LONGEST_PATH = 140
"""Bytes; espeak-ng 1.52 ignores a path of its files that is 160 or longer."""
RATES = (80, 450)
"""Words per minute that espeak-ng can speak."""

_SYNCHRONOUS, _DONT_EXIT, _UTF8 = 2, 0x8000, 1
_IPA_APART = 2 | ord("_") << 8
_RATE, _PITCH, _RANGE = 1, 3, 4
_END_OF_EVENTS, _WORD = 0, 1


@dataclass(frozen=True)
class Settings:
    """How to speak."""

    name: str
    """Language and variant, such as "en-us+f3"."""
    words_per_minute: int
    pitch: int
    """0..100; 50 is the voice's own."""
    intonation: int
    """0..100; 0 is flat."""


class _Event(ctypes.Structure):
    """espeak_EVENT of speak_lib.h."""

    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    ]


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


class Synthesiser:
    """The process's one espeak-ng; every call holds the lock."""

    def __init__(self) -> None:
        try:
            import espeakng_loader
        except ImportError as error:
            raise MissingPartError(
                'The embedded engine\'s voice is not installed: run  pip install "labkit[engine]".'
            ) from error
        self._lock = threading.Lock()
        self._library = ctypes.CDLL(str(espeakng_loader.get_library_path()))
        self._library.espeak_TextToPhonemes.restype = ctypes.c_char_p
        place = short_path(str(espeakng_loader.get_data_path()))
        self.rate: int = self._library.espeak_Initialize(_SYNCHRONOUS, BUFFER_MS, os.fsencode(place), _DONT_EXIT)
        """Hz, 22050 for every voice in the wheel."""
        if self.rate <= 0:
            raise EngineError(
                f"The voice did not start, espeak-ng's files at {place!r} are of no use: install labkit[engine] again."
            )

    def has(self, name: str) -> bool:
        """Whether espeak-ng knows this language or voice."""
        with self._lock:
            return self._use(name)

    def _use(self, name: str) -> bool:
        # A name that it does not know leaves the voice used before in place, so the answer must be looked at.
        return bool(self._library.espeak_SetVoiceByName(name.encode()) == 0)

    def phonemes(self, text: str, name: str) -> list[str]:
        """How this voice would speak a text: IPA, word for word, the sounds of a word separated by "_"."""
        left = ctypes.c_char_p(text.encode("utf-8", "replace").replace(b"\0", b" "))
        clauses: list[str] = []
        with self._lock:
            if not self._use(name):
                raise EngineError(f"espeak-ng lost its voice {name!r}: install labkit[engine] again.")
            while left.value:
                said = self._library.espeak_TextToPhonemes(ctypes.byref(left), _UTF8, _IPA_APART)
                clauses.append((said or b"").decode())
        return [word for clause in clauses for word in clause.split()]

    def synthesise(self, text: str, settings: Settings, stop: Callable[[], bool]) -> tuple[pcm.Samples, dict[int, int]]:
        """Sound of a text at `rate`, shape (n,), and for the places where words begin in it the sample."""
        parts: list[bytes] = []
        starts: dict[int, int] = {}

        def take(sound: ctypes._Pointer[ctypes.c_short], count: int, events: ctypes._Pointer[_Event]) -> int:
            if count > 0:
                parts.append(ctypes.string_at(sound, 2 * count))
            index = 0
            while (event := events[index]).type != _END_OF_EVENTS:
                if event.type == _WORD:
                    starts.setdefault(event.text_position - 1, event.sample)
                index += 1
            return int(stop())

        with self._lock:
            self._configure(settings)
            callback = _Callback(take)
            self._library.espeak_SetSynthCallback(callback)
            encoded = text.encode("utf-8", "replace").replace(b"\0", b" ")
            self._library.espeak_Synth(encoded, len(encoded) + 1, 0, 1, 0, _UTF8, None, None)
        return pcm.to_samples(b"".join(parts)), starts

    def _configure(self, settings: Settings) -> None:
        if not self._use(settings.name):
            raise EngineError(f"espeak-ng lost its voice {settings.name!r}: install labkit[engine] again.")
        rate = min(RATES[1], max(RATES[0], settings.words_per_minute))
        for parameter, value in ((_RATE, rate), (_PITCH, settings.pitch), (_RANGE, settings.intonation)):
            self._library.espeak_SetParameter(parameter, value, 0)


def short_path(place: str) -> str:
    """The folder itself, or a link to it that lives as long as this process when its path is too long for espeak-ng."""
    if len(os.fsencode(place)) <= LONGEST_PATH:
        return place
    folder = tempfile.mkdtemp(prefix="labkit-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    link = Path(folder, "espeak-ng-data")
    try:
        link.symlink_to(place, target_is_directory=True)
    except OSError as error:
        raise EngineError(
            f"The path {place!r} is too long for espeak-ng: install labkit in a folder nearer the root."
        ) from error
    return str(link)


_starting = threading.Lock()
_started: list[Synthesiser] = []


def synthesiser() -> Synthesiser:
    """The one synthesiser, started by whoever asks first."""
    with _starting:
        if not _started:
            _started.append(Synthesiser())
        return _started[0]
