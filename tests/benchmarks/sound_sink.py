"""Where background sound ends: LiveKit's own audio source, which plays in real time, or a count of what came."""

from __future__ import annotations

import asyncio

import numpy as np
from gauges import cpu, wall
from livekit import rtc
from sound_work import LOUD, RATE

WARM_UP_S = 2.0


class Counting:
    """Takes all at once. `spent_s` is the CPU time from `WARM_UP_S` of audio to `audio_s` more of it."""

    sample_rate = RATE

    def __init__(self, audio_s: float) -> None:
        self._taken = 0
        self._begin = round(WARM_UP_S * RATE)
        self._end = self._begin + round(audio_s * RATE)
        self._before = self.spent_s = 0.0
        self.done = asyncio.Event()

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        taken = self._taken = self._taken + frame.samples_per_channel
        if taken >= self._end and not self.done.is_set():
            self.spent_s = cpu() - self._before
            self.done.set()
        elif taken >= self._begin > taken - frame.samples_per_channel:
            self._before = cpu()

    def flush(self) -> None: ...

    def clear_buffer(self) -> None: ...

    async def aclose(self) -> None: ...


class Listening(rtc.AudioSource):
    """Plays in real time, and tells when something loud is heard."""

    def __init__(self, queue_size_ms: int = 400) -> None:
        super().__init__(RATE, 1, queue_size_ms=queue_size_ms)
        self.heard: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        loud = np.flatnonzero(np.abs(np.frombuffer(frame.data, np.int16).astype(np.int32)) > LOUD)
        if len(loud) and not self.heard.done():
            self.heard.set_result(wall() + self.queued_duration + float(loud[0]) / RATE)
        await super().capture_frame(frame)

    async def next_loud(self) -> float:
        """When the next loud sound is heard, by the wall clock; then wait until it is over."""
        self.heard = asyncio.get_running_loop().create_future()
        at = await asyncio.wait_for(self.heard, 10)
        await asyncio.sleep(max(0.0, at - wall()) + 0.3)
        return at

    def flush(self) -> None: ...

    def clear_buffer(self) -> None: ...
