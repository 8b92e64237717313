"""A WAV file of several tracks that is written in any order and can be read at any moment.

The last second is held in memory, where sounds are added up; what is older is on disk, and is changed there if
something late comes in.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..audio.frames import Samples
from ..audio.wav import HEADER_BYTES, wav_header

_WINDOW_S = 1.0
_KEPT_S = 0.25
"""How far before the newest sound the window begins after it was moved: sounds of the same time arrive one by one."""


class TrackFile:
    """Samples are counted from the file's start. What was never written is silence.

    Raises:
        OSError: the file cannot be written.
    """

    def __init__(self, path: Path, sample_rate: int, tracks: int) -> None:
        self._sample_rate = sample_rate
        self._tracks = tracks
        self._window = np.zeros((round(_WINDOW_S * sample_rate), tracks), np.int32)
        self._start = 0
        self._end = 0
        self._file = path.open("w+b", buffering=0)
        self._lengthen(0)

    def add(self, track: int, position: int, samples: Samples) -> None:
        """Mix `samples` into a track; what lies before the file's start is left out."""
        if position < 0:
            samples, position = samples[-position:], 0
        kept = round(_KEPT_S * self._sample_rate)
        size = len(self._window) - kept
        for start in range(0, len(samples), size):
            self._add(track, position + start, samples[start : start + size], kept)

    def flush(self, until: int = 0) -> None:
        """Bring all to the disk, with silence up to the sample `until`."""
        self._end = max(self._end, until)
        self._move(max(self._start, self._end))

    def close(self) -> None:
        self._file.close()

    def _add(self, track: int, position: int, samples: Samples, kept: int) -> None:
        end = position + len(samples)
        if position < self._start:
            late = samples[: self._start - position]
            self._add_on_disk(track, position, late)
            samples, position = samples[len(late) :], position + len(late)
        if end > self._start + len(self._window):
            self._move(position - kept)
        offset = position - self._start
        self._window[offset : offset + len(samples), track] += samples
        self._end = max(self._end, end)

    def _move(self, start: int) -> None:
        """Write what lies before `start`, which is where the window begins from now on."""
        window = self._window
        done = max(0, min(start, self._end) - self._start)
        left = max(0, self._end - start)
        self._write(self._start, _limited(window[:done]))
        window[:left] = window[done : done + left].copy()
        window[left:] = 0
        self._start = start
        self._lengthen(start)

    def _lengthen(self, samples: int) -> None:
        """The file's length first, then the header, which tells it. What was not written is zeros."""
        self._file.truncate(HEADER_BYTES + samples * 2 * self._tracks)
        self._put(0, wav_header(self._sample_rate, self._tracks, samples))

    def _write(self, position: int, block: Samples) -> None:
        self._put(HEADER_BYTES + position * 2 * self._tracks, block.tobytes())

    def _put(self, at: int, data: bytes) -> None:
        self._file.seek(at)
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]

    def _add_on_disk(self, track: int, position: int, samples: Samples) -> None:
        self._file.seek(HEADER_BYTES + position * 2 * self._tracks)
        there = self._file.read(len(samples) * 2 * self._tracks) or b""
        block = np.frombuffer(there, "<i2").reshape(-1, self._tracks).astype(np.int32)
        block[:, track] += samples
        self._write(position, _limited(block))


def _limited(block: NDArray[np.int32]) -> Samples:
    return np.clip(block, -32768, 32767).astype("<i2")
