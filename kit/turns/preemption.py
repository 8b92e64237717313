"""When is an answer begun before the user's turn is surely over, and when may it be used?

An attempt is begun at a final transcript, or already at words that the recogniser may still change, once they have
held still: that is earlier, and more of them are thrown away. It is used only if, once the turn is committed and the
agent's hook has run, the words, the chat context and the tools are still those that it was made from.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..chat import ChatContext
from ..tuning import Preemption as PreemptionSettings


@dataclass(frozen=True, slots=True)
class Basis:
    """What an answer is made from."""

    transcript: str
    chat_ctx: ChatContext
    tools: Sequence[Any]


def may_start(settings: PreemptionSettings, *, attempts: int, speech_duration_s: float) -> bool:
    """Whether one more attempt is allowed in this turn, after `attempts` before it."""
    return settings.enabled and attempts < settings.max_retries and speech_duration_s <= settings.max_speech_duration_s


def mismatch(attempt: Basis, turn: Basis) -> str | None:
    """Why an attempt cannot serve this turn, or None if it can."""
    if not same_words(attempt.transcript, turn.transcript):
        return "transcript_changed"
    if not attempt.chat_ctx.is_equivalent(turn.chat_ctx):
        return "context_changed"
    if list(attempt.tools) != list(turn.tools):
        return "tools_changed"
    return None


class Stillness:
    """Whether words that are not final have stopped changing."""

    __slots__ = ("_since_t", "_text")

    def __init__(self) -> None:
        self._text = ""
        self._since_t = 0.0

    def interim(self, text: str, now: float, settings: PreemptionSettings) -> float | None:
        """The words as they are shown now. Returns when they will have held still, None if nothing depends on it."""
        if not self._text or not same_words(text, self._text):
            self._since_t = now
        self._text = text
        if not settings.enabled or settings.trigger != "interim":
            return None
        return self._since_t + settings.interim_still_s

    def forget(self) -> None:
        self._text = ""


def same_words(a: str, b: str) -> bool:
    """Equal but for case, punctuation and white space."""
    return a == b or _bare(a) == _bare(b)


def _bare(text: str) -> str:
    kept = (" " if unicodedata.category(c).startswith("P") else c for c in unicodedata.normalize("NFKC", text))
    return " ".join("".join(kept).casefold().split())
