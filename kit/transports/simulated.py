"""A user who says what a script tells, in virtual time: sound with marks in it that simulated engines read.

The sound is a voice-like tone, so that levels, waveforms and recordings show when the user spoke.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np
from livekit.rtc import AudioFrame

from .pacing import PacedInput
from .utterance import Utterance

_VOICE_S = 2.0
_PITCH_HZ = 120.0
_SYLLABLES_PER_S = 4.0
_PEAK = 0.25


class SimulatedUser:
    """An `AudioInput` for one consumer. What is told to it before the first frame is asked for, it does from there on.

    A speech begins with the first sample of a frame, which carries the mark of its start (`kit.ports.SPEECH_MARK`), and
    ends with the last sample of one, which carries the mark of its end, both with the text; where that is one frame, it
    carries a pair of marks. Silence is cut short at the sample at which the user starts to speak.

    Args:
        block_s: The longest frame, in seconds. None: one frame a speech, and none while the user is silent, which is
            cheapest.
        sample_rate: In Hz, mono.
        on_frame: Called with the loop's time of a frame's first sample, and the frame, when it arrives.
    """

    def __init__(
        self,
        *,
        block_s: float | None = 0.1,
        sample_rate: int = 16_000,
        on_frame: Callable[[float, AudioFrame], None] | None = None,
    ) -> None:
        self.sample_rate = sample_rate
        self._input = PacedInput(sample_rate=sample_rate, block_s=block_s, on_frame=on_frame)

    def speak(self, text: str, duration_s: float, *, at: float | None = None) -> Utterance:
        """Say `text` in `duration_s`, behind what is being said: at once, or not before the loop's time `at`.

        Returns:
            The utterance, which knows the exact times of its start and end; `await utterance.wait()` waits for the end.

        Raises:
            InputClosed: after `finish` or `aclose`.
        """
        voice = partial(_voice, self.sample_rate)
        return self._input.put(Utterance(self._samples(duration_s), self.sample_rate, voice, text=text), at=at)

    def silence(self, duration_s: float, *, at: float | None = None) -> Utterance:
        """Be silent for `duration_s` before what is said next."""
        return self._input.put(Utterance(self._samples(duration_s), self.sample_rate), at=at)

    def finish(self) -> None:
        """Leave when all has been said."""
        self._input.finish()

    async def aclose(self) -> None:
        """Leave now."""
        await self._input.aclose()

    def __aiter__(self) -> PacedInput:
        return self._input

    def _samples(self, duration_s: float) -> int:
        return max(1, round(duration_s * self.sample_rate))


def _voice(sample_rate: int, start: int, stop: int) -> bytes:
    """These samples of the voice, which repeats itself."""
    period = _one_period(sample_rate)
    first, count = 2 * start % len(period), 2 * (stop - start)
    return (period * ((first + count) // len(period) + 1))[first : first + count]


@lru_cache(maxsize=8)
def _one_period(sample_rate: int) -> bytes:
    t = np.arange(round(_VOICE_S * sample_rate)) / sample_rate
    tone = sum(np.sin(2 * np.pi * _PITCH_HZ * k * t + k * k) / k for k in range(1, 6))
    syllables = 0.55 - 0.45 * np.cos(2 * np.pi * _SYLLABLES_PER_S * t)
    return np.rint(tone * syllables * (_PEAK * 32767 / 2)).astype(np.int16).tobytes()
