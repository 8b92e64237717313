"""A decoded sound while it plays: once, or over and over; what comes next can be looked at before it is taken."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .frames import Samples, scaled
from .loops import fade_within, seam

_ONE = np.float32(1)


class Playhead:
    """A place in a sound that is wholly there, mono, shape `(n,)`.

    Args:
        again: What follows the sound's end, over and over; None: nothing does.
    """

    __slots__ = ("_again", "_at", "_samples")

    def __init__(self, samples: Samples, again: Samples | None = None) -> None:
        self._samples = samples
        self._again = again if again is not None and len(again) else None
        self._at = 0

    @classmethod
    def looped(cls, samples: Samples, fade: int) -> Playhead:
        """The sound without end, joined to itself within `fade` samples, or half of it where it is shorter than both
        its fades; at 0 as it is. See `kit.audio.loops`."""
        if not (fade := fade_within(len(samples), fade)):
            return cls(samples, samples)
        first = samples[: len(samples) - fade]
        return cls(first, np.concatenate([seam(samples[len(samples) - fade :], samples[:fade]), first[fade:]]))

    @property
    def exhausted(self) -> bool:
        """Whether all of it was taken."""
        return self._again is None and self._at >= len(self._samples)

    @property
    def remaining(self) -> int | None:
        """Samples until then; None where it has no end."""
        return None if self._again is not None else len(self._samples) - self._at

    def ahead(self, count: int) -> Samples:
        """The next samples, which stay where they are: `count` of them, or fewer at the end."""
        part = self._samples[self._at : self._at + count]
        if len(part) == count or self._again is None:
            return part
        rest = count - len(part)
        return np.concatenate([part, np.resize(self._again, rest)])

    def skip(self, count: int) -> None:
        self._at += count
        if self._at < len(self._samples):
            return
        if self._again is None:
            self._at = len(self._samples)
        else:
            self._at = (self._at - len(self._samples)) % len(self._again)
            self._samples = self._again

    def take(self, count: int, gain: np.float32 = _ONE) -> NDArray[np.float32]:
        """The next samples times a gain: `count` of them, or fewer at the end."""
        samples = self.ahead(count)
        self.skip(len(samples))
        return scaled(samples, gain)

    def end(self) -> None:
        """Nothing more comes."""
        self._samples, self._again = self._samples[: self._at], None
