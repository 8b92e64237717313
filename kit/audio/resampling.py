"""Conversion between sample rates, all at once or in a stream without seams.

By soxr (linear phase, so that nothing moves in time). It computes in floating point and the result is rounded: soxr's
own 16-bit output is dithered, and then silence would not stay silent.
"""

from __future__ import annotations

import numpy as np
import soxr
from livekit.rtc import AudioFrame
from numpy.typing import NDArray

from .frames import Samples, samples_of


def resample(samples: Samples, from_rate: int, to_rate: int) -> Samples:
    """All samples, shape `(n,)` or `(n, channels)`, at another rate; the same object where the rates are equal.

    The result has `round(n * to_rate / from_rate)` samples, give or take one.
    """
    if from_rate == to_rate or not len(samples):
        return samples
    return _rounded(soxr.resample(samples.astype(np.float32), from_rate, to_rate))


class Resampler:
    """A stream at another rate. What is pushed comes out up to about 30 ms later, the rest with `flush`.

    The whole has `round(n * to_rate / from_rate)` samples, give or take one, however it was cut. At equal rates all
    passes as it is.
    """

    def __init__(self, from_rate: int, to_rate: int, num_channels: int = 1) -> None:
        self.from_rate = from_rate
        self.to_rate = to_rate
        self.num_channels = num_channels
        self._stream: soxr.ResampleStream | None = None
        self._fed = False
        if from_rate != to_rate:
            self._stream = soxr.ResampleStream(from_rate, to_rate, num_channels, dtype="float32")

    def push(self, sound: AudioFrame | Samples) -> Samples:
        """The samples that are ready, shape `(n, channels)`; often none.

        Raises:
            ValueError: a frame of another rate, or sound of another number of channels.
        """
        if isinstance(sound, AudioFrame):
            if sound.sample_rate != self.from_rate:
                raise ValueError(f"a frame of {sound.sample_rate} Hz, where {self.from_rate} Hz are resampled")
            sound = samples_of(sound)
        samples = sound.reshape(-1, 1) if sound.ndim == 1 else sound
        if samples.shape[1] != self.num_channels:
            raise ValueError(f"sound of {samples.shape[1]} channels, where {self.num_channels} are resampled")
        if self._stream is None:
            return samples
        self._fed = self._fed or bool(len(samples))
        return _rounded(self._stream.resample_chunk(samples.astype(np.float32)))

    def flush(self) -> Samples:
        """The end of the sound. What is pushed after it is a new one."""
        empty = np.empty((0, self.num_channels), np.float32)
        if self._stream is None or not self._fed:
            return empty.astype(np.int16)
        rest = self._stream.resample_chunk(empty, last=True)
        self._stream.clear()
        self._fed = False
        return _rounded(rest)


def _rounded(scaled: NDArray[np.float32]) -> Samples:
    return np.clip(np.rint(scaled), -32768, 32767).astype(np.int16)
