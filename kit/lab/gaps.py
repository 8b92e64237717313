"""Gaps measured in the sound itself, as a listener has them, beside those that the journal tells.

The journal knows when a model said that speech ended, and when the first sample was played; it does not know of breath,
of silence at the head of a synthesised sentence, or of a recording that is out of step. The sound does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .latency import TurnLatency, minus

if TYPE_CHECKING:
    from numpy.typing import NDArray

WINDOW_S = 0.01
"""Loudness is the root mean square over this long."""
FLOOR_DBFS = -55.0
"""Nothing quieter than this is a sound."""
BELOW_PEAK_DB = 35.0
"""Nor is anything this far below a channel's loudest moment: the voiced sounds of speech span about 30 dB."""
ABOVE_NOISE_DB = 9.0
"""Nor is anything less than this above the noise of a microphone, which is the level of its quietest tenth."""
CLEAR_OF_PEAK_DB = 20.0
"""But whatever is as near as this to the loudest moment is a sound, so that an unbroken tone is not taken for noise."""
SILENCE_DBFS = -90.0
"""Where a recording has nothing at all, there is no noise to measure."""
PAUSE_S = 0.3
"""A shorter silence is part of an utterance, as between words and in the closure of a plosive."""
SHORTEST_S = 0.03
"""A shorter sound is a click."""
MATCH_S = 1.0
"""How far apart an answer may begin in the journal and in the sound and be taken for the same one."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A stretch of sound, in seconds of the recording."""

    start_t: float
    end_t: float


@dataclass(frozen=True, slots=True)
class Gap:
    """From the end of a user's utterance to the start of the agent's next sound, in seconds of the recording."""

    user_started_t: float
    user_ended_t: float
    agent_started_t: float

    @property
    def gap_s(self) -> float:
        return minus(self.agent_started_t, self.user_ended_t)


@dataclass(frozen=True, slots=True)
class GapCheck:
    """One turn by both measures. Differences are sound minus journal."""

    turn: TurnLatency
    gap: Gap

    @property
    def difference_s(self) -> float:
        """Of the gaps: positive if the listener waits longer than the journal tells."""
        return minus(self.gap.gap_s, self.turn.gap_s or 0.0)

    @property
    def end_difference_s(self) -> float:
        """Of the end of the user's speech."""
        return minus(self.gap.user_ended_t, self.turn.end_of_speech_t)

    @property
    def start_difference_s(self) -> float:
        """Of the start of the answer."""
        return minus(self.gap.agent_started_t, self.turn.speech_started_t or 0.0)


def gaps_in_audio(audio: NDArray[Any], rate: int) -> list[Gap]:
    """The gaps of a recording, in order.

    An utterance that the agent does not answer before the user's next one has no gap, nor has one that ends while the
    agent is still heard.

    Args:
        audio: Of shape (samples, 2 or more); channel 0 is the user, 1 the agent. 16-bit whole numbers, or floats from
            −1 to 1.
        rate: Samples a second.

    Raises:
        ValueError: the array has another shape, or the rate is not positive.
    """
    if audio.ndim != 2 or audio.shape[1] < 2:
        raise ValueError(f"audio must have the shape (samples, channels) with user and agent, not {audio.shape}")
    if rate <= 0:
        raise ValueError(f"rate must be positive, not {rate!r}")
    user, agent = sounds(audio[:, 0], rate), sounds(audio[:, 1], rate)
    gaps = []
    untils_t = [*(following.start_t for following in user[1:]), float("inf")]
    for utterance, until_t in zip(user, untils_t, strict=False):
        if any(sound.start_t < utterance.end_t < sound.end_t for sound in agent):
            continue
        start_t = next((sound.start_t for sound in agent if utterance.end_t <= sound.start_t < until_t), None)
        if start_t is not None:
            gaps.append(Gap(utterance.start_t, utterance.end_t, start_t))
    return gaps


def check(measured: Sequence[TurnLatency], gaps: Sequence[Gap]) -> list[GapCheck]:
    """The journal's turns with the gaps found in the sound, where an answer begins at the same time in both."""
    checks, left = [], list(gaps)
    for turn in measured:
        started_t = turn.speech_started_t
        if started_t is None or not left:
            continue
        nearest = min(left, key=lambda gap: abs(gap.agent_started_t - started_t))
        if abs(nearest.agent_started_t - started_t) <= MATCH_S:
            left.remove(nearest)
            checks.append(GapCheck(turn, nearest))
    return checks


def sounds(samples: NDArray[Any], rate: int) -> list[Sound]:
    """Stretches of one channel that are loud enough to be heard, with the short pauses in them."""
    if not samples.size:
        return []
    power, width = _power(samples, rate)
    edges = np.flatnonzero(np.diff((power >= _threshold(power)).astype(np.int8), prepend=0, append=0))
    # The first loud window has the sound in its last sample, the last one in its first.
    starts, ends = edges[::2], edges[1::2] - (width - 1)
    starts, ends = starts[starts < ends], ends[starts < ends]
    if not starts.size:
        return []
    apart = (starts[1:] - ends[:-1]) >= PAUSE_S * rate
    first, last = np.concatenate(([True], apart)), np.concatenate((apart, [True]))
    return [
        Sound(round(start / rate, 9), round(end / rate, 9))
        for start, end in zip(starts[first].tolist(), ends[last].tolist(), strict=True)
        if end - start >= SHORTEST_S * rate
    ]


def _power(samples: NDArray[Any], rate: int) -> tuple[NDArray[np.float64], int]:
    """The mean square of the window that ends with each sample, full scale being 1; and the window's length.

    There are as many windows as there are places where one overlaps the samples; around them is silence.
    """
    scale = 32768.0 if np.issubdtype(samples.dtype, np.integer) else 1.0
    width = max(1, round(WINDOW_S * rate))
    total = np.pad(np.cumsum(np.square(samples / scale)), (width, width - 1), mode="edge")
    total[:width] = 0.0
    return (total[width:] - total[:-width]) / width, width


def _threshold(power: NDArray[np.float64]) -> float:
    peak = float(power.max())
    audible = power[power > _ratio(SILENCE_DBFS)]
    noise = float(np.percentile(audible, 10)) if audible.size else 0.0
    above_noise = min(noise * _ratio(ABOVE_NOISE_DB), peak * _ratio(-CLEAR_OF_PEAK_DB))
    return max(_ratio(FLOOR_DBFS), peak * _ratio(-BELOW_PEAK_DB), above_noise)


def _ratio(decibels: float) -> float:
    """Of powers."""
    return float(10 ** (decibels / 10))
