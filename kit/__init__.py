"""Tune a voice agent by ear and by number: when it speaks, how loud, how it says words, what plays behind it.

Every public name is loaded on its first use, so that `import kit` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .lazy_names import lazy_names
from .version import __version__

if TYPE_CHECKING:
    from .background import AudioConfig, BackgroundAudioPlayer, BuiltinAudioClip, PlayHandle
    from .chat import ChatContext, ChatMessage
    from .session.agent import Agent, ModelSettings
    from .session.limits import Limits
    from .session.session import AgentSession
    from .session.speech.speech_handle import SpeechHandle
    from .session.tools import FunctionTool, RunContext, StopResponse, ToolError, function_tool
    from .text.ssml import Speech
    from .tuning import Tuning

_HOME = {
    "Agent": "session.agent",
    "AgentSession": "session.session",
    "AudioConfig": "background",
    "BackgroundAudioPlayer": "background",
    "BuiltinAudioClip": "background",
    "ChatContext": "chat",
    "ChatMessage": "chat",
    "FunctionTool": "session.tools",
    "Limits": "session.limits",
    "ModelSettings": "session.agent",
    "PlayHandle": "background",
    "RunContext": "session.tools",
    "Speech": "text.ssml",
    "SpeechHandle": "session.speech.speech_handle",
    "StopResponse": "session.tools",
    "ToolError": "session.tools",
    "Tuning": "tuning",
    "function_tool": "session.tools",
}
_SUBMODULES = ("audio", "background", "export", "lab", "models", "plots", "timing", "transports", "tuning", "widgets")

__all__ = [
    "Agent",
    "AgentSession",
    "AudioConfig",
    "BackgroundAudioPlayer",
    "BuiltinAudioClip",
    "ChatContext",
    "ChatMessage",
    "FunctionTool",
    "Limits",
    "ModelSettings",
    "PlayHandle",
    "RunContext",
    "Speech",
    "SpeechHandle",
    "StopResponse",
    "ToolError",
    "Tuning",
    "__version__",
    "function_tool",
]

__getattr__, __dir__ = lazy_names(__name__, _HOME, _SUBMODULES)
