"""How loud: a factor on every sample, and its change without a click.

A level in percent is linear in amplitude: 50 is half of it, 6 dB less.
"""

from __future__ import annotations

import math

import numpy as np
from livekit.rtc import AudioFrame
from numpy.typing import NDArray

from .frames import Samples, samples_of

RAMP_S = 0.010
"""How long a change of level takes. A step in amplitude is heard as a click; over 10 ms it is not."""


def db(gain: float) -> float:
    """A factor on the amplitude in decibels; -inf for 0.

    Raises:
        ValueError: a negative factor.
    """
    if gain < 0:
        raise ValueError(f"a gain cannot be negative, as {gain!r} is")
    return 20 * math.log10(gain) if gain else -math.inf


def linear(gain_db: float) -> float:
    """The factor on the amplitude that is so many decibels."""
    return float(10 ** (gain_db / 20))


def gain_of(level: float) -> float:
    """The factor of a level in percent; beyond 0 to 100 as the nearest of them."""
    return min(max(level, 0.0), 100.0) / 100


def amplified(samples: Samples, gain: float) -> Samples:
    """The samples times `gain`, rounded to the nearest integer, and limited to what 16 bits hold."""
    scaled = samples * np.float32(gain)
    if gain > 1:
        np.clip(scaled, -32768, 32767, out=scaled)
    return _rounded(scaled)


def apply_gain(frame: AudioFrame, gain: float) -> AudioFrame:
    """The frame, louder or softer. Unchanged, the very same object, where the gain is 1."""
    return frame if gain == 1 else _with_samples(frame, amplified(samples_of(frame), gain))


class GainRamp:
    """A volume control in a stream of frames: each frame gets the level of its moment, none is held back.

    Where the level differs from that of the frame before, the gain moves in a straight line to the new one, over 10 ms
    from the frame's first sample, and over as many frames as these are. At level 100 a frame passes as it is.
    """

    __slots__ = ("_gain", "_left", "_target")

    def __init__(self) -> None:
        self._gain: float | None = None
        self._target = 1.0
        self._left = 0

    def process(self, frame: AudioFrame, level: float) -> AudioFrame:
        """The frame at a level of 0 to 100 percent."""
        target = gain_of(level)
        if self._gain is None:
            self._gain = self._target = target
        if target != self._target:
            self._target = target
            self._left = max(1, round(RAMP_S * frame.sample_rate))
        if self._left:
            return self._ramp(frame, self._gain)
        return frame if target == 1 else _with_samples(frame, amplified(samples_of(frame), target))

    def _ramp(self, frame: AudioFrame, start: float) -> AudioFrame:
        samples = samples_of(frame)
        count = min(self._left, len(samples))
        gains = np.full((len(samples), 1), self._target, dtype=np.float32)
        gains[:count, 0] = start + (self._target - start) / self._left * np.arange(1, count + 1)
        self._left -= count
        self._gain = self._target if not self._left else float(gains[count - 1, 0]) if count else start
        return _with_samples(frame, _rounded(samples * gains))


def _rounded(scaled: NDArray[np.float32]) -> Samples:
    np.rint(scaled, out=scaled)
    return scaled.astype(np.int16)


def _with_samples(frame: AudioFrame, samples: Samples) -> AudioFrame:
    data, userdata = samples.tobytes(), frame.userdata
    return AudioFrame(data, frame.sample_rate, frame.num_channels, frame.samples_per_channel, userdata=userdata)
