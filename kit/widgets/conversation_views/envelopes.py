"""What of a sound is drawn: the smallest and the greatest sample of every few milliseconds, at several resolutions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...audio.frames import Samples

FINEST_S = 0.002
FINEST_LONG_S = 0.008
LONG_S = 600.0
"""A longer recording is not drawn finer than `FINEST_LONG_S`."""
FACTOR = 8
LEVELS = 3
LIVE_BIN_S = 0.016


@dataclass(frozen=True, slots=True)
class Level:
    """`extremes`: shape (channels, bins, 2), smallest and greatest sample; the last bin may be shorter than `bin_s`."""

    bin_s: float
    extremes: NDArray[np.int16]


def levels(samples: Samples, rate: int) -> list[Level]:
    """The sound at several resolutions, the finest first. Samples of shape (n, channels)."""
    finest_s = FINEST_S if len(samples) <= LONG_S * rate else FINEST_LONG_S
    size = max(1, round(finest_s * rate))
    smallest, greatest = _reduced(samples, size, np.minimum), _reduced(samples, size, np.maximum)
    found = []
    for _ in range(LEVELS):
        found.append(Level(size / rate, np.ascontiguousarray(np.stack([smallest.T, greatest.T], axis=-1))))
        smallest, greatest = _reduced(smallest, FACTOR, np.minimum), _reduced(greatest, FACTOR, np.maximum)
        size *= FACTOR
    return found


def _reduced(values: NDArray[np.int16], size: int, what: np.ufunc) -> NDArray[np.int16]:
    if not len(values):
        return values
    whole = len(values) // size * size
    extremes: NDArray[np.int16] = what.reduce(values[:whole].reshape(-1, size, values.shape[1]), axis=1)
    if whole == len(values):
        return extremes
    return np.concatenate([extremes, what.reduce(values[whole:], axis=0)[np.newaxis]])


class LiveEnvelope:
    """One channel as it grows, 750 bytes a second. Frames may leave gaps, which are silence."""

    def __init__(self) -> None:
        self._extremes = np.zeros((1024, 2), np.int16)
        self._length = 0
        self._fresh = 0
        """From here on it has changed since the last time."""

    def add(self, t_s: float, samples: NDArray[np.int16], rate: int) -> None:
        """Sound whose first sample is at `t_s`."""
        if not len(samples) or t_s < 0:
            return
        places = ((t_s + np.arange(len(samples)) / rate) / LIVE_BIN_S + 1e-6).astype(int)
        starts = np.flatnonzero(np.diff(places, prepend=-1))
        first, last = int(places[0]), int(places[-1])
        while last >= len(self._extremes):
            self._extremes = np.concatenate([self._extremes, np.zeros_like(self._extremes)])
        bins = self._extremes[first : last + 1]
        np.minimum(bins[:, 0], np.minimum.reduceat(samples, starts), out=bins[:, 0])
        np.maximum(bins[:, 1], np.maximum.reduceat(samples, starts), out=bins[:, 1])
        self._length = max(self._length, last + 1)
        self._fresh = min(self._fresh, first)

    def take(self, *, all_of_it: bool = False) -> tuple[int, NDArray[np.int16]]:
        """What is new since the last time, or all: the number of its first bin, and the extremes, shape (bins, 2)."""
        first, self._fresh = 0 if all_of_it else self._fresh, self._length
        return first, self._extremes[first : self._length].copy()
