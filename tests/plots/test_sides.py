import statistics

import pytest
from draw_plots import CASCADE, a_turn, some_turns, without
from matplotlib.collections import LineCollection

from labkit import plots, trace
from labkit.errors import UsageError
from labkit.turns import Turn


def of_label(axes, label):
    return next(found for found in axes.collections if found.get_label() == label)


def test_compare_pairs_the_turns_and_says_the_difference():
    quick, slow = [a_turn(place) for place in range(6)], [a_turn(place, scale=2) for place in range(6)]
    figure = plots.compare(quick, slow, ("quick", "slow"))
    top, bottom = figure.axes
    pairs = next(found for found in top.collections if isinstance(found, LineCollection))
    assert [tuple(path.vertices[:, 1]) for path in pairs.get_paths()] == [pytest.approx((222.0, 408.0))] * 6
    words = figure.words.replace("\n", " ")
    assert "quick (n = 6) against slow (n = 6)" in words
    assert "Paired difference, slow less quick: median +186 ms (95 % CI +186 to +186), n = 6 pairs." in words
    assert "latency, ms" in words
    assert [label.get_text() for label in bottom.get_yticklabels()] == ["quick", "slow"]


def test_the_bars_are_the_medians_of_each_stage():
    turns = some_turns(7)
    _, bottom = plots.compare(turns, some_turns(3, CASCADE)).axes
    models = [path.vertices[:, 0] for path in of_label(bottom, "end of turn").get_paths()]
    expected = statistics.median(trace.trace(turn).spans[0].end_ms for turn in turns)
    assert models[0].max() - models[0].min() == pytest.approx(expected)


def test_turns_without_a_partner_are_not_paired():
    words = plots.compare(some_turns(6), [*some_turns(3), Turn(3)]).words
    assert "n = 3 pairs" in words
    assert "b: Missing in 1 turn of 4: No sound of an answer came." in words.replace("\n", " ")


def test_sides_that_end_at_different_moments_are_not_comparable():
    headless = [without(turn, "arrived", "rendered", "output_latency") for turn in some_turns(3)]
    assert "Careful: they do not all end at the same moment" in plots.compare(some_turns(3), headless).words


def test_two_empty_sides_are_words():
    figure = plots.compare([], [Turn(0)])
    assert figure.axes == []
    assert "nothing measured (n = 0 of 1 turn)" in figure.words


@pytest.mark.parametrize("names", ["ab", ("a",), ("a", "b", "c")])
def test_two_names_are_needed(names):
    with pytest.raises(UsageError, match="two names"):
        plots.compare([], [], names)


@pytest.mark.parametrize("given", [None, 3, [1.0], a_turn()])
def test_compare_takes_turns(given):
    with pytest.raises(UsageError, match="draws a list of turns"):
        plots.compare(some_turns(1), given)


def test_pipelines_stand_side_by_side_and_beside_published_figures():
    figure = plots.pipelines({"cascade": some_turns(5, CASCADE), "realtime": some_turns(6), "not yet": []})
    top, bottom = figure.axes
    words = figure.words.replace("\n", " ")
    for axes in (top, bottom):
        assert [label.get_text() for label in axes.get_yticklabels()] == ["cascade", "realtime", "not yet"]
    assert "transcription" in words
    assert "not yet: nothing measured (n = 0 of 0 turns)." in words
    assert "OpenAI's figures for its own models, not ours" in words
    assert "GPT-4 voice 5400 ms" in words
    assert "median latency, milliseconds (logarithmic)" in words
    medians = [line.get_xdata()[0] for line in bottom.lines if line.get_marker() == "D"]
    assert medians == pytest.approx(
        [statistics.median(trace.latencies(turns)) for turns in (some_turns(5, CASCADE), some_turns(6))]
    )


def test_no_pipeline_is_words():
    assert "There is no pipeline to draw (n = 0)." in plots.pipelines({}).words


@pytest.mark.parametrize("given", [None, [some_turns(1)], "cascade"])
def test_pipelines_need_names(given):
    with pytest.raises(UsageError, match="several lists of turns with names"):
        plots.pipelines(given)


def test_pipelines_need_turns():
    with pytest.raises(UsageError, match="draws a list of turns"):
        plots.pipelines({"cascade": 3})
