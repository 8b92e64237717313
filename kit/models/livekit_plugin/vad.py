"""Voice activity detection by a plugin.

A plugin tells when it was sure of a change, and for how long it had seen it coming. Where in the sound that was is then
looked up in the level of the sound, as the kit's own detector does it: see `..boundaries`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from typing import TYPE_CHECKING, Any

import numpy as np
from livekit.rtc import AudioFrame
from numpy.typing import NDArray

from ...ports import VADEvent, VADEventType
from ..boundaries import SpeechBoundaries
from ..mono import MonoStream
from ..outbox import Outbox, deliver
from .plugin import Plugin, agents, close, end_input

if TYPE_CHECKING:
    from livekit.agents import vad

RATE = 16_000
KEEP_S = 3.0
"""How long ago speech may have ended when a plugin tells that it has."""
LEAD_S = 1.0
"""Sound that a plugin may be given ahead of what it has looked at, where it comes faster than it is spoken."""
_TICK_S = 1e-6
ANSWER_WAIT_S = 5.0
"""How long such sound waits for the plugin. If that tells nothing, the sound goes on at the pace of speech."""


class LiveKitVAD:
    """A plugin as the kit's VAD. `audio_t` is as of `SileroVAD`. Speech that the audio ends in ends there.

    Args:
        plugin: Such as `livekit.plugins.silero.VAD.load()`.

    Raises:
        EngineMissing: `livekit-agents` is not installed.
        ModelRequestError: (from the stream) the plugin failed, or runs in virtual time.
    """

    needs_network = True
    """As for a model behind a server, virtual time is refused."""

    def __init__(self, plugin: vad.VAD) -> None:
        agents()
        self._plugin = Plugin(plugin)

    def __repr__(self) -> str:
        return f"LiveKitVAD({self._plugin})"

    @property
    def label(self) -> str:
        return str(self._plugin)

    async def aclose(self) -> None:
        """Close the plugin."""
        await self._plugin.aclose()

    def __call__(self, frames: AsyncIterable[AudioFrame], /) -> AsyncGenerator[VADEvent, None]:
        return deliver(lambda outbox: self._listen(frames, outbox))

    async def _listen(self, frames: AsyncIterable[AudioFrame], outbox: Outbox[VADEvent]) -> None:
        self._plugin.check_time()
        stream = self._plugin.plugin.stream()
        heard = _Heard()
        try:
            async with asyncio.TaskGroup() as group:
                feeder = group.create_task(_feed(stream, frames, heard))
                async for event in self._plugin.events(stream):
                    for boundary in heard.take(event):
                        outbox.put(boundary)
                if feeder.done():
                    for boundary in heard.finish():
                        outbox.put(boundary)
                feeder.cancel()
        finally:
            await close(stream)


async def _feed(stream: Any, frames: AsyncIterable[AudioFrame], heard: _Heard) -> None:
    mono = MonoStream(RATE)
    async for frame in frames:
        if not _push(stream, heard, mono.push(frame)):
            return
        await heard.keep_up()
    if _push(stream, heard, mono.flush()):
        end_input(stream)


def _push(stream: Any, heard: _Heard, samples: NDArray[np.int16]) -> bool:
    """Hand samples to the plugin. False if its stream has ended, which it explains itself."""
    if len(samples):
        heard.add(samples)
        try:
            stream.push_frame(AudioFrame(samples.tobytes(), RATE, 1, len(samples)))
        except RuntimeError:
            return False
    return True


class _Heard:
    """The sound that a plugin was given, up to where it has answered for it, and whether that is speech."""

    def __init__(self) -> None:
        self._boundaries = SpeechBoundaries(RATE, keep_s=KEEP_S)
        self._waiting: list[NDArray[np.int16]] = []
        self._given = self._answered = 0
        self._progress = asyncio.Event()
        self._began_at: float | None = None
        self._tells = True
        self._speaking = False
        self._speech_until_s = 0.0

    def add(self, samples: NDArray[np.int16]) -> None:
        if self._began_at is None:
            self._began_at = asyncio.get_running_loop().time()
        self._waiting.append(samples)
        self._given += len(samples)

    async def keep_up(self) -> None:
        """Wait for a plugin that is far behind sound which comes faster than it is spoken: who reads on beside it must
        not be far ahead of it. Sound at the pace of speech is never held up."""
        while self._given - self._answered > LEAD_S * RATE and (early_s := self._early_s()) > _TICK_S:
            self._progress.clear()
            try:
                await asyncio.wait_for(self._progress.wait(), ANSWER_WAIT_S if self._tells else early_s)
            except TimeoutError:
                self._tells = False

    def _early_s(self) -> float:
        """How much more sound there is than time has passed, beyond the lead."""
        began_at = self._began_at or 0.0
        return self._given / RATE - LEAD_S - (asyncio.get_running_loop().time() - began_at)

    def take(self, event: Any) -> list[VADEvent]:
        """What follows from an event of the plugin."""
        at_s = min(event.timestamp, self._given / RATE)
        self._follow(round(at_s * RATE))
        kind = event.type.value
        if kind == "start_of_speech" and not self._speaking:
            self._speaking, self._speech_until_s = True, at_s
            start_s = self._boundaries.start(max(0.0, at_s - event.speech_duration))
            return [VADEvent(VADEventType.START_OF_SPEECH, start_s)]
        if kind == "end_of_speech" and self._speaking:
            return [self._ended(max(0.0, at_s - event.silence_duration))]
        if self._speaking and event.raw_accumulated_silence == 0.0:
            self._boundaries.confirm(self._speech_until_s)
            self._speech_until_s = at_s
        return []

    def finish(self) -> list[VADEvent]:
        """The end of the sound: a plugin does not tell the end of the speech in it."""
        self._follow(self._given)
        return [self._ended(self._speech_until_s)] if self._speaking else []

    def _ended(self, at_s: float) -> VADEvent:
        self._speaking = False
        return VADEvent(VADEventType.END_OF_SPEECH, self._boundaries.end(at_s))

    def _follow(self, until: int) -> None:
        """Look at the sound up to this sample."""
        while self._waiting and self._answered < until:
            piece, rest = np.split(self._waiting[0], [until - self._answered])
            self._boundaries.push(piece)
            self._answered += len(piece)
            self._waiting[:1] = [rest] if len(rest) else []
        self._tells = True
        self._progress.set()
