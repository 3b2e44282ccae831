"""What the app's Python half decides: which panel is shown, what is said of who answers, which plots are asked for."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from labkit import app as labkit_app
from labkit import engines
from labkit.app import MODES, App, about
from labkit.drawing import KINDS
from labkit.errors import UsageError

EMBEDDED = {"engine": "embedded"}


@pytest.fixture
def made(monkeypatch):
    """Apps that start no engine, and are closed after the test."""
    apps: list[App] = []

    async def nothing(*_: Any, **__: Any) -> None:
        pass

    monkeypatch.setattr(engines, "warm_up", nothing)

    def make(**options: Any) -> App:
        apps.append(App("embedded", **options))
        return apps[-1]

    yield make
    for app in apps:
        app.close()


def test_each_mode_shows_a_panel_of_its_own_lesson(made) -> None:
    app = made()
    skills = {}
    for mode in MODES:
        app.choose(mode.name)
        lesson = app.panel._options["lesson"]
        skills[app.mode] = (lesson.skill, lesson.mode)
    assert skills == {
        "talk": (None, ""),
        "tutor": ("labkit-tutor", ""),
        "translate": ("labkit-interpreter", "interpreter"),
        "memory": ("labkit-memory", "memory"),
        "latency": (None, ""),
    }


def test_a_choice_of_the_page_closes_the_panel_before(made) -> None:
    app = made()
    old = app.panel
    app._on_page(app, {"type": "choose", "mode": "translate", "language": "de"}, [])
    assert [column["language"] for column in app.panel.columns] == ["en", "de"]
    assert old.comm is None
    assert (app.mode, app.language) == ("translate", "de")


def test_a_choice_that_there_is_none_of_changes_nothing(made) -> None:
    app = made(mode="tutor")
    panel = app.panel
    app._on_page(app, {"type": "choose", "mode": "cook", "language": "es"}, [])
    assert (app.panel, app.mode) == (panel, "tutor")
    for wrong in ({"mode": "cook"}, {"language": "en"}):
        with pytest.raises(UsageError, match="choose from"):
            app.choose(**{"mode": "talk", **wrong})


def test_the_visitor_chooses_the_lesson() -> None:
    with pytest.raises(UsageError, match=r"labkit\.Panel\(lesson"):
        App(lesson=None)


def test_latency_draws_most() -> None:
    assert {mode.name: mode.plots for mode in MODES}["latency"] == KINDS
    assert all(set(mode.plots) <= set(KINDS) for mode in MODES)


@pytest.mark.parametrize(
    ("options", "environ", "engine", "place", "limits"),
    [
        ({}, {}, "no key, no account", "and no further", "listed sentences"),
        ({}, {"OPENAI_API_KEY": "k"}, "OpenAI gpt-realtime", "on to api.openai.com", "cost 1 USD"),
        ({"spending_cap_usd": 0.5}, {"OPENAI_API_KEY": "k"}, "OpenAI", "on to", "cost 0.5 USD"),
        ({"base_url": "http://127.0.0.1:9/v1"}, {}, "127.0.0.1", "and no further", "may be wrong"),
        ({"engine": "hosted"}, {}, "Nobody can answer", "needs a key", ""),
    ],
)
def test_who_answers_and_where_sound_goes_is_said_before(options, environ, engine, place, limits) -> None:
    said = about(options, environ)
    assert engine in said["engine"]
    assert place in said["place"]
    assert limits in said["limits"]


def test_while_one_plot_is_drawn_only_the_newest_wish_waits(made, monkeypatch) -> None:
    app = made()
    drawn: list[str] = []

    class Panel:
        class microphone:  # noqa: N801 - stands in for an attribute
            part_id = "m"

        turns = (labkit_app.Turn(0, stamps={"first_audio": 1.0}),)

        def close(self) -> None:
            pass

    def draw(kinds: Any, turns: Any, theme: str) -> list[dict[str, str]]:
        drawn.append(theme)
        return []

    monkeypatch.setattr(app._drawer, "draw", draw)
    app.panel.close()
    monkeypatch.setattr(App, "panel", Panel())

    async def ask() -> None:
        for theme in ("light", "neon", "dark"):
            app._drawing = asyncio.get_running_loop().create_task(app._draw(theme, app._drawing))
        assert app._drawing is not None
        await app._drawing

    app._link.submit(ask()).result(10)
    assert drawn == ["dark"]
