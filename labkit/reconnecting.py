"""A connection that comes back: when it breaks, another takes its place, with the same settings and conversation.

    client ──► ReconnectingWire ──► Wire, LocalTurnsWire or CascadeWire, a fresh one for each connection

When the embedded engine dies, a session reaches its 60 minutes or the network breaks, it connects again (and starts
the embedded engine again), sends the settings in force, and creates every item under its own id: words as text, of an
answer those that were heard, calls with their outputs, the newest pictures. An answer in flight ends with what had come
of it, which goes on playing; where nothing had, it is asked for again. The person's sound is kept for a minute: what
was not understood yet, and what is said meanwhile, is sent again; whatever else the client sends waits. So no word is
said twice and none is lost. It gives up after `PATIENCE_S`, or when a key is refused, and raises what a `Wire` would.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from itertools import chain, count, repeat
from typing import Any

from labkit import engines
from labkit.engines import Target
from labkit.errors import ConnectError, LabkitError, ServerError
from labkit.link import now_ms
from labkit.rebuilding import dated, told
from labkit.safekeeping import Safekeeping
from labkit.turns import Event
from labkit.unsettled import item_id_of, refused_by
from labkit.wire import Wire, encoded, may_return, was_refused

log = logging.getLogger("labkit.session")
PATIENCE_S = 20.0
"""How long is tried to connect again."""
PAUSES_S = (0.0, 0.1, 0.2, 0.4)
"""Before each attempt; the last one before all that follow."""
OPEN_S = 10.0
STOOD_MS, MOST_SHORT = 10_000, 5
"""So many connections in a row that did not stand so long are enough: the server breaks them itself."""
MARK = "labkit_again"
"""How the ids of our own events begin; what comes of them is not the client's."""
OF_ITEMS = ("conversation.item.truncate", "conversation.item.delete")
_numbers = count(1)


