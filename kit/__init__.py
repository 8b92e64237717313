"""Tune a voice agent by ear and by number: when it speaks, how loud, how it says words, what plays behind it.

Every public name is loaded on its first use, so that `import kit` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from .version import __version__

if TYPE_CHECKING:
    from .chat import ChatContext, ChatMessage
    from .session.agent import Agent, ModelSettings
    from .session.limits import Limits
    from .session.session import AgentSession
    from .session.speech_handle import SpeechHandle
    from .session.tools import FunctionTool, RunContext, StopResponse, ToolError, function_tool
    from .tuning import Tuning

_HOME = {
    "Agent": "kit.session.agent",
    "AgentSession": "kit.session.session",
    "ChatContext": "kit.chat",
    "ChatMessage": "kit.chat",
    "FunctionTool": "kit.session.tools",
    "Limits": "kit.session.limits",
    "ModelSettings": "kit.session.agent",
    "RunContext": "kit.session.tools",
    "SpeechHandle": "kit.session.speech_handle",
    "StopResponse": "kit.session.tools",
    "ToolError": "kit.session.tools",
    "Tuning": "kit.tuning",
    "function_tool": "kit.session.tools",
}
_SUBMODULES = ("audio", "export", "lab", "models", "plots", "timing", "transports", "tuning")

__all__ = [
    "Agent",
    "AgentSession",
    "ChatContext",
    "ChatMessage",
    "FunctionTool",
    "Limits",
    "ModelSettings",
    "RunContext",
    "SpeechHandle",
    "StopResponse",
    "ToolError",
    "Tuning",
    "__version__",
    "function_tool",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(importlib.import_module(_HOME[name]), name)
    elif name in _SUBMODULES:
        value = importlib.import_module(f"kit.{name}")
    else:
        raise AttributeError(f"module 'kit' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, *_SUBMODULES])
