"""How long the last answer took, stage by stage, as the page is told it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...lab.latency import turns
from ...session.journal import Journal, Record, SpeechCreated, SpeechStarted


class LastTurn:
    """Takes a session's records; `on_turn` is called with `told` when an answer to the user has begun to be heard.

    Attributes:
        told: What the page is told; None before the first answer.
    """

    def __init__(self, on_turn: Callable[[dict[str, Any]], object]) -> None:
        self.told: dict[str, Any] | None = None
        self._on_turn = on_turn
        self._answering: set[str] = set()

    def begin(self) -> None:
        """Another conversation begins."""
        self.told = None
        self._answering.clear()

    def take(self, record: Record, journal: Journal) -> None:
        if isinstance(record, SpeechCreated) and record.turn:
            self._answering.add(record.speech)
        elif isinstance(record, SpeechStarted) and record.speech in self._answering:
            self._answering.discard(record.speech)
            self._measure(journal)

    def _measure(self, journal: Journal) -> None:
        latest = next((turn for turn in reversed(turns(journal)) if turn.gap_s is not None), None)
        if latest is None:
            return
        self.told = {
            "gap_s": latest.gap_s,
            "saved_s": latest.saved_s or 0.0,
            "stages": [{"name": stage.name, "s": stage.duration_s} for stage in latest.stages],
            "ahead": [[stage.start_t, stage.end_t] for stage in latest.ahead],
            "started_t": latest.speech_started_t,
        }
        self._on_turn(self.told)
