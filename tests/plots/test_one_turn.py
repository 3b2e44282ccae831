import pytest
from draw_plots import CASCADE, a_turn, some_turns, without
from matplotlib.collections import PolyCollection

from labkit import plots, trace
from labkit.errors import UsageError
from labkit.turns import Turn


def widths(axes):
    """(label, start, end) of every bar made of spans, in ms."""
    found = []
    for collection in axes.collections:
        if isinstance(collection, PolyCollection) and not collection.get_label().startswith("_"):
            for path in collection.get_paths():
                x = path.vertices[:, 0]
                found.append((collection.get_label(), x.min(), x.max()))
    return found


def test_a_waterfall_has_a_bar_a_span_where_the_trace_has_it():
    turn = a_turn()
    figure = plots.waterfall(turn)
    (axes,) = figure.axes
    spans = [(span.name, span.start_ms, span.end_ms) for span in trace.trace(turn).spans]
    assert [name for name, *_ in widths(axes)] == [name for name, *_ in spans]
    for drawn, span in zip(widths(axes), spans, strict=True):
        assert drawn[1:] == pytest.approx(span[1:])
    assert [label.get_text() for label in axes.get_yticklabels()] == [*(span[0] for span in spans), "all of it"]
    assert "140 ms" in figure.words
    assert "222 ± 12 ms" in figure.words
    assert "milliseconds after the last voiced sample" in figure.words


def test_a_cascade_shows_its_stages():
    words = plots.waterfall(a_turn(0, CASCADE)).words
    assert all(stage in words for stage in ("transcription", "model", "voice"))


def test_a_trace_is_drawn_as_its_turn_is():
    assert plots.waterfall(trace.trace(a_turn())).svg == plots.waterfall(a_turn()).svg


def test_what_is_missing_is_said_under_the_plot():
    words = plots.waterfall(without(a_turn(), "arrived", "rendered", "output_latency")).words
    assert "Missing: No browser took part" in words
    assert "this is not voice-to-voice" in words
    assert "±" not in words


def test_a_turn_of_which_nothing_is_known_is_a_sheet_of_words():
    figure = plots.waterfall(Turn(3))
    assert figure.axes == []
    assert "turn 4" in figure.words
    assert "n = 1 turn, 0 spans" in figure.words
    assert "Missing: No sound of an answer came." in figure.words


def test_a_typed_turn_says_where_its_axis_begins():
    typed = without(a_turn(), "first_voiced", "last_voiced", "speech_stopped", "committed")
    assert "milliseconds after the answer was begun (the turn was typed)" in plots.waterfall(typed).words


@pytest.mark.parametrize("plot", [plots.waterfall, plots.definitions])
@pytest.mark.parametrize("given", [None, 3, "turn", {"a": 1}, []])
def test_what_is_no_turn_is_refused(plot, given):
    with pytest.raises(UsageError, match=r"draws one turn, not .*session.turns\[-1\]|turns\[-1\]"):
        plot(given)


def test_a_list_is_refused_with_the_way_to_choose_one():
    with pytest.raises(UsageError, match=r"not a list of Turn: give one of them, such as turns\[-1\]"):
        plots.waterfall(some_turns(2))


def test_definitions_draws_every_figure_from_its_start_to_its_end():
    turn = a_turn()
    figure = plots.definitions(turn)
    (axes,) = figure.axes
    drawn = [(bar.get_x(), bar.get_width()) for bars in axes.containers for bar in bars]
    peers = trace.trace(turn).peers
    assert drawn == [pytest.approx((peer.start_ms, peer.ms)) for peer in peers]
    assert f"{len(peers)} of {len(peers)} definitions apply" in figure.words
    assert "speech stopped → first audio" in figure.words


def test_definitions_that_do_not_apply_say_so():
    figure = plots.definitions(without(a_turn(), "arrived", "rendered", "output_latency"))
    assert "cannot be said of this turn" in figure.words
    assert "7 of 8 definitions apply" in figure.words


def test_definitions_of_a_turn_without_stamps():
    assert "no definition applies" in plots.definitions(Turn(0)).words
