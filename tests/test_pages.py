"""How many visitors are let in, and whose place another gets."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from types import SimpleNamespace

import pytest
from jupyter_server._tz import utcnow
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado import web

from labkit import pages
from labkit.pages import CUT_OFF_S, VisitorKernels, Visitors


@pytest.fixture
def kernels(monkeypatch):
    """Room for two; kernels are names."""

    async def start(self, *, kernel_id, idle_s=0.0):
        self._kernels[kernel_id] = SimpleNamespace(last_activity=utcnow() - timedelta(seconds=idle_s))
        await asyncio.sleep(0)
        return kernel_id

    async def shut_down(self, kernel_id, **_):
        await asyncio.sleep(0.05)
        del self._kernels[kernel_id]

    monkeypatch.setattr(AsyncMappingKernelManager, "start_kernel", start)
    monkeypatch.setattr(AsyncMappingKernelManager, "shutdown_kernel", shut_down)
    monkeypatch.setattr(pages, "MOMENT_S", 0.3)
    return VisitorKernels(most=2)


def test_one_too_many_is_refused(kernels) -> None:
    async def three_at_once() -> list[object]:
        return await asyncio.gather(*(kernels.start_kernel(kernel_id=name) for name in "abc"), return_exceptions=True)

    first, second, third = asyncio.run(three_at_once())
    assert (first, second) == ("a", "b")
    assert isinstance(third, web.HTTPError)
    assert third.status_code == 503


def test_a_page_that_was_cut_off_gives_up_its_place(kernels) -> None:
    async def come() -> None:
        await kernels.start_kernel(kernel_id="asleep", idle_s=CUT_OFF_S + 1)
        await kernels.start_kernel(kernel_id="quiet", idle_s=CUT_OFF_S + 9)
        kernels._kernel_connections["quiet"] = 1
        await kernels.start_kernel(kernel_id="new")

    asyncio.run(come())
    assert set(kernels.list_kernel_ids()) == {"quiet", "new"}


@pytest.mark.parametrize("said_after_s", [0.0, 0.15])
def test_a_reload_finds_its_place_whether_the_old_page_has_said_so_or_will(kernels, monkeypatch, said_after_s) -> None:
    monkeypatch.setattr(pages, "MOMENT_S", 30)

    async def reload() -> None:
        for name in "ab":
            await kernels.start_kernel(kernel_id=name)

        async def leave() -> None:
            await asyncio.sleep(said_after_s)
            await kernels.shutdown_kernel("a")

        await asyncio.gather(leave(), kernels.start_kernel(kernel_id="again"))

    asyncio.run(reload())
    assert set(kernels.list_kernel_ids()) == {"b", "again"}


def test_a_kernel_that_comes_or_leaves_is_not_cut_off(kernels) -> None:
    kernels._kernels.update(coming=SimpleNamespace(), leaving=SimpleNamespace())
    kernels._coming.add("coming")
    kernels._leaving.add("leaving")
    assert kernels._cut_off() is None


def test_an_address_of_ipv6_has_brackets() -> None:
    app = Visitors(ip="::1")
    app.identity_provider = SimpleNamespace(token="")
    assert app.address.startswith("http://[::1]:")
