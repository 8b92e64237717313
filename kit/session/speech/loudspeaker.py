"""The loudspeaker as the agent's speech sees it: one segment at a time, at its volume, and how much of it was heard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Protocol

from ...audio.frames import split
from ...ports import AudioOutput
from ...tuning import Volume
from ..answers.providers import ProviderStalled
from ..scope import Scope
from ..waiting.patience import Patience
from .speech import Segment

if TYPE_CHECKING:
    from livekit.rtc import AudioFrame


class VolumeControl(Protocol):
    """Makes frames as loud as the settings ask. A change is a ramp from where the frame before ended."""

    def process(self, frame: AudioFrame, settings: Volume) -> AudioFrame: ...


class Loudspeaker:
    """`on_started`: a segment begins to be heard, at this time of the loop.

    An output that has a `longest_frame_s` is given no longer frames, so that a change of the volume is heard sooner.
    """

    def __init__(
        self, scope: Scope, output: AudioOutput, volume: VolumeControl, on_started: Callable[[float], None]
    ) -> None:
        self._scope = scope
        self._output = output
        self._volume = volume
        self._on_started = on_started
        self._patience = Patience(scope.watch, scope.limits.audio_out_s)
        self._segment: Segment | None = None
        self._on_end: Callable[[Segment], None] = lambda segment: None
        self._captured_s = 0.0
        self._sounding = False
        self.paused = False
        self._longest_s: float | None = getattr(output, "longest_frame_s", None)
        output.on_playback_started = self._started

    @property
    def can_pause(self) -> bool:
        return bool(getattr(self._output, "can_pause", True))

    @property
    def segment(self) -> Segment | None:
        """What is being played."""
        return self._segment

    @property
    def played_s(self) -> float:
        """How much of the present segment was heard."""
        return self._output.playback_position_s if self._sounding else 0.0

    async def play(self, segment: Segment, *, on_end: Callable[[Segment], None]) -> None:
        """Play a segment, and return when it was heard, or `stop` was called.

        `on_end`: what was heard of it is now known.

        Raises:
            ProviderStalled: the output took no sound for too long. Or what the output raised.
        """
        self._segment, self._on_end = segment, on_end
        output, volume, scope, patience = self._output, self._volume, self._scope, self._patience
        frames = segment.voice.frames()
        try:
            try:
                async for frame in frames:
                    for piece in self._pieces(frame):
                        if segment is not self._segment:
                            return
                        self._captured_s += piece.samples_per_channel / piece.sample_rate
                        piece = volume.process(piece, scope.tuning.volume)
                        patience.start(counting=not self.paused)
                        await output.capture_frame(piece)
                        patience.stop()
            finally:
                await frames.aclose()
            if self._captured_s:
                output.flush()
                left_s = self._captured_s - output.playback_position_s
                patience.start(counting=not self.paused, beyond_s=left_s)
                played_s = await output.wait_for_playout()
                patience.stop()
                await segment.transcribed(scope.limits.close_s)
                segment.end(played_s, complete=segment.voice.error is None)
        except asyncio.CancelledError:
            if not patience.was_lost():
                raise
            raise ProviderStalled(f"the loudspeaker took no sound for {scope.limits.audio_out_s:g} s") from None
        finally:
            if segment is self._segment:
                self._end()

    def _pieces(self, frame: AudioFrame) -> Iterable[AudioFrame]:
        """The frame in frames that are not too long for the output."""
        if self._longest_s is None:
            return (frame,)
        return _parts(frame, max(1, round(self._longest_s * frame.sample_rate)))

    def stop(self) -> None:
        """Drop what has not been heard. What was heard of the segment until now is all of it."""
        self._end()
        self._output.clear_buffer()

    def pause(self) -> None:
        if not self.paused:
            self.paused = True
            self._output.pause()
            self._patience.count(False)

    def resume(self) -> None:
        """Go on from where the pause began. Has no effect unless paused."""
        if self.paused:
            self.paused = False
            self._output.resume()
            self._patience.count(True)

    def clear(self) -> None:
        """Drop what has not been heard."""
        self._output.clear_buffer()

    def close(self) -> None:
        self._patience.close()

    def _end(self) -> None:
        segment, self._segment = self._segment, None
        if segment is None:
            return
        segment.end(self.played_s, complete=False)
        self._captured_s = 0.0
        self._sounding = False
        self._on_end(segment)

    def _started(self, loop_time: float) -> None:
        if self._segment is not None:
            self._sounding = True
            self._on_started(loop_time)


def _parts(frame: AudioFrame, most: int) -> Iterator[AudioFrame]:
    while frame.samples_per_channel > most:
        part, frame = split(frame, most)
        yield part
    yield frame
