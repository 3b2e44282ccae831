import re
import xml.etree.ElementTree as ET
from itertools import pairwise
from urllib.parse import unquote

import matplotlib as mpl
import pytest
from draw_plots import a_barge_in, a_turn, some_turns
from matplotlib.colors import to_rgb
from matplotlib.text import Text

from labkit import plots
from labkit.errors import UsageError
from labkit.plots import theme
from labkit.plots.sheet import Sheet, shorten

EVERY = {
    "waterfall": lambda: plots.waterfall(a_turn()),
    "conversation": lambda: plots.conversation(some_turns(5)),
    "distribution": lambda: plots.distribution(some_turns(5)),
    "definitions": lambda: plots.definitions(a_turn()),
    "barge_in": lambda: plots.barge_in(a_barge_in()),
    "compare": lambda: plots.compare(some_turns(5), some_turns(5, scale=2)),
    "pipelines": lambda: plots.pipelines({"one": some_turns(5), "two": some_turns(3)}),
}


@pytest.fixture(autouse=True)
def usual_theme():
    yield
    plots.use(None)


@pytest.mark.parametrize("draw", EVERY.values(), ids=EVERY)
def test_every_plot_says_its_units_and_n(draw):
    words = draw().words
    assert "milliseconds" in words
    assert "n = " in words


@pytest.mark.parametrize("draw", EVERY.values(), ids=EVERY)
def test_every_plot_is_a_well_formed_svg_of_text_the_same_each_time(draw):
    svg = draw().svg
    assert svg == draw().svg
    assert ET.fromstring(svg[svg.index("<svg") :]).tag.endswith("svg")
    assert "n = " in svg  # text stays text
    assert "<dc:date>" not in svg
    assert len(svg) < 100_000


@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize("draw", EVERY.values(), ids=EVERY)
def test_nothing_is_smaller_than_12_points_or_hard_to_read(draw, name):
    plots.use(name)
    figure = draw()
    assert to_rgb(figure.get_facecolor()) == to_rgb(theme.current().background)
    for text in figure.findobj(Text):
        if text.get_text():
            assert text.get_fontsize() >= 12
            assert contrast(text.get_color(), theme.current().background) >= 4.5


@pytest.mark.parametrize("draw", EVERY.values(), ids=EVERY)
def test_no_words_leave_the_sheet_and_no_lines_of_the_caption_meet(draw):
    figure = draw()
    drawn, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    assert drawn.x0 >= 0
    assert drawn.y0 >= 0
    assert drawn.x1 <= width
    assert drawn.y1 <= height
    lines = [text.get_window_extent() for text in figure.texts]
    assert not any(a.overlaps(b) for a in lines for b in lines if a is not b)


@pytest.mark.parametrize("background", [theme.LIGHT.background, theme.DARK.background])
def test_every_span_can_be_told_from_the_background_or_has_an_outline(background):
    looks = [theme.look(name) for name in theme.SPAN_NAMES]
    assert len(set(looks)) == len(theme.SPAN_NAMES)
    ink = theme.LIGHT.ink if background == theme.LIGHT.background else theme.DARK.ink
    assert contrast(ink, background) >= 7


def test_neighbouring_spans_differ_in_hatch_or_clearly_in_lightness():
    looks = [theme.look(name) for name in theme.SPAN_NAMES]
    for (colour, hatch), (after, after_hatch) in pairwise(looks):
        assert hatch != after_hatch or contrast(colour, after) >= 1.5


def test_drawing_changes_none_of_matplotlibs_settings():
    before = dict(mpl.rcParams)
    for draw in EVERY.values():
        assert draw().svg
    assert dict(mpl.rcParams) == before


def test_somebody_elses_settings_do_not_change_a_plot():
    usual = plots.waterfall(a_turn()).svg
    with mpl.rc_context({"font.size": 4, "axes.facecolor": "red", "lines.linewidth": 9}):
        assert plots.waterfall(a_turn()).svg == usual


def test_jupyter_shows_it_as_an_image_of_svg_with_its_words_for_who_cannot_see():
    from IPython.core.formatters import DisplayFormatter

    shown, _ = DisplayFormatter().format(plots.waterfall(a_turn()))
    assert set(shown) == {"text/plain", "text/html", "image/svg+xml"}
    alt, source = re.fullmatch(
        r'<img alt="([^"]*)" style="max-width: 100%" src="([^"]*)">', shown["text/html"]
    ).groups()
    assert alt.startswith("Where the time went: turn 1, “what time is it” n = 1 turn. Voice-to-voice 222 ± 12 ms")
    kind, _, svg = source.partition(",")
    assert kind == "data:image/svg+xml"
    assert ET.fromstring(unquote(svg)).tag.endswith("svg")
    assert shown["image/svg+xml"] == unquote(svg)


def test_themes_are_chosen_by_name():
    plots.use("dark")
    assert theme.current() is theme.DARK
    plots.use(None)
    assert theme.current() is theme.LIGHT
    with pytest.raises(UsageError, match="'dark', 'light' or None"):
        plots.use("solarized")


def test_a_plot_keeps_its_theme_when_another_is_chosen_later():
    figure = plots.waterfall(a_turn())
    svg = figure.svg
    plots.use("dark")
    assert figure.svg == svg


def test_an_unknown_span_is_drawn_too():
    assert theme.look("telepathy") not in [theme.look(name) for name in theme.SPAN_NAMES]


def test_long_words_are_shortened():
    assert shorten("as long as it is", 8) == "as long…"
    assert shorten("short", 8) == "short"
    assert isinstance(plots.waterfall(a_turn()), Sheet)


def contrast(one, other):
    """WCAG 2 contrast ratio."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
