"""How a volume control's number becomes a gain: a level in percent, a factor on the amplitude, and decibels.

Two tapers. "linear": the level is the amplitude, so that 50 is half of it, -6.02 dB, and sounds like much more than
half as loud. "perceptual": the level is the loudness, so that 50 sounds half as loud as 100. The unit of loudness is
the sone; by its definition (ISO 532-1; S. S. Stevens 1936) ten decibels more are twice the sones, so that

    gain_db = 10 * log2(level / 100)        gain = (level / 100) ** 1.66096        1.66096 = log2(10) / 2

which is -10 dB at 50, -33.2 dB at 10, and -66.4 dB at 1. The law holds for sounds that are not close to inaudible.
Both tapers are 0 at 0 and 1 at 100, and have an inverse.
"""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

Taper: TypeAlias = Literal["linear", "perceptual"]
TAPERS: tuple[Taper, ...] = ("linear", "perceptual")

_SONE_EXPONENT = math.log2(10) / 2


def db(gain: float) -> float:
    """A factor on the amplitude in decibels; -inf for 0.

    Raises:
        ValueError: a negative factor.
    """
    if gain < 0:
        raise ValueError(f"a gain cannot be negative, as {gain!r} is")
    return 20 * math.log10(gain) if gain else -math.inf


def linear(gain_db: float) -> float:
    """The factor on the amplitude that is so many decibels; 0 for -inf."""
    return float(10 ** (gain_db / 20))


def gain_of(level: float, taper: str = "linear") -> float:
    """The factor on the amplitude, 0 to 1, of a level in percent; beyond 0 to 100 as the nearest of them.

    Raises:
        ValueError: there is no such taper.
    """
    amount = min(max(level, 0.0), 100.0) / 100
    return float(amount ** _exponent(taper))


def level_of(gain: float, taper: str = "linear") -> float:
    """The level in percent, 0 to 100, of a factor on the amplitude; more than 1 as 1.

    Raises:
        ValueError: a negative factor, or no such taper.
    """
    if gain < 0:
        raise ValueError(f"a gain cannot be negative, as {gain!r} is")
    return float(100 * min(gain, 1.0) ** (1 / _exponent(taper)))


def level_db(level: float, taper: str = "linear") -> float:
    """What a level in percent takes from the sound, in decibels: 0 at 100, -inf at 0."""
    return db(gain_of(level, taper))


def level_at_db(gain_db: float, taper: str = "linear") -> float:
    """The level in percent that takes so many decibels; 100 for 0 and more, 0 for -inf."""
    return level_of(linear(min(gain_db, 0.0)), taper)


def _exponent(taper: str) -> float:
    if taper == "linear":
        return 1.0
    if taper == "perceptual":
        return _SONE_EXPONENT
    raise ValueError(f"there is no taper {taper!r}; there are {' and '.join(TAPERS)}")
