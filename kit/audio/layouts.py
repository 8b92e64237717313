"""Which channel is which, and how sound of some channels becomes sound of others.

Channels have FFmpeg's short names (`FL` front left, `FC` front centre, `LFE` the low-frequency one, `BL` back left,
`SL` side left and so on). The shares are those of ITU-R BS.775: centre and surrounds at -3 dB, the low-frequency
channel left out; then all is made softer as far as is needed so that nothing can clip.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

Layout = tuple[str, ...]
Matrix = NDArray[np.float64]

MASK_NAMES = (
    *("FL", "FR", "FC", "LFE", "BL", "BR", "FLC", "FRC", "BC", "SL", "SR", "TC"),
    *("TFL", "TFC", "TFR", "TBL", "TBC", "TBR"),
)
"""The channels of a WAV file's mask, lowest bit first."""
_STANDARD: dict[int, Layout] = {
    1: ("FC",),
    2: ("FL", "FR"),
    6: ("FL", "FR", "FC", "LFE", "BL", "BR"),
    8: ("FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR"),
}
_SOFTER = 0.5**0.5
_LEFT, _RIGHT, _BOTH, _BACK = (_SOFTER, 0.0), (0.0, _SOFTER), (_SOFTER, _SOFTER), (0.5, 0.5)
_SHARES = {
    "FL": (1.0, 0.0),
    "FR": (0.0, 1.0),
    **dict.fromkeys(("BL", "SL", "FLC", "TFL", "TBL", "WL"), _LEFT),
    **dict.fromkeys(("BR", "SR", "FRC", "TFR", "TBR", "WR"), _RIGHT),
    "FC": _BOTH,
    **dict.fromkeys(("BC", "TC", "TFC", "TBC"), _BACK),
    "DL": (1.0, 0.0),
    "DR": (0.0, 1.0),
    "LFE": (0.0, 0.0),
    "LFE2": (0.0, 0.0),
}
"""What of a channel is in left and right."""


def unnamed(num_channels: int) -> Layout:
    """Channels of which nobody knows what they are; one and two are mono and stereo."""
    if num_channels <= 2:
        return _STANDARD[num_channels]
    return tuple(f"channel {number}" for number in range(1, num_channels + 1))


def from_mask(mask: int, num_channels: int) -> Layout:
    """The channels of a WAV file's mask; unnamed ones where it does not name as many."""
    names = tuple(name for bit, name in enumerate(MASK_NAMES) if mask >> bit & 1)
    return names if len(names) == num_channels else unnamed(num_channels)


def standard(num_channels: int) -> Layout:
    """What is meant by so many channels, as a target: mono, stereo, 5.1, 7.1, or just so many."""
    return _STANDARD.get(num_channels) or unnamed(num_channels)


@functools.lru_cache(maxsize=256)
def mixing_matrix(source: Layout, target: Layout) -> Matrix:
    """How much of each source channel is in each target channel, shape `(targets, sources)`.

    To mono: the mean of left and right. Mono becomes stereo as loud on both sides. Of channels without names, mono is
    the mean, and else the first stays the first and so on, those too many being added in turn. No row adds up to more
    than 1.
    """
    if len(source) == len(target):
        return np.eye(len(target))
    matrix = _by_name(source, target)
    if matrix is None or not matrix.any():
        matrix = np.zeros((len(target), len(source)))
        for index in range(len(source)):
            matrix[index % len(target), index] = 1.0
    loudest = float(matrix.sum(axis=1).max())
    return matrix / loudest if loudest > 1 or len(target) <= 2 else matrix


def _by_name(source: Layout, target: Layout) -> Matrix | None:
    """None where a channel has no known place in the target."""
    if not all(name in _SHARES for name in (*source, *target)):
        return None
    if len(target) <= 2:
        sides = np.array([_SHARES[name] for name in source]).T
        return sides if len(target) == 2 else sides.mean(axis=0, keepdims=True)
    matrix = np.zeros((len(target), len(source)))
    for index, name in enumerate(source):
        if name in target:
            matrix[target.index(name), index] = 1.0
        else:
            matrix[[target.index("FL"), target.index("FR")], index] = _SHARES[name]
    return matrix
