import pytest
from draw_plots import a_turn

from labkit import plots
from labkit.errors import UsageError
from labkit.translated import Utterance, Word


def an_utterance(first_audio_ms: float | None = 2310) -> Utterance:
    heard = [Word("Where", 1000, 1500), Word(" is it?", 1500, 2500)]
    said = [Word("¿Dónde ", 2310, 2600), Word("está?", 2600, 3900)]
    return Utterance(1000, 2500, first_audio_ms, heard, said)


def test_phrase_and_translation_stand_where_they_were():
    figure = plots.interpreting({"by turns": a_turn(), "the socket": an_utterance()})
    (axes,) = figure.axes
    bars = {found.get_label(): found[0] for found in axes.containers}
    socket = bars["the socket: translation"]
    assert (socket.get_x(), socket.get_width()) == (-190, 1590)
    assert bars["the socket: phrase"].get_x() == -1500
    assert bars["by turns: translation"].get_x() > 0
    assert "the socket: the translation begins 190 ms before the end of the phrase" in figure.words
    assert "“Where is it?” → “¿Dónde está?”" in figure.words
    assert "(n = 2)" in figure.words


def test_what_is_missing_is_said():
    figure = plots.interpreting({"early": an_utterance(), "late": an_utterance(None)})
    assert "Missing: late has no end of a phrase, or no translation was heard." in figure.words
    assert "Missing" in plots.interpreting({"late": an_utterance(None)}).words


@pytest.mark.parametrize("given", [None, [an_utterance()], {"a": 3}])
def test_anything_else_is_refused(given):
    with pytest.raises(UsageError, match=r"plots\.interpreting draws"):
        plots.interpreting(given)
