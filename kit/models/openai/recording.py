"""What was heard last, for as long as it may be needed, as speech recognisers take it: 16 kHz mono."""

from __future__ import annotations

import io
import wave
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..mono import MonoStream

if TYPE_CHECKING:
    from livekit.rtc import AudioFrame

RATE = 16_000
LOOK_BACK_S = 3.0
"""How long after speech began its start may be told."""


class Recording:
    """The last seconds, or all since speech began. Frames may be of any rate and number of channels."""

    def __init__(self) -> None:
        self._mono = MonoStream(RATE)
        self._pieces: deque[NDArray[np.int16]] = deque()
        self._first = 0
        self._end = 0
        self._held_from: float = np.inf

    async def keep(self, frames: AsyncIterable[AudioFrame]) -> AsyncGenerator[AudioFrame, None]:
        """The frames, kept as they pass."""
        async for frame in frames:
            self._add(self._mono.push(frame))
            yield frame
        self._add(self._mono.flush())

    @property
    def kept_s(self) -> float:
        return (self._end - self._first) / RATE

    @property
    def end_t(self) -> float:
        """How much was heard, in seconds."""
        return self._end / RATE

    def hold_from(self, audio_t: float) -> None:
        """Keep all from this time on, until `let_go`."""
        self._held_from = audio_t * RATE

    def let_go(self) -> None:
        self._held_from = np.inf
        self._forget()

    def wav(self, start_t: float, end_t: float) -> bytes:
        """The sound between two times, as far as it is kept, as a WAV file."""
        start, end = (max(0, round(t * RATE) - self._first) for t in (start_t, end_t))
        file = io.BytesIO()
        with wave.open(file, "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(RATE)
            out.writeframes(np.concatenate([np.empty(0, np.int16), *self._pieces])[start:end].astype("<i2").tobytes())
        return file.getvalue()

    def _add(self, samples: NDArray[np.int16]) -> None:
        self._pieces.append(samples)
        self._end += len(samples)
        self._forget()

    def _forget(self) -> None:
        needed = min(self._end - LOOK_BACK_S * RATE, self._held_from)
        while self._pieces and self._first + len(self._pieces[0]) <= needed:
            self._first += len(self._pieces.popleft())
