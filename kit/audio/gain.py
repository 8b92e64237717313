"""How loud: a factor on every sample, and its change without a click."""

from __future__ import annotations

import numpy as np
from livekit.rtc import AudioFrame
from numpy.typing import NDArray

from .frames import Samples, samples_of
from .ramps import Glide
from .taper import db, gain_of, linear

__all__ = ["RAMP_S", "GainRamp", "amplified", "apply_gain", "db", "gain_of", "linear"]

RAMP_S = 0.010
"""How long a change of level takes. A step in amplitude is heard as a click; over 10 ms it is not."""

_INT16 = np.dtype(np.int16)
_FLOAT32 = np.dtype(np.float32)


def amplified(samples: Samples, gain: float) -> Samples:
    """The samples times `gain`, rounded to the nearest integer, and limited to what 16 bits hold."""
    scaled = samples.astype(_FLOAT32)
    np.multiply(scaled, np.float32(gain), scaled)
    if gain > 1:
        np.clip(scaled, -32768, 32767, out=scaled)
    return rounded(scaled)


def apply_gain(frame: AudioFrame, gain: float) -> AudioFrame:
    """The frame, louder or softer. Unchanged, the very same object, where the gain is 1."""
    return frame if gain == 1 else with_samples(frame, amplified(samples_of(frame), gain))


class GainRamp:
    """A volume control in a stream of frames: each frame gets the level of its moment, none is held back.

    Where the level differs from that of the frame before, the gain goes to the new one from the frame's first sample
    on, along an S-curve of 10 ms (`kit.audio.ramps.Glide`), and over as many frames as these are. A change on the way
    goes on from where the gain is, as smoothly. At level 100 a frame passes as it is: the very same object.
    """

    __slots__ = ("_factor", "_gain", "_glide", "_level", "_rate", "_taper")

    def __init__(self) -> None:
        self._gain = 1.0
        self._factor = np.ones((), _FLOAT32)
        self._glide: Glide | None = None
        self._rate = 0
        self._level: float | None = None
        self._taper = ""

    @property
    def gain(self) -> float:
        """The gain that it is at, or on its way to."""
        return self._gain

    @property
    def moving(self) -> bool:
        return self._glide is not None

    def process(self, frame: AudioFrame, level: float, taper: str = "linear") -> AudioFrame:
        """The frame at a level of 0 to 100 percent."""
        if level != self._level or taper != self._taper:
            self._set(gain_of(level, taper), frame.sample_rate)
            self._level, self._taper = level, taper
        if self._glide is not None:
            return with_samples(frame, rounded(samples_of(frame) * self._glided(frame)))
        if self._gain == 1:
            return frame
        # All the samples in as few calls as numpy allows: a 0-d array is a third quicker than a scalar.
        scaled = np.asarray(frame.data).astype(_FLOAT32)
        np.multiply(scaled, self._factor, scaled)
        np.rint(scaled, scaled)
        data = scaled.astype(_INT16).tobytes()
        return AudioFrame(
            data, frame.sample_rate, frame.num_channels, frame.samples_per_channel, userdata=frame.userdata
        )

    def to(self, gain: float, sample_rate: int) -> None:
        """Go to a gain of any size; at once, if nothing was played yet."""
        self._level = None
        self._set(gain, sample_rate)

    def scale(self, factor: float) -> None:
        """Where it is, times `factor`, at once: for what another gain in the chain does the opposite of."""
        self._level = None
        self._gain *= factor
        self._factor = np.array(self._gain, _FLOAT32)
        if self._glide is not None:
            self._glide.scale(factor)

    def gains(self, frame: AudioFrame) -> float | NDArray[np.float32]:
        """The gain of the frame's samples: one number, or an array of shape `(n, 1)` where it moves."""
        return self._gain if self._glide is None else self._glided(frame)

    def _set(self, gain: float, sample_rate: int) -> None:
        if self._rate and gain != self._gain:
            if self._glide is None:
                self._glide = Glide(self._gain, round(RAMP_S * sample_rate))
            self._glide.to(gain)
        self._rate = sample_rate
        self._gain = gain
        self._factor = np.array(gain, _FLOAT32)

    def _glided(self, frame: AudioFrame) -> NDArray[np.float32]:
        assert self._glide is not None
        if frame.sample_rate != self._rate:
            self._rate = frame.sample_rate
            self._glide = Glide(self._glide.value, round(RAMP_S * self._rate), self._gain)
        gains = self._glide.take(frame.samples_per_channel)
        if self._glide.settled:
            self._glide = None
        return (
            np.full((frame.samples_per_channel, 1), gains, _FLOAT32)
            if isinstance(gains, float)
            else (gains.astype(_FLOAT32).reshape(-1, 1))
        )


def rounded(scaled: NDArray[np.float32]) -> Samples:
    """To the nearest 16-bit integers. `scaled` is used up, and must be within what they hold."""
    np.rint(scaled, scaled)
    return scaled.astype(_INT16)


def with_samples(frame: AudioFrame, samples: Samples) -> AudioFrame:
    """A frame of these samples that is else as `frame`."""
    data, userdata = samples.tobytes(), frame.userdata
    return AudioFrame(data, frame.sample_rate, frame.num_channels, frame.samples_per_channel, userdata=userdata)
