"""Trying settings out and measuring what they do: conversations, latencies, the cost of answering ahead, findings.

Every name is loaded on its first use, so that reading a journal does not load a session.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .comparison import Comparison, compare
    from .conversation import Conversation, converse
    from .findings import Findings
    from .gaps import Gap, gaps_in_audio
    from .latency import TurnLatency, turns
    from .ledger import Ledger
    from .summary import Interval, Summary, summarize

_HOME = {
    "Comparison": "comparison",
    "Conversation": "conversation",
    "Findings": "findings",
    "Gap": "gaps",
    "Interval": "summary",
    "Ledger": "ledger",
    "Summary": "summary",
    "TurnLatency": "latency",
    "compare": "comparison",
    "converse": "conversation",
    "gaps_in_audio": "gaps",
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
    "Summary",
    "TurnLatency",
    "compare",
    "converse",
    "gaps_in_audio",
    "summarize",
    "turns",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'kit.lab' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"kit.lab.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
