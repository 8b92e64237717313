"""Several sounds as one: their samples times their gains, added up, and kept within what 16 bits hold.

Sounds are mono, 16-bit, at one sample rate. How a stretch of time is cut into blocks changes no sample of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .frames import Samples, scaled
from .gain import RAMP_S
from .knee import limited
from .playhead import Playhead
from .ramps import Ramp, equal_power
from .sample_queue import SampleQueue
from .taper import linear

AHEAD_S = 0.5
"""How much is mixed at once while nothing changes, in seconds: numpy is then called once for 25 blocks of 20 ms."""

Mixed = NDArray[np.float32]
Source: TypeAlias = SampleQueue | Playhead
_NO_SAMPLES = np.empty(0, np.int16)
_NO_BED = np.empty(0, np.float32)


class Voice:
    """One sound in a mix.

    Args:
        source: Where its samples come from; another one may take its place before it is heard.
        volume: A factor on the amplitude.
        fade_in: Samples that it takes to come up, at equal power.
    """

    __slots__ = ("_fade", "_stopping", "_volume", "source", "steady")

    def __init__(self, source: Source, *, volume: float = 1.0, fade_in: int = 0) -> None:
        self.source = source
        self.steady: np.float32 | None = None
        """Its gain, where that stays as it is for as long as nobody changes it; None where it moves, or may move."""
        self._volume = Ramp(volume)
        self._fade = Ramp(0.0 if fade_in else 1.0)
        self._fade.to(1.0, fade_in)
        self._stopping = False

    def set_volume(self, volume: float, sample_rate: int) -> None:
        """Go to another factor, in a straight line over 10 ms."""
        self._volume.to(volume, round(RAMP_S * sample_rate))
        self.steady = None

    def stop(self, fade_out: int) -> None:
        """Fade out at equal power, in so many samples from full level, and in fewer from within a fade-in."""
        self._stopping = True
        self._fade.to(0.0, round(fade_out * self._fade.value))
        self.steady = None

    @property
    def finished(self) -> bool:
        return self.source.exhausted or (self._stopping and not self._fade.left)

    @property
    def remaining(self) -> int | None:
        """Samples until it is finished; None where that is not known."""
        left = self.source.remaining
        if not self._stopping:
            return left
        return self._fade.left if left is None else min(left, self._fade.left)

    def skip(self, count: int) -> None:
        """Go on by so many samples that nobody hears."""
        self._gain(count)
        self.source.take(count)

    def add_to(self, mix: Mixed) -> None:
        """Add the next samples, as many as the mix has."""
        count = len(mix)
        gain = self._gain(count)
        if isinstance(gain, np.float32):
            samples = self.source.take(count, gain)
        else:
            samples = self.source.take(count)
            samples = samples * gain[: len(samples)]
        if len(samples) == count:
            np.add(mix, samples, mix)
        else:
            mix[: len(samples)] += samples

    def _gain(self, count: int) -> np.float32 | Mixed:
        if self.steady is not None:
            return self.steady
        volume, fade = self._volume.take(count), self._fade.take(count)
        if isinstance(volume, float) and isinstance(fade, float):
            self.steady = np.float32(volume * equal_power(fade))
            return self.steady
        return np.asarray(volume * equal_power(fade), np.float32)


class Mix:
    """Voices at one sample rate, and a gain over all of them in decibels.

    Decoded sounds whose gains do not move are mixed half a second ahead, and handed out in blocks, to which those are
    added that come only as they are heard. Before a voice is changed, or a decoded one is asked what is left, `settle`.
    """

    def __init__(self, sample_rate: int) -> None:
        self.sample_rate = sample_rate
        self.position = 0
        """How many samples were taken."""
        self._gain_db = Ramp(0.0)
        self._voices: list[Voice] = []
        """Decoded sounds first, in the order in which they are added up: a sum of floats depends on it."""
        self._most_ahead = round(AHEAD_S * sample_rate)
        self._at = self._made = 0
        self._whole: Samples = _NO_SAMPLES
        self._bed: Mixed = _NO_BED
        self._live: list[Voice] = []

    @property
    def idle(self) -> bool:
        """Whether there is nothing to mix."""
        if self._at < self._made:
            return False
        self.settle()
        return all(voice.finished for voice in self._voices)

    @property
    def remaining(self) -> int | None:
        """Samples until it is idle; None where that is not known."""
        self.settle()
        longest = 0
        for voice in self._voices:
            left = voice.remaining
            if left is None:
                return None
            longest = max(longest, left)
        return longest

    def settle(self) -> None:
        """A voice is about to change: all go to where they are heard, and what was made ahead is made anew."""
        if self._at:
            for voice in self._voices:
                if isinstance(voice.source, Playhead):
                    voice.source.skip(self._at)
        self._at = self._made = 0
        self._whole, self._bed, self._live = _NO_SAMPLES, _NO_BED, []

    def add(self, voice: Voice) -> None:
        self.settle()
        self._voices.append(voice)
        self._voices.sort(key=lambda voice: not isinstance(voice.source, Playhead))

    def remove(self, voice: Voice) -> None:
        """At once, wherever it is. Has no effect where it is not in the mix."""
        if voice in self._voices:
            self.settle()
            self._voices.remove(voice)

    def set_gain_db(self, gain_db: float, duration_s: float) -> None:
        """Go to another gain over all voices, in a straight line in decibels."""
        self.settle()
        self._gain_db.to(gain_db, round(duration_s * self.sample_rate))

    def take(self, count: int) -> Samples:
        """The next samples, not to be changed."""
        start, stop = self._at, self._at + count
        if stop > self._made:
            if not self._make_ahead(count):
                return self._with(np.zeros(count, np.float32), self._voices)
            start, stop = 0, count
        self._at = stop
        if self._live:
            return self._with(self._bed[start:stop].copy(), self._live)
        self.position += count
        return self._whole[start:stop]

    def skip(self, count: int) -> None:
        """Go on by so many samples that nobody hears; what comes after them is the same as after `take`."""
        self.settle()
        for voice in self._voices:
            voice.skip(count)
        self._gain_db.take(count)
        self.position += count
        self._drop_finished()

    def _make_ahead(self, count: int) -> bool:
        """Mix decoded sounds as far ahead as is sure, if that is at least `count` samples."""
        self.settle()
        size = self._most_ahead
        if 2 * count > size or self._gain_db.left:
            return False
        parts: list[tuple[Playhead, np.float32]] = []
        for voice in self._voices:
            if not isinstance(voice.source, Playhead):
                break
            left = voice.source.remaining
            size = size if left is None else min(size, left)
            if voice.steady is None or size < count:
                return False
            parts.append((voice.source, voice.steady))
        if not parts:
            return False
        bed, *others = (scaled(head.ahead(size), gain) for head, gain in parts)
        for other in others:
            bed += other
        self._made = size
        self._live = self._voices[len(parts) :]
        if self._live:
            self._bed = bed
        else:
            self._whole = self._levelled(bed)
        return True

    def _with(self, mix: Mixed, voices: list[Voice]) -> Samples:
        for voice in voices:
            voice.add_to(mix)
        self.position += len(mix)
        for voice in voices:
            if voice.finished:
                self._drop_finished()
                break
        return self._levelled(mix)

    def _drop_finished(self) -> None:
        self.settle()
        self._voices = [voice for voice in self._voices if not voice.finished]

    def _levelled(self, mix: Mixed) -> Samples:
        gain_db = self._gain_db.take(len(mix))
        if not isinstance(gain_db, float):
            mix *= (10 ** (gain_db / 20)).astype(np.float32)
        elif gain_db:
            mix *= np.float32(linear(gain_db))
        return limited(mix)


def mixed(sounds: Iterable[tuple[Samples, float]]) -> Samples:
    """Sounds, each with its factor on the amplitude, from their common start to the end of the longest.

    Raises:
        ValueError: a sound is not of shape `(n,)`.
    """
    layers = list(sounds)
    for samples, _ in layers:
        if samples.ndim != 1:
            raise ValueError(f"mono sounds of shape (n,) are mixed, not of {samples.shape}")
    mix = np.zeros(max((len(samples) for samples, _ in layers), default=0), np.float32)
    for samples, gain in layers:
        mix[: len(samples)] += samples * np.float32(gain)
    return limited(mix)
