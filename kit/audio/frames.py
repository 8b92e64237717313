"""Audio frames as numpy arrays and back, and the few things one does with whole frames.

A frame is `livekit.rtc.AudioFrame`: signed 16-bit samples, interleaved by channel. As an array it has the shape
`(samples, channels)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from livekit.rtc import AudioFrame
from numpy.typing import NDArray

Samples: TypeAlias = NDArray[np.int16]


def samples_of(frame: AudioFrame) -> Samples:
    """The frame's samples, shape `(samples, channels)`, without a copy; read-only where the frame's buffer is."""
    channels = frame.num_channels
    flat = np.frombuffer(frame.data, dtype=np.int16, count=frame.samples_per_channel * channels)
    return flat.reshape(-1, channels)


def frame_from_samples(samples: Samples, sample_rate: int, *, userdata: dict[str, Any] | None = None) -> AudioFrame:
    """A frame with a copy of `samples`, of shape `(samples,)` for mono or `(samples, channels)`.

    Raises:
        ValueError: the array is not int16, or has another shape.
    """
    if samples.dtype != np.int16 or samples.ndim not in (1, 2):
        raise ValueError(f"samples must be int16 of shape (n,) or (n, channels), not {samples.dtype} {samples.shape}")
    channels = 1 if samples.ndim == 1 else samples.shape[1]
    return AudioFrame(samples.tobytes(), sample_rate, channels, len(samples), userdata=userdata)


def scaled(samples: Samples, gain: np.float32) -> NDArray[np.float32]:
    """The samples times a gain, as floats. In two steps: numpy is slow to convert while it multiplies."""
    floats = samples.astype(np.float32)
    if gain != 1:
        np.multiply(floats, gain, floats)
    return floats


def duration_s(frame: AudioFrame) -> float:
    return float(frame.samples_per_channel / frame.sample_rate)


def silence(duration_s: float, sample_rate: int, num_channels: int = 1) -> AudioFrame:
    """A frame of zeros, its length rounded to the nearest sample."""
    samples = round(duration_s * sample_rate)
    return AudioFrame(bytes(2 * num_channels * samples), sample_rate, num_channels, samples)


def mixed_to_mono(samples: Samples) -> Samples:
    """The mean of the channels, rounded, shape `(samples, 1)`. One channel is returned as it is."""
    channels = samples.shape[1]
    if channels == 1:
        return samples
    mean: Samples = np.rint(samples.sum(axis=1, dtype=np.int32, keepdims=True) / channels).astype(np.int16)
    return mean


def to_mono(frame: AudioFrame) -> AudioFrame:
    """The frame with its channels averaged; a mono frame is returned as it is."""
    if frame.num_channels == 1:
        return frame
    return frame_from_samples(mixed_to_mono(samples_of(frame)), frame.sample_rate, userdata=frame.userdata)


def split(frame: AudioFrame, samples: int) -> tuple[AudioFrame, AudioFrame]:
    """The first `samples` samples (of each channel) and the rest. The first part keeps the userdata."""
    return head(frame, samples), tail(frame, samples)


def head(frame: AudioFrame, samples: int) -> AudioFrame:
    """The first `samples` samples, with the frame's userdata; the whole frame where it is no longer than that."""
    if samples >= frame.samples_per_channel:
        return frame
    return _part(frame, 0, max(0, samples), frame.userdata)


def tail(frame: AudioFrame, samples: int) -> AudioFrame:
    """What is left after the first `samples` samples, without userdata; the whole frame where that is none."""
    if samples <= 0:
        return frame
    return _part(frame, min(samples, frame.samples_per_channel), frame.samples_per_channel, None)


def joined(frames: Sequence[AudioFrame]) -> AudioFrame:
    """One frame of all of them in order. Of the userdata, where a key comes twice the first stays.

    Raises:
        ValueError: there are none, or they differ in sample rate or number of channels.
    """
    if not frames:
        raise ValueError("there are no frames to join")
    sample_rate, channels = frames[0].sample_rate, frames[0].num_channels
    userdata: dict[str, Any] = {}
    for frame in frames:
        if (frame.sample_rate, frame.num_channels) != (sample_rate, channels):
            other = f"{frame.sample_rate} Hz × {frame.num_channels}"
            raise ValueError(f"frames of {sample_rate} Hz × {channels} and {other} cannot be joined")
        userdata = {**frame.userdata, **userdata}
    if len(frames) == 1:
        return frames[0]
    return frame_from_samples(np.concatenate([samples_of(frame) for frame in frames]), sample_rate, userdata=userdata)


def _part(frame: AudioFrame, start: int, stop: int, userdata: dict[str, Any] | None) -> AudioFrame:
    channels = frame.num_channels
    data = frame.data[start * channels : stop * channels].tobytes()
    return AudioFrame(data, frame.sample_rate, channels, stop - start, userdata=userdata)
