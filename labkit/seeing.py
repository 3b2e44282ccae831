"""Pictures in a conversation: when one goes along, which are dropped again, and what has been sent.

    camera | screen | whiteboard ── settled, or asked ──► Seeing ── conversation.item.create ──► server

A picture goes along
- when somebody begins to say something (speaks, holds the button, types): one of every source that is on, unless it
  shows what the last one showed;
- when a source says that what it shows has changed and held still: of each source at most one in `min_interval_ms`,
  the newest one.
How large it is is the source's own business (`width`, `quality`). Of these pictures the newest `keep` stay in the
conversation, and what each source showed last: a board that nobody changes is not sent again. Older ones are deleted;
those that `session.show` gave stay. With `speaks_up` (a lesson's choice) an answer to a settled picture is asked for
although nobody has spoken, as soon as nobody speaks and no answer is being made or heard, unless somebody is quicker to
say something; and only so many times until somebody does.

Everything runs on the link's loop. Nothing is kept but, in memory, the last picture of each source; the log notes
`labkit.picture_sent` and `labkit.picture_dropped`, without the picture.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from labkit import images
from labkit.callbacks import Callbacks
from labkit.errors import LabkitError, UsageError
from labkit.link import now_ms
from labkit.turns import Event, Record

if TYPE_CHECKING:
    from labkit.dialogue import Dialogue

log = logging.getLogger("labkit.session")
KEEP = 3
MIN_INTERVAL_MS = 1000
LOOK_S = 1.0
"""What is said waits no longer for its picture; a page on this computer sends one in about 0.05 s."""
QUIET_CHECK_S = 0.1
"""How often is looked whether it is quiet enough to speak up."""
STUCK_MS = 5000.0
"""Words that were not answered in this time will not be: they do not keep anybody from speaking up."""
MOST_UNASKED = 10
"""Answers in a row that nobody asked for: a page of silent work has fewer, a screen that shows them has no end."""


class Source(Protocol):
    """What pictures come from: `Camera`, `Screen` and `Whiteboard` are such, and so is anything with these four."""

    name: Any
    """What it is called: "camera"."""
    state: Any
    """"live" while it can give pictures."""

    def follow(self, callback: Callable[[bytes, float], object]) -> Callable[[], None]:
        """Call back on the link's loop with each JPEG or PNG that has changed and held still, and its time.

        The first picture is one. What is returned ends it, for this callback alone.
        """

    async def grab_if_changed(self, timeout: float = ...) -> bytes | None:
        """One picture, now; `None` where it would show what the last one that went this way showed."""


@dataclass(frozen=True)
class PictureSent:
    """One picture that went along."""

    item_id: str
    source: str
    """"camera", "screen", "whiteboard"; empty for `session.show`."""
    reason: str
    """"spoke", "typed", "settled" or "shown"."""
    bytes: int
    width: int | None
    """Pixels; `None` where the file does not say."""
    height: int | None
    t_ms: float
    """When it was sent, on the kernel's clock."""
    dropped: bool = False
    """Whether it has been deleted from the conversation again."""

    @property
    def tokens(self) -> int | None:
        """About how many tokens it is; see `images.tokens`."""
        return None if self.width is None or self.height is None else images.tokens(self.width, self.height)


def sent_in(records: Iterable[Record]) -> list[PictureSent]:
    """The pictures that went along in a conversation's log, oldest first."""
    events = [record.event for record in records]
    dropped = {event["item_id"] for event in events if event["type"] == "labkit.picture_dropped"}
    sent = [
        {k: v for k, v in event.items() if k != "type"} for event in events if event["type"] == "labkit.picture_sent"
    ]
    return [PictureSent(**fields, dropped=fields["item_id"] in dropped) for fields in sent]


def content_of(image: bytes) -> Event:
    """A JPEG or PNG as the content part of an item."""
    kind = "png" if image.startswith(images.PNG) else "jpeg"
    return {"type": "input_image", "image_url": f"data:image/{kind};base64,{base64.b64encode(image).decode()}"}


def new_item_id() -> str:
    """A name for an item with a picture; servers take at most 32 characters."""
    return f"labkit_picture_{uuid.uuid4().hex[:12]}"


