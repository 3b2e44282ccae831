"""The first notebook's checks: browser, devices, link, engine and this computer, each with a remedy.

What a page knows by itself (checkup_page.js) it tells at once. The devices start from a click in the page; everything
else is asked over the link, with no session.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets
import numpy as np
import traitlets

from labkit import health, pcm, speaking
from labkit.errors import LabkitError
from labkit.esm import esm
from labkit.frames import Frame, Kind
from labkit.link import get_link, now_ms
from labkit.opening import open_dialogue
from labkit.widgets.audio import Microphone, Speaker
from labkit.widgets.part import Part, device_error
from labkit.widgets.video import Camera

log = logging.getLogger("labkit.checkup")
PERMISSION_S = 60.0
"""How long a person may take to answer the browser's question."""
LISTEN_S = 2.0
PATIENCE_S = 10.0
"""As long is listened to one who does not speak at once."""
HEARD_DB = -55.0
"""Quieter than this, dB below full scale, a microphone is taken for muted; a quiet room is about -60."""
CHIME_HZ = (523.25, 659.25, 783.99)
CHIME_WAIT_S = 8.0
"""A device that has just been opened, on a busy computer."""
ENGINE_S = 20.0
CLOCK_TRIES = 30
"""Tenths of a second that the link gets to know the page's clock."""
CLOCK_BLURS_MS = 20.0
"""Latencies that are no more certain than that say little: the silence between people is 200 ms."""
LONGEST_WORDS = 400
"""Of a row that the page tells."""


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    ok: bool | None
    """`None`: not looked at yet, or being looked at."""
    words: str
    """What was found and, where it is not well, what to do."""


PAGE_NAMES = ("browser", "page", "permission", "devices", "sample rate")
"""What the page finds out by itself."""
NAMES = (*PAGE_NAMES, "link", "clock", "microphone", "speaker", "camera", "engine", "versions", "memory")
NOT_YET = "not checked yet"


