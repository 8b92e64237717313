"""The rolling transcript: a session's record as lines that a person reads, each told again when it changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeVar

from ...session.records import (
    AgentHandoff,
    Error,
    PreemptionAdopted,
    PreemptionDiscarded,
    Record,
    SpeechCreated,
    SpeechFinished,
    SpeechStarted,
    ToolCalled,
    Transcript,
    TurnCommitted,
    TurnDropped,
)

MOST_LINES = 300
"""So many are kept; and of so many turns and speeches it is known which line is theirs."""

_PUNCTUATION = ".,;:!?…—–-"

K = TypeVar("K")
V = TypeVar("V")
Who = Literal["you", "agent", "note", "error"]

_WHY_NO_REPLY = {
    "stop_response": "no answer: the agent chose to stay silent",
    "hook_failed": "no answer: on_user_turn_completed failed",
    "agent_uninterruptible": "no answer: the agent was not to be interrupted",
    "no_llm": "no answer: there is no LLM",
    "session_closed": "no answer: the conversation ended",
}
_WHY_DISCARDED = {
    "transcript_changed": "other words came",
    "context_changed": "what the agent knows changed",
    "tools_changed": "its tools changed",
    "failed": "it failed",
    "setting_changed": "a setting changed",
    "turn_cleared": "the turn was cleared",
}


@dataclass
class Line:
    """`interim`: words that may still change. `at`: when it began, by the clock that its `TalkLines` was given."""

    id: int
    who: Who
    text: str
    at: float
    interim: str = ""
    note: str = ""


class TalkLines:
    """Takes a session's records; `on_line` is called with each line that is new or has changed. `now` is a clock."""

    def __init__(self, on_line: Callable[[Line], None], now: Callable[[], float]) -> None:
        self.lines: list[Line] = []
        self._on_line = on_line
        self._now = now
        self._count = 0
        self._user: Line | None = None
        self._speaking: Line | None = None
        self._speeches: dict[str, Line] = {}
        self._turns: dict[str, int] = {}
        self._user_of_turn: dict[int, Line] = {}
        self._notes: dict[int, str] = {}

    def told(self, line: Line) -> dict[str, Any]:
        """A line as the page is told it: its age in seconds in the place of its time."""
        content = asdict(line)
        content["ago_s"] = round(self._now() - content.pop("at"), 3)
        return content

    def begin(self) -> None:
        """Another conversation begins: its turns and speeches are counted anew."""
        self._user = self._speaking = None
        self._speeches.clear()
        self._turns.clear()
        self._user_of_turn.clear()
        self._notes.clear()

    def typed(self, text: str) -> None:
        """The user typed instead of speaking."""
        self._tell(self._add("you", text, note="typed"))

    def note(self, text: str) -> None:
        self._tell(self._add("note", text))

    def saying(self, text: str) -> None:
        """What the agent is saying, as far as it is written."""
        line = self._speaking
        if line is not None and text and line.text != text:
            line.text = text
            self._tell(line)

    def take(self, record: Record) -> None:
        take = _TAKERS.get(type(record))
        if take is not None:
            take(self, record)

    # the user

    def _transcript(self, record: Transcript) -> None:
        if not record.text.strip():
            return
        line = self._user
        if line is None:
            line = self._user = self._add("you", "")
        if record.final:
            line.text, line.interim = f"{line.text} {record.text}".strip(), ""
        else:
            line.interim = record.text
        self._tell(line)

    def _committed(self, record: TurnCommitted) -> None:
        line = self._user or self._add("you", "")
        line.text, line.interim = record.text, ""
        self._user = None
        _keep(self._user_of_turn, record.turn, line)
        self._tell(line)

    def _dropped(self, record: TurnDropped) -> None:
        self._note_user(record.turn, _WHY_NO_REPLY.get(record.reason, f"no answer: {record.reason}"))

    def _adopted(self, record: PreemptionAdopted) -> None:
        _keep(self._notes, record.turn, f"made ready {record.lead_s:.2f} s before its turn")

    def _discarded(self, record: PreemptionDiscarded) -> None:
        why = _WHY_DISCARDED.get(record.reason)
        if why is not None:
            self._note_user(record.turn, f"an answer begun too early was dropped: {why}")

    def _note_user(self, turn: int, note: str) -> None:
        line = self._user_of_turn.get(turn) or self._user
        if line is not None:
            line.note = note
            self._tell(line)

    # the agent

    def _created(self, record: SpeechCreated) -> None:
        _keep(self._turns, record.speech, record.turn)

    def _started(self, record: SpeechStarted) -> None:
        line = self._speeches.get(record.speech)
        if line is None:
            note = self._notes.pop(self._turns.get(record.speech, 0), "")
            line = self._speeches[record.speech] = self._add("agent", "…", note=note)
        self._speaking = line
        self._tell(line)

    def _finished(self, record: SpeechFinished) -> None:
        line = self._speeches.pop(record.speech, None)
        self._turns.pop(record.speech, None)
        if line is None:
            return
        if line is self._speaking:
            self._speaking = None
        line.text = record.text or "(nothing was heard)"
        if record.interrupted:
            words = [word for part in record.text.split() if (word := part.strip(_PUNCTUATION))]
            line.note = f"interrupted at “{words[-1]}”" if words else "interrupted"
        self._tell(line)

    # the rest

    def _tool(self, record: ToolCalled) -> None:
        self.note(f"the agent calls {record.name}")

    def _handoff(self, record: AgentHandoff) -> None:
        if record.old:
            self.note(f"{record.new} takes over from {record.old}")

    def _error(self, record: Error) -> None:
        goes_on = "" if record.recoverable else " It cannot be tried again."
        self._tell(self._add("error", f"{record.source}: {record.message}{goes_on}"))

    def _add(self, who: Who, text: str, *, note: str = "") -> Line:
        self._count += 1
        line = Line(self._count, who, text, self._now(), note=note)
        self.lines.append(line)
        del self.lines[:-MOST_LINES]
        return line

    def _tell(self, line: Line) -> None:
        self._on_line(line)


def _keep(known: dict[K, V], key: K, value: V) -> None:
    """Remember it, and forget what was remembered long ago."""
    known[key] = value
    while len(known) > MOST_LINES:
        del known[next(iter(known))]


_TAKERS: dict[type[Record], Callable[[TalkLines, Any], None]] = {
    AgentHandoff: TalkLines._handoff,
    Error: TalkLines._error,
    PreemptionAdopted: TalkLines._adopted,
    PreemptionDiscarded: TalkLines._discarded,
    SpeechCreated: TalkLines._created,
    SpeechFinished: TalkLines._finished,
    SpeechStarted: TalkLines._started,
    ToolCalled: TalkLines._tool,
    Transcript: TalkLines._transcript,
    TurnCommitted: TalkLines._committed,
    TurnDropped: TalkLines._dropped,
}
