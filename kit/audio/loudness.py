"""How loud a sound is as a whole: ITU-R BS.1770-5 and EBU R 128.

Integrated loudness is the mean power of the blocks of 0.4 s that are above two gates (BS.1770): -70 LUFS, and 10 LU
below the mean of what is above that. The loudness range (EBU Tech 3342) is from the 10th to the 95th percentile of the
3 s windows above -70 LUFS and 20 LU below their mean. The weighting is FFmpeg's (`kit.audio.loudness_filter`). At low
sample rates its treble is up to 0.1 LU too strong, so such sounds are measured at 48 kHz.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .files import AudioFile
from .frames import Samples
from .levels import peak_dbfs
from .loudness_filter import LoudnessFilter
from .resampling import Resampler
from .true_peak import TruePeak

ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU = -10.0
RANGE_GATE_LU = -20.0
_LOWEST_PERCENTILE, _HIGHEST_PERCENTILE = 10, 95
_PIECE_S = 1.0
_LOW_RATE, _FULL_RATE = 44_100, 48_000


@dataclass(frozen=True, slots=True)
class Loudness:
    """What the standards tell of a sound. A level that there is none of is -inf."""

    integrated_lufs: float
    """-inf where nothing is above -70 LUFS, and where the sound is shorter than the 0.4 s of a block."""
    range_lu: float
    """The loudness range, LRA; 0 where the sound is shorter than 3 s. Of less than a minute it says little."""
    max_momentary_lufs: float
    """The loudest 0.4 s."""
    max_short_term_lufs: float
    """The loudest 3 s."""
    true_peak_dbtp: float
    sample_peak_dbfs: float
    duration_s: float
    sample_rate: int
    num_channels: int


def integrated_lufs(momentary: Sequence[float] | NDArray[np.float64]) -> float:
    """The gated loudness of momentary readings, ten a second; -inf where none is above -70 LUFS."""
    blocks = np.asarray(momentary, np.float64)
    blocks = blocks[blocks > ABSOLUTE_GATE_LUFS]
    if not blocks.size:
        return -math.inf
    return mean_lufs(blocks[blocks > mean_lufs(blocks) + RELATIVE_GATE_LU])


def mean_lufs(readings: NDArray[np.float64]) -> float:
    """The loudness of the mean power of readings."""
    return 10 * math.log10(float(np.mean(10 ** (readings / 10))))


def range_lu(short_term: Sequence[float] | NDArray[np.float64]) -> float:
    """The loudness range of short-term readings, ten a second; 0 where none is above -70 LUFS."""
    windows = np.asarray(short_term, np.float64)
    windows = windows[windows >= ABSOLUTE_GATE_LUFS]
    if not windows.size:
        return 0.0
    windows = np.sort(windows[windows >= mean_lufs(windows) + RANGE_GATE_LU])
    # EBU Tech 3342 takes the nearest of the windows, not a value between two.
    low, high = (round((len(windows) - 1) * percent / 100) for percent in (_LOWEST_PERCENTILE, _HIGHEST_PERCENTILE))
    return float(windows[high] - windows[low])


def measure(pieces: Iterable[Samples], sample_rate: int, num_channels: int) -> Loudness:
    """The loudness of a sound in pieces of shape `(n, channels)`, which are read once and not kept.

    Raises:
        ValueError: a sample rate of 0, no channels, or pieces of another number of channels.
    """
    rate = _FULL_RATE if sample_rate < _LOW_RATE else sample_rate
    resampler, weighting, true_peak = (
        Resampler(sample_rate, rate, num_channels),
        LoudnessFilter(rate, num_channels),
        TruePeak(),
    )
    readings = []
    highest, count = -math.inf, 0
    for piece in pieces:
        readings += weighting.push(resampler.push(piece))
        true_peak.push(piece)
        highest = max(highest, peak_dbfs(piece))
        count += len(piece)
    readings += weighting.push(resampler.flush())
    momentary, short_term = np.array(readings, np.float64).reshape(-1, 2).T
    return Loudness(
        integrated_lufs=integrated_lufs(momentary),
        range_lu=range_lu(short_term),
        max_momentary_lufs=float(momentary.max(initial=-math.inf)),
        max_short_term_lufs=float(short_term.max(initial=-math.inf)),
        true_peak_dbtp=true_peak.finish(),
        sample_peak_dbfs=highest,
        duration_s=count / sample_rate,
        sample_rate=sample_rate,
        num_channels=num_channels,
    )


def measure_samples(samples: Samples, sample_rate: int) -> Loudness:
    """The loudness of a whole sound, of shape `(n,)` or `(n, channels)`."""
    whole = samples if samples.ndim == 2 else samples.reshape(-1, 1)
    size = max(1, round(_PIECE_S * sample_rate))
    return measure((whole[at : at + size] for at in range(0, len(whole), size)), sample_rate, whole.shape[1])


def measure_file(path: str | Path) -> Loudness:
    """The loudness of an audio file of any kind, read block by block.

    Raises:
        AudioFileError: it cannot be read, or has no samples.
    """
    with AudioFile(path) as file:
        return measure(file.blocks(_PIECE_S), file.sample_rate, file.num_channels)
