"""What a journal has to show beside the sound: who speaks and what the agent does, and the moments that matter.

Read record by record, so that it costs the same for a session that goes on as for one that is over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...lab import wording
from ...lab.findings import value_text
from ...session import records
from .ledger import REASONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...session.records import Record

Span = dict[str, Any]
"""`id`, `kind` (user, agent, thinking, gap), `start`, `end` (None while it goes on), `text`."""
Mark = dict[str, Any]
"""`t`, `kind` (turn, attempt, adopted, discarded, interruption, tuning, handoff, error), `text`."""


class Happenings:
    """`spans` by their ids, and `marks` in order. `fresh` gives what is new or has changed since the last time."""

    def __init__(self) -> None:
        self.spans: dict[str, Span] = {}
        self.marks: list[Mark] = []
        self.last_t = 0.0
        self._changed: set[str] = set()
        self._shown_marks = 0
        self._open_user = ""
        self._open_thinking = ""
        self._turn_ends: dict[int, float] = {}
        self._speeches: dict[str, int] = {}
        self._words: list[str] = []

    def take(self, record: Record) -> None:
        self.last_t = max(self.last_t, record.t)
        taker = _TAKERS.get(type(record))
        if taker is not None:
            taker(self, record)

    def fresh(self) -> dict[str, Any]:
        changed, self._changed = self._changed, set()
        marks, self._shown_marks = self.marks[self._shown_marks :], len(self.marks)
        return {"spans": [self.spans[name] for name in changed], "marks": marks}

    def everything(self) -> dict[str, Any]:
        self._changed.clear()
        self._shown_marks = len(self.marks)
        return {"spans": list(self.spans.values()), "marks": self.marks}

    def _span(self, name: str, kind: str, start: float, end: float | None = None, text: str = "") -> str:
        self.spans[name] = {"id": name, "kind": kind, "start": start, "end": end, "text": text}
        self._changed.add(name)
        return name

    def _end(self, name: str, end: float, text: str | None = None) -> None:
        span = self.spans.get(name)
        if span is not None:
            span["end"] = end
            if text is not None:
                span["text"] = text
            self._changed.add(name)

    def _mark(self, t: float, kind: str, text: str) -> None:
        self.marks.append({"t": t, "kind": kind, "text": text})

    def _user_started(self, record: records.UserSpeechStarted) -> None:
        self._open_user = self._span(f"user-{len(self.spans)}", "user", record.audio_t)

    def _user_ended(self, record: records.UserSpeechEnded) -> None:
        self._end(self._open_user, record.audio_t)

    def _transcript(self, record: records.Transcript) -> None:
        span = self.spans.get(self._open_user)
        if span is not None and record.final:
            span["text"] = f"{span['text']} {record.text}".strip()
            self._changed.add(self._open_user)

    def _committed(self, record: records.TurnCommitted) -> None:
        self._turn_ends[record.turn] = record.audio_t
        waited = wording.duration(max(0.0, record.t - record.audio_t))
        self._mark(record.t, "turn", f"turn {record.turn} over, {waited} after the speech: “{record.text}”")

    def _dropped(self, record: records.TurnDropped) -> None:
        self._mark(record.t, "discarded", f"turn {record.turn} gets no reply: {_reason(record.reason)}")

    def _attempt(self, record: records.PreemptionStarted) -> None:
        self._mark(record.t, "attempt", f"attempt {record.attempt} begun, before turn {record.turn} is over")

    def _adopted(self, record: records.PreemptionAdopted) -> None:
        lead = wording.duration(record.lead_s)
        self._mark(record.t, "adopted", f"attempt {record.attempt} adopted: begun {lead} before the turn was over")

    def _discarded(self, record: records.PreemptionDiscarded) -> None:
        burned = wording.count(record.prompt_tokens + record.completion_tokens, "token")
        why = f"attempt {record.attempt} discarded: {_reason(record.reason)}, {burned} thrown away"
        self._mark(record.t, "discarded", why)

    def _created(self, record: records.SpeechCreated) -> None:
        self._speeches[record.speech] = record.turn

    def _started(self, record: records.SpeechStarted) -> None:
        self._span(record.speech, "agent", record.t)
        end_t = self._turn_ends.get(self._speeches.get(record.speech, 0))
        if end_t is not None and record.t >= end_t:
            self._span(f"gap-{record.speech}", "gap", end_t, record.t, wording.milliseconds(record.t - end_t))

    def _finished(self, record: records.SpeechFinished) -> None:
        self._end(record.speech, record.t, record.text + (" — interrupted" if record.interrupted else ""))

    def _interrupted(self, record: records.UserInterrupted) -> None:
        self._mark(record.t, "interruption", "the user interrupts the agent")

    def _false_interruption(self, record: records.FalseInterruption) -> None:
        after = ", and it goes on" if record.resumed else ""
        self._mark(record.t, "interruption", f"no interruption: no words followed{after}")

    def _state(self, record: records.AgentState) -> None:
        if record.new == "thinking":
            self._open_thinking = self._span(f"thinking-{len(self.spans)}", "thinking", record.t)
        elif record.old == "thinking":
            self._end(self._open_thinking, record.t)

    def _tuning(self, record: records.TuningChanged) -> None:
        self._mark(record.t, "tuning", f"{record.path} {value_text(record.old)} → {value_text(record.new)}")

    def _handoff(self, record: records.AgentHandoff) -> None:
        self._mark(record.t, "handoff", f"{record.new} takes over from {record.old}")

    def _error(self, record: records.Error) -> None:
        self._mark(record.t, "error", f"{record.source}: {record.message}")

    def _closed(self, record: records.SessionClosed) -> None:
        for name, span in self.spans.items():
            if span["end"] is None:
                self._end(name, record.t)


def _reason(reason: str) -> str:
    return REASONS.get(reason, reason.replace("_", " "))


_TAKERS: dict[type[Record], Callable[[Happenings, Any], None]] = {
    records.UserSpeechStarted: Happenings._user_started,
    records.UserSpeechEnded: Happenings._user_ended,
    records.Transcript: Happenings._transcript,
    records.TurnCommitted: Happenings._committed,
    records.TurnDropped: Happenings._dropped,
    records.PreemptionStarted: Happenings._attempt,
    records.PreemptionAdopted: Happenings._adopted,
    records.PreemptionDiscarded: Happenings._discarded,
    records.SpeechCreated: Happenings._created,
    records.SpeechStarted: Happenings._started,
    records.SpeechFinished: Happenings._finished,
    records.UserInterrupted: Happenings._interrupted,
    records.FalseInterruption: Happenings._false_interruption,
    records.AgentState: Happenings._state,
    records.TuningChanged: Happenings._tuning,
    records.AgentHandoff: Happenings._handoff,
    records.Error: Happenings._error,
    records.SessionClosed: Happenings._closed,
}
