"""How many samples of a sound are not heard: at its start, at its end, and within."""

from __future__ import annotations

import numpy as np
from sound_work import RATE, Samples

WINDOW = RATE // 2
_REACH = RATE
"""How far from its place a stretch is looked for."""
_ALIKE = 0.5


def lost_samples(reference: Samples, heard: Samples) -> int:
    """Found by where two stretches of the reference, one from its first second and one from its last, are heard.

    All are lost where a stretch is not found. Samples too many, as an encoder's padding, make up for none.
    """
    total = len(reference)
    first, last = RATE // 2, total - RATE
    found_first = _find(reference[first : first + WINDOW], heard, first)
    found_last = _find(reference[last : last + WINDOW], heard, len(heard) - (total - last))
    if found_first is None or found_last is None:
        return total
    lost_within = (last - first) - (found_last - found_first)
    lost_at_end = (total - last) - (len(heard) - found_last)
    return max(0, first - found_first) + max(0, lost_within) + max(0, lost_at_end)


def _find(window: Samples, heard: Samples, near: int) -> int | None:
    """Where the stretch begins in what was heard."""
    begin = max(0, near - _REACH)
    place = heard[begin : max(begin, near + WINDOW + _REACH)].astype(np.float64)
    if len(place) < WINDOW:
        return None
    size = 1 << (len(place) + WINDOW - 1).bit_length()
    spectrum = np.fft.rfft(place, size) * np.conj(np.fft.rfft(window.astype(np.float64), size))
    matches = np.fft.irfft(spectrum, size)[: len(place) - WINDOW + 1]
    at = int(np.argmax(matches))
    there = place[at : at + WINDOW]
    likeness = matches[at] / max(1.0, float(np.linalg.norm(there) * np.linalg.norm(window.astype(np.float64))))
    return begin + at if likeness > _ALIKE else None
