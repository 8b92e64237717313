"""Trying settings out and measuring what they do: conversations, latencies, the cost of answering ahead, findings.

Every name is loaded on its first use, so that reading a journal does not load a session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy_names import lazy_names

if TYPE_CHECKING:
    from .comparison import Comparison, compare
    from .conversation import Conversation, converse
    from .cues import Say, Typed
    from .findings import Findings
    from .gaps import Gap, gaps_in_audio
    from .latency import TurnLatency, turns
    from .ledger import Ledger
    from .live import LiveConversation
    from .recipe import Recipe
    from .replaying.replay import ReplayError, replay
    from .saving import SaveError
    from .speaking import speak
    from .summary import Interval, Summary, summarize

_HOME = {
    "Comparison": "comparison",
    "Conversation": "conversation",
    "Findings": "findings",
    "Gap": "gaps",
    "Interval": "summary",
    "Ledger": "ledger",
    "LiveConversation": "live",
    "ReplayError": "replaying.replay",
    "Recipe": "recipe",
    "SaveError": "saving",
    "Say": "cues",
    "Summary": "summary",
    "TurnLatency": "latency",
    "Typed": "cues",
    "compare": "comparison",
    "converse": "conversation",
    "gaps_in_audio": "gaps",
    "replay": "replaying.replay",
    "speak": "speaking",
    "summarize": "summary",
    "turns": "latency",
}

__all__ = [
    "Comparison",
    "Conversation",
    "Findings",
    "Gap",
    "Interval",
    "Ledger",
    "LiveConversation",
    "Recipe",
    "ReplayError",
    "SaveError",
    "Say",
    "Summary",
    "TurnLatency",
    "Typed",
    "compare",
    "converse",
    "gaps_in_audio",
    "replay",
    "speak",
    "summarize",
    "turns",
]

__getattr__, __dir__ = lazy_names(__name__, _HOME)
