"""A microphone in a page: sound that a browser sends in blocks, as frames that keep time by the loop's clock.

The page counts its samples, and its count tells when sound was made, however late it comes. What is missing in the
count is silence here, and so is the time in which nothing comes at all (a sleeping tab, no permission yet, no page), so
that a session goes on and its times stay true. Sound that comes late is kept: in the place of silence where it was the
loop that was held up, and otherwise behind the silence that was given for it, with its own time. A recording may speak
in the microphone's place.
"""

from __future__ import annotations

import asyncio
import math
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
from livekit.rtc import AudioFrame

from ..audio.frames import Samples
from ..audio.resampling import Resampler
from .utterance import InputClosed, Utterance

DRIFT_S = 0.25
"""Sound that was made this much earlier or later than the count of what was given says moves the zero of its times; as
a session does it."""

_MOST_RATE = 384_000
_TICK_S = 1e-6
"""Times nearer than this are one."""
_CREEP_S = 1e-5
"""A block: how fast the way from the page may seem to become longer, as two clocks never agree."""


class _PageStream:
    """One unbroken count of the page's samples."""

    def __init__(self, sample_rate: int, position: int, to_rate: int) -> None:
        self.sample_rate = sample_rate
        self.position = position
        self.resampler = Resampler(sample_rate, to_rate)
        self._zero = math.inf

    def made_at(self, now: float) -> float:
        """When the latest sample was made: as long ago as it was late beside the quickest of all blocks."""
        came = self.position / self.sample_rate
        self._zero = min(self._zero + _CREEP_S, now - came)
        return self._zero + came


