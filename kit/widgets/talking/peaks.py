"""How loud the user was, for views that do not have the microphone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from .sound import Channel, SoundListeners

if TYPE_CHECKING:
    from livekit.rtc import AudioFrame

MOST = 500
"""Of how many frames they are kept where nobody takes them."""


class Peaks:
    """Reckoned only while somebody wants them. From any thread."""

    def __init__(self, listeners: SoundListeners) -> None:
        self._listeners = listeners
        self._peaks: list[tuple[float, float]] = []
        self._lock = threading.Lock()
        self._unsubscribe: Callable[[], None] | None = None

    def follow(self, on: bool) -> None:
        """Whether somebody wants them."""
        with self._lock:
            if on and self._unsubscribe is None:
                self._unsubscribe = self._listeners.subscribe(self._hear)
            elif not on and self._unsubscribe is not None:
                self._unsubscribe()
                self._unsubscribe = None
                self._peaks.clear()

    def take(self) -> list[tuple[float, float]]:
        """What is new: the session's time of each frame, in seconds, and its peak, 0 to 1."""
        with self._lock:
            peaks, self._peaks = self._peaks, []
        return peaks

    def _hear(self, channel: Channel, t_s: float, frame: AudioFrame) -> None:
        if channel != "user":
            return
        samples = np.frombuffer(frame.data, np.int16).astype(np.int32)
        peak = float(np.abs(samples).max(initial=0)) / 32768
        with self._lock:
            self._peaks.append((round(t_s, 3), round(peak, 4)))
            del self._peaks[:-MOST]