class _Watched:
    """A source, what went last of it, and what waits until another may go."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.last: bytes | None = None
        self.item_id = ""
        self.sent_ms = float("-inf")
        self.waiting: bytes | None = None
        self.timer: asyncio.TimerHandle | None = None
        self.off: Callable[[], None] = lambda: None
        """Ends what the source calls back."""

    def went(self, image: bytes, item_id: str) -> None:
        """It is sent: whatever waited is older."""
        self.last, self.item_id, self.sent_ms = image, item_id, now_ms()
        self.stop()

    def stop(self) -> None:
        """Nothing waits any more."""
        if self.timer:
            self.timer.cancel()
        self.waiting = self.timer = None


class Seeing:
    """The eyes of one conversation; `Dialogue.seeing` is it."""

    def __init__(
        self,
        dialogue: Dialogue,
        *,
        keep: int = KEEP,
        min_interval_ms: float = MIN_INTERVAL_MS,
        speaks_up: bool = False,
    ) -> None:
        self.keep = keep
        self.min_interval_ms = min_interval_ms
        self.speaks_up = speaks_up
        self.on_sent: Callbacks[[PictureSent, bytes]] = Callbacks()
        """Called on the loop with every picture that went along."""
        self.hearing = False
        """Whether somebody is speaking just now."""
        self._dialogue = dialogue
        self._watched: list[_Watched] = []
        self._own: list[str] = []
        """Items of this conversation's sources that are still in it, oldest first."""
        self._said = 0
        """Counts what is said and what is answered: who was asked to speak up looks whether it has changed."""
        self._speaking_up = False
        self._unasked = 0
        """Answers asked for by us since somebody last said something."""
        dialogue.on("input_audio_buffer.speech_started", lambda _: self.begins("spoke"))
        dialogue.on("input_audio_buffer.speech_stopped", lambda _: self.ends())
        dialogue.on("response.created", lambda _: self._count())
        dialogue.on_end.add(self._end)

    # -- sources ---------------------------------------------------------------------------------------------

    def attach(self, source: Source) -> Callable[[], None]:
        """Pictures of this source go along from now on; what is returned ends that.

        The first goes as soon as it has settled. Raises `UsageError` for what is no source of pictures.
        """
        if not (hasattr(source, "follow") and hasattr(source, "grab_if_changed")):
            what = type(source).__name__
            raise UsageError(f"A {what} gives no pictures: watch a Camera, a Screen or a Whiteboard, or show() a file.")
        known = next((watched for watched in self._watched if watched.source is source), None)
        watched = known or _Watched(source)
        if known is None:
            self._watched.append(watched)
            watched.off = source.follow(lambda image, _stamp_ms: self._settled(watched, image))
        return partial(self._detach, watched)

    def _detach(self, watched: _Watched) -> None:
        if watched in self._watched:
            self._watched.remove(watched)
            watched.off()
            watched.stop()

    def _end(self) -> None:
        for watched in list(self._watched):
            self._detach(watched)

    # -- when somebody says something ------------------------------------------------------------------------

    def begins(self, reason: str) -> None:
        """Somebody begins to speak."""
        self.hearing = True
        self._count()
        if self._watched:
            self._dialogue.start(self.look(reason))

    def ends(self) -> None:
        """Nobody speaks any more."""
        self.hearing = False

    def _count(self) -> None:
        self._said += 1

    async def look(self, reason: str) -> None:
        """Somebody says something: a picture of every source that is on goes along now."""
        self._unasked = 0
        live = [watched for watched in self._watched if watched.source.state == "live"]
        await asyncio.gather(*(self._look(watched, reason) for watched in live))

    async def _look(self, watched: _Watched, reason: str) -> None:
        try:
            image = await watched.source.grab_if_changed(LOOK_S) or watched.waiting
        except LabkitError as error:  # what was said goes on without it
            log.debug("no picture of the %s: %s", watched.source.name, error)
            return
        if image is not None and image != watched.last:
            self._send(watched, image, reason)

    # -- when a picture has settled --------------------------------------------------------------------------

    def _settled(self, watched: _Watched, image: bytes) -> None:
        watched.waiting = image
        if watched.timer is None:
            wait_ms = max(0.0, watched.sent_ms + self.min_interval_ms - now_ms())
            watched.timer = asyncio.get_running_loop().call_later(wait_ms / 1000, self._send_waiting, watched)

    def _send_waiting(self, watched: _Watched) -> None:
        image, watched.waiting, watched.timer = watched.waiting, None, None
        if image is not None and image != watched.last:
            self._send(watched, image, "settled")
            self._speak_up()

    def _speak_up(self) -> None:
        wanted = self.speaks_up and self._unasked < MOST_UNASKED
        if wanted and not self._speaking_up and not self._dialogue.closed:
            self._speaking_up = True
            self._dialogue.start(self._ask_when_quiet())

    async def _ask_when_quiet(self) -> None:
        """Have the server answer as soon as it is quiet; what is said or answered before that has seen the picture."""
        said = self._said
        try:
            while self._busy():
                await asyncio.sleep(QUIET_CHECK_S)
                if self._said != said:
                    return
            self._unasked += 1
            self._dialogue.send({"type": "response.create"})
        finally:
            self._speaking_up = False

    def _busy(self) -> bool:
        """Whether somebody speaks, or an answer is being made or heard."""
        turn, now = self._dialogue.log.newest, now_ms()
        if self.hearing or self._dialogue.recording_speaks or turn is None:
            return self.hearing or self._dialogue.recording_speaks
        if not turn.done:
            return turn.status == "answering" or now - max(turn.stamps.values()) < STUCK_MS
        heard_until = turn.heard_until_ms
        return heard_until is not None and now < heard_until

    # -- sending ---------------------------------------------------------------------------------------------

    def _send(self, watched: _Watched, image: bytes, reason: str) -> None:
        if self._dialogue.closed:
            return
        item_id = new_item_id()
        watched.went(image, item_id)
        item = {"id": item_id, "type": "message", "role": "user", "content": [content_of(image)]}
        self._dialogue.send({"type": "conversation.item.create", "item": item})
        self.went(item_id, image, watched.source.name, reason)
        self._own.append(item_id)
        self._drop_old()

    def _drop_old(self) -> None:
        newest = {watched.item_id for watched in self._watched}
        for item_id in [old for old in self._own[: -self.keep or None] if old not in newest]:
            self._own.remove(item_id)
            self._dialogue.send({"type": "conversation.item.delete", "item_id": item_id})
            self._dialogue.note("picture_dropped", item_id=item_id)

    def went(self, item_id: str, image: bytes, source: str, reason: str) -> None:
        """A picture was sent as this item: into the log, and to whoever wants to see it."""
        width, height = images.size(image) or (None, None)
        sent = PictureSent(item_id, source, reason, len(image), width, height, now_ms())
        fields = {name: value for name, value in vars(sent).items() if name != "dropped"}
        self._dialogue.note("picture_sent", **fields)
        self.on_sent(sent, image)
