"""What the panel says while a conversation is being opened."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

from labkit import engines, panel_status
from labkit.panel_status import OPENING, STARTING, PanelStatus


async def test_a_start_that_takes_long_says_what_it_waits_for(monkeypatch) -> None:
    told = asyncio.Queue()

    async def next_words() -> str:
        return (await told.get())["waits_for"]

    status = PanelStatus(SimpleNamespace(transport="comm", url_kind=None), told.put_nowait)
    monkeypatch.setattr(panel_status, "SOON_S", 0.001)
    status.set("connecting")
    assert await next_words() == ""
    async with engines._starting:
        saying = asyncio.create_task(status.follow_opening())
        assert await next_words() == STARTING
    assert await next_words() == OPENING
    saying.cancel()
    status.set("live")
    assert await next_words() == ""
