"""What Whisper hears: the log-mel spectrogram that its encoder, and models made from it, take in place of samples.

As published with Whisper (Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision", 2022): at
16 kHz, windows of 25 ms every 10 ms, 80 bands of the mel scale of Slaney's Auditory Toolbox, each of unit area; the
logarithm to base 10, at most 8 below its maximum, then moved and scaled to about −1 to 1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE = 16_000
BANDS = 80
HOP = 160
FFT = 400

_LINEAR_MELS_PER_HZ = 3 / 200
_LOG_FROM_HZ, _LOG_FROM_MEL = 1000.0, 15.0
_LOG_STEP = np.log(6.4) / 27
"""Slaney's scale is linear up to 1 kHz, and from there on 27 mels are a factor of 6.4."""
_LEAST_POWER = 1e-10
_RANGE = 8.0
_LEAST_VARIANCE = 1e-7


def normalised(samples: NDArray[np.int16]) -> NDArray[np.float32]:
    """The samples with a mean of 0 and a variance of 1, as models of speech are mostly trained on."""
    scaled = samples.astype(np.float32) / np.float32(32768)
    if not len(scaled):
        return scaled
    level: NDArray[np.float32] = (scaled - scaled.mean()) / np.sqrt(scaled.var() + np.float32(_LEAST_VARIANCE))
    return level


def log_mel(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """The spectrogram of samples at 16 kHz, shape `(80, len(samples) // 160)`. There must be 201 samples at least."""
    padded = np.pad(samples.astype(np.float64), FFT // 2, mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, FFT)[::HOP][: len(samples) // HOP]
    spectrum = np.fft.rfft(windows * _HANN, axis=1)
    power = _FILTERS @ (spectrum.real**2 + spectrum.imag**2).T
    levels = np.log10(np.maximum(power, _LEAST_POWER))
    scaled: NDArray[np.float32] = ((np.maximum(levels, levels.max() - _RANGE) + 4) / 4).astype(np.float32)
    return scaled


def _mel_to_hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    above = _LOG_FROM_HZ * np.exp(_LOG_STEP * (mel - _LOG_FROM_MEL))
    return np.where(mel < _LOG_FROM_MEL, mel / _LINEAR_MELS_PER_HZ, above)


def _filters() -> NDArray[np.float64]:
    """Triangles from one band's centre to the next but one, of unit area, shape `(80, 201)`."""
    highest = _LOG_FROM_MEL + np.log(RATE / 2 / _LOG_FROM_HZ) / _LOG_STEP
    corners = _mel_to_hz(np.linspace(0, highest, BANDS + 2))
    bins = np.arange(FFT // 2 + 1) * RATE / FFT
    triangles = [
        np.interp(bins, corners[band : band + 3], [0, 2 / (corners[band + 2] - corners[band]), 0])
        for band in range(BANDS)
    ]
    return np.stack(triangles)


_HANN = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FFT) / FFT)
_FILTERS = _filters()
