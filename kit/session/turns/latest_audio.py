"""The end of what was heard of the user, for those who judge by the sound."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from livekit.rtc import AudioFrame


class LatestAudio:
    """Keeps the last frames that hold `window_s` seconds together at most; none if that is 0."""

    def __init__(self, window_s: float) -> None:
        self._window_s = window_s
        self._frames: deque[AudioFrame] = deque()
        self._kept_s = 0.0

    def add(self, frame: AudioFrame) -> None:
        if not self._window_s:
            return
        self._frames.append(frame)
        self._kept_s += _duration_s(frame)
        while self._kept_s > self._window_s + 1e-9:
            self._kept_s -= _duration_s(self._frames.popleft())

    def clear(self) -> None:
        self._frames.clear()
        self._kept_s = 0.0

    def frames(self) -> Sequence[AudioFrame]:
        return list(self._frames)


def _duration_s(frame: AudioFrame) -> float:
    return float(frame.samples_per_channel / frame.sample_rate)
