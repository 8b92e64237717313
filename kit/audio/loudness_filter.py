"""Momentary and short-term loudness of a stream, by FFmpeg's EBU R 128 filter (`ebur128`, through PyAV).

FFmpeg weights the sound as ITU-R BS.1770 says (its K-weighting is designed anew for each sample rate, channels at the
side and behind count 1.41 times, the low-frequency channel not at all), and tells ten times a second how loud the last
0.4 s and the last 3 s were. What is made of these figures, the gates and the ranges, is in `kit.audio.loudness`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import av
import numpy as np
from av.filter import Graph
from av.filter.context import FilterContext

from .frames import Samples

READING_S = 0.1
"""Time between readings, which is also how far the windows of two readings are apart."""

_FFMPEG_SILENCE = -120.0
"""What FFmpeg tells where there is nothing, or not yet a whole window."""
_LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}


class Reading(NamedTuple):
    """How loud a moment is, in LUFS. -inf in silence, and until there is a whole window."""

    momentary_lufs: float
    """The last 0.4 s."""
    short_term_lufs: float
    """The last 3 s."""


class LoudnessFilter:
    """Readings of a sound that comes in pieces, one for each tenth of a second of it.

    However the sound is cut, the readings are the same. Mono counts as one channel: on two loudspeakers it is 3 LU
    louder than its reading, as in the standard.

    Raises:
        ValueError: a sample rate below 200 Hz, or no channels.
    """

    __slots__ = ("_graph", "_layout", "_pushed", "_sink", "_source", "num_channels", "sample_rate")

    def __init__(self, sample_rate: int, num_channels: int) -> None:
        if sample_rate < 200 or num_channels < 1:
            raise ValueError(f"loudness cannot be measured at {sample_rate} Hz with {num_channels} channels")
        self.sample_rate = sample_rate
        self.num_channels = num_channels
        self._layout = _LAYOUTS.get(num_channels, f"{num_channels} channels")
        self._pushed = 0
        self._graph = Graph()
        self._graph.threads = 1
        self._source = self._graph.add_abuffer(sample_rate=sample_rate, format="s16", layout=self._layout)
        weighting = self._graph.add("ebur128", "metadata=1:framelog=quiet")
        self._sink: FilterContext = self._graph.add("abuffersink")
        self._graph.link_nodes(self._source, weighting, self._sink).configure()

    @property
    def reading_samples(self) -> int:
        """Samples of each channel from one reading to the next."""
        return self.sample_rate // 10

    def push(self, samples: Samples) -> list[Reading]:
        """The readings that more samples, of shape `(n, channels)`, complete; often none.

        Raises:
            ValueError: another number of channels.
        """
        if samples.shape[1:] != (self.num_channels,):
            raise ValueError(f"samples of shape {samples.shape}, where {self.num_channels} channels are measured")
        if not len(samples):
            return []
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples).reshape(1, -1), format="s16", layout=self._layout
        )
        frame.sample_rate, frame.pts = self.sample_rate, self._pushed
        self._pushed += len(samples)
        self._source.push(frame)
        readings: list[Reading] = []
        while True:
            try:
                metadata = self._sink.pull().metadata
            except av.error.BlockingIOError:
                return readings
            readings.append(Reading(_lufs(metadata["lavfi.r128.M"]), _lufs(metadata["lavfi.r128.S"])))


def _lufs(text: str) -> float:
    value = float(text)
    return value if value > _FFMPEG_SILENCE else -math.inf
