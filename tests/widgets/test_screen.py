from __future__ import annotations

import pytest
from traitlets import TraitError

from labkit.link import Link
from labkit.widgets.screen import Screen
from labkit.widgets.video import Camera


@pytest.fixture
def link():
    made = Link()
    yield made
    made.submit(made.server.aclose()).result(30)


def test_a_screen_has_its_own_name_and_a_finer_look(link):
    screen, camera = Screen(link=link), Camera(link=link)
    assert screen.name == "screen"
    assert screen.change_percent < camera.change_percent
    assert "getDisplayMedia" in screen._esm
    with pytest.raises(TraitError):
        screen.change_percent = 101
