"""Conversion between sample rates, all at once or in a stream without seams.

By soxr (linear phase, so that nothing moves in time). It computes in floating point and the result is rounded: soxr's
own 16-bit output is dithered, and then silence would not stay silent.
"""

from __future__ import annotations

import numpy as np
import soxr
from livekit.rtc import AudioFrame

from .frames import Samples, samples_of
from .pcm import Floats, rounded


def resampled_length(samples: int, from_rate: int, to_rate: int) -> int:
    """How many samples there are at another rate: the nearest number, of two equally near the larger."""
    return (2 * samples * to_rate + from_rate) // (2 * from_rate)


def resample(samples: Samples, from_rate: int, to_rate: int) -> Samples:
    """All samples, shape `(n,)` or `(n, channels)`, at another rate; the same object where the rates are equal.

    The result has `resampled_length(n, from_rate, to_rate)` samples.
    """
    if from_rate == to_rate or not len(samples):
        return samples
    sound = samples.reshape(len(samples), -1)
    resampler = FloatResampler(from_rate, to_rate, sound.shape[1])
    whole = np.concatenate([resampler.push(sound.astype(np.float32)), resampler.flush()])
    return rounded(whole).reshape(-1, *samples.shape[1:])


class FloatResampler:
    """A stream of floats, shape `(n, channels)`, at another rate: to the sample as long as `resampled_length` says."""

    def __init__(self, from_rate: int, to_rate: int, num_channels: int = 1) -> None:
        self.from_rate = from_rate
        self.to_rate = to_rate
        self.num_channels = num_channels
        self._stream = soxr.ResampleStream(from_rate, to_rate, num_channels, dtype="float32")
        self._taken = self._given = 0

    def push(self, floats: Floats) -> Floats:
        """The floats that are ready; often none."""
        self._taken += len(floats)
        ready: Floats = self._stream.resample_chunk(floats)
        self._given += len(ready)
        return ready

    def flush(self) -> Floats:
        """The end of the sound. What is pushed after it is a new one."""
        if not self._taken:
            return np.empty((0, self.num_channels), np.float32)
        left = resampled_length(self._taken, self.from_rate, self.to_rate) - self._given
        # soxr rounds the length in floating point, halves not always the same way: some silence more, and a cut.
        silence = np.zeros((2 + self.from_rate // self.to_rate, self.num_channels), np.float32)
        rest: Floats = self._stream.resample_chunk(silence, last=True)[:left]
        self._stream.clear()
        self._taken = self._given = 0
        return rest


class Resampler:
    """A stream at another rate. What is pushed comes out up to about 30 ms later, the rest with `flush`.

    The whole has `resampled_length(n, from_rate, to_rate)` samples, however it was cut. At equal rates all passes as
    it is.
    """

    def __init__(self, from_rate: int, to_rate: int, num_channels: int = 1) -> None:
        self.from_rate = from_rate
        self.to_rate = to_rate
        self.num_channels = num_channels
        self._stream = FloatResampler(from_rate, to_rate, num_channels) if from_rate != to_rate else None

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
        return rounded(self._stream.push(samples.astype(np.float32)))

    def flush(self) -> Samples:
        """The end of the sound. What is pushed after it is a new one."""
        if self._stream is None:
            return np.empty((0, self.num_channels), np.int16)
        return rounded(self._stream.flush())
