"""What many latencies come to: median with its confidence interval, 95th percentile, n."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 2000
LEAST_FOR_INTERVAL = 5
"""With fewer values a bootstrap says more about itself than about them."""


@dataclass(frozen=True)
class Summary:
    """Of a list of milliseconds; missing is `None`."""

    n: int
    median: float | None
    low: float | None
    """95 % bootstrap confidence interval of the median (percentile method, seeded), from five values on."""
    high: float | None
    p95: float | None
    """Nearest rank."""

    def __str__(self) -> str:
        if self.median is None or self.p95 is None:
            return "n = 0"
        unsure = "" if self.low is None else f" (95 % CI {self.low:.0f} to {self.high:.0f})"
        return f"median {self.median:.0f} ms{unsure}, p95 {self.p95:.0f} ms, n = {self.n}"


def summary(values: Sequence[float]) -> Summary:
    """The figures of a list of milliseconds, the same on every run."""
    if not values:
        return Summary(0, None, None, None, None)
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    p95 = float(ordered[math.ceil(0.95 * len(ordered)) - 1])
    low, high = interval(ordered) if len(ordered) >= LEAST_FOR_INTERVAL else (None, None)
    return Summary(len(ordered), float(np.median(ordered)), low, high, p95)


def interval(values: Sequence[float] | np.ndarray) -> tuple[float, float]:
    """95 % bootstrap confidence interval of the median."""
    given = np.asarray(values, dtype=np.float64)
    drawn = np.random.default_rng(0).integers(0, len(given), (RESAMPLES, len(given)))
    low, high = np.percentile(np.median(given[drawn], axis=1), [2.5, 97.5])
    return float(low), float(high)
