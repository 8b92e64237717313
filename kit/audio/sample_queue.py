"""Samples that wait to be heard, put in by one side and taken by the other at its own pace.

Where samples are missing because the source is late, the sound dies away and comes back within milliseconds instead
of breaking off; and it comes back only with a small store, so that a source that is a little late each time is heard
with one gap and not with many.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from .frames import Samples, scaled
from .ramps import equal_power

Floats = NDArray[np.float32]

_SOFT_S = 0.005
_STORE_S = 0.06
_CONVERTED_S = 0.25
_ONE = np.float32(1)
_NONE = np.empty(0, np.float32)


class SampleQueue:
    """Mono samples, shape `(n,)`; what comes out are their numbers as floats, times a gain, ready to be mixed.

    Args:
        sample_rate: In Hz; it tells how many samples a fade has.
    """

    def __init__(self, sample_rate: int) -> None:
        self.buffered = 0
        """Samples that wait."""
        self._pieces: deque[Samples] = deque()
        self._first: Samples = np.empty(0, np.int16)
        self._scaled: Floats = _NONE
        self._gain = _ONE
        self._at = 0
        self._ended = False
        self._soft = round(_SOFT_S * sample_rate)
        self._store = round(_STORE_S * sample_rate)
        self._converted = round(_CONVERTED_S * sample_rate)
        self._last = 0.0
        self._missed = 0
        self._starved = False

    def push(self, samples: Samples) -> None:
        """Put samples behind the others. The queue keeps them: they must not change."""
        if len(samples):
            self._pieces.append(samples)
            self.buffered += len(samples)

    def end(self) -> None:
        """Nothing more will be pushed."""
        self._ended = True

    @property
    def exhausted(self) -> bool:
        """Whether it has ended, and all of it was taken."""
        return self._ended and not self.buffered

    @property
    def remaining(self) -> int | None:
        """Samples until it is exhausted; None where that is not known."""
        return self.buffered if self._ended else None

    def take(self, count: int, gain: np.float32 = _ONE) -> Floats:
        """The next samples: `count` of them, or fewer where there are no more, now or for good."""
        if gain != self._gain:
            self._gain = gain
            self._scaled = scaled(self._first, gain)
        if self._starved:
            return self._take_or_fade(count)
        if self._at == len(self._scaled) and self._pieces:
            self._scale_next(max(count, self._converted))
        start, stop = self._at, self._at + count
        if stop > len(self._scaled):
            return self._take_or_fade(count)
        self._at = stop
        self.buffered -= count
        return self._scaled[start:stop]

    def _take_or_fade(self, count: int) -> Floats:
        if self._starved and not self._ended and self.buffered < self._store:
            return self._fading(count)
        samples = self._next(min(count, self.buffered))
        if self._starved and len(samples):
            samples = self._coming_back(samples)
        if len(samples) < count and not self._ended:
            self._starved, self._missed = True, 0
            self._last = float(self._scaled[-1]) if len(self._scaled) else 0.0
            samples = np.concatenate([samples, self._fading(count - len(samples))])
        return samples

    def _next(self, count: int) -> Floats:
        self.buffered -= count
        parts: list[Floats] = []
        while count:
            if self._at == len(self._scaled):
                self._scale_next(max(count, self._converted))
            part = self._scaled[self._at : self._at + count]
            self._at += len(part)
            parts.append(part)
            count -= len(part)
        return parts[0] if len(parts) == 1 else np.concatenate([_NONE, *parts])

    def _scale_next(self, most: int) -> None:
        """Make ready what comes next, so many samples at most."""
        piece = self._pieces.popleft()
        if len(piece) > most:
            self._pieces.appendleft(piece[most:])
            piece = piece[:most]
        self._first, self._scaled, self._at = piece, scaled(piece, self._gain), 0

    def _fading(self, count: int) -> Floats:
        """In place of what is missing: the last sample, dying away."""
        count = max(0, min(count, self._soft - self._missed))
        phase = 1 - (self._missed + np.arange(1, count + 1)) / self._soft
        self._missed += count
        return np.asarray(self._last * equal_power(phase), np.float32)

    def _coming_back(self, samples: Floats) -> Floats:
        self._starved = False
        faded = samples.copy()
        count = min(self._soft, len(samples))
        faded[:count] *= equal_power(np.arange(1, count + 1) / count).astype(np.float32)
        return faded
