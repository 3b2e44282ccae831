import pytest

from labkit import bench
from labkit.summaries import interval, summary


def test_figures_of_a_list():
    found = summary([10.0, 20.0, 30.0, 40.0, 50.0])
    assert (found.n, found.median, found.p95) == (5, 30.0, 50.0)
    assert found.low is not None
    assert found.high is not None
    assert 10 <= found.low <= 30 <= found.high <= 50


def test_the_interval_is_the_same_on_every_run_and_narrows_with_n():
    few, many = interval(range(10)), interval([value % 10 for value in range(1000)])
    assert few == interval(range(10))
    assert many[1] - many[0] < few[1] - few[0]


@pytest.mark.parametrize("count", [1, 4])
def test_a_few_values_have_no_interval(count):
    found = summary([5.0] * count)
    assert (found.median, found.low, found.high) == (5.0, None, None)


def test_nothing_has_no_figures():
    assert str(summary([])) == "n = 0"


def test_the_95th_percentile_is_the_benches():
    values = [float(value**2 % 97) for value in range(40)]
    assert summary(values).p95 == bench.summary(values)["p95"]