class PageMicrophone:
    """An `AudioInput` for one consumer: mono frames of 20 ms.

    `push` and `muted` may be used from any thread, everything else on the loop that iterates.

    Args:
        sample_rate: Of the frames, in Hz.
        frame_s: Their length, in seconds.
        patience_s: After so long without sound it counts as silent.
        backlog_s: How much sound may wait to be taken. What comes beyond it is dropped, and counted in `dropped_s`.
        on_frame: Called with the loop's time of a frame's first sample, and the frame, when it is taken.
    """

    def __init__(
        self,
        *,
        sample_rate: int = 16_000,
        frame_s: float = 0.02,
        patience_s: float = 0.5,
        backlog_s: float = 10.0,
        on_frame: Callable[[float, AudioFrame], None] | None = None,
    ) -> None:
        self.sample_rate = sample_rate
        self.on_frame = on_frame
        self.muted = False
        self.dropped_s = 0.0
        self._size = max(1, round(frame_s * sample_rate))
        self._patience_s = patience_s
        self._most = round(backlog_s * sample_rate)
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stream: _PageStream | None = None
        self._sound = bytearray()
        self._made_to = 0.0
        self._filled = 0
        self._looked_at = -math.inf
        self._held_up_to = -math.inf
        self._script: deque[Utterance] = deque()
        self._said = 0
        self._waiter: asyncio.Future[None] | None = None
        self._given = 0
        self._zero = 0.0
        self._taken_to = 0.0
        self._absent = True
        self._closed = False

    @property
    def playing(self) -> bool:
        """Whether a recording speaks in the microphone's place."""
        return bool(self._script)

    @property
    def present(self) -> bool:
        """Whether sound comes from the page."""
        return not self._absent

    @property
    def page_position(self) -> int:
        """The page's count behind the last block that came; 0 before the first."""
        return 0 if self._stream is None else self._stream.position

    def push(self, pcm: bytes | memoryview, position: int, sample_rate: int) -> None:
        """A block from the page: mono 16-bit samples, the first of which is number `position` in the page's count.

        A count that begins again, or a new rate, is a new stream. What comes before the first frame is asked for, after
        the end, or while a recording speaks, is not heard.

        Raises:
            ValueError: half a sample, or a rate that no page has.
        """
        if len(pcm) % 2 or not 0 < sample_rate <= _MOST_RATE or position < 0:
            raise ValueError(f"a block of {len(pcm)} bytes at sample {position}, {sample_rate} Hz, is no sound")
        samples = np.frombuffer(bytes(pcm), np.int16)
        with self._lock:
            loop = self._loop
            if loop is None or self._closed:
                return
            self._receive(samples, position, sample_rate, loop.time())
        loop.call_soon_threadsafe(self._wake)

    def play(self, samples: Samples, *, text: str | None = None, name: str = "") -> Utterance:
        """Say a recording in the microphone's place, behind those that are being said: mono samples at `sample_rate`,
        shape `(n,)` or `(n, 1)`.

        Raises:
            InputClosed: after `aclose`.
            ValueError: no samples.
        """
        if self._closed:
            raise InputClosed("nothing more can be said: the microphone is closed")
        if not len(samples):
            raise ValueError("a recording needs samples")
        data = samples.reshape(-1).tobytes()
        utterance = Utterance(
            len(samples), self.sample_rate, lambda start, stop: data[2 * start : 2 * stop], text=text, name=name
        )
        self._script.append(utterance)
        self._wake()
        return utterance

    def stop_playing(self) -> None:
        """Say no more of the recordings; the microphone is heard again."""
        for utterance in self._script:
            utterance.finish(None, InputClosed("the recording was stopped"))
        self._script.clear()
        self._said = 0
        self._wake()

    async def aclose(self) -> None:
        """End the audio now."""
        with self._lock:
            self._closed = True
            self._loop = None
        self.stop_playing()

    def __aiter__(self) -> PageMicrophone:
        return self

    async def __anext__(self) -> AudioFrame:
        loop = asyncio.get_running_loop()
        with self._lock:
            if self._loop is None and not self._closed:
                self._loop = loop
                self._taken_to = self._zero = self._looked_at = loop.time()
        while not self._closed:
            now = loop.time()
            self._notice_hold_up(now)
            if self._script:
                if (due := self._recording_due()) <= now + _TICK_S:
                    return self._say(due)
            elif (taken := self._take()) is not None:
                self._absent = False
                data, made_to = taken
                return self._frame(data, now, made_to)
            elif (due := self._silence_due()) <= now + _TICK_S:
                self._absent = True
                with self._lock:
                    self._filled += self._size
                return self._frame(bytes(2 * self._size), self._taken_to + self._size / self.sample_rate, now)
            await self._until(due)
        raise StopAsyncIteration

    # sound of the page

    def _receive(self, samples: Samples, position: int, sample_rate: int, now: float) -> None:
        stream = self._stream
        if stream is None or sample_rate != stream.sample_rate or position < stream.position:
            stream = self._stream = _PageStream(sample_rate, position, self.sample_rate)
            self._filled = 0
        missing = (position - stream.position) * self.sample_rate // sample_rate
        if missing > 0:
            self._add(bytes(2 * max(0, min(missing, self._most) - self._filled)))
        self._filled = 0
        stream.position = position + len(samples)
        if not self._script:
            sound = stream.resampler.push(samples).tobytes()
            self._add(bytes(len(sound)) if self.muted else sound)
        self._made_to = stream.made_at(now)

    def _add(self, data: bytes) -> None:
        room = max(0, 2 * self._most - len(self._sound))
        self._sound += data[:room]
        self.dropped_s += max(0, len(data) - room) / 2 / self.sample_rate

    def _take(self) -> tuple[bytes, float] | None:
        """A frame, and when its end was made."""
        with self._lock:
            if len(self._sound) < 2 * self._size:
                return None
            data = bytes(self._sound[: 2 * self._size])
            del self._sound[: 2 * self._size]
            return data, self._made_to - len(self._sound) / 2 / self.sample_rate

    def _silence_due(self) -> float:
        """While nothing comes there is a frame of silence whenever one has passed; before, patience."""
        wait_s = self._size / self.sample_rate if self._absent else self._patience_s
        return max(self._taken_to + wait_s, self._held_up_to)

    def _notice_hold_up(self, now: float) -> None:
        """Where the loop itself stood still, what the page sent meanwhile is on its way."""
        if now - self._looked_at > 2 * self._patience_s:
            self._held_up_to = now + self._patience_s
        self._looked_at = now

    # recordings

    def _recording_due(self) -> float:
        utterance = self._script[0]
        if utterance.began_at is None:
            utterance.began_at = self._taken_to
        stop = min(self._said + self._size, utterance.samples)
        return utterance.began_at + stop / self.sample_rate

    def _say(self, due: float) -> AudioFrame:
        utterance, start = self._script[0], self._said
        stop = min(start + self._size, utterance.samples)
        frame = self._frame(utterance.data(start, stop), due, due, utterance.userdata(start, stop))
        self._said = stop
        if stop == utterance.samples:
            self._script.popleft()
            self._said = 0
            utterance.finish(due)
            if self._script:
                self._script[0].began_at = due
            with self._lock:
                self._sound.clear()
        return frame

    # time

    def _frame(
        self, data: bytes, taken_to: float, made_to: float, userdata: dict[str, Any] | None = None
    ) -> AudioFrame:
        """A frame whose end was made at the loop's time `made_to`."""
        frame = AudioFrame(data, self.sample_rate, 1, len(data) // 2, userdata=userdata)
        self._taken_to = taken_to
        start = self._given / self.sample_rate
        self._given += frame.samples_per_channel
        zero = made_to - self._given / self.sample_rate
        if abs(zero - self._zero) > DRIFT_S:
            self._zero = zero
        if self.on_frame is not None:
            self.on_frame(self._zero + start, frame)
        return frame

    async def _until(self, due: float) -> None:
        """Wait for the loop's time `due`, or to be woken before."""
        loop = asyncio.get_running_loop()
        self._waiter = waiter = loop.create_future()
        if self._closed or len(self._sound) >= 2 * self._size:
            return
        timer = loop.call_at(due, self._wake)
        try:
            await waiter
        finally:
            timer.cancel()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
