"""Values that move over time, sample by sample: straight lines, S-curves, and the fades that are made of them."""

from __future__ import annotations

import functools
from typing import overload

import numpy as np
from numpy.typing import NDArray

from .frames import Samples

Values = NDArray[np.float64]


class Ramp:
    """A value that goes to its target in a straight line, so many samples long, and stays there.

    What `take` gives depends on how many samples were taken in all, not on how they were cut.
    """

    __slots__ = ("_done", "_start", "_target", "_total")

    def __init__(self, value: float) -> None:
        self._start = self._target = float(value)
        self._done = self._total = 0

    @property
    def value(self) -> float:
        """Where it has come to."""
        if self._done == self._total:
            return self._target
        return self._start + (self._target - self._start) * (self._done / self._total)

    @property
    def left(self) -> int:
        """Samples until it is at its target."""
        return self._total - self._done

    def to(self, target: float, samples: int) -> None:
        """Go from where it is to `target`: the last one of `samples` samples is there; at once where there are none."""
        self._start, self._target = self.value, float(target)
        self._done, self._total = 0, max(0, samples)

    def take(self, count: int) -> float | Values:
        """The values of the next samples; one number where all are at the target."""
        if self._done == self._total:
            return self._target
        moving = min(count, self.left)
        values = np.full(count, self._target)
        steps = np.arange(self._done + 1, self._done + moving + 1)
        values[:moving] = self._start + (self._target - self._start) * (steps / self._total)
        self._done += moving
        return values


class Glide:
    """A value that follows its target smoothly: each change takes `samples` samples, along an S-curve.

    The curve is the integral of a Hann window, so that slope and curvature do not jump either, and what a glide adds
    to a sound's spectrum falls by 18 dB an octave. Changes on the way add up: each has its own curve. So the value is
    never beyond the targets that it goes between, and it does not matter how the samples taken were cut.

    Args:
        value: Where it is.
        samples: How long a change takes, at least 1.
        target: Where it goes at once, if not to stay at `value`.
    """

    __slots__ = ("_changes", "_left", "_target")

    def __init__(self, value: float, samples: int, target: float | None = None) -> None:
        self._left = _left_to_go(max(1, samples))
        self._target = float(value)
        self._changes: list[list[float]] = []  # of each one its size, and the samples since it began
        if target is not None:
            self.to(target)

    @property
    def value(self) -> float:
        """Where it has come to."""
        return float(self._target - sum(size * (self._left[int(age) - 1] if age else 1) for size, age in self._changes))

    @property
    def settled(self) -> bool:
        return not self._changes

    def to(self, target: float) -> None:
        """Go to `target` from the next sample on."""
        if target != self._target:
            self._changes.append([target - self._target, 0])
            self._target = float(target)

    def scale(self, factor: float) -> None:
        """The whole way times a factor, what is past of it too."""
        self._target *= factor
        for change in self._changes:
            change[0] *= factor

    def take(self, count: int) -> float | Values:
        """The values of the next samples; one number where all are at the target."""
        if not self._changes:
            return self._target
        values = np.full(count, self._target)
        for change in self._changes:
            left = self._left[int(change[1]) : int(change[1]) + count]
            values[: len(left)] -= change[0] * left
            change[1] += count
        self._changes = [change for change in self._changes if change[1] < len(self._left)]
        return values


@functools.lru_cache(maxsize=16)
def _left_to_go(samples: int) -> Values:
    """How much of a change is left after each of its samples; 0 after the last."""
    phase = np.arange(1, samples + 1) / samples
    left: Values = 1 - phase + np.sin(2 * np.pi * phase) / (2 * np.pi)
    left[-1] = 0.0
    left.setflags(write=False)
    return left


@overload
def equal_power(phase: float) -> float: ...
@overload
def equal_power(phase: Values) -> Values: ...
def equal_power(phase: float | Values) -> float | Values:
    """The gain at a phase of a fade, 0 to 1. Where another sound fades by 1 less the phase, the power of both is 1."""
    if isinstance(phase, float):
        return float(np.sin(phase * (np.pi / 2))) if phase < 1 else 1.0
    return np.sin(phase * (np.pi / 2))


def crossfade(ending: Samples, beginning: Samples) -> Samples:
    """One sound into another at equal power, over all of both, which are equally long, shape `(n,)`.

    Right for sounds that have nothing to do with each other, as the two ends of a clip. Where they are the same sound
    in phase, it is up to 3 dB louder in the middle.
    """
    phase = (np.arange(len(ending)) + 0.5) / max(1, len(ending))
    both = ending * equal_power(1 - phase) + beginning * equal_power(phase)
    return np.clip(np.rint(both), -32768, 32767).astype(np.int16)
