"""A loudspeaker without a sound card: it keeps time by the loop's clock, and tells what was heard of what it was given.

Nothing runs while it plays. Each frame knows when its first sample is due, counted from the start of an unbroken run
of samples, so that no error adds up; what was heard at any moment follows from the time alone. A pause stops the clock
that the frames are placed on, so that all of them keep their places.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from livekit.rtc import AudioFrame

from ..audio.frames import head, tail
from .stoppable_clock import StoppableClock

_TICK_S = 1e-8
"""Times nearer than this are one: above the error of a sum of floats, below any sample."""


class _Segment:
    """One speech. `end` is when its last sample was or will be heard; `queued` counts its frames that were not yet."""

    __slots__ = ("end", "flushed", "heard_s", "queued")

    def __init__(self, *, flushed: bool = False) -> None:
        self.heard_s = 0.0
        self.queued = 0
        self.end = 0.0
        self.flushed = flushed

    @property
    def ended(self) -> bool:
        return self.flushed and not self.queued


class _Queued:
    """A frame with its place in time. `reported` of its samples were passed on."""

    __slots__ = ("end", "frame", "reported", "segment", "start")

    def __init__(self, frame: AudioFrame, start: float, end: float, segment: _Segment) -> None:
        self.frame = frame
        self.start = start
        self.end = end
        self.segment = segment
        self.reported = 0


class PacedOutput:
    """An `AudioOutput` that plays in the loop's time.

    A frame that comes too late plays from its arrival. Frames may differ in sample rate. A pause lasts until `resume`,
    also over `clear_buffer`; meanwhile frames are queued, up to `queue_s`.

    Args:
        queue_s: How much may be queued beyond what is being heard before `capture_frame` waits, in seconds.
        lead_s: How long after its first frame a run of sound begins to be heard: what a device gathers first.
        on_played: Called with the loop's time of the first sample, and the frame, for exactly what was heard, in order
            and never before: a frame that was cut, paused or settled comes in parts, whole samples each. The call comes
            with the next capture, pause or cut, at the end of the playout, or by `settle`.
    """

    def __init__(
        self,
        *,
        queue_s: float = 0.1,
        lead_s: float = 0.0,
        on_played: Callable[[float, AudioFrame], None] | None = None,
    ) -> None:
        self.on_playback_started: Callable[[float], None] | None = None
        self.on_played = on_played
        self._queue_s = queue_s
        self._lead_s = lead_s
        self._clock = StoppableClock()
        self._queue: deque[_Queued] = deque()
        self._open: _Segment | None = None
        self._latest = self._audible = _Segment(flushed=True)
        self._run_start = self._run_end = 0.0
        self._run_samples = self._run_rate = 0

    async def capture_frame(self, frame: AudioFrame, /) -> None:
        """Queue a frame; returns once at most `queue_s` is queued beyond what is being heard, or it was cleared."""
        if not frame.samples_per_channel:
            return
        now = self._clock.now()
        if self._queue:
            self._settle(now)
        start = self._place(frame, now)
        segment = self._open
        begins = segment is None
        if segment is None:
            segment = self._open = self._latest = _Segment()
        segment.queued += 1
        segment.end = end = self._run_end
        self._queue.append(_Queued(frame, start, end, segment))
        if begins:
            self._announce(segment, start, now)
        if end - self._queue_s > now + _TICK_S and segment.queued:
            await self._clock.until(end - self._queue_s)

    def flush(self) -> None:
        """The segment is complete: the next frame begins another. Has no effect where none has begun."""
        if self._open is not None:
            self._open.flushed = True
            self._open = None

    async def wait_for_playout(self) -> float:
        """Wait until the latest segment was heard, or was cleared. Returns the seconds of it that were heard.

        Raises:
            RuntimeError: the segment is not flushed.
        """
        segment = self._latest
        if not segment.flushed:
            raise RuntimeError("flush() the segment before waiting for its playout")
        self._settle(self._clock.now())
        while not segment.ended:
            await self._clock.until(segment.end)
            if not segment.ended:
                self._settle(segment.end)
        return segment.heard_s

    def clear_buffer(self) -> None:
        """Drop what has not been heard yet, and end the segment. Whoever waits goes on at once."""
        now = self._clock.now()
        self.settle()
        if self._queue and self._queue[0].start <= now + _TICK_S:
            self._audible = self._queue[0].segment
            self._audible.heard_s += max(0.0, now - self._queue[0].start)
        for queued in self._queue:
            queued.segment.queued = 0
        self._queue.clear()
        self._run_end, self._run_rate = now, 0
        self.flush()
        self._clock.ring_all()

    @property
    def playback_position_s(self) -> float:
        """Seconds that were heard of the segment being heard; where none is, of the last one."""
        now = self._clock.now()
        segment, position_s = self._audible, self._audible.heard_s
        for queued in self._queue:
            if queued.start > now + _TICK_S:
                break
            if queued.segment is not segment:
                segment, position_s = queued.segment, 0.0
            position_s += max(0.0, min(now, queued.end) - queued.start)
        return position_s

    @property
    def ahead_s(self) -> float:
        """Seconds from now to the end of what was captured; 0 where the next frame begins a run."""
        return max(0.0, self._run_end - self._clock.now())

    @property
    def paused(self) -> bool:
        return self._clock.stopped

    def pause(self) -> None:
        """Fall silent at once. Has no effect while paused."""
        if not self._clock.stopped:
            self.settle()
            self._clock.stop()

    def resume(self) -> None:
        """Go on from where the pause began. Has no effect unless paused."""
        self._clock.start()

    def settle(self) -> None:
        """Pass on to `on_played` all that was heard until now."""
        now = self._clock.now()
        self._settle(now)
        if self._queue:
            self._pass_on(self._queue[0], now)

    def _place(self, frame: AudioFrame, now: float) -> float:
        """Lengthen the run by a frame, or begin a run where none can go on. Returns the time of the frame's start."""
        if frame.sample_rate != self._run_rate or now > self._run_end + _TICK_S:
            begins = not self._queue
            self._run_start = self._run_end = max(now + self._lead_s if begins else now, self._run_end)
            self._run_rate = frame.sample_rate
            self._run_samples = 0
        start = self._run_end
        self._run_samples += frame.samples_per_channel
        self._run_end = self._run_start + self._run_samples / self._run_rate
        return start

    def _settle(self, now: float) -> None:
        """Take out of the queue what was heard to its end."""
        queue = self._queue
        while queue and queue[0].end <= now + _TICK_S:
            queued = queue.popleft()
            self._audible = queued.segment
            self._audible.queued -= 1
            self._audible.heard_s += queued.end - queued.start
            self._pass_on(queued, queued.end)

    def _pass_on(self, queued: _Queued, now: float) -> None:
        if self.on_played is None:
            return
        frame, first = queued.frame, queued.reported
        samples, rate = frame.samples_per_channel, frame.sample_rate
        heard = samples if now >= queued.end else int((now - queued.start + _TICK_S) * rate)
        if heard > first:
            queued.reported = heard
            self.on_played(self._clock.loop_time(queued.start + first / rate), tail(head(frame, heard), first))

    def _announce(self, segment: _Segment, start: float, now: float) -> None:
        """Tell that a segment begins to be heard, when it does."""

        def tell() -> None:
            if segment.queued and self.on_playback_started is not None:
                self.on_playback_started(self._clock.loop_time(start))

        if start <= now + _TICK_S and not self._clock.stopped:
            tell()
        else:
            self._clock.call_at(start, tell)
