"""Where in the sound speech begins and ends, found in how loud it is.

A detector of speech decides in coarse windows and with hesitation. The boundary that it means is then looked up here,
in the short-time level (the power of 10 ms, every 5 ms, in dB), against how loud the speech is and how loud the room
is, so that it holds for quiet and loud voices alike:

- Speech begins where the level rises over a threshold: 15 dB below the loudest moment of it known so far, which is some
  20 dB below its level in the end, and 10 dB above the room at least.
- It ends where the level falls below a threshold: 21 dB below its level, the 95th percentile, and 6 dB above the room
  at least.
- Dips that plosives make, of up to 20 ms at the start and 80 ms at the end, do not count.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

STEP_S = 0.005

_LOOK_BACK = 60
"""Steps before the detection in which speech may have begun, and by which the room is judged."""
_START_DIP, _START_BELOW_DB, _START_ABOVE_ROOM_DB = 4, 15.0, 10.0
_END_DIP, _END_BELOW_DB, _END_ABOVE_ROOM_DB = 16, 21.0, 6.0
_LEAST_BELOW_DB = 6.0
_BINS_PER_DB = 4
_BINS = 100 * _BINS_PER_DB


class SpeechBoundaries:
    """Follows one stream of 16-bit samples. Steps are numbered from its start, step `n` is centred at `n * STEP_S`.

    Args:
        rate: Samples a second.
        keep_s: How long ago the end of a speech may lie when it is asked for. Memory is bounded by it.
    """

    def __init__(self, rate: int, keep_s: float) -> None:
        self._samples_per_step = round(STEP_S * rate)
        self._keep = round(keep_s / STEP_S) + 2 * _LOOK_BACK
        self._rest = np.empty(0, np.int16)
        self._power = 0.0
        self._levels = np.empty(0)
        self._dropped = 0
        self._boundary = 0
        self._counted = 0
        self._histogram = np.zeros(_BINS, np.int64)

    def push(self, samples: NDArray[np.int16]) -> None:
        samples = np.concatenate([self._rest, samples])
        whole = len(samples) - len(samples) % self._samples_per_step
        self._rest = samples[whole:]
        steps = samples[:whole].reshape(-1, self._samples_per_step)
        powers = np.concatenate([[self._power], np.mean(steps.astype(np.float64) ** 2, axis=1)])
        self._power = float(powers[-1])
        levels = np.concatenate([self._levels, 10 * np.log10((powers[1:] + powers[:-1]) / 2 + 1)])
        excess = max(0, len(levels) - self._keep)
        self._levels = levels[excess:]
        self._dropped += excess

    def start(self, detected_s: float) -> float:
        """Where the speech begins that was detected from `detected_s` on, in seconds. It goes on until `end`."""
        detected = max(self._step(detected_s), self._boundary)
        earliest = max(self._boundary, self._dropped, detected - _LOOK_BACK)
        speech, before = self._between(detected, self._end), self._between(earliest, detected)
        room = float(np.percentile(before, 25)) if len(before) else 0.0
        loudest = float(speech.max(initial=0.0))
        threshold = _threshold(loudest, room, _START_BELOW_DB, _START_ABOVE_ROOM_DB)
        above = self._between(earliest, self._end) > threshold
        first = detected - earliest + int(np.argmax(above[detected - earliest :]))
        dip = 0
        for step in range(first, -1, -1):
            dip = 0 if above[step] else dip + 1
            if dip > _START_DIP:
                break
            first = first if dip else step
        self._boundary = self._counted = earliest + first
        self._histogram[:] = 0
        return self._boundary * STEP_S

    def confirm(self, until_s: float) -> None:
        """All up to here was speech. To be called before more than `keep_s` has passed."""
        until = min(self._step(until_s), self._end)
        bins = (self._between(self._counted, until) * _BINS_PER_DB).astype(int)
        self._histogram += np.bincount(np.minimum(bins, _BINS - 1), minlength=_BINS)
        self._counted = max(self._counted, until)

    def end(self, detected_s: float) -> float:
        """Where the speech ends that was detected until `detected_s`, in seconds."""
        self.confirm(detected_s)
        detected = min(self._step(detected_s), self._end)
        earliest = max(self._boundary, self._dropped)
        silence = self._between(detected, self._end)
        room = float(np.median(silence)) if len(silence) > _END_DIP else 0.0
        threshold = _threshold(self._speech_level(), room, _END_BELOW_DB, _END_ABOVE_ROOM_DB)
        above = self._between(earliest, self._end) > threshold
        before = np.flatnonzero(above[: detected - earliest])
        last = int(before[-1]) if len(before) else 0
        dip = 0
        for step in range(last + 1, len(above)):
            dip = 0 if above[step] else dip + 1
            if dip > _END_DIP:
                break
            last = last if dip else step
        self._boundary = earliest + last
        return self._boundary * STEP_S

    @property
    def _end(self) -> int:
        return self._dropped + len(self._levels)

    def _step(self, time_s: float) -> int:
        return round(time_s / STEP_S)

    def _between(self, first: int, last: int) -> NDArray[np.float64]:
        return self._levels[max(0, first - self._dropped) : max(0, last - self._dropped)]

    def _speech_level(self) -> float:
        """The 95th percentile of the levels of the speech."""
        counts = np.cumsum(self._histogram)
        return float(np.searchsorted(counts, 0.95 * counts[-1]) / _BINS_PER_DB) if counts[-1] else 0.0


def _threshold(speech: float, room: float, below_db: float, above_room_db: float) -> float:
    return min(max(speech - below_db, room + above_room_db), speech - _LEAST_BELOW_DB)