class ReconnectingWire:
    """In the place of a `Wire`; `make` makes the real one, for every connection anew."""

    def __init__(self, target: Target, make: Callable[[Target], Wire] = Wire) -> None:
        self.target = target
        """The server of now: an embedded engine that was started again has another address."""
        self._make = make
        self._inner = make(target)
        self._incoming = self._inner.events()
        self._out: asyncio.Queue[Event | Exception | None] = asyncio.Queue()
        self._reader: asyncio.Task[None] | None = None
        self._kept = Safekeeping()
        self._away = False
        """There is no connection just now, or the conversation is still being rebuilt."""
        self._as_text: set[str] = set()
        """Answers that the server of now was given as text: there is no sound to truncate."""
        self._hidden: list[tuple[str, str]] = []
        """Events to come that answer for something of our own: their type, and the item."""
        self._back_ms, self._short = float("-inf"), 0
        """When the last connection stood, and how many in a row broke soon."""

    @property
    def half_trip_ms(self) -> float | None:
        """See `Wire.half_trip_ms`."""
        return self._inner.half_trip_ms

    async def open(self, timeout_s: float) -> None:
        """Connect; see `Wire.open`. What fails the first time is not tried again."""
        await self._inner.open(timeout_s)
        self._reader = asyncio.create_task(self._read())

    async def close(self) -> None:
        """End the connection, or the attempts to have one."""
        if self._reader:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
        await self._inner.close()
        self._out.put_nowait(None)

    async def events(self) -> AsyncIterator[Event]:
        """Events of one connection after the other; raises as `Wire.events` does once no other is to be had."""
        while (event := await self._out.get()) is not None:
            if isinstance(event, Exception):
                raise event
            yield event

    # -- from the client -------------------------------------------------------------------------------------

    def send(self, event: Event) -> bool:
        """See `Wire.send`; while there is no connection, what is sent waits for the next."""
        if self._away or not isinstance(event, dict):
            encoded(event)  # raises what a connection would
        return self._send(_named(event))

    def _send(self, event: Event, at: int | None = None) -> bool:
        stands_in = not self._away and self._stands_in(event)
        if not self._away and not stands_in and not self._inner.send(event):
            return False
        self._kept.sent(event, at)
        if stands_in:
            self._stand_in(event)
        return True

    def _stands_in(self, event: Event) -> bool:
        """Whether it is about an item that the server of now has otherwise than the client knows it, or not at all."""
        known = self._kept.absent | self._as_text if event.get("type") == OF_ITEMS[0] else self._kept.absent
        return event.get("type") in OF_ITEMS and item_id_of(event) in known

    def _stand_in(self, event: Event) -> None:
        """Say what the server would; an answer that it has as text is replaced by one of the words that were heard."""
        item_id = event["item_id"]
        self._take({**event, "type": f"{event['type']}d", "event_id": _own_id()})
        if item_id in self._kept.absent:
            return
        item = self._items().get(item_id)
        self._tell("conversation.item.delete", item_id=item_id)
        self._hidden.append(("deleted", item_id))
        if item is None:  # nothing of it was heard
            self._kept.absent.add(item_id)
            return
        self._tell("conversation.item.create", previous_item_id=self._kept.before(item_id), item=item)
        self._hidden += [("added", item_id), ("done", item_id)]

    def _tell(self, kind: str, **fields: Any) -> None:
        self._inner.send({"type": kind, "event_id": _own_id(), **fields})

    # -- from the server -------------------------------------------------------------------------------------

    async def _read(self) -> None:
        try:
            while (error := await self._until_broken()) is not None:
                await self._come_back(error)
        except Exception as error:  # noqa: BLE001 - raised where the events are read
            self._out.put_nowait(error)

    async def _until_broken(self) -> LabkitError | None:
        try:
            async for event in self._incoming:
                self._treat(event)
        except LabkitError as error:
            return error
        return None

    def _treat(self, event: Event) -> None:
        if self._is_ours(event):
            return
        try:
            self._take(self._kept.spoken.on_clock(event))
        except (AttributeError, KeyError, TypeError):  # a server may send anything: the client decides
            log.exception("the server's event %r was not understood", event["type"])
            self._out.put_nowait(event)

    def _take(self, event: Event, *, ours: bool = False) -> None:
        (self._kept.rebuilt if ours else self._kept.take)(event)
        self._show(event)

    def _show(self, event: Event) -> None:
        self._kept.shown(event, now_ms())
        self._out.put_nowait(event)

    def _is_ours(self, event: Event) -> bool:
        """Whether it answers for an event of our own."""
        if refused_by(event).startswith(MARK):
            log.warning("the server refused an event of ours: %s", event["error"].get("message"))
            return True
        answered = (event["type"].removeprefix("conversation.item."), item_id_of(event))
        if answered not in self._hidden:
            return False
        self._hidden.remove(answered)
        return True

    # -- when the connection breaks --------------------------------------------------------------------------

    async def _come_back(self, error: LabkitError) -> None:
        """Until there is another connection and the conversation goes on there; raises where that will not be."""
        if not self._kept.settings or not may_return(error):
            raise error
        lost_ms = now_ms()
        self._short = 0 if lost_ms - self._back_ms > STOOD_MS else self._short + 1
        if self._short >= MOST_SHORT:
            raise error
        why = str(error).partition(" What was said")[0].rstrip(".")
        self._away = True
        self._show({"type": "labkit.reconnecting", "sentence": f"{why}: connecting again."})
        ends, request, cut = self._kept.let_go()
        for event in ends:
            self._show({"event_id": _own_id(), **event})
        await self._inner.close()
        lost = await self._connect_again(error, lost_ms + 1000 * PATIENCE_S)
        self._back_ms = now_ms()
        took_ms = round(self._back_ms - lost_ms)
        fields = {"took_ms": took_ms, "items": len(self._kept.held) - len(lost), "lost": lost}
        self._show({"type": "labkit.reconnected", **fields, "sentence": told(why, took_ms, lost=len(lost), cut=cut)})
        self._go_on(request)

    async def _connect_again(self, error: LabkitError, until_ms: float) -> list[str]:
        """Another connection with the conversation rebuilt; returns the items that could not be brought along."""
        pauses = chain(PAUSES_S, repeat(PAUSES_S[-1]))
        while now_ms() < until_ms:
            await asyncio.sleep(next(pauses))
            try:
                return await self._connect()
            except LabkitError as failure:
                passing = isinstance(failure, ConnectError) and not was_refused(failure)
                if not (passing or may_return(failure)):
                    raise
                log.info("still no connection: %s", failure)
        raise error

    async def _connect(self) -> list[str]:
        self.target = await engines.reach(self.target, OPEN_S)
        inner = self._make(self.target)
        await inner.open(OPEN_S)
        try:
            async with asyncio.timeout(OPEN_S):
                lost = await self._rebuild(inner)
        except BaseException as error:
            await asyncio.shield(inner.close())
            if isinstance(error, TimeoutError):
                raise ConnectError(f"{self.target.host} opened no session in {OPEN_S:g} s.") from None
            raise
        self._inner = inner
        return lost

    async def _rebuild(self, inner: Wire) -> list[str]:
        """Settings and items to a new server, until it has taken them; returns the items that it was not given."""
        self._incoming, items = inner.events(), self._items()
        inner.send({"type": "session.update", "event_id": f"{MARK}_settings", "session": self._kept.settings})
        for item_id, item in items.items():
            inner.send({"type": "conversation.item.create", "event_id": f"{MARK}_{item_id}", "item": item})
        missing, agreed, done = list(items), False, set()
        while missing or not agreed:
            event = await anext(self._incoming)
            if event["type"] == "session.updated":
                agreed = True
                self._take(event, ours=True)
            elif event["type"] == "error":
                refused = refused_by(event).removeprefix(f"{MARK}_") or next(iter(missing), "")
                if not agreed or refused not in missing:
                    raise ServerError(f"The server refused the conversation: {event['error']['message']}", event)
                log.warning("a part of the conversation could not be rebuilt: %s", event["error"]["message"])
                missing.remove(refused)
                del items[refused]
            elif event["type"] == "conversation.item.done":
                done.add(item_id_of(event))
            elif item_id_of(event) in missing:
                missing.remove(item_id_of(event))
        self._hidden = [("done", item_id) for item_id in items if item_id not in done]
        return self._arrived(items)

    def _arrived(self, items: Mapping[str, Event]) -> list[str]:
        held = self._kept.held
        self._as_text = {one.item_id for one in held if one.kind == "answer"}
        self._kept.absent |= {one.item_id for one in held if one.item_id not in items}
        return [one.item_id for one in held if one.item_id not in items and one.kind != "answer"]

    def _items(self) -> dict[str, Event]:
        """What to create, by its id: the words that were heard, calls, and pictures that are kept."""
        now, t_ms = datetime.now(UTC).astimezone(), now_ms()
        items = {}
        for held in self._kept.held:
            if (item := self._kept.item(held)) is not None and held.item_id not in self._kept.absent:
                items[held.item_id] = dated(item, held, now, t_ms) if self._kept.is_ours else item
        return items

    def _go_on(self, request: Event | None) -> None:
        """What the server before had not dealt with is sent again, in its order."""
        self._away = False
        spoken, waiting = self._kept.spoken, self._kept.unsettled
        if request and not self._kept.is_asked():
            waiting.sent(request, spoken.end)
        spoken.begin_again()
        again, at = waiting.clear(), spoken.begin
        for sent in again:
            self._send_sound(at, sent.at)
            self._send(sent.event, sent.at)
            at = max(at, sent.at)
        self._send_sound(at, spoken.end)

    def _send_sound(self, start: int, end: int) -> None:
        for piece in self._kept.spoken.pieces(start, end):
            self._tell("input_audio_buffer.append", audio=piece)


def _own_id() -> str:
    return f"{MARK}_{next(_numbers)}"


def _named(event: Event) -> Event:
    """The event with an id of its own, and its item too: so that it is known what the server's events are about."""
    named = {"event_id": f"labkit_{next(_numbers)}", **event}
    item = event.get("item")
    if event.get("type") == "conversation.item.create" and isinstance(item, dict):
        named["item"] = {"id": f"item_labkit_{next(_numbers)}", **item}
    return named
