"""How loud a voice is, learned while it speaks, and the slow gain that makes up for it.

Each tenth of a second of the voice's own sound, before any gain, has a momentary loudness (ITU-R BS.1770, 0.4 s). The
loudness of the voice is the gated mean of those of its last 30 s of sound: BS.1770's gates leave pauses out, so that
neither a pause nor a soft word moves it, and nothing pumps. It is trusted in part until there were 2 s of speech:
before the first 0.4 s the voice is taken to be at -20 LUFS, where most synthetic voices are, and from there the
estimate moves over to what was measured. The gain follows the estimate by at most 4 dB a second, in straight lines of a
tenth of a second, and makes at most 20 dB of difference. It depends on nothing but the samples so far, however they are
cut.
"""

from __future__ import annotations

import math
from collections import deque

import numpy as np
from numpy.typing import NDArray

from .frames import Samples
from .loudness import ABSOLUTE_GATE_LUFS, RELATIVE_GATE_LU, mean_lufs
from .loudness_filter import READING_S, LoudnessFilter
from .taper import linear

ASSUMED_LUFS = -20.0
"""How loud a voice is taken to be before it was heard."""
TRUSTED_AFTER_S = 2.0
MEMORY_S = 30.0
SLEW_DB_PER_S = 4.0
MOST_DB = 20.0
"""A voice that is further than this from -20 LUFS is whispered, broken or noise: it is not made up for in full."""


class VoiceLoudness:
    """The estimate: readings in, the loudness of the voice out."""

    __slots__ = ("_heard_s", "_readings", "measured_lufs")

    def __init__(self) -> None:
        self._readings: deque[float] = deque(maxlen=round(MEMORY_S / READING_S))
        self._heard_s = 0.0
        self.measured_lufs: float | None = None
        """The gated loudness of what is remembered; None before there was any."""

    @property
    def lufs(self) -> float:
        """The loudness of the voice, as far as it can be told yet."""
        if self.measured_lufs is None:
            return ASSUMED_LUFS
        trust = min(1.0, self._heard_s / TRUSTED_AFTER_S)
        return ASSUMED_LUFS + trust * (self.measured_lufs - ASSUMED_LUFS)

    def add(self, momentary_lufs: float) -> None:
        if momentary_lufs <= ABSOLUTE_GATE_LUFS:
            return
        self._readings.append(momentary_lufs)
        readings = np.array(self._readings)
        speech = readings[readings > mean_lufs(readings) + RELATIVE_GATE_LU]
        self.measured_lufs = mean_lufs(speech)
        if momentary_lufs > self.measured_lufs + RELATIVE_GATE_LU:
            self._heard_s += READING_S


class SlowGain:
    """The gain that makes up for how loud a voice is, so that it is at -20 LUFS after it."""

    __slots__ = ("_filter", "_from", "_place", "_to", "_voice")

    def __init__(self) -> None:
        self._voice = VoiceLoudness()
        self._filter: LoudnessFilter | None = None
        self._from = self._to = 0.0  # dB, at the start and the end of this tenth of a second
        self._place = 0

    @property
    def loudness_lufs(self) -> float | None:
        return self._voice.measured_lufs

    @property
    def gain(self) -> float:
        """Where it is now, as a factor."""
        if self._filter is None or self._from == self._to:
            return linear(self._from)
        start, end = linear(self._from), linear(self._to)
        return start + (end - start) * self._place / self._filter.reading_samples

    def gains(self, samples: Samples, sample_rate: int) -> float | NDArray[np.float32]:
        """The gain of the next samples, shape `(n, channels)`: one number, or an array of shape `(n, 1)`.

        The samples are heard as they are measured: a gain never depends on what comes after its tenth of a second.
        """
        channels = samples.shape[1]
        kept = self._filter
        if kept is None or (kept.sample_rate, kept.num_channels) != (sample_rate, channels):
            self._from = self._to = 20 * math.log10(self.gain)
            self._filter = kept = LoudnessFilter(sample_rate, channels)
            self._place = 0
        readings = iter(kept.push(samples))
        gains = np.empty((len(samples), 1), np.float32)
        size, done, moving = kept.reading_samples, 0, False
        while done < len(samples):
            count = min(size - self._place, len(samples) - done)
            start, end = linear(self._from), linear(self._to)
            along = np.arange(self._place + 1, self._place + count + 1) / size if start != end else 0.0
            gains[done : done + count, 0] = start + (end - start) * along
            moving = moving or start != end
            done, self._place = done + count, self._place + count
            if self._place == size:
                self._place = 0
                self._turn(next(readings).momentary_lufs)
        return gains if moving or not len(gains) else float(gains[0, 0])

    def _turn(self, momentary_lufs: float) -> None:
        self._voice.add(momentary_lufs)
        wanted = min(max(ASSUMED_LUFS - self._voice.lufs, -MOST_DB), MOST_DB)
        most = SLEW_DB_PER_S * READING_S
        self._from = self._to
        self._to += min(max(wanted - self._to, -most), most)
