"""A turn detector that reads the words: no model file, no network, and it can say why.

It knows the closed classes of English words (`vocabulary`), where a sentence cannot end (`endings`), what the agent has
asked for (`asked`, `answers`), and adds up what it sees by the weights of one table (`evidence`). In other languages it
sees nothing and says 0.5.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from ...chat import ChatContext, ChatMessage
from .evidence import EVIDENCE, PRIOR, Evidence, Reading
from .said import said

__all__ = ["EVIDENCE", "PRIOR", "Evidence", "Judgement", "WordsTurnDetector", "explain"]

NEUTRAL = 0.5


@dataclass(frozen=True)
class Judgement:
    """How likely a text is a whole turn, and the evidence for it. As text it is a small table."""

    text: str
    probability: float
    evidence: tuple[Evidence, ...]
    note: str = ""

    def __str__(self) -> str:
        lines = [f"{self.probability:.2f}  {self.text!r}"]
        lines += [f"{self.note}"] if self.note else [f"{PRIOR:+.1f}  before anything is seen"]
        lines += [f"{evidence.weight:+.1f}  {evidence.name}" for evidence in self.evidence]
        return "\n".join(lines)


def explain(text: str, agent: str = "") -> Judgement:
    """Judge a user's text.

    Args:
        text: What the user said, with punctuation and capitals or without.
        agent: What the agent said before it. What it asked for tells how long an answer must be.
    """
    taken = said(text, agent)
    if not taken.words:
        return Judgement(text, NEUTRAL, (), "no words")
    if not taken.is_english:
        return Judgement(text, NEUTRAL, (), "not in English, as it seems")
    read = Reading(taken)
    seen = tuple(evidence for evidence in EVIDENCE if evidence.holds(read))
    odds = PRIOR + sum(evidence.weight for evidence in seen)
    return Judgement(text, 1 / (1 + math.exp(-odds)), seen)


class WordsTurnDetector:
    """Finds out from the user's words, and from what the agent asked, whether the turn is over. English only.

    It takes well under a millisecond, on the loop. A text in another language, or without words, gets 0.5, which is
    above the default threshold: such a turn waits no longer than without a detector.

    Args:
        unlikely_threshold: Below this probability the session waits for the longest endpointing delay, 0 to 1.

    Raises:
        ValueError: a threshold out of its range.
    """

    def __init__(self, unlikely_threshold: float = 0.4) -> None:
        if not 0 <= unlikely_threshold <= 1:
            raise ValueError(f"unlikely_threshold = {unlikely_threshold} is out of its range, 0 to 1")
        self.unlikely_threshold = unlikely_threshold

    async def predict_end_of_turn(self, chat_ctx: ChatContext, /) -> float:
        return self.explain(chat_ctx).probability

    def explain(self, chat_ctx: ChatContext) -> Judgement:
        """The probability for the last user message, and why."""
        user, agent = _last_exchange(chat_ctx)
        return explain(user, agent)


def _last_exchange(chat_ctx: ChatContext) -> tuple[str, str]:
    """The last user message, and the agent's one before it; "" for what is not there."""
    user: str | None = None
    for back in range(1, len(chat_ctx) + 1):
        item = chat_ctx[-back]
        if not isinstance(item, ChatMessage):
            continue
        if user is None and item.role == "user":
            user = item.content
        elif user is not None and item.role == "assistant":
            return user, item.content
        elif user is not None and item.role == "user":
            break
    return user or "", ""
