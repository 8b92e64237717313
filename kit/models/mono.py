"""Frames of any rate and any number of channels as one stream of mono samples, the way speech engines take it."""

from __future__ import annotations

import numpy as np
from livekit.rtc import AudioFrame
from numpy.typing import NDArray

from ..audio.frames import mixed_to_mono, samples_of
from ..audio.resampling import Resampler


class MonoStream:
    """Mono samples at `rate` Hz from the frames that are pushed. A frame of another format than the one before is fine.

    What comes out is aligned with what went in: sample `n` is `n / rate` seconds behind the first sample.
    """

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self._resampler: Resampler | None = None

    def push(self, frame: AudioFrame) -> NDArray[np.int16]:
        """The samples that are ready, shape `(n,)`. Where the rate is another one they come up to 30 ms later."""
        before = np.empty(0, np.int16)
        if self._resampler is not None and self._resampler.from_rate != frame.sample_rate:
            before = self.flush()
        if self._resampler is None:
            self._resampler = Resampler(frame.sample_rate, self.rate)
        mono = self._resampler.push(mixed_to_mono(samples_of(frame)))[:, 0]
        return np.concatenate([before, mono]) if len(before) else mono

    def flush(self) -> NDArray[np.int16]:
        """The last samples."""
        if self._resampler is None:
            return np.empty(0, np.int16)
        rest = self._resampler.flush()[:, 0]
        self._resampler = None
        return rest
