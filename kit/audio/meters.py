"""What a level meter shows of a stream: cheap enough to be read thirty times a second beside a conversation."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
from livekit.rtc import AudioFrame

from .frames import samples_of
from .levels import FULL_SCALE
from .loudness_filter import LoudnessFilter, Reading
from .products import dot
from .true_peak import TruePeak

RMS_WINDOW_S = 0.3
"""As long as a VU meter takes to follow."""

_SILENT = Reading(-math.inf, -math.inf)


@dataclass(frozen=True, slots=True)
class MeterReading:
    """Levels of a moment; -inf in silence. A sine at full scale has an RMS level of -3 dBFS."""

    rms_dbfs: float
    """The mean power of all channels over the last 0.3 s, and the rest of the frame they began in."""
    peak_dbfs: float
    """The largest sample since the reading before."""
    true_peak_dbtp: float
    """The highest point between samples since the reading before, but for the last half millisecond."""
    momentary_lufs: float
    """The last 0.4 s, by ITU-R BS.1770; told ten times a second."""
    short_term_lufs: float
    """The last 3 s."""


class Meter:
    """Frames in, readings out. Frames of another rate or number of channels begin a new sound."""

    __slots__ = ("_filter", "_latest", "_peak", "_power", "_power_s", "_true_peak")

    def __init__(self) -> None:
        self._filter: LoudnessFilter | None = None
        self._latest = _SILENT
        self._true_peak = TruePeak()
        self._peak = 0
        self._power: deque[tuple[float, float]] = deque()  # mean power and duration of each frame in the window
        self._power_s = 0.0

    def push(self, frame: AudioFrame) -> None:
        samples = samples_of(frame)
        if not samples.size:
            return
        form = (frame.sample_rate, frame.num_channels)
        if self._filter is None or (self._filter.sample_rate, self._filter.num_channels) != form:
            self._filter, self._latest, self._true_peak = LoudnessFilter(*form), _SILENT, TruePeak()
        readings = self._filter.push(samples)
        if readings:
            self._latest = readings[-1]
        self._true_peak.push(samples)
        self._peak = max(self._peak, int(samples.max()), -int(samples.min()))
        flat = samples.ravel().astype(np.float32)
        self._power.append((dot(flat, flat) / len(flat), len(samples) / frame.sample_rate))
        self._power_s += self._power[-1][1]
        while self._power_s - self._power[0][1] >= RMS_WINDOW_S:
            self._power_s -= self._power.popleft()[1]

    def read(self) -> MeterReading:
        """The levels now. The peaks begin anew with it."""
        power = sum(mean * seconds for mean, seconds in self._power) / self._power_s if self._power else 0.0
        reading = MeterReading(
            rms_dbfs=10 * math.log10(power / FULL_SCALE**2) if power else -math.inf,
            peak_dbfs=20 * math.log10(self._peak / FULL_SCALE) if self._peak else -math.inf,
            true_peak_dbtp=self._true_peak.dbtp,
            momentary_lufs=self._latest.momentary_lufs,
            short_term_lufs=self._latest.short_term_lufs,
        )
        self._true_peak.restart()
        self._peak = 0
        return reading
