"""A microphone without a sound card: what a user says, as frames that arrive when they have been spoken.

A frame is due at the start plus the count of samples, so that no error adds up. While nothing is to be said there is
silence, which is cut short at the sample where something is.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from livekit.rtc import AudioFrame

from .utterance import InputClosed, Utterance

_TICK_S = 1e-8
"""Times nearer than this are one: above the error of a sum of floats, below any sample."""


class PacedInput:
    """An `AudioInput` for one consumer, which says what is put into it, from when the first frame is asked for.

    Args:
        sample_rate: Of the frames, in Hz. They are mono.
        block_s: The longest frame, in seconds. None: one frame an utterance, and none while there is silence.
        on_frame: Called with the loop's time of a frame's first sample, and the frame, when it arrives.
    """

    def __init__(
        self,
        *,
        sample_rate: int = 16_000,
        block_s: float | None = 0.1,
        on_frame: Callable[[float, AudioFrame], None] | None = None,
    ) -> None:
        self.sample_rate = sample_rate
        self.on_frame = on_frame
        self._block = None if block_s is None else max(1, round(block_s * sample_rate))
        self._script: deque[Utterance] = deque()
        self._said = 0
        self._start: float | None = None
        self._samples = 0
        self._position = 0.0
        """The loop's time of the next sample."""
        self._waiter: asyncio.Future[bool] | None = None
        self._idle = False
        self._finished = False
        self._closed = False

    def put(self, utterance: Utterance, *, at: float | None = None) -> Utterance:
        """Say it behind all that was put in before; at once, or not before the loop's time `at`.

        Raises:
            InputClosed: the input is finished or closed.
        """
        if self._finished or self._closed:
            raise InputClosed("nothing more can be said: the input is finished")
        now = 0.0 if self._start is None else asyncio.get_running_loop().time()
        utterance.at = now if at is None else max(now, at)
        self._script.append(utterance)
        if self._idle:
            self._wake()
        return utterance

    def finish(self) -> None:
        """End the audio once all that was put in has been said."""
        self._finished = True
        if self._idle:
            self._wake()

    async def aclose(self) -> None:
        """End the audio now."""
        self._closed = True
        for utterance in self._script:
            utterance.finish(None, InputClosed("the input was closed before this was said"))
        self._script.clear()
        self._wake()

    def __aiter__(self) -> PacedInput:
        return self

    async def __anext__(self) -> AudioFrame:
        if self._start is None:
            self._begin(asyncio.get_running_loop().time())
        while not self._closed:
            utterance = self._script[0] if self._script else None
            if utterance is None and self._finished:
                break
            if utterance is None or (self._said == 0 and self._whole_samples(utterance.at)):
                frame = await self._be_silent(None if utterance is None else utterance.at)
            elif utterance.silent and self._block is None:
                frame = await self._be_silent(self._position + utterance.duration_s)
                self._complete(utterance)
            else:
                frame = await self._say(utterance)
            if frame is not None:
                return frame
        raise StopAsyncIteration

    def _begin(self, now: float) -> None:
        """The next sample is the first one, from which others are counted."""
        self._start = self._position = now
        self._samples = 0

    def _whole_samples(self, until: float) -> int:
        return max(0, int((until - self._position + _TICK_S) * self.sample_rate))

    async def _say(self, utterance: Utterance) -> AudioFrame | None:
        start, position = self._said, self._position
        if start == 0:
            utterance.began_at = position
        count = utterance.samples - start
        if self._block is not None and self._block < count:
            count = self._block
        stop = start + count
        await self._until(position + count / self.sample_rate)
        if self._closed:
            return None
        frame = self._frame(count, utterance.data(start, stop), utterance.userdata(start, stop))
        self._said = stop
        if stop == utterance.samples:
            self._complete(utterance)
        return frame

    def _complete(self, utterance: Utterance) -> None:
        if not self._closed:
            self._script.popleft()
            self._said = 0
            utterance.finish(self._position)

    async def _be_silent(self, until: float | None) -> AudioFrame | None:
        """Silence up to `until`, or where that is None until something is put in; of one block at most."""
        self._idle = until is None
        due = until
        if self._block is not None:
            end = self._position + self._block / self.sample_rate
            due = end if until is None else min(end, until)
        on_time = await self._until(due)
        self._idle = False
        now = due if on_time and due is not None else asyncio.get_running_loop().time()
        if self._block is None:
            self._begin(max(self._position, now))
            return None
        count = min(self._block, self._whole_samples(now))
        return self._frame(count, bytes(2 * count)) if count and not self._closed else None

    def _frame(self, count: int, data: bytes, userdata: dict[str, Any] | None = None) -> AudioFrame:
        frame = AudioFrame(data, self.sample_rate, 1, count, userdata=userdata)
        position = self._position
        self._samples += count
        self._position = (self._start or 0.0) + self._samples / self.sample_rate
        if self.on_frame is not None:
            self.on_frame(position, frame)
        return frame

    async def _until(self, due: float | None) -> bool:
        """Wait for the loop's time `due`, or to be woken before. Whether it was the time."""
        loop = asyncio.get_running_loop()
        if due is not None and due <= loop.time():
            return True
        self._waiter = loop.create_future()
        timer = None if due is None else loop.call_at(due, self._wake, True)
        on_time = False
        try:
            on_time = await self._waiter
        finally:
            if timer is not None and not on_time:
                timer.cancel()
        return on_time

    def _wake(self, on_time: bool = False) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(on_time)
