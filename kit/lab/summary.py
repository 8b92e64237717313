"""A few figures that stand for many, and how sure they are.

Intervals are percentile bootstrap intervals (Efron and Tibshirani 1993, *An Introduction to the Bootstrap*, chapter
13): the values are drawn again with replacement many times, and the middle 95 % of the statistics so found is the
interval. They say how much the figure would move with other turns of the same kind; in virtual time with constant
latencies, where every turn is the same, they have no width.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

CONFIDENCE = 0.95
RESAMPLES = 2_000
_VALUES_AT_ONCE = 1_000_000


@dataclass(frozen=True, slots=True)
class Interval:
    """`confidence`: how often an interval made this way holds the true value, 0 to 1."""

    low_s: float
    high_s: float
    confidence: float = CONFIDENCE


@dataclass(frozen=True, slots=True)
class Summary:
    """Of `n` values in seconds. The intervals are None for a single value, which says nothing of its own spread.

    `p95_s` is interpolated between the two values around it; with fewer than 20 values it is near the greatest one.
    """

    n: int
    median_s: float
    p95_s: float
    mean_s: float
    mean_interval: Interval | None
    median_interval: Interval | None


def summarize(values_s: Sequence[float], *, seed: int = 0) -> Summary | None:
    """Median, 95th percentile and mean, with their intervals; None if there are no values.

    Args:
        values_s: Seconds, in any order.
        seed: Of the bootstrap: the same values and seed give the same intervals.
    """
    values = np.asarray(values_s, dtype=np.float64)
    if values.size == 0:
        return None
    return Summary(
        n=int(values.size),
        median_s=_tidy(np.median(values)),
        p95_s=_tidy(np.percentile(values, 95)),
        mean_s=_tidy(values.mean()),
        mean_interval=bootstrap(values, np.mean, seed=seed),
        median_interval=bootstrap(values, np.median, seed=seed),
    )


def bootstrap(
    values: NDArray[np.float64], statistic: Callable[..., Any], *, seed: int = 0, resamples: int = RESAMPLES
) -> Interval | None:
    """The interval of a statistic that takes `axis`, as numpy's do. None for fewer than two values."""
    n = values.size
    if n < 2:
        return None
    random = np.random.default_rng(seed)
    at_once = max(1, _VALUES_AT_ONCE // n)
    found = [
        statistic(values[random.integers(0, n, (min(at_once, resamples - done), n))], axis=1)
        for done in range(0, resamples, at_once)
    ]
    tail = 100 * (1 - CONFIDENCE) / 2
    low, high = np.percentile(np.concatenate(found), [tail, 100 - tail])
    return Interval(_tidy(low), _tidy(high))


def _tidy(value: Any) -> float:
    """Without the last bits that adding up has left: to the nanosecond, as the journal's times are."""
    return round(float(value), 9) + 0.0
