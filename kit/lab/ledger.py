"""What answering ahead of the turn has cost and brought: every attempt, used or thrown away."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from .latency import turns
from .trace import AttemptTrace, trace

if TYPE_CHECKING:
    from ..session.journal import Journal

AttemptOutcome = Literal["adopted", "discarded", "open"]


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One attempt. Tokens and characters are what it used, whether it was adopted or not.

    Attributes:
        started_t: Seconds of the session.
        outcome: `open` where the journal ends before it was decided.
        lead_s: Adopted: how long before its turn's commitment it was begun.
        saved_s: Adopted: how much earlier it was heard for that (`kit.lab.latency.saved_s`); None if nothing was heard.
        reason: Discarded: why, as in `kit.session.records.PreemptionDiscarded`.
        characters: Of text given to the TTS.
        tokens_estimated: The provider told no usage for it, and tokens were counted by rule of thumb.
    """

    attempt: int
    turn: int
    started_t: float
    outcome: AttemptOutcome
    lead_s: float | None
    saved_s: float | None
    reason: str
    prompt_tokens: int
    completion_tokens: int
    characters: int
    tokens_estimated: bool

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True, slots=True)
class Ledger:
    """Every attempt of a session, and their totals. What is burned was spent on attempts that were not adopted."""

    rows: tuple[LedgerRow, ...]

    @property
    def adopted(self) -> int:
        return sum(row.outcome == "adopted" for row in self.rows)

    @property
    def discarded(self) -> int:
        return sum(row.outcome == "discarded" for row in self.rows)

    @property
    def saved_s(self) -> float:
        """Over all turns."""
        return round(sum(row.saved_s or 0.0 for row in self.rows), 9)

    @property
    def burned_prompt_tokens(self) -> int:
        return sum(row.prompt_tokens for row in self._burned)

    @property
    def burned_completion_tokens(self) -> int:
        return sum(row.completion_tokens for row in self._burned)

    @property
    def burned_tokens(self) -> int:
        return self.burned_prompt_tokens + self.burned_completion_tokens

    @property
    def burned_characters(self) -> int:
        return sum(row.characters for row in self._burned)

    @property
    def tokens_estimated(self) -> bool:
        """Whether a burned token among them was counted by rule of thumb."""
        return any(row.tokens_estimated for row in self._burned)

    @property
    def reasons(self) -> dict[str, int]:
        """How many attempts were discarded for each reason, the most frequent first."""
        found = [row.reason for row in self.rows if row.outcome == "discarded"]
        return dict(sorted(((why, found.count(why)) for why in dict.fromkeys(found)), key=lambda entry: -entry[1]))

    def _repr_html_(self) -> str:
        """A table, for a notebook."""
        if not self.rows:
            return "<p>No attempt was made.</p>"
        names = ("attempt", "turn", "begun", "what became of it", "lead", "saved", "tokens", "characters")
        head = "".join(f"<th>{name}</th>" for name in names)
        body = "".join(f"<tr>{''.join(map(_cell, _shown(row)))}</tr>" for row in self.rows)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    @property
    def _burned(self) -> list[LedgerRow]:
        return [row for row in self.rows if row.outcome != "adopted"]


def ledger(journal: Journal) -> Ledger:
    """The attempts of a session, in order."""
    saved = {turn.attempt: turn.saved_s for turn in turns(journal) if turn.attempt}
    return Ledger(tuple(_row(attempt, saved) for attempt in trace(journal).attempts.values()))


def _shown(row: LedgerRow) -> tuple[str, ...]:
    became = f"{row.outcome}: {row.reason.replace('_', ' ')}" if row.reason else row.outcome
    tokens = f"{'about ' if row.tokens_estimated else ''}{row.tokens}"
    return (
        str(row.attempt),
        str(row.turn),
        f"{row.started_t:.2f} s",
        became,
        "–" if row.lead_s is None else f"{row.lead_s:.2f} s",
        "–" if row.saved_s is None else f"{row.saved_s:.2f} s",
        tokens,
        str(row.characters),
    )


def _cell(text: str) -> str:
    return f"<td>{html.escape(text)}</td>"


def _row(attempt: AttemptTrace, saved: dict[int, float | None]) -> LedgerRow:
    spent = attempt.discarded
    if spent is not None:
        prompt, completion, characters = spent.prompt_tokens, spent.completion_tokens, spent.characters
    else:
        prompt = sum(thought.prompt_tokens for thought in attempt.thoughts)
        completion = sum(thought.completion_tokens for thought in attempt.thoughts)
        characters = 0 if attempt.voice is None else attempt.voice.characters
    return LedgerRow(
        attempt=attempt.attempt,
        turn=attempt.turn,
        started_t=attempt.started_t,
        outcome=cast("AttemptOutcome", attempt.outcome),
        lead_s=attempt.lead_s,
        saved_s=saved.get(attempt.attempt),
        reason=attempt.reason,
        prompt_tokens=prompt,
        completion_tokens=completion,
        characters=characters,
        tokens_estimated=any(thought.tokens_estimated for thought in attempt.thoughts),
    )
