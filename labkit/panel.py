"""The panel: start, talk, interrupt, see what was said and how long it took.

Joins the widgets and the session. What it shows travels over the link, so that it stays alive while a cell runs;
drawing happens in the page (`panel.js`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from typing import Any

import anywidget
import ipywidgets
import traitlets

from labkit import engines, memory, panel_interpreter, panel_memory, speaking
from labkit.dialogue import Dialogue
from labkit.errors import LabkitError, UsageError
from labkit.esm import esm
from labkit.frames import Frame, Kind
from labkit.lessons import Lesson
from labkit.link import LinkState, get_link
from labkit.opening import check_options, open_dialogue
from labkit.panel_memory import PanelMemory
from labkit.panel_sees import PanelSees
from labkit.panel_status import PanelStatus
from labkit.panel_turns import TurnTeller
from labkit.session import RealtimeSession
from labkit.speaking import PushToTalk
from labkit.turns import Event, Turn
from labkit.widgets.audio import Microphone, Speaker
from labkit.widgets.screen import Screen
from labkit.widgets.video import Camera
from labkit.widgets.whiteboard import Whiteboard

log = logging.getLogger("labkit.panel")
UNSENT_CHUNKS = 1000
"""Ten seconds of what is said while the session is opening."""
SHOWN_TURNS = 200
"""Turns that the page gets when it (re)loads."""


class Panel(anywidget.AnyWidget):
    """A conversation with a face: `Panel()` in a cell, then *Start talking*.

    Takes the options of `labkit.connect`; nothing is connected, and no hosted model costs anything, before
    the person clicks. Its parts may be given, for instance a microphone with an ipywebrtc source.
    """

    _esm = esm(
        "widgets/registry.js",
        "widgets/controls.js",
        "panel_math.js",
        "panel_sees.js",
        "panel_interpreter.js",
        "panel_memory.js",
        "panel_model.js",
        "panel.js",
    )
    _css = esm("widgets/part.css", "widgets/whiteboard.css", "panel.css")
    link_id = traitlets.Unicode().tag(sync=True)
    stream = traitlets.Int().tag(sync=True)
    microphone_id = traitlets.Unicode().tag(sync=True)
    speaker_id = traitlets.Unicode().tag(sync=True)
    sources = traitlets.Dict().tag(sync=True)
    """What can be seen by: the parts' ids by name."""
    carried = traitlets.Dict().tag(sync=True)
    """What goes into the conversation from an earlier one, to be read before: `panel_memory.carried`."""
    columns: Any = traitlets.List().tag(sync=True)
    """The two languages of an interpreter's panel, as `panel_interpreter.columns`; none for other lessons."""
    parts = traitlets.List(traitlets.Instance(ipywidgets.Widget)).tag(sync=True, **ipywidgets.widget_serialization)

    def __init__(
        self,
        engine: str | None = None,
        *,
        microphone: Microphone | None = None,
        speaker: Speaker | None = None,
        camera: Camera | None = None,
        screen: Screen | None = None,
        whiteboard: Whiteboard | None = None,
        **options: Any,
    ) -> None:
        self._link = get_link()
        self._options = {"engine": engine, **options}
        check_options(**self._options)
        if "memory" in options:  # what is shown now is what is sent, whatever becomes of the file
            self._options["memory"] = memory.given(options["memory"])
        self.microphone = microphone or Microphone(link=self._link)
        self.speaker = speaker or Speaker(link=self._link)
        self.camera = camera or Camera(link=self._link)
        self.screen = screen or Screen(link=self._link)
        self.whiteboard = whiteboard or Whiteboard(link=self._link)
        sources = [self.camera, self.screen, self.whiteboard]
        lesson = options.get("lesson") or Lesson()
        columns = panel_interpreter.columns(lesson)
        self._dialogue: Dialogue | None = None
        self._status = PanelStatus(self._link, self._tell)
        self._connecting: asyncio.Task[None] | None = None
        self._tab: str | None = None
        self._push_to_talk: PushToTalk | None = None
        self._unsent: deque[tuple[bytes, float]] = deque(maxlen=UNSENT_CHUNKS)
        self._can_say: list[str] = []
        self._tell_turn = TurnTeller(self._link.loop, self._tell, [column["language"] for column in columns])
        self._memory = PanelMemory(self._link.loop, self._tell, can_forget=lesson.mode == "memory")
        self._tasks: set[asyncio.Task[None]] = set()
        super().__init__(
            link_id=self._link.widget.link_id,
            stream=self._link.open_stream(self._on_frame),
            microphone_id=self.microphone.part_id,
            speaker_id=self.speaker.part_id,
            sources={source.name: source.part_id for source in sources},
            columns=columns,
            carried=panel_memory.carried(self._options.get("memory"), self._options),
            parts=[self._link.widget, self.microphone, self.speaker, *sources],
        )
        self._sees = PanelSees(self._link, self.stream, sources)
        self._offs = [
            self.microphone.on_chunk(self._on_chunk),
            self.speaker.on_started(self._on_started),
            self.speaker.on_progress(self._on_progress),
            self.speaker.on_finished(lambda item_id: self._on_progress(item_id, float("inf"))),
            self._link.on_state(self._on_link),
        ]
        self._link.submit(self._warm_up())

    # -- for cells -------------------------------------------------------------------------------------------

    @property
    def session(self) -> RealtimeSession:
        """The conversation, to use in cells; raises `UsageError` before *Start talking*."""
        if self._dialogue is None:
            raise UsageError("Nobody talks yet: click Start talking in the panel, or use labkit.connect().")
        return RealtimeSession(self._dialogue, self._link)

    @property
    def turns(self) -> list[Turn]:
        """The conversation so far, oldest first."""
        return list(self._dialogue.log.turns) if self._dialogue else []

    def close(self) -> None:
        """End the conversation, let the devices go, end the widget."""
        for off in self._offs:
            off()
        self._link.submit(self._stop())
        self._link.close_stream(self.stream)
        for part in self.parts[1:]:
            part.close()
        super().close()

    # -- the page says ---------------------------------------------------------------------------------------

    def _on_frame(self, frame: Frame) -> None:
        if frame.kind != Kind.MESSAGE:
            return
        message = frame.message()
        match message.get("type"):
            case "hello":
                self._tell_all()
            case "start":
                self._begin()
            case "stop":
                self._run(self._stop())
            case "say":
                self._run(self._say(str(message.get("text", ""))[:4000]))
            case "memory":
                self._memory.view(is_open=bool(message.get("open")))
            case "hold":
                self._run(self._hold(message.get("language"), held=bool(message.get("held"))))

    def _run(self, work: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.ensure_future(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _guarded(self, work: Any) -> None:
        try:
            await work
        except LabkitError as error:
            self._status.set("failed", str(error))
        except Exception as error:  # the person sees a sentence, the log the traceback
            log.exception("the panel failed")
            self._status.set("failed", f"Something went wrong ({type(error).__name__}: {error}). Start again.")

    def _begin(self) -> None:
        busy = self._connecting is not None and not self._connecting.done()
        if not busy and (self._dialogue is None or self._dialogue.closed):
            self._connecting = self._run(self._connect())

    async def _connect(self) -> None:
        self._status.set("connecting")
        self._unsent.clear()  # what was said before the click is not for anybody
        saying = self._run(self._status.follow_opening())
        try:
            self._dialogue = dialogue = await open_dialogue(**self._options)
        finally:
            saying.cancel()
        dialogue.playing.output = self.speaker
        dialogue.log.on_turn.add(self._tell_turn)
        self._status.follow(dialogue)
        self._sees.follow(dialogue)
        self._memory.follow(dialogue)
        self._can_say = await engines.you_can_say(dialogue.target)
        self._push_to_talk = PushToTalk(dialogue)
        self._status.set("live")
        self._tell_all()

    async def _warm_up(self) -> None:
        """Start the embedded engine before it is needed; what goes wrong is said when *Start talking* is clicked."""
        with contextlib.suppress(LabkitError):
            await engines.warm_up(self._options.get("engine"), base_url=self._options.get("base_url"))

    async def _stop(self) -> None:
        self._unsent.clear()
        if self._connecting and not self._connecting.done():
            self._connecting.cancel()
        if self._dialogue and not self._dialogue.closed:
            await self._dialogue.interrupt()
            await self._dialogue.close()
        self._status.set("off")

    async def _say(self, text: str) -> None:
        if not text.strip():
            return
        self._begin()
        if self._connecting:
            await asyncio.wait([self._connecting])
        if self._dialogue and not self._dialogue.closed:
            await speaking.say(self._dialogue, text.strip())

    async def _hold(self, language: str | None = None, *, held: bool) -> None:
        if self._push_to_talk and self._dialogue and not self._dialogue.closed:
            await (self._push_to_talk.hold(language) if held else self._push_to_talk.release())

    # -- the devices say -------------------------------------------------------------------------------------

    def _on_chunk(self, chunk: bytes, stamp_ms: float, seq: int) -> None:
        self._unsent.append((chunk, stamp_ms))
        if self._status.state != "live" or self._dialogue is None or self._link.clock is None:
            return  # what is said while connecting is not lost: it waits
        while self._unsent:
            chunk, stamp_ms = self._unsent.popleft()
            self._dialogue.hear(chunk, stamp_ms - self._link.clock.offset_ms)

    def _on_started(self, item_id: str, stamp_ms: float, arrived_ms: float | None) -> None:
        clock = self._link.clock
        if self._dialogue is not None and clock is not None:
            self._dialogue.playback_started(
                item_id,
                stamp_ms - clock.offset_ms,
                self.speaker.output_latency_ms,
                arrived_ms=None if arrived_ms is None else arrived_ms - clock.offset_ms,
                clock_uncertainty_ms=clock.uncertainty_ms,
            )

    def _on_progress(self, item_id: str, heard_ms: float) -> None:
        newest = self.turns[-1] if self.turns else None
        if newest is not None and item_id in newest.item_starts:
            start = newest.item_starts[item_id]
            end = min((s for s in newest.item_starts.values() if s > start), default=float("inf"))
            characters = len(newest.words_by(min(start + heard_ms, end)))
            self._tell({"type": "progress", "index": newest.index, "characters": characters})

    def _on_link(self, state: LinkState) -> None:
        gone = self._tab is not None and state.tab != self._tab
        self._tab = state.tab
        if gone and self._dialogue and not self._dialogue.closed:
            self._run(self._dialogue.cut())  # nobody hears the rest: the page was closed or reloaded
            self._run(self._hold(held=False))
        self._status.tell()

    # -- tell the page ---------------------------------------------------------------------------------------

    def _tell(self, message: Event) -> None:
        self._link.send_message(self.stream, message)

    def _tell_all(self) -> None:
        self._status.tell()
        if self._dialogue:
            self._tell({"type": "can_say", "sentences": self._can_say})
            self._status.tell_cost()
            self._sees.tell_all()
            self._memory.tell()
            for turn in self._dialogue.log.turns[-SHOWN_TURNS:]:
                self._tell_turn(turn)
