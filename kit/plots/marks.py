"""What the journal has to mark on a recording: who speaks when, the moments of every turn, and its gap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ..lab.latency import TurnLatency, turns
from ..session.records import (
    PreemptionAdopted,
    PreemptionStarted,
    SpeechFinished,
    SpeechStarted,
    Transcript,
    UserSpeechEnded,
    UserSpeechStarted,
)
from .palette import AGENT, STAGES, USER

if TYPE_CHECKING:
    from ..session.journal import Journal

MarkName = Literal["end of speech", "transcript", "attempt", "turn over", "first audio", "heard"]


@dataclass(frozen=True, slots=True)
class MarkLook:
    """`marker` as matplotlib names it."""

    marker: str
    color: str


LOOKS: dict[MarkName, MarkLook] = {
    "end of speech": MarkLook("s", USER),
    "transcript": MarkLook("o", STAGES["stt"]),
    "attempt": MarkLook("^", STAGES["llm"]),
    "turn over": MarkLook("D", STAGES["endpointing"]),
    "first audio": MarkLook("o", STAGES["tts"]),
    "heard": MarkLook(">", AGENT),
}
"""In the order in which they follow one another."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment, in seconds of the session. `hollow`: an attempt that was not used."""

    name: MarkName
    t: float
    hollow: bool = False


@dataclass(frozen=True, slots=True)
class Marks:
    """`user` and `agent`: stretches in which each speaks, start and end. `gaps`: from the user's end to the answer."""

    user: tuple[tuple[float, float], ...]
    agent: tuple[tuple[float, float], ...]
    moments: tuple[Mark, ...]
    gaps: tuple[tuple[float, float], ...]
    turns: tuple[TurnLatency, ...]

    @property
    def names(self) -> list[MarkName]:
        """Of the moments that occur, in their order."""
        present = {mark.name for mark in self.moments}
        return [name for name in LOOKS if name in present]


def marks_of(journal: Journal) -> Marks:
    measured = turns(journal)
    moments: list[Mark] = [Mark("transcript", record.t) for record in journal.of(Transcript) if record.final]
    adopted = {record.attempt for record in journal.of(PreemptionAdopted)}
    moments += [Mark("attempt", record.t, record.attempt not in adopted) for record in journal.of(PreemptionStarted)]
    for turn in measured:
        moments += [Mark("end of speech", turn.end_of_speech_t), Mark("turn over", turn.commit_t)]
        if turn.tts_first_audio_t is not None:
            moments.append(Mark("first audio", turn.tts_first_audio_t))
        if turn.speech_started_t is not None:
            moments.append(Mark("heard", turn.speech_started_t))
    return Marks(
        user=_user_spans(journal),
        agent=_agent_spans(journal),
        moments=tuple(sorted(moments, key=lambda mark: mark.t)),
        gaps=_gaps(measured),
        turns=tuple(measured),
    )


def _user_spans(journal: Journal) -> tuple[tuple[float, float], ...]:
    spans, begun_t = [], None
    for record in journal:
        if isinstance(record, UserSpeechStarted):
            begun_t = record.audio_t
        elif isinstance(record, UserSpeechEnded) and begun_t is not None:
            spans.append((begun_t, record.audio_t))
            begun_t = None
    return tuple(spans)


def _agent_spans(journal: Journal) -> tuple[tuple[float, float], ...]:
    begun = {record.speech: record.t for record in journal.of(SpeechStarted)}
    spans = [(begun.pop(record.speech), record.t) for record in journal.of(SpeechFinished) if record.speech in begun]
    spans += [(begun_t, journal.last_t) for begun_t in begun.values()]
    return tuple(spans)


def _gaps(measured: Sequence[TurnLatency]) -> tuple[tuple[float, float], ...]:
    return tuple(
        (turn.end_of_speech_t, turn.speech_started_t) for turn in measured if turn.speech_started_t is not None
    )
