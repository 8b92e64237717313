"""LiveKit's on-device model, which hears in the voice whether a turn is over.

The model is asked through LiveKit Agents' own detector (`livekit.agents.inference.TurnDetector`, version v1-mini), so
what it hears and says is what an agent in production gets. Its weights are under LiveKit's model licence, which allows
their use together with LiveKit Agents only: whoever runs an agent on another framework may not use this detector.
The licence is in the package `livekit-local-inference`, which `livekit-agents` brings.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from livekit.rtc import AudioFrame

from ..audio.frames import frame_from_samples
from .missing import missing
from .turn_audio import LATEST_S, RATE, SILENCE_S, turn_audio

NEUTRAL = 0.5
HEARD_S = 1.2
"""What the model looks at."""
_STARTING_STEPS = 10
"""Steps of the loop after which a stream of LiveKit's has taken what it was given."""


class LiveKitLocalTurnDetector:
    """Tells by the voice whether the turn is over, with LiveKit's on-device model, in 14 languages.

    It hears the last 1.2 s, until 0.2 s behind the speech, as LiveKit Agents asks it 0.2 s after the speech. The model
    is loaded when the first detector is made (about a second, 108 MB). A prediction takes some 0.1 s of one core, in
    the loop's executor, and any number may run at once.

    Args:
        language: Of the user, "en" or "de-DE". It chooses the threshold that LiveKit found best for it.
        unlikely_threshold: In place of that one, 0 to 1.
        silence_s: How much of the silence behind the speech it hears.

    Raises:
        EngineMissing: `livekit-agents` is not installed.
        ValueError: a value out of its range.
    """

    window_s: float = HEARD_S + LATEST_S

    def __init__(
        self, language: str = "en", unlikely_threshold: float | None = None, silence_s: float = SILENCE_S
    ) -> None:
        if unlikely_threshold is not None and not 0 <= unlikely_threshold <= 1:
            raise ValueError(f"unlikely_threshold = {unlikely_threshold} is out of its range, 0 to 1")
        if not 0 <= silence_s <= HEARD_S:
            raise ValueError(f"silence_s = {silence_s} is out of its range, 0 to {HEARD_S} s")
        self.language = language
        self.silence_s = silence_s
        self._detector = _detector()
        known = _at_once(self._detector.unlikely_threshold(_language(language)))
        self.unlikely_threshold: float = known if unlikely_threshold is None else unlikely_threshold

    def __repr__(self) -> str:
        return f"LiveKitLocalTurnDetector({self.language!r})"

    async def predict_end_of_turn_from_audio(self, audio: Sequence[AudioFrame], /) -> float:
        """The probability, 0 to 1, that the turn is over; 0.5 without a sound to judge by."""
        loop = asyncio.get_running_loop()
        samples = await loop.run_in_executor(None, turn_audio, tuple(audio), HEARD_S, self.silence_s)
        if not len(samples):
            return NEUTRAL
        stream = self._detector.stream()
        try:
            stream.push_audio(frame_from_samples(samples, RATE))
            for _ in range(_STARTING_STEPS):
                await asyncio.sleep(0)
            return float((await stream.predict()).end_of_turn_probability)
        finally:
            await stream.aclose()


def _detector() -> Any:
    try:
        from livekit.agents.inference import TurnDetector
        from livekit.local_inference import init_eot
    except ImportError as error:
        raise missing("LiveKit's on-device turn detector", "livekit-agents", "agents") from error
    init_eot()
    return TurnDetector(version="v1-mini")


def _language(name: str) -> Any:
    from livekit.agents import LanguageCode

    return LanguageCode(name)


def _at_once(told: Any) -> Any:
    """The result of a coroutine that waits for nothing, also where no loop runs yet."""
    try:
        told.send(None)
    except StopIteration as done:
        return done.value
    raise RuntimeError("livekit-agents now waits for something before it tells its threshold")
