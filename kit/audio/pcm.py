"""Samples of any format: as signed 16-bit ones, rounded and limited, or as floats on the same scale to compute with."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .frames import Samples

Floats = NDArray[np.float32]

LOUDEST = np.float32(32768 * 64)
"""36 dB above full scale: floats are limited to it before they are computed with, so that nothing overflows."""
_SCALES = {"i2": 1.0, "i4": 2.0**-16, "f4": 32768.0, "f8": 32768.0}


def to_int16(values: NDArray[Any]) -> Samples:
    """From 8-bit unsigned, 16-, 32- or 64-bit signed integers, or floats of -1 to 1, as the array's type says.

    Floats beyond full scale are limited, and what is no number is 0. 16-bit samples are returned as they are.
    """
    if values.dtype == np.int16:
        return values
    converted: Samples
    if values.dtype == np.uint8:
        converted = np.left_shift(values.astype(np.int16) - np.int16(128), 8)
    elif values.dtype == np.int64:
        return to_int16((values >> 32).astype(np.int32))
    elif values.dtype == np.int32:
        converted = np.minimum(((values >> 15) + np.int32(1)) >> 1, np.int32(32767)).astype(np.int16)
    else:
        with np.errstate(all="ignore"):
            scaled = values * values.dtype.type(32768)
            np.rint(scaled, out=scaled)
        if scaled.size and np.isnan(scaled.min()):
            scaled[np.isnan(scaled)] = 0
        converted = np.clip(scaled, -32768, 32767, out=scaled).astype(np.int16)
    return converted


def rounded(floats: Floats) -> Samples:
    """Floats on the scale of 16 bits to the nearest sample, limited. The floats themselves are used up by it."""
    np.rint(floats, out=floats)
    return np.clip(floats, -32768, 32767, out=floats).astype(np.int16)


def mixed_floats(values: NDArray[Any], matrix: NDArray[np.float64]) -> Floats:
    """Samples of any format, shape `(n, sources)`, as floats on the scale of 16 bits, each channel made of others.

    What is no number is 0, and what is far beyond full scale is limited (`LOUDEST`).

    Args:
        matrix: Shape `(targets, sources)`: how much of each source is in each target.
    """
    if values.dtype.str[1:] not in _SCALES:
        values = to_int16(values)
    scale = _SCALES[values.dtype.str[1:]]
    if values.dtype.kind != "f":
        return _mixed(values, matrix, scale)
    with np.errstate(all="ignore"):
        mixed = _mixed(values, matrix, scale)
    if mixed.size and not (mixed.min() >= -LOUDEST and mixed.max() <= LOUDEST):
        np.nan_to_num(mixed, copy=False, nan=0.0)
        np.clip(mixed, -LOUDEST, LOUDEST, out=mixed)
    return mixed


def _mixed(values: NDArray[Any], matrix: NDArray[np.float64], scale: float) -> Floats:
    if values.flags.c_contiguous and values.shape[1] > 1:
        values = values.astype(np.float32, copy=False)  # for speed: every second integer is slow to read
    mixed = np.empty((len(matrix), len(values)), np.float32)
    for target, row in zip(mixed, matrix.tolist(), strict=True):
        sources = [(values[:, index], np.float32(share * scale)) for index, share in enumerate(row) if share]
        if not sources:
            target[:] = 0
            continue
        np.multiply(*sources[0], out=target, casting="unsafe")
        for source, share in sources[1:]:
            target += (source * share).astype(np.float32, copy=False)
    return np.ascontiguousarray(mixed.T)


def from_packed_24_bits(data: bytes) -> NDArray[np.int32]:
    """Little-endian 24-bit samples as 32-bit ones."""
    words = np.ndarray((len(data) // 3,), "<i4", b"\0" + data, strides=(3,))
    return np.asarray(words & np.int32(-256))
