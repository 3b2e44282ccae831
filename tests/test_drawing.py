"""The process that draws plots: what comes back is what the plots' own functions draw."""

from __future__ import annotations

import pytest

from labkit import plots, samples
from labkit.drawing import Drawer
from labkit.plots import theme
from labkit.replaying import replay


@pytest.fixture(scope="module")
def turns():
    return replay(samples.path("conversation")).turns


@pytest.fixture(scope="module")
def drawer():
    made = Drawer()
    yield made
    made.close()


def test_it_draws_what_the_plots_draw(drawer, turns) -> None:
    waterfall, spread = drawer.draw(("waterfall", "distribution"), turns, "light")
    assert waterfall["svg"] == plots.waterfall(turns[-1]).svg
    assert (waterfall["name"], spread["name"]) == ("waterfall", "distribution")
    assert f"turn {turns[-1].index + 1}" in waterfall["words"]


def test_a_dark_page_gets_dark_plots_and_the_kernels_own_theme_stays(drawer, turns) -> None:
    [dark] = drawer.draw(("definitions",), turns, "dark")
    assert theme.DARK.background in dark["svg"]
    assert theme.current() is theme.LIGHT


def test_a_process_that_ended_is_started_again(drawer, turns) -> None:
    drawer.draw(("waterfall",), turns, "light")
    drawer.close()
    assert drawer.draw(("waterfall",), turns, "light")[0]["svg"]
