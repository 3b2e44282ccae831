"""The lab as one page for people who should not see code: choose what to do, talk, see where the time went.

`App()` is a panel of the lesson that is chosen, and around it what a visitor needs: the choice, plots of the newest
turns, who answers and where the sound goes, and a short tour.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import anywidget
import ipywidgets
import traitlets

from labkit import engines
from labkit.drawing import KINDS, Drawer
from labkit.engines import Target
from labkit.errors import LabkitError, UsageError
from labkit.esm import esm
from labkit.frames import Frame, Kind
from labkit.lessons import TUTOR, Lesson, interpreter, rememberer
from labkit.link import get_link
from labkit.opening import HOSTED_CAP_USD
from labkit.panel import Panel
from labkit.phrases import LANGUAGES
from labkit.turns import Turn

__all__ = ["MODES", "App", "Mode"]

log = logging.getLogger("labkit.app")
FIRST_LANGUAGE = "en"
NEEDS = ("engine", "base_url", "api_key", "model")
"""The options that say who answers."""


@dataclass(frozen=True)
class Mode:
    """One thing that a visitor can choose."""

    name: str
    title: str
    what: str
    """What it is, in a few words."""
    how: str
    """What to do, in a sentence or two."""
    plots: tuple[str, ...] = ("waterfall", "distribution")
    """What is drawn of its turns, as `labkit.drawing.KINDS`."""


MODES = (
    Mode(
        "talk",
        "Talk",
        "a conversation that you can interrupt",
        "Start, then ask “what can you do”. Talk over an answer: it stops, and knows how much of it you heard.",
    ),
    Mode(
        "tutor",
        "Tutor",
        "it watches you solve an equation",
        "Start, switch on Whiteboard or Camera, write 3x + 1 = 10 and the next line below it. Ask “is this right”.",
    ),
    Mode(
        "translate",
        "Translate",
        "an interpreter between two people",
        "Start. Each person holds the button of their language while speaking, and hears the other's.",
    ),
    Mode(
        "memory",
        "Memory",
        "what it still knows later",
        "Start, say “my name is Anna” and “my train leaves at nine”, then ask. What it remembers shows what it holds.",
    ),
    Mode(
        "latency",
        "Latency",
        "where every millisecond goes",
        "Start and ask a few questions. After each answer the plots show the silence at your ear, stage by stage.",
        KINDS,
    ),
)
_BY_NAME = {mode.name: mode for mode in MODES}
_LESSONS: Mapping[str, Callable[[str], Lesson]] = {
    "talk": lambda _: Lesson(),
    "tutor": lambda _: TUTOR,
    "translate": lambda language: interpreter(FIRST_LANGUAGE, language),
    "memory": lambda _: rememberer(),
    "latency": lambda _: Lesson(),
}


class App(anywidget.AnyWidget):
    """The whole lab in one widget: `App()` in a cell, or `labkit app` as a page.

    Takes the options of `labkit.connect` but `lesson`, which the visitor chooses; `mode` is chosen at first, `language`
    is what English is translated into. Nothing is connected before somebody clicks *Start talking*.
    Raises `UsageError` for an option or a mode that there is none of.
    """

    _esm = esm("widgets/registry.js", "widgets/controls.js", "app_plots.js", "app_tour.js", "app.js")
    _css = esm("widgets/part.css", "app.css")
    link_id = traitlets.Unicode().tag(sync=True)
    link_widget = traitlets.Instance(ipywidgets.Widget).tag(sync=True, **ipywidgets.widget_serialization)
    stream = traitlets.Int().tag(sync=True)
    modes: Any = traitlets.List().tag(sync=True)
    """`MODES`, for the page."""
    languages: Any = traitlets.Dict().tag(sync=True)
    """What can be translated into: names by code."""
    about: Any = traitlets.Dict().tag(sync=True)
    """Who answers, where sound and pictures go, and what cannot be expected: `engine`, `place`, `limits`."""
    mode = traitlets.Unicode(read_only=True).tag(sync=True)
    """What is chosen."""
    language = traitlets.Unicode(read_only=True).tag(sync=True)
    """What English is translated into."""
    panel: Any = anywidget.WidgetTrait().tag(sync=True)
    """The panel of the lesson that is chosen."""

    def __init__(self, engine: str | None = None, *, mode: str = "talk", language: str = "es", **options: Any) -> None:
        if "lesson" in options:
            raise UsageError("The visitor of an App chooses the lesson: give one to labkit.Panel(lesson=…) instead.")
        self._options = {"engine": engine, **options}
        self._link = get_link()
        self._drawer = Drawer()
        self._drawing: asyncio.Task[None] | None = None
        languages = {code: name for code, name in LANGUAGES.items() if code != FIRST_LANGUAGE}
        _check(mode, language, languages)
        super().__init__(
            link_id=self._link.widget.link_id,
            link_widget=self._link.widget,
            stream=self._link.open_stream(self._on_frame),
            modes=[asdict(mode) for mode in MODES],
            languages=languages,
            about=about(self._options),
        )
        self.choose(mode, language)
        self.on_msg(self._on_page)

    def choose(self, mode: str, language: str | None = None) -> None:
        """Show a panel of this mode, one of `MODES`; the conversation of the one before ends.

        Raises `UsageError` for another mode, or a language that is not among `languages`.
        """
        language = language or self.language
        _check(mode, language, self.languages)
        old, panel = self.panel, Panel(lesson=_LESSONS[mode](language), **self._options)
        with self.hold_sync():
            self.set_trait("mode", mode)
            self.set_trait("language", language)
            self.panel = panel
        if old is not None:
            old.close()

    @property
    def turns(self) -> list[Turn]:
        """The conversation so far, oldest first."""
        return list(self.panel.turns)

    def close(self) -> None:
        """End the conversation, let the devices go, end the widget."""
        if self.comm is None:  # it was closed already, or never made
            return
        self._link.close_stream(self.stream)
        self._drawer.close()
        self.panel.close()
        super().close()

    def _on_page(self, _: object, message: dict[str, Any], __: object) -> None:
        """A choice comes as a widget's message: panels are made where cells run, not on the link's loop."""
        if message.get("type") == "choose":
            try:
                self.choose(str(message.get("mode")), str(message.get("language")))
            except UsageError as error:
                log.warning("a choice was ignored: %s", error)

    def _on_frame(self, frame: Frame) -> None:
        """The page asks for plots of the turns that it shows; what it asks for while some are drawn comes next."""
        if frame.kind != Kind.MESSAGE or (message := frame.message()).get("type") != "draw":
            return
        self._drawing = self._link.loop.create_task(self._draw(str(message.get("theme")), self._drawing))

    async def _draw(self, theme: str, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        if self._drawing is not asyncio.current_task():
            return  # asked for again since
        panel, kinds = self.panel, _BY_NAME[self.mode].plots
        turns = [turn for turn in panel.turns if "first_audio" in turn.stamps]
        if not turns:
            return
        answer: dict[str, Any] = {"type": "drawn", "panel": panel.microphone.part_id}
        try:
            drawn = await asyncio.to_thread(self._drawer.draw, kinds, turns, "dark" if theme == "dark" else "light")
            self._link.send_message(self.stream, {**answer, "plots": drawn, "error": ""})
        except (LabkitError, OSError) as error:  # OSError: no room for one more process
            self._link.send_message(self.stream, {**answer, "plots": [], "error": str(error)})


def _check(mode: str, language: str, languages: Mapping[str, str]) -> None:
    if mode not in _BY_NAME:
        raise UsageError(f"There is no mode {mode!r}: choose from {', '.join(_BY_NAME)}.")
    if language not in languages:
        raise UsageError(f"English is not translated into {language!r}: choose from {', '.join(languages)}.")


def about(options: Mapping[str, Any], environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Who will answer with these options of `connect`, where sound and pictures go, and what cannot be expected."""
    known = {name: options.get(name) for name in NEEDS}
    try:
        target = engines.choose(
            known.pop("engine"), **known, skill=None, environ=os.environ if environ is None else environ
        )
    except UsageError as error:
        return {"engine": "Nobody can answer.", "place": str(error), "limits": ""}
    return {"engine": _who(target), "place": _where(target), "limits": _limits(target, options)}


def _who(target: Target) -> str:
    if target.kind == "embedded":
        return "The embedded engine answers: no key, no account."
    return f"{target.label} answers."


def _where(target: Target) -> str:
    if target.kind == "embedded" or target.on_this_computer:
        return "Sound and pictures go to the computer that serves this page, and no further; nothing is kept."
    return f"Sound and pictures go to the computer that serves this page, and on to {target.host}."


def _limits(target: Target, options: Mapping[str, Any]) -> str:
    if target.kind == "embedded":
        return (
            "It understands listed sentences in quiet, hears free talk badly and reasons by rules; "
            "what it did not understand it says instead of guessing."
        )
    cap = options.get("spending_cap_usd") or (HOSTED_CAP_USD if target.kind == "hosted" else None)
    capped = "" if cap is None else f" A conversation ends when it has cost {cap:g} USD."
    return f"A model may be wrong and not know it.{capped}"
