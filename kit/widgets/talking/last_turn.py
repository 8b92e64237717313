"""How long the last answer took, stage by stage, as the page is told it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...lab.latency import measure
from ...lab.trace import Tracer
from ...session.records import Record, SpeechCreated, SpeechStarted


class LastTurn:
    """Takes a session's records; `on_turn` is called with `told` when an answer to the user has begun to be heard.

    Attributes:
        told: What the page is told; None before the first answer.
    """

    def __init__(self, on_turn: Callable[[dict[str, Any]], object]) -> None:
        self.told: dict[str, Any] | None = None
        self._on_turn = on_turn
        self._tracer = Tracer()
        self._answering: dict[str, int] = {}
        """Turns, by the speeches that are to answer them."""

    def begin(self) -> None:
        """Another conversation begins."""
        self.told = None
        self._tracer = Tracer()
        self._answering.clear()

    def take(self, record: Record) -> None:
        self._tracer.take(record)
        if isinstance(record, SpeechCreated) and record.turn:
            self._answering[record.speech] = record.turn
        elif isinstance(record, SpeechStarted) and record.speech in self._answering:
            self._measure(self._answering.pop(record.speech))

    def _measure(self, number: int) -> None:
        turn = self._tracer.trace.turns.get(number)
        latest = None if turn is None else measure(turn)
        if latest is None or latest.gap_s is None:
            return
        self.told = {
            "gap_s": latest.gap_s,
            "saved_s": latest.saved_s or 0.0,
            "stages": [{"name": stage.name, "s": stage.duration_s} for stage in latest.stages],
            "ahead": [[stage.start_t, stage.end_t] for stage in latest.ahead],
            "started_t": latest.speech_started_t,
        }
        self._on_turn(self.told)
