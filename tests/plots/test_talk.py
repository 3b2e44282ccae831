import pytest
from draw_plots import a_turn, some_turns, without
from matplotlib.collections import PolyCollection

from labkit import plots, trace
from labkit.errors import UsageError
from labkit.turns import Turn


def test_one_row_a_turn_with_its_words_and_its_figure():
    turns = some_turns(4)
    figure = plots.conversation(turns)
    (axes,) = figure.axes
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == [f"{turn.index + 1}  {turn.user}" for turn in turns]
    for turn in turns:
        assert f"{trace.trace(turn).voice_to_voice_ms:.0f} ms" in figure.words
    assert "(n = 4)" in figure.words
    assert "median" in figure.words


def test_turns_of_which_something_is_missing_are_drawn_as_far_as_they_go():
    headless = without(a_turn(1), "arrived", "rendered", "output_latency")
    typed = without(a_turn(2), "first_voiced", "last_voiced", "speech_stopped", "committed")
    words = plots.conversation([a_turn(0), headless, typed, Turn(3)]).words
    assert "nothing is known" in words
    assert "Rows whose figure is slanted end before the ear: 3 turns." in words
    assert "Typed turns start their axis when the answer was begun: 1 turn." in words
    assert "Missing in 2 turns of 4: No browser took part" in words


@pytest.mark.parametrize("turns", [[], [Turn(0)]])
def test_nothing_to_draw_is_said(turns):
    figure = plots.conversation(turns)
    assert figure.axes == []
    assert f"n = {len(turns)}" in figure.words


def test_five_hundred_turns_are_one_collection_a_span():
    figure = plots.conversation(some_turns(500))
    (axes,) = figure.axes
    assert len(axes.patches) == 0
    collections = [found for found in axes.collections if isinstance(found, PolyCollection)]
    assert len(collections) < 10
    assert all(len(found.get_paths()) == 500 for found in collections)
    assert figure.get_size_inches()[1] < 10
    assert len(figure.svg) < 200_000


@pytest.mark.parametrize("given", [None, 3, "turns", a_turn(), [1, 2], {"a": []}])
def test_what_is_no_list_of_turns_is_refused(given):
    with pytest.raises(UsageError, match=r"plots.conversation draws a list of turns, not .*: give session.turns"):
        plots.conversation(given)
