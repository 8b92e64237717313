"""What was said, by whom and when, from a journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ..lab.latency import turns
from ..session.records import SpeechFinished, SpeechStarted, UserInput

if TYPE_CHECKING:
    from ..session.journal import Journal


@dataclass(frozen=True, slots=True)
class Line:
    """`t`: when the user's words end or are typed, or the agent's begin, in seconds of the session. `note`: what befell
    them."""

    t: float
    who: Literal["user", "agent"]
    text: str
    note: str = ""


def transcript(journal: Journal) -> list[Line]:
    """The user's turns and what was heard of the agent, in order."""
    lines = []
    for turn in turns(journal):
        reason = turn.reason.replace("_", " ")
        note = {"dropped": f"no reply: {reason}", "unheard": f"not heard: {reason}"}.get(turn.outcome, "")
        lines.append(Line(turn.end_of_speech_t, "user", turn.text, note))
    lines += [Line(record.t, "user", record.text, "typed") for record in journal.of(UserInput)]
    started = {record.speech: record.t for record in journal.of(SpeechStarted)}
    for record in journal.of(SpeechFinished):
        if record.speech in started:
            note = f"interrupted after {record.played_s:.1f} s" if record.interrupted else ""
            lines.append(Line(started[record.speech], "agent", record.text, note))
    return sorted(lines, key=lambda line: line.t)