class Checkup(anywidget.AnyWidget):
    """Check this computer and browser: display it and click *Check*."""

    _esm = esm("widgets/registry.js", "widgets/part.js", "widgets/controls.js", "checkup_page.js", "checkup.js")
    _css = "".join((Path(__file__).parent / name).read_text("utf-8") for name in ("widgets/part.css", "checkup.css"))
    link_id = traitlets.Unicode().tag(sync=True)
    stream = traitlets.Int().tag(sync=True)
    part_ids: Any = traitlets.Dict().tag(sync=True)
    parts: Any = traitlets.List(traitlets.Instance(ipywidgets.Widget)).tag(sync=True, **ipywidgets.widget_serialization)

    def __init__(self) -> None:
        self._link = get_link()
        self.microphone, self.speaker, self.camera = Microphone(), Speaker(), Camera()
        self._devices: dict[str, Part] = {part.name: part for part in (self.microphone, self.speaker, self.camera)}
        self.checks = {name: Check(name, None, NOT_YET) for name in NAMES}
        """What was found, by name."""
        self._running: asyncio.Task[None] | None = None
        super().__init__(
            link_id=self._link.widget.link_id,
            stream=self._link.open_stream(self._on_frame),
            part_ids={name: part.part_id for name, part in self._devices.items()},
            parts=[self._link.widget, *self._devices.values()],
        )

    @property
    def report(self) -> str:
        """The checks as lines of text, to read or to paste into an issue; nothing private in it."""
        marks = {True: "ok  ", False: "no  ", None: "—   "}
        return "\n".join(f"{marks[check.ok]}{check.name:13}{check.words}" for check in self.checks.values())

    def _on_frame(self, frame: Frame) -> None:
        if frame.kind != Kind.MESSAGE:
            return
        message = frame.message()
        if message.get("type") == "hello":
            for check in self.checks.values():
                if check.name not in PAGE_NAMES:
                    self._tell(check)
        if message.get("type") == "page":
            self._note_page(message.get("rows"))
        if message.get("type") == "check" and (self._running is None or self._running.done()):
            self._running = self._link.loop.create_task(self._check())

    def _tell(self, check: Check) -> None:
        """Note what was found, and show it."""
        self.checks[check.name] = replace(check, words=health.without_private(check.words))
        self._link.send_message(self.stream, {"type": "check", **asdict(self.checks[check.name])})

    def _note_page(self, rows: Any) -> None:
        """What the page found out, which it shows itself; anything else that came is left out."""
        for row in rows if isinstance(rows, list) else ():
            if isinstance(row, dict) and row.get("name") in PAGE_NAMES:
                words = health.without_private(str(row.get("words"))[:LONGEST_WORDS])
                self.checks[row["name"]] = Check(row["name"], bool(row.get("ok")), words)

    async def _check(self) -> None:
        looks: dict[str, Callable[[], Awaitable[str]]] = {
            "link": self._check_link,
            "clock": self._check_clock,
            "microphone": self._check_microphone,
            "camera": self._check_camera,
            "versions": lambda: _finding(health.versions),
            "memory": lambda: _finding(health.memory),
        }
        await asyncio.gather(self._check_sound(), *(self._look(name, look) for name, look in looks.items()))
        self._link.send_message(self.stream, {"type": "done"})

    async def _check_sound(self) -> None:
        """One after the other: what the engine's client loads would hold the notes back."""
        await self._look("speaker", self._check_speaker)
        await self._look("engine", self._check_engine)

    async def _look(self, name: str, look: Callable[[], Awaitable[str]]) -> None:
        self._tell(Check(name, None, "checking…"))
        try:
            self._tell(Check(name, True, await look()))
        except LabkitError as error:
            self._tell(Check(name, False, str(error)))
        except Exception as error:  # the other checks go on, and end
            log.exception("a check failed")
            words = f"This could not be checked ({type(error).__name__}): restart the kernel, then check again."
            self._tell(Check(name, False, words))

    async def _check_link(self) -> str:
        state = self._link.state
        if state.transport == "websocket":
            return f"WebSocket ({state.url_kind}), which goes on while a cell runs."
        if state.transport == "comm":
            return (
                "Widget messages: they work, but may wait while a cell runs, and figures are worse. No WebSocket of"
                " ours passes here: JupyterLab (labkit lab) has a way for it, elsewhere a proxy may block it."
            )
        raise LabkitError("Page and kernel do not reach each other: reload the page, run the cell again.")

    async def _check_clock(self) -> str:
        for _ in range(CLOCK_TRIES):  # the first pings may still be on their way
            if self._link.clock is not None:
                break
            await asyncio.sleep(0.1)
        clock = self._link.clock
        if clock is None:
            raise LabkitError("Page and kernel could not compare their clocks: reload the page, run the cell again.")
        if clock.uncertainty_ms > CLOCK_BLURS_MS:
            raise LabkitError(
                f"Page and kernel agree only to ±{clock.uncertainty_ms:.0f} ms, and latencies are no surer than that:"
                " close other programs and tabs, or come nearer in the network."
            )
        return f"Page and kernel agree to ±{clock.uncertainty_ms:.1f} ms."

    async def _live(self, part: Part) -> None:
        """Wait until the device that the click started runs; raises its own sentence when it does not."""
        settled = asyncio.Event()

        def look(_: object) -> None:
            if part.state in ("live", "failed"):
                self._link.soon(settled.set)

        part.observe(look, "state")
        look(None)
        try:
            await asyncio.wait_for(settled.wait(), PERMISSION_S)
        except TimeoutError:
            pass  # said below
        finally:
            part.unobserve(look, "state")
        if part.state != "live":
            question = f"The browser's question about the {part.name} was not answered: allow it, then check again."
            raise device_error(part.error or question)

    async def _check_microphone(self) -> str:
        await self._live(self.microphone)
        sound = bytearray()
        off = self.microphone.on_chunk(lambda chunk, _stamp_ms, _seq: sound.extend(chunk))
        loudest, seconds = -math.inf, 0.0
        while loudest < HEARD_DB and seconds < PATIENCE_S:
            await asyncio.sleep(LISTEN_S)
            seconds += LISTEN_S
            if sound:
                loudest = float(np.max(pcm.levels_db(pcm.to_samples(bytes(sound)), 240)))
                self._tell(Check("microphone", None, f"Say something: so far it hears {loudest:.0f} dB…"))
        off()
        if not sound:
            raise LabkitError("The microphone is on but sends nothing: choose another device above.")
        if loudest < HEARD_DB:
            raise LabkitError(
                f"The microphone hears almost nothing ({loudest:.0f} dB): unmute it or choose another device."
            )
        return f"It hears you: loudest {loudest:.0f} dB of full scale in {seconds:.0f} s."

    async def _check_speaker(self) -> str:
        await self._live(self.speaker)
        begun, started = now_ms(), asyncio.Event()
        off = self.speaker.on_started(lambda *_: started.set())
        self.speaker.play(f"chime {begun}", chime())
        self.speaker.end(f"chime {begun}")
        try:
            await asyncio.wait_for(started.wait(), CHIME_WAIT_S)
        except TimeoutError:
            raise LabkitError("The speaker plays nothing: click in the page once and check again.") from None
        finally:
            off()
        took_ms = now_ms() - begun
        return f"Three notes were played {took_ms:.0f} ms after asking. Not heard? Check volume and output device."

    async def _check_camera(self) -> str:
        await self._live(self.camera)
        picture = await self.camera.grab()
        return f"It sees: a picture of {len(picture) / 1000:.0f} kB came to the kernel."

    async def _check_engine(self) -> str:
        begun = now_ms()
        dialogue = await open_dialogue("embedded", timeout_s=ENGINE_S)
        opened = now_ms()
        try:
            await speaking.say(dialogue, "hello")
            turn = await dialogue.wait(ENGINE_S)
        finally:
            await dialogue.close()
        asked_ms = turn.stamps.get("first_audio", now_ms()) - opened
        times = f"{opened - begun:.0f} ms to connect, {asked_ms:.0f} ms to the first sound"
        return f"It answers “{turn.assistant.strip()}” ({times})."


async def _finding(look: Callable[[], health.Finding]) -> str:
    """What was found, or raised: it reads files, so not on the link's loop."""
    finding = await asyncio.to_thread(look)
    if not finding.well:
        raise LabkitError(finding.text)
    return f"{finding.text.removesuffix('.')}."


def chime() -> bytes:
    """Three soft notes, 24 kHz PCM16, 0.6 s."""
    t = np.arange(pcm.SAMPLE_RATE // 5) / pcm.SAMPLE_RATE
    fade = np.minimum(1.0, np.minimum(t, t[::-1]) / 0.02)
    notes = [0.15 * fade * np.sin(2 * np.pi * hertz * t) for hertz in CHIME_HZ]
    return pcm.to_bytes((np.concatenate(notes) * 32767).astype(np.int16))
