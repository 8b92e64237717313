"""Who tells when the user's turn is over, and what has to be heard for that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from ...ports import VAD, AudioTurnDetector, TurnDetector
from ...realtime import is_realtime


@dataclass(frozen=True, slots=True)
class TurnPlan:
    """`decided_by`: the session's endpointing, the application's calls, or a realtime model.

    `needs_words`: a turn has words, from the recogniser; otherwise a realtime model has heard them.
    """

    decided_by: Literal["session", "hand", "model"]
    vad: VAD | None
    needs_words: bool
    detector: TurnDetector | AudioTurnDetector | None = None

    @property
    def window_s(self) -> float:
        """How much of the latest audio is to be kept."""
        return self.detector.window_s if isinstance(self.detector, AudioTurnDetector) else 0.0


def plan_turns(turn_detection: Any, *, llm: Any, vad: VAD | None, has_stt: bool) -> TurnPlan:
    """What a session's `turn_detection` means with the models that it has.

    Raises:
        ValueError: no such kind of turn detection, or one that the realtime model does not leave to the session.
    """
    detector = turn_detection if isinstance(turn_detection, TurnDetector | AudioTurnDetector) else None
    if detector is None and turn_detection not in (None, "vad", "stt", "manual", "realtime_llm"):
        raise ValueError(
            f'turn_detection is "vad", "stt", "manual", "realtime_llm" or a turn detector, not {turn_detection!r}'
        )
    realtime = is_realtime(llm)
    if realtime and llm.detects_turns:
        if turn_detection not in (None, "realtime_llm"):
            raise ValueError(
                "the realtime model detects the turns itself: make it without that, or leave turn_detection out"
            )
        return TurnPlan("model", None, needs_words=False)
    if turn_detection == "realtime_llm":
        raise ValueError('turn_detection="realtime_llm" needs a realtime model that detects turns as the llm')
    decided_by: Literal["session", "hand"] = "hand" if turn_detection == "manual" else "session"
    heard_vad = None if turn_detection == "stt" else vad
    return TurnPlan(decided_by, heard_vad, needs_words=has_stt or not realtime, detector=detector)
