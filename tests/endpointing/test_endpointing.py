import numpy as np
import pytest
from sounds import spoken

from labkit import endpointing, pcm, samples
from labkit.endpointing import Curve, Point
from labkit.errors import AudioFileError, UsageError


def loud():
    """A detector that takes everything loud for speech."""
    return lambda window: float(np.sqrt(np.mean(np.square(window))) > 0.003)


def burst(gap_ms=0, speech_ms=700):
    """Noise, a gap, noise: with 300 ms of quiet before and after."""
    random = np.random.default_rng(1)

    def noise(ms, level):
        return random.normal(0, level, ms * 24).astype(np.int16)

    half = noise(speech_ms // 2, 3000)
    return np.concatenate([noise(300, 10), half, noise(gap_ms, 10), half, noise(300, 10)])


def by_hangover(curve):
    return {found.hangover_ms: found for found in curve.points}


def test_a_longer_hangover_waits_longer_and_cuts_less():
    curve = endpointing.curve([burst(), burst(350)], hangovers=(100, 200, 500), pauses=(), detector=loud)
    found = by_hangover(curve)
    assert [found[ms].cut for ms in (100, 200, 500)] == [1, 1, 0]
    assert found[100].cut_percent == 50
    assert 100 <= found[100].median_ms <= 140
    assert 500 <= found[500].median_ms <= found[500].p95_ms <= 540
    assert {point.n for point in curve.points} == {2}
    assert curve.source == "2 recordings"


def test_pauses_are_put_in_and_cut_what_is_too_impatient():
    curve = endpointing.curve([burst()], hangovers=(200, 700), pauses=(300, 500), detector=loud)
    assert curve.source == "1 recordings, and 2 with a pause put in"
    assert [found.cut for found in curve.points] == [2, 0]


def test_the_packages_own_recordings_are_heard_by_the_engines_detector():
    curve = endpointing.curve(hangovers=(500,), pauses=())
    (found,) = curve.points
    assert found.n == sum(samples.path(name).suffix == ".wav" for name in samples.names())
    assert found.cut == 0
    assert 480 <= found.median_ms <= 580


def test_files_are_recordings_too(tmp_path):
    pcm.write(tmp_path / "a.wav", pcm.to_samples(spoken("count to twenty")))
    curve = endpointing.curve([tmp_path / "a.wav", str(tmp_path / "a.wav")], (300,), pauses=(), detector=loud)
    assert curve.points[0].n == 2


@pytest.mark.parametrize(
    ("recordings", "said"),
    [([], "no recording"), (burst(), "Give a list"), ("a.wav", "Give a list"), (3, "Give a list")],
)
def test_what_is_no_list_of_recordings_is_refused(recordings, said):
    with pytest.raises(UsageError, match=said):
        endpointing.curve(recordings, detector=loud)


def test_recordings_without_speech_are_refused():
    with pytest.raises(UsageError, match="no sound in it"):
        endpointing.curve([np.zeros(24_000, dtype=np.int16)], detector=loud)
    with pytest.raises(UsageError, match="No speech was found"):
        endpointing.curve([burst() // 100], pauses=(), detector=loud)
    with pytest.raises(AudioFileError):
        endpointing.curve(["missing.wav"], detector=loud)


@pytest.mark.parametrize("hangovers", [(), (0,), (5000,)])
def test_hangovers_have_limits(hangovers):
    with pytest.raises(UsageError, match="from 20 to 1500"):
        endpointing.curve([burst()], hangovers, detector=loud)


def test_what_was_measured_on_people_is_there():
    spoken_as_is, with_pauses = endpointing.measured()
    for curve in (spoken_as_is, with_pauses):
        assert curve.date
        assert [found.hangover_ms for found in curve.points] == [*endpointing.HANGOVERS, None]
        assert {found.n for found in curve.points} == {curve.points[0].n}
    cut = {found.policy: found.cut for found in with_pauses.points}
    assert cut["semantic_vad"] < cut["200 ms"]
    assert spoken_as_is.points[0].cut <= with_pauses.points[0].cut


def test_a_points_figures():
    found = endpointing.point("200 ms", 200, [-300, 210, 230, 250])
    assert (found.n, found.cut, found.median_ms, found.p95_ms) == (4, 1, 230, 250)
    assert endpointing.point("64 ms", 64, [-1]).median_ms is None


@pytest.fixture
def two():
    fixed = (Point("200 ms", 200, 10, 10, 0, None, None), Point("500 ms", 500, 10, 4, 0, 520, 540))
    words = Point("semantic_vad", None, 10, 2, 1, 190, 300)
    return Curve("ten people", "2026-11-20", (*fixed, words))


def test_the_plot_says_n_units_source_and_whose_defaults(two):
    words = endpointing.plot(two).words.replace("\n", " ")
    assert "n = 10: ten people, measured 2026-11-20." in words
    assert "semantic_vad: median 190 ms, 2 of 10 cut off, 1 of these taken up again." in words
    assert "turns cut off early, %" in words
    assert "milliseconds" in words
    assert "LiveKit: at least 500 ms" in words
    assert "pipecat" not in words  # this curve has no 800 ms
    assert "Not drawn, for no turn was left to wait for: 200 ms" in words
    assert "not a figure of that peer" in words


def test_the_plot_has_a_dot_a_hangover_and_rings_where_peers_are(two):
    figure = endpointing.plot(two)
    (axes,) = figure.axes
    by_marker = {line.get_marker(): line for line in axes.lines}
    assert list(by_marker["*"].get_xydata()[0]) == [190, 20]
    assert list(by_marker["D"].get_xydata()[0]) == [520, 40]
    drawn, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    assert drawn.x1 <= width
    assert drawn.y1 <= height


@pytest.mark.parametrize("given", [(), (3,), ([],)])
def test_only_curves_are_plotted(given):
    with pytest.raises(UsageError, match="plot draws curves"):
        endpointing.plot(*given)
