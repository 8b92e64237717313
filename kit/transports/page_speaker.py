"""A loudspeaker in a page: the loop's clock says what is heard when, and a browser follows it.

Each frame is sent to the page as it is captured. The page begins to play a run of sound `prebuffer_s` after it came, as
`PacedOutput` reckons here; so what was heard is known without asking the page, and a page that is gone, or sleeps,
holds nothing up.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from livekit.rtc import AudioFrame

from ..audio.frames import to_mono
from .playout import PacedOutput

PREBUFFER_S = 0.1
"""What the page gathers before it plays: what the kernel and the way to the page may be late by."""

FRAME_S = 0.02


class Send(Protocol):
    def __call__(self, kind: str, /, *, buffers: tuple[bytes, ...] = (), **content: Any) -> None:
        """Send the page a message; where no page is, it is lost."""
        ...


class PageSpeaker:
    """An `AudioOutput` that is heard in a page.

    The messages, each with its `stream`: "sound" with a buffer of mono 16-bit samples, their `rate`, and whether a run
    of sound `begins`; "end" (of a segment), "clear", "pause", "resume".

    Args:
        send: Sends a message to the page.
        stream: Its name in the page.
        prebuffer_s: How long after it was captured sound is heard, at least; also the delay of every change.
        sample_rate: What a player of background sound is to give it, in Hz.
        on_played: As of `PacedOutput`.
    """

    longest_frame_s = FRAME_S

    def __init__(
        self,
        send: Send,
        *,
        stream: str = "agent",
        prebuffer_s: float = PREBUFFER_S,
        sample_rate: int = 48_000,
        on_played: Callable[[float, AudioFrame], None] | None = None,
    ) -> None:
        self.stream = stream
        self.prebuffer_s = prebuffer_s
        self.sample_rate = sample_rate
        self._send = send
        self._output = PacedOutput(queue_s=prebuffer_s, lead_s=prebuffer_s, on_played=on_played)

    @property
    def on_playback_started(self) -> Callable[[float], None] | None:
        return self._output.on_playback_started

    @on_playback_started.setter
    def on_playback_started(self, callback: Callable[[float], None] | None) -> None:
        self._output.on_playback_started = callback

    @property
    def on_played(self) -> Callable[[float, AudioFrame], None] | None:
        return self._output.on_played

    @on_played.setter
    def on_played(self, callback: Callable[[float, AudioFrame], None] | None) -> None:
        self._output.on_played = callback

    async def capture_frame(self, frame: AudioFrame, /) -> None:
        if not frame.samples_per_channel:
            return
        mono = to_mono(frame)
        begins = self._output.ahead_s <= 0
        self._tell("sound", buffers=(mono.data.tobytes(),), rate=mono.sample_rate, begins=begins)
        await self._output.capture_frame(frame)

    def flush(self) -> None:
        self._output.flush()
        self._tell("end")

    async def wait_for_playout(self) -> float:
        return await self._output.wait_for_playout()

    def clear_buffer(self) -> None:
        self._tell("clear")
        self._output.clear_buffer()

    @property
    def playback_position_s(self) -> float:
        return self._output.playback_position_s

    @property
    def paused(self) -> bool:
        return self._output.paused

    def pause(self) -> None:
        if not self._output.paused:
            self._tell("pause")
            self._output.pause()

    def resume(self) -> None:
        if self._output.paused:
            self._tell("resume")
            self._output.resume()

    def settle(self) -> None:
        """Pass on to `on_played` all that was heard until now."""
        self._output.settle()

    def _tell(self, kind: str, *, buffers: tuple[bytes, ...] = (), **content: Any) -> None:
        self._send(kind, buffers=buffers, stream=self.stream, **content)
