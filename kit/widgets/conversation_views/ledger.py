"""The speculation ledger: every attempt at answering ahead, what it brought and what it cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...lab import wording
from ...lab.findings import ledger_text
from ...lab.ledger import Ledger, LedgerRow, ledger
from ...plots.turn_rows import timeline
from ...session.records import (
    LlmDone,
    PreemptionAdopted,
    PreemptionDiscarded,
    PreemptionStarted,
    SpeechStarted,
    TtsDone,
)
from ..assets import script, style
from .followed import OneFollowed

if TYPE_CHECKING:
    from ...plots import Plot

ATTEMPT_RECORDS = (PreemptionStarted, PreemptionAdopted, PreemptionDiscarded, LlmDone, TtsDone, SpeechStarted)

REASONS = {
    "transcript_changed": "the words changed",
    "context_changed": "the conversation changed",
    "tools_changed": "the tools changed",
    "failed": "the attempt failed",
    "stop_response": "the agent's hook wanted no reply",
    "hook_failed": "the agent's hook failed",
    "setting_changed": "a setting changed",
    "turn_cleared": "the turn was cleared",
    "agent_changed": "another agent took over",
    "agent_uninterruptible": "the agent could not be interrupted",
    "no_llm": "there is no LLM",
    "session_closed": "the session was closed",
}


class LedgerTable(OneFollowed):
    """Every attempt at answering ahead as a row: when it was begun, what became of it and why, lead, saved, tokens.

    Args:
        conversation: A conversation, the folder of one, or a session, which is followed while it runs.
        name: What to call it.
    """

    _esm = script("ledger")
    _css = style("views", "ledger")
    RECORDS = ATTEMPT_RECORDS

    @property
    def ledger(self) -> Ledger:
        """As it is now."""
        return ledger(self._source.journal)

    def figure(self) -> Plot:
        """The turns as a matplotlib figure, with what was made ahead and what it saved (`kit.plots.timeline`)."""
        return timeline(self._source)

    def _content(self) -> dict[str, Any]:
        book = self.ledger
        shown, left_out = self.latest(book.rows, "attempt")
        return {
            "name": self._source.name,
            "live": not self.still,
            "title": ledger_text(book) if book.rows else "",
            "rows": [_row(row) for row in shown],
            "left_out": left_out,
        }


def _row(row: LedgerRow) -> dict[str, Any]:
    about = "about " if row.tokens_estimated else ""
    return {
        "attempt": row.attempt,
        "turn": row.turn,
        "begun": wording.seconds(row.started_t),
        "outcome": row.outcome,
        "reason": REASONS.get(row.reason, row.reason.replace("_", " ")),
        "lead": "–" if row.lead_s is None else wording.seconds(row.lead_s),
        "saved": "–" if row.saved_s is None else wording.seconds(row.saved_s),
        "tokens": f"{about}{wording.grouped(row.tokens)}",
        "characters": wording.grouped(row.characters),
    }
