"""How loud a sound is, what it looks like, and where in it there is something to hear.

Levels are in dBFS: 0 is the largest sample that 16 bits hold, so that a sine at full scale has an RMS level of -3 dBFS.
Samples have the shape `(n,)` or `(n, channels)`; all channels count.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .frames import Samples

FULL_SCALE = 32768.0
SILENT_DBFS = -60.0
"""A recording whose loudest sample is below this holds no speech: it is the noise of a muted input."""

_FLOOR_DBFS = -65.0
_DIGITAL_SILENCE_DBFS = -90.0
_BELOW_PEAK_DB = 35.0
_ABOVE_NOISE_DB = 10.0
_NOISE_BELOW_PEAK_DB = 15.0
_NOISE_PERCENTILE = 10


def peak_dbfs(samples: Samples) -> float:
    """The level of the largest sample; -inf where all are 0 or there are none."""
    if not samples.size:
        return -math.inf
    return _dbfs(max(abs(int(samples.max())), abs(int(samples.min()))))


def rms_dbfs(samples: Samples) -> float:
    """The level of the mean power; -inf where all samples are 0 or there are none."""
    if not samples.size:
        return -math.inf
    return _dbfs(math.sqrt(float(np.mean(np.square(samples, dtype=np.float64)))))


def is_silent(samples: Samples, threshold_dbfs: float = SILENT_DBFS) -> bool:
    """Whether even the loudest sample is below the threshold."""
    return peak_dbfs(samples) < threshold_dbfs


def envelope(samples: Samples, points: int) -> Samples:
    """The smallest and the largest sample of each of `points` equal stretches, shape `(points, 2)`, to draw a waveform.

    One row a sample where there are fewer than `points`.
    """
    flat = samples if samples.ndim == 2 else samples.reshape(-1, 1)
    points = min(points, len(flat))
    if points <= 0:
        return np.empty((0, 2), np.int16)
    starts = np.arange(points) * len(flat) // points
    lowest = np.minimum.reduceat(flat.min(axis=1), starts)
    highest = np.maximum.reduceat(flat.max(axis=1), starts)
    return np.stack([lowest, highest], axis=1)


def speech_bounds(
    samples: Samples,
    sample_rate: int,
    *,
    frame_s: float = 0.010,
    min_gap_s: float = 0.2,
    min_sound_s: float = 0.03,
) -> list[tuple[float, float]]:
    """Where there is sound: start and end of each stretch in seconds, to about a millisecond where it is abrupt.

    A frame of `frame_s` holds sound if its RMS level is within 35 dB of the loudest frame's and 10 dB above the noise.
    The noise is the level below which a tenth of the frames stay, digital silence aside; where that is less than 25 dB
    below the loudest it is not noise but soft speech. The outermost sample that reaches the level bounds the stretch.

    Args:
        min_gap_s: A shorter silence is part of the sound, as that of a stop consonant is.
        min_sound_s: A shorter sound is a click, and left out.
    """
    loudness = np.abs((samples if samples.ndim == 2 else samples.reshape(-1, 1)).astype(np.float32)).max(axis=1)
    size = max(1, round(frame_s * sample_rate))
    levels = _frame_levels(loudness, size)
    threshold = _sound_threshold(levels) if len(levels) else 0.0
    loud = np.flatnonzero(levels >= threshold)
    if not len(loud):
        return []
    breaks = np.flatnonzero(np.diff(loud) > round(min_gap_s / frame_s))
    firsts, lasts = np.r_[loud[0], loud[breaks + 1]], np.r_[loud[breaks], loud[-1]]
    reaching = loudness >= FULL_SCALE * 10 ** (threshold / 20)
    bounds = []
    for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True):
        around = max(0, first - 1) * size
        sound = around + np.flatnonzero(reaching[around : (last + 2) * size])
        if sound[-1] + 1 - sound[0] >= min_sound_s * sample_rate:
            bounds.append((int(sound[0]) / sample_rate, int(sound[-1] + 1) / sample_rate))
    return bounds


def _frame_levels(loudness: NDArray[np.float32], size: int) -> NDArray[np.float64]:
    """The RMS level of each frame; the last one may be shorter."""
    if not len(loudness):
        return np.empty(0)
    starts = np.arange(0, len(loudness), size)
    counts = np.diff(starts, append=len(loudness))
    power = np.add.reduceat(np.square(loudness, dtype=np.float64), starts) / counts
    levels: NDArray[np.float64] = 10 * np.log10(np.maximum(power, 1e-4) / FULL_SCALE**2)
    return levels


def _sound_threshold(levels: NDArray[np.float64]) -> float:
    peak = float(levels.max())
    threshold = max(_FLOOR_DBFS, peak - _BELOW_PEAK_DB)
    recorded = levels[levels > _DIGITAL_SILENCE_DBFS]
    if len(recorded):
        above_noise = float(np.percentile(recorded, _NOISE_PERCENTILE)) + _ABOVE_NOISE_DB
        if above_noise <= peak - _NOISE_BELOW_PEAK_DB:
            threshold = max(threshold, above_noise)
    return threshold


def _dbfs(amplitude: float) -> float:
    return 20 * math.log10(amplitude / FULL_SCALE) if amplitude else -math.inf
