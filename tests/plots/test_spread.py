import numpy as np
import pytest
from draw_plots import a_turn, some_turns, without

from labkit import plots, trace
from labkit.errors import UsageError
from labkit.turns import Turn


def dots(figure):
    (axes,) = figure.axes
    return next(line.get_xdata() for line in axes.lines if line.get_marker() == "o")


def test_every_latency_is_a_dot():
    turns = some_turns(12)
    figure = plots.distribution(turns)
    assert sorted(dots(figure)) == pytest.approx(sorted(trace.latencies(turns)))
    assert "voice-to-voice at the ear, milliseconds" in figure.words
    assert "n = 12" in figure.words


def test_median_interval_and_p95_are_written():
    words = plots.distribution([100.0] * 10 + [300.0]).words
    assert "Latency: median 100 ms (95 % CI 100 to 100), p95 300 ms, n = 11." in words
    assert "median 100 ms" in words.splitlines()


def test_other_peoples_figures_stand_there_with_their_sources():
    words = plots.distribution([250.0]).words
    for said in ("human gap 200 ms", "GPT-4o best 232 ms", "GPT-4o mean 320 ms", "GPT-3.5 voice 2800 ms"):
        assert said in words
    joined = words.replace("\n", " ")
    assert "GPT-4 voice 5400 ms" in joined
    assert "Stivers et al., PNAS 2009" in joined
    assert "OpenAI's figures for its own models, not ours" in joined


def test_without_references_there_are_none():
    words = plots.distribution([180.0, 250.0], references=False).words
    assert "OpenAI" not in words
    assert "logarithmic" not in words


def test_a_few_values_have_no_interval():
    assert "CI" not in plots.distribution([180.0, 250.0]).words


def test_without_a_browser_the_axis_says_where_the_clock_stops():
    headless = [without(turn, "arrived", "rendered", "output_latency") for turn in some_turns(3)]
    figure = plots.distribution(headless)
    assert "last voiced sample → first sound in the session, milliseconds" in figure.words
    assert sorted(dots(figure)) == pytest.approx(sorted(trace.latencies(headless)))


def test_turns_without_a_figure_are_counted():
    words = plots.distribution([a_turn(0), Turn(1)]).words
    assert "Left out: 1 turn of 2 without this figure." in words
    assert "n = 1" in words


def test_what_a_logarithm_cannot_show_is_said():
    words = plots.distribution([-40.0, 0.0, 200.0]).words
    assert "Not drawn: 2 turns with less than 10 ms." in words
    assert "n = 3" in words


@pytest.mark.parametrize("given", [[], [Turn(0)], [0.0]])
def test_nothing_to_draw_is_said(given):
    figure = plots.distribution(given)
    assert figure.axes == []
    assert "There is no latency to draw" in figure.words


@pytest.mark.parametrize("given", [None, 5, "fast", ["fast"], [1.0, a_turn()], [float("nan")], [True]])
def test_anything_else_is_refused(given):
    with pytest.raises(UsageError, match=r"draws turns or milliseconds, not .*: give session.turns, or numbers"):
        plots.distribution(given)


def test_numbers_of_numpy_are_numbers():
    assert "n = 3" in plots.distribution(np.array([100, 200, 300])).words
