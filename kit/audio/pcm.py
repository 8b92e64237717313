"""Samples of any format as signed 16-bit ones, rounded and limited."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .frames import Samples


def to_int16(values: NDArray[Any]) -> Samples:
    """From 8-bit unsigned, 16- or 32-bit signed integers, or floats of -1 to 1, as the array's type says.

    Floats beyond full scale are limited, and what is no number is 0. 16-bit samples are returned as they are.
    """
    if values.dtype == np.int16:
        return values
    converted: Samples
    if values.dtype == np.uint8:
        converted = np.left_shift(values.astype(np.int16) - np.int16(128), 8)
    elif values.dtype == np.int32:
        converted = np.minimum((values.astype(np.int64) + 0x8000) >> 16, 32767).astype(np.int16)
    else:
        scaled = values * values.dtype.type(32768)
        np.rint(scaled, out=scaled)
        if scaled.size and np.isnan(scaled.min()):
            scaled[np.isnan(scaled)] = 0
        converted = np.clip(scaled, -32768, 32767, out=scaled).astype(np.int16)
    return converted


def from_packed_24_bits(data: bytes) -> NDArray[np.int32]:
    """Little-endian 24-bit samples as 32-bit ones."""
    padded = np.zeros((len(data) // 3, 4), np.uint8)
    padded[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
    return padded.reshape(-1).view("<i4")
