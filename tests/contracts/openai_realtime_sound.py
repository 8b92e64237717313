"""What a stand-in for a realtime server hears and how it sounds: loudness in, pulses out."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np

RATE = 24_000
SAMPLES_PER_CHARACTER = 1600
_WINDOW = RATE // 100
_LOUD = 500.0


def spoken(text: str) -> bytes:
    """The sound of a text: square pulses, whose pitch and length follow from it."""
    half = 40 + zlib.crc32(text.encode()) % 100
    samples = np.arange(SAMPLES_PER_CHARACTER * len(text))
    return np.where(samples // half % 2, 6000, -6000).astype("<i2").tobytes()


class Ear:
    """Finds speech in how loud it is. Times are in milliseconds from the first sample."""

    def __init__(self) -> None:
        self._rest = np.empty(0, np.int16)
        self._windows = 0
        self._first = 0
        self._last = -1
        self._speaking = False
        self._loud = 0

    def listen(self, samples: Any, silence_ms: int = 500) -> list[tuple[str, int]]:
        samples = np.concatenate([self._rest, samples])
        whole = len(samples) // _WINDOW
        self._rest = samples[whole * _WINDOW :]
        events = []
        for window in samples[: whole * _WINDOW].reshape(-1, _WINDOW).astype(np.float64):
            if np.sqrt(np.mean(window**2)) > _LOUD:
                self._loud += 1
                self._last = self._windows
                if not self._speaking:
                    self._speaking = True
                    events.append(("started", self._windows * 10))
            elif self._speaking and (self._windows - self._last) * 10 >= silence_ms:
                self._speaking = False
                events.append(("stopped", (self._last + 1) * 10))
            self._windows += 1
        return events

    def take_loud_ms(self) -> int:
        loud, self._loud = self._loud * 10, 0
        return loud
