"""A ceiling on the true peak (ITU-R BS.1770 annex 2) that holds nothing back.

It sees one frame at a time. Within it the gain goes down ahead of a peak, and it comes up slowly after it; at the
frame's edge there is nothing ahead to see, so a peak there is met at once. All channels get the same gain. A frame
that stays below the ceiling by itself passes as it is.

That the ceiling holds across frames too, whatever comes next, rests on one thing: each frame also stays below it when
the sound dies away right after it, backwards and within a millisecond. That ending is kept, and the next frame may at
worst be nearer to it than to what it was.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .frames import Samples
from .ramps import Ramp, Values
from .taper import linear
from .true_peak import FULL_SCALE, HIGHEST_FACTOR, TAPS, between

ATTACK_S = 0.0015
"""How long before a peak the gain begins to go down, where the frame holds that much."""
RELEASE_S = 0.25
"""How long the gain takes to come up from 0 to 1."""
CEILING_RAMP_S = 0.010
"""How long another ceiling takes to come down or up."""

_MARGIN = 3.0
"""Rounding to 16 bits moves a point by up to 1.2, so the gain is made for a ceiling that is lower by this."""
_SURE_MARGIN = 1.2
_REFINEMENTS = 3

_FADE = np.asarray(0.5 + 0.5 * np.cos(np.pi * np.arange(1, TAPS) / TAPS), np.float32)[:, None]

Mix = NDArray[np.float32]


class Limiter:
    """Keeps the true peak of a stream at or below a ceiling.

    Args:
        sample_rate: In Hz.
        num_channels: Of every frame.
    """

    __slots__ = (
        "_after",
        "_attack",
        "_before",
        "_ceiling",
        "_ceiling_dbtp",
        "_gain",
        "_highest",
        "_ramp_samples",
        "_release",
    )

    def __init__(self, sample_rate: int, num_channels: int) -> None:
        self._attack = 1 / max(1.0, ATTACK_S * sample_rate)
        self._release = 1 / max(1.0, RELEASE_S * sample_rate)
        self._ramp_samples = round(CEILING_RAMP_S * sample_rate)
        self._gain = 1.0
        self._ceiling_dbtp: float | None = None
        self._ceiling = Ramp(0.0)
        self._highest = 0.0
        self._before = np.zeros((TAPS - 1, num_channels), np.float32)
        self._after = np.zeros_like(self._before)

    @property
    def gain(self) -> float:
        """What the last sample was multiplied by; 1 where nothing is limited."""
        return self._gain

    def process(self, samples: Mix, ceiling_dbtp: float) -> Samples | None:
        """16-bit samples of shape `(n, channels)` below the ceiling; None where `samples`, rounded, are that already.

        Args:
            samples: In units of a 16-bit sample, of any size. They are not changed.
            ceiling_dbtp: Above 0, what is beyond the range of 16 bits is cut off.
        """
        if not len(samples):
            return None
        if ceiling_dbtp != self._ceiling_dbtp:
            ceiling = FULL_SCALE * linear(ceiling_dbtp) - _MARGIN
            self._ceiling.to(ceiling, 0 if self._ceiling_dbtp is None else self._ramp_samples)
            self._ceiling_dbtp = ceiling_dbtp
        ceilings = self._ceiling.take(len(samples))
        before, self._highest = self._highest, float(np.max(ceilings))
        # The points between the last frame's samples and this one's are still under the ceiling of before.
        edge_ceiling = max(before, self._highest)
        limited = None
        if self._gain < 1 or self._may_reach(samples, float(np.min(ceilings))):
            limited = self._limited(samples, ceilings, edge_ceiling)
        heard = np.rint(samples if limited is None else limited)
        np.clip(heard, -32768, 32767, out=heard)
        both = np.concatenate([self._before, heard[-TAPS:]])
        self._before = both[1 - TAPS :].astype(np.float32)
        if limited is None:
            self._after = _ending(both)
            return None
        return heard.astype(np.int16)

    def _may_reach(self, samples: Mix, ceiling: float) -> bool:
        highest = max(float(samples.max()), -float(samples.min()), float(np.abs(self._before).max()))
        return highest * HIGHEST_FACTOR > ceiling

    def _limited(self, samples: Mix, ceiling: float | Values, edge_ceiling: float) -> Mix | None:
        """The samples times their gains; None where these are all 1."""
        heights, edge = self._heights(samples, 1 / max(self._gain, 1e-3))
        needed = np.asarray(np.minimum(1.0, ceiling / np.maximum(heights, 1e-9)), np.float32)
        gains = self._smooth(needed)
        if gains.min() >= 1 and edge <= edge_ceiling:
            self._gain = 1.0
            return None
        for _ in range(_REFINEMENTS):
            limited: Mix = samples * gains[:, None]
            heights, edge = self._heights(limited, 1.0)
            over = heights / ceiling
            if over.max() <= 1:
                break
            needed = np.minimum(needed, np.where(over > 1, gains / np.maximum(over, 1), 1.0))
            gains = self._smooth(needed)
        self._gain = float(gains[-1])
        if over.max() <= 1 and edge <= edge_ceiling:
            self._after = _ending(np.concatenate([self._before, limited]))
            return limited
        return self._surely(limited, edge_ceiling + _MARGIN - _SURE_MARGIN)

    def _heights(self, samples: Mix, before_factor: float) -> tuple[Mix, float]:
        """How high the sound is at each sample and up to its neighbours, and between what was before and the first."""
        count, half = len(samples), TAPS // 2
        heights: Mix = np.abs(samples).max(axis=1)
        edge = 0.0
        for channel in _continued(self._before * np.float32(before_factor), samples).T:
            points = np.abs(between(channel)).max(axis=1)
            # Stretch j has its points between the new samples j - half and j - half + 1.
            after = points[half : half + count]
            np.maximum(heights, after, out=heights)
            np.maximum(heights[1:], after[:-1], out=heights[1:])
            heights[-1] = max(heights[-1], points[half + count :].max(initial=0.0))
            edge = max(edge, float(points[:half].max()))
        return heights, edge

    def _smooth(self, needed: Mix) -> Mix:
        """The highest gain that is nowhere above `needed`, falls no faster than the attack and rises no faster than
        the release; the fall may be cut short by the frame's start."""
        place = np.arange(len(needed))
        falling = np.minimum.accumulate((needed + self._attack * place)[::-1])[::-1] - self._attack * place
        rising = np.minimum.accumulate(falling - self._release * place) + self._release * place
        highest = np.minimum(1.0, self._gain + self._release * (place + 1))
        return np.asarray(np.minimum(rising, highest), np.float32)

    def _surely(self, samples: Mix, ceiling: float) -> Mix:
        """The samples, moved towards the ending of the frame before as far as it takes to keep the ceiling.

        As a rule the first half millisecond is enough. Where it is not, because of a peak further on, all is moved.
        """
        wanted = _continued(self._before, samples)
        safe = np.zeros_like(wanted)
        safe[: 2 * (TAPS - 1)] = np.concatenate([self._before, self._after])
        count = min(TAPS - 1, len(samples))
        led = samples.copy()
        led[:count] += _FADE[:count] * (self._after[:count] - samples[:count])
        safe = _between_two(safe, _continued(self._before, led), ceiling)
        mixed = _between_two(safe, wanted, ceiling)
        self._after = mixed[1 - TAPS :]
        kept: Mix = mixed[TAPS - 1 : 1 - TAPS]
        return kept


def _between_two(safe: Mix, wanted: Mix, ceiling: float) -> Mix:
    """As much of one sound as keeps every point below the ceiling, the rest of another, which is below it.

    Each point is on the straight line between the two, so the share is exact. Where the other one is above the ceiling
    by itself, by rounding, the point goes no higher than that.
    """
    share = 1.0
    for aim, fallback in zip(wanted.T, safe.T, strict=True):
        fixed = between(fallback).ravel()
        moving = between(aim).ravel() - fixed
        highest = np.maximum(ceiling, np.abs(fixed))
        over = np.abs(fixed + moving) > highest
        if over.any():
            room = highest[over] - np.sign(moving[over]) * fixed[over]
            share = min(share, float((room / np.abs(moving[over])).min()))
    mixed: Mix = safe + np.float32(share) * (wanted - safe)
    return mixed


def _continued(before: Mix, samples: Mix) -> Mix:
    both = np.concatenate([before, samples])
    return np.concatenate([both, _ending(both)])


def _ending(sound: Mix) -> Mix:
    """How a sound could go on and die away: backwards from its last sample, faded out."""
    ending: Mix = sound[-2 : -TAPS - 1 : -1] * _FADE
    return ending
