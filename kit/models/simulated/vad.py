"""Voice activity detection that hears what a simulated user has marked in its frames."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from typing import TYPE_CHECKING

from ...ports import VADEvent, VADEventType
from ..latency import LatencyLike, as_latency
from ..outbox import Outbox, deliver
from .marks import speech_marks

if TYPE_CHECKING:
    from livekit.rtc import AudioFrame


class SimulatedVAD:
    """Tells where marked speech starts, at once, and where it ended, `delay` later.

    Speech that starts again within the delay goes on: neither its end nor its start is told.

    Args:
        delay: The silence after which speech has ended.
        seed: Of the delays, if they are random.
    """

    def __init__(self, delay: LatencyLike = 0.3, *, seed: int = 0) -> None:
        self.delay = as_latency(delay)
        self._sample = self.delay.sampler(seed)

    def __call__(self, frames: AsyncIterable[AudioFrame], /) -> AsyncGenerator[VADEvent, None]:
        return deliver(lambda outbox: self._listen(frames, outbox))

    async def _listen(self, frames: AsyncIterable[AudioFrame], outbox: Outbox[VADEvent]) -> None:
        time = asyncio.get_running_loop().time
        end = 0
        async for mark, audio_t in speech_marks(frames):
            if mark.kind == "end":
                end = outbox.put(VADEvent(VADEventType.END_OF_SPEECH, audio_t), time() + self._sample())
            elif not outbox.withdraw(end):
                outbox.put(VADEvent(VADEventType.START_OF_SPEECH, audio_t))
