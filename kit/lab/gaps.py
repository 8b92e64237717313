"""Gaps measured in the sound itself, as a listener has them, beside those that the journal tells.

The journal knows when a model said that speech ended, and when the first sample was played; it does not know of breath,
of silence at the head of a synthesised sentence, or of a recording that is out of step. The sound does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..audio.levels import rms_dbfs, speech_bounds
from .latency import TurnLatency, minus

if TYPE_CHECKING:
    from numpy.typing import NDArray

PAUSE_S = 0.3
"""A shorter silence is part of an utterance, as between words."""
CLICK_S = 0.03
"""A shorter sound is none: a click, or noise that reaches up. It does not make an utterance longer."""
FRAME_S = 0.005
SOFT_S = 0.1
"""How far the soft edges of a sound may reach beyond what stands out of the noise."""
USER_BELOW_DB = 25.0
"""A person's speech ends where it falls this far below its loudest moment: what is softer, in a room, is room."""
AGENT_BELOW_DB = 35.0
"""A synthesised voice has no room around it, and is heard from its soft beginning."""
MATCH_S = 1.0
"""How far apart an answer may begin in the journal and in the sound and be taken for the same one."""


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
    """The gaps of a recording, in order, by its energy (`kit.audio.levels.speech_bounds`).

    An utterance that the agent does not answer before the user's next one has no gap, nor has one that ends while the
    agent is still heard.

    Args:
        audio: 16-bit samples of shape (samples, 2 or more); channel 0 is the user, 1 the agent.
        rate: Samples a second.

    Raises:
        ValueError: the array has another shape or type, or the rate is not positive.
    """
    if audio.ndim != 2 or audio.shape[1] < 2 or audio.dtype != np.int16:
        raise ValueError(
            f"audio must be int16 of shape (samples, channels) with user and agent, not {audio.dtype} of {audio.shape}"
        )
    if rate <= 0:
        raise ValueError(f"rate must be positive, not {rate!r}")
    user = _utterances(audio[:, 0], rate, USER_BELOW_DB)
    agent = _utterances(audio[:, 1], rate, AGENT_BELOW_DB)
    untils_t = [*(start_t for start_t, _ in user[1:]), float("inf")]
    gaps = []
    for (start_t, end_t), until_t in zip(user, untils_t, strict=False):
        if any(begun_t < end_t < ended_t for begun_t, ended_t in agent):
            continue
        answer_t = next((begun_t for begun_t, _ in agent if end_t <= begun_t < until_t), None)
        if answer_t is not None:
            gaps.append(Gap(round(start_t, 9), round(end_t, 9), round(answer_t, 9)))
    return gaps


def _utterances(samples: NDArray[Any], rate: int, below_db: float) -> list[tuple[float, float]]:
    """Start and end of each, as far as it is within `below_db` of its own loudest moment."""
    return [_audible(samples, rate, bounds, below_db) for bounds in _stretches(samples, rate)]


def _audible(samples: NDArray[Any], rate: int, bounds: tuple[float, float], below_db: float) -> tuple[float, float]:
    first, last = (round(t * rate) for t in bounds)
    first = max(0, first - round(SOFT_S * rate))
    sound, size = samples[first : last + round(SOFT_S * rate)], max(1, round(FRAME_S * rate))
    levels = [rms_dbfs(sound[start : start + size]) for start in range(0, len(sound), size)]
    threshold = max(levels) - below_db
    loud = [index for index, level in enumerate(levels) if level >= threshold]
    return (first + loud[0] * size) / rate, min(len(samples), first + (loud[-1] + 1) * size) / rate


def _stretches(samples: NDArray[Any], rate: int) -> list[tuple[float, float]]:
    """Start and end of each stretch of sound, without the clicks before and behind it."""
    utterances: list[tuple[float, float]] = []
    for start_t, end_t in speech_bounds(samples, rate, min_gap_s=CLICK_S, min_sound_s=CLICK_S):
        if utterances and start_t - utterances[-1][1] < PAUSE_S:
            start_t = utterances.pop()[0]
        utterances.append((start_t, end_t))
    return utterances


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
