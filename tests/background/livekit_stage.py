"""The player of livekit-agents without a room: its own code, with a stand-in where its native audio source would be.

The stand-in queues as much as it is asked to, and notes when each frame is heard. So that code too runs in virtual
time, where its sources do.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import SimpleNamespace
from typing import Any
from unittest import mock

import numpy as np
from livekit import rtc
from livekit.agents import BackgroundAudioPlayer

from kit.audio import samples_of

RATE = 48_000


class HeardSource:
    """Stands in for `rtc.AudioSource`: frames play one after another, and capturing waits while the queue is full."""

    def __init__(self, sample_rate: int, num_channels: int, queue_size_ms: int = 1_000) -> None:
        self.heard: list[tuple[float, rtc.AudioFrame]] = []
        self._queue_s = queue_size_ms / 1_000
        self._end = 0.0
        self._waited_for: tuple[float, asyncio.Event] = (float("inf"), asyncio.Event())

    async def wait_for(self, duration_s: float) -> None:
        """Wait until so much was handed over."""
        self._waited_for = duration_s, asyncio.Event()
        await self._waited_for[1].wait()

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        now = asyncio.get_running_loop().time()
        begin = max(now, self._end)
        self.heard.append((begin, frame))
        self._end = begin + frame.duration
        if sum(frame.duration for _, frame in self.heard) >= self._waited_for[0]:
            self._waited_for[1].set()
        if (too_much_s := self._end - self._queue_s - now) > 0:
            await asyncio.sleep(too_much_s)

    async def aclose(self) -> None:
        pass

    def track(self, until_s: float) -> np.ndarray:
        """What was heard, on one line from time 0."""
        track = np.zeros(round(until_s * RATE), np.int16)
        for at, frame in self.heard:
            start = round(at * RATE)
            samples = samples_of(frame)[: max(0, len(track) - start), 0]
            track[start : start + len(samples)] = samples
        return track


class _Participant:
    """Stands in for the local participant of a room."""

    track_publications: dict[str, Any] = {}  # noqa: RUF012

    async def publish_track(self, track: object, options: object) -> object:
        return track


@contextmanager
def _native_parts_replaced() -> Iterator[list[HeardSource]]:
    made: list[HeardSource] = []

    def source(*args: Any, **kwargs: Any) -> HeardSource:
        made.append(HeardSource(*args, **kwargs))
        return made[-1]

    with (
        mock.patch.object(rtc, "AudioSource", source),
        mock.patch.object(rtc.LocalAudioTrack, "create_audio_track", lambda name, source: source),
    ):
        yield made


@asynccontextmanager
async def livekit_player(**sounds: Any) -> AsyncIterator[tuple[BackgroundAudioPlayer, HeardSource]]:
    """A started player of livekit-agents, and where it is heard."""
    with _native_parts_replaced() as made:
        player = BackgroundAudioPlayer(**sounds)
        await player.start(room=SimpleNamespace(local_participant=_Participant()))
        try:
            yield player, made[0]
        finally:
            await player.aclose()
