"""Sums of products by one thread.

The matrix library shares a long product out to threads. Where other work runs beside, that takes a hundred times as
long as the product itself, and behind it the threads spin for tens of milliseconds in case there is more to do.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_ONE_THREAD = 10_000
"""Up to so many samples the library itself stays with one."""


def dot(one: NDArray[Any], other: NDArray[Any]) -> float:
    """The sum of the products of two arrays of shape `(n,)`."""
    if len(one) <= _ONE_THREAD:
        return float(np.dot(one, other))
    pieces = (slice(start, start + _ONE_THREAD) for start in range(0, len(one), _ONE_THREAD))
    return sum(float(np.dot(one[piece], other[piece])) for piece in pieces)


def gram(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """`rows.T @ rows`, shape `(k, k)` where that of `rows` is `(n, k)`."""
    return np.asarray(np.einsum("ij,ik->jk", rows, rows))
