import numpy as np
import pytest
from draw_plots import a_barge_in, a_turn, some_turns

from labkit import plots
from labkit.errors import AudioFileError, UsageError
from labkit.turns import Turn


def bars(figure):
    (axes,) = figure.axes
    return {found.get_label(): found[0].get_width() for found in axes.containers}


def test_heard_and_never_heard_are_as_long_as_they_were():
    figure = plots.barge_in(a_barge_in())
    assert bars(figure) == {"heard": 3900.0, "never heard": 7300.0}
    assert "heard 3900 ms" in figure.words
    assert "never heard 7300 ms" in figure.words
    assert "milliseconds of the answer's sound" in figure.words


def test_the_stop_latency_ends_where_it_fell_silent():
    figure = plots.barge_in(a_barge_in())
    (axes,) = figure.axes
    band = next(patch for patch in axes.patches if patch.get_label() == "stop latency")
    assert (band.get_x(), band.get_x() + band.get_width()) == pytest.approx((3690.0, 3900.0))
    assert "interruption begins, 210 ms later silent" in figure.words
    assert "Response latency 222 ms" in figure.words


def test_words_stand_at_their_place_and_the_unheard_are_slanted():
    figure = plots.barge_in(a_barge_in())
    (axes,) = figure.axes
    words = {text.get_text(): text for text in axes.texts}
    assert words["three"].xy[0] == 1120.0
    assert words["six"].get_style() == "normal"
    assert words["nine"].get_style() == "italic"
    assert "Never heard: “eight nine ten" in figure.words


def test_words_without_room_are_left_out():
    cut, after = a_barge_in()
    cut.words = [(f"w{place} ", place * 5.0) for place in range(2000)]
    (axes,) = plots.barge_in([cut, after]).axes
    assert 10 < len([text for text in axes.texts if text.get_text().startswith("w")]) < 50


def test_a_single_turn_says_that_the_beginning_is_not_known():
    words = plots.barge_in(a_barge_in()[0]).words
    assert "Missing: Nobody was heard interrupting" in words
    assert "silent" in words.splitlines()


def test_estimated_words_are_said_to_be_estimated():
    cut, after = a_barge_in()
    cut.heard_exact = False
    cut.words = [(word, 0.0) for word, _ in cut.words]
    figure = plots.barge_in([cut, after])
    (axes,) = figure.axes
    assert {text.get_text(): text for text in axes.texts}["two"].xy[0] == 560.0
    assert "estimated in proportion" in figure.words


def test_the_sound_is_drawn_as_loud_as_it_is():
    sound = np.zeros(11_200 * 24, dtype=np.int16)
    sound[: len(sound) // 2] = 8000
    (axes,) = plots.barge_in(a_barge_in(), sound).axes
    heard, unheard = axes.collections[:2]
    assert heard.get_paths()[0].vertices[:, 1].max() == pytest.approx(1.0)
    loud = unheard.get_paths()[0].vertices
    assert np.abs(loud[loud[:, 0] > 5700, 1]).max() == pytest.approx(0.02)


def test_an_answer_that_nobody_interrupted_was_heard():
    figure = plots.barge_in([a_turn()])
    assert bars(figure) == {"heard": 1400.0, "never heard": 0.0}
    assert "This answer was not interrupted" in figure.words


def test_the_newest_interruption_is_drawn():
    cut, after = a_barge_in()
    assert "turn 1:" in plots.barge_in([cut, after, *some_turns(5)[2:]]).words


def test_a_barge_in_during_nothing():
    assert "no sound" in plots.barge_in([Turn(0, interrupted=True)]).words
    assert "n = 0" in plots.barge_in([]).words


def test_how_much_was_heard_may_be_unknown():
    cut, after = a_barge_in()
    cut.heard_ms = None
    assert "Missing: How much was heard is not known" in plots.barge_in([cut, after]).words


@pytest.mark.parametrize("given", [None, 3, "turn", [1], {"a": 1}])
def test_what_is_no_turn_is_refused(given):
    with pytest.raises(UsageError, match=r"plots.barge_in draws turns, not .*: give session.turns"):
        plots.barge_in(given)


def test_what_is_no_sound_is_refused():
    with pytest.raises(AudioFileError):
        plots.barge_in(a_barge_in(), np.zeros((2, 2)))
