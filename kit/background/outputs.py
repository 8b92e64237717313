"""Where the mix is heard, and what time it is there.

Two ways: a `LazyOutput` has nothing running while it plays, and reckons what was heard when somebody needs to know; a
`PushedOutput` hands blocks to any `AudioOutput`, just ahead of time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from livekit.rtc import AudioFrame

from ..audio.frames import frame_from_samples
from ..audio.mixing import Mix
from ..ports import AudioOutput
from .waking import Wake

SAMPLE_RATE = 48_000
BLOCK_S = 0.02
LEAD_S = 0.015
"""How long before it is due a block is handed over: what the loop may be late by, and what a change waits for."""
_LONGEST_S = 1.0
_TICK_S = 1e-8
"""Times nearer than this are one: above the error of a sum of floats, below any sample."""


class MixOutput(Protocol):
    """What the player needs of an output."""

    sample_rate: int

    def connect(self, mix: Mix, on_failure: Callable[[BaseException], None]) -> None:
        """Hear this mix from now on. `on_failure` is told what makes it impossible."""
        ...

    def settle(self) -> None:
        """Something is about to change: take from the mix all that was heard before."""
        ...

    def wake(self) -> None:
        """Called before the mix gets something to play."""
        ...

    def time_of(self, position: int) -> float:
        """The loop's time at which a sample of the mix is heard."""
        ...

    def end(self) -> None:
        """Nothing more is to be heard, from now on."""
        ...

    async def aclose(self) -> None:
        """Wait until nothing runs any more."""
        ...


class Timeline:
    """Places samples in the loop's time, by counting from the start of an unbroken run."""

    __slots__ = ("_rate", "_start", "_start_position")

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._start = 0.0
        self._start_position = 0

    def begin(self, now: float, position: int) -> None:
        """A run begins: the sample at `position` is heard `now`."""
        self._start, self._start_position = now, position

    def time_of(self, position: int) -> float:
        return self._start + (position - self._start_position) / self._rate

    def position_at(self, now: float) -> int:
        """How many samples have been heard to their end."""
        return self._start_position + int((now - self._start + _TICK_S) * self._rate)


class LazyOutput:
    """A loudspeaker without a sound card, in the loop's time: a change is exact to the sample, and costs nothing else.

    Args:
        sample_rate: In Hz, mono.
        on_played: Called with the loop's time of the first sample, and the frame, of at most a second, for exactly what
            was heard, in order and never before. The call comes with the next change, or by `settle`.
    """

    def __init__(
        self, *, sample_rate: int = SAMPLE_RATE, on_played: Callable[[float, AudioFrame], None] | None = None
    ) -> None:
        self.sample_rate = sample_rate
        self.on_played = on_played
        self._mix = Mix(sample_rate)
        self._timeline = Timeline(sample_rate)

    def connect(self, mix: Mix, on_failure: Callable[[BaseException], None]) -> None:
        self._mix = mix

    def settle(self) -> None:
        """Pass on to `on_played` all that was heard until now."""
        mix, now = self._mix, asyncio.get_running_loop().time()
        due = self._timeline.position_at(now)
        longest = round(_LONGEST_S * self.sample_rate)
        while not mix.idle and mix.position < due:
            left = mix.remaining
            count = min(longest, due - mix.position, due if left is None else left)
            if self.on_played is None:
                mix.skip(count)
                continue
            at = self._timeline.time_of(mix.position)
            self.on_played(at, frame_from_samples(mix.take(count), self.sample_rate))
        if mix.idle:
            self._timeline.begin(now, mix.position)

    def wake(self) -> None:
        pass

    def time_of(self, position: int) -> float:
        return self._timeline.time_of(position)

    def end(self) -> None:
        self.settle()

    async def aclose(self) -> None:
        self.settle()


class PushedOutput:
    """Hands the mix to an `AudioOutput` in blocks of 20 ms, while there is something to hear.

    A block is handed over 15 ms before it is due, so that a change is heard within 35 ms, however much the output would
    queue. Where the loop was so late that the output has fallen silent, time goes on from there: nothing is made up
    for, and no backlog stays.
    """

    def __init__(self, output: AudioOutput) -> None:
        self.sample_rate = int(getattr(output, "sample_rate", SAMPLE_RATE))
        self._output = output
        self._mix = Mix(self.sample_rate)
        self._timeline = Timeline(self.sample_rate)
        self._on_failure: Callable[[BaseException], None] = lambda error: None
        self._task: asyncio.Task[None] | None = None

    def connect(self, mix: Mix, on_failure: Callable[[BaseException], None]) -> None:
        self._mix = mix
        self._on_failure = on_failure

    def settle(self) -> None:
        pass

    def wake(self) -> None:
        if self._task is None or self._task.done():
            loop = asyncio.get_running_loop()
            self._timeline.begin(max(loop.time(), self.time_of(self._mix.position)), self._mix.position)
            self._task = loop.create_task(self._push(), name="background-push")

    def time_of(self, position: int) -> float:
        return self._timeline.time_of(position)

    def end(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._output.clear_buffer()

    async def aclose(self) -> None:
        self.end()
        if self._task is not None and not self._task.done():
            await asyncio.wait([self._task])

    async def _push(self) -> None:
        try:
            await self._push_blocks()
        except Exception as error:
            self._on_failure(error)

    async def _push_blocks(self) -> None:
        loop, mix, timeline, rate = asyncio.get_running_loop(), self._mix, self._timeline, self.sample_rate
        size, wake = round(BLOCK_S * rate), Wake(loop)
        heard_at = timeline.time_of(mix.position)
        while not mix.idle:
            if (now := loop.time()) > heard_at + _TICK_S:
                timeline.begin(now, mix.position)
            await self._output.capture_frame(AudioFrame(mix.take(size).tobytes(), rate, 1, size))
            heard_at = timeline.time_of(mix.position)
            await wake.at(heard_at - LEAD_S)
        self._output.flush()
