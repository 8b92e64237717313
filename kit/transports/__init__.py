"""Where a session's audio comes from and goes to. Each name is loaded on its first use."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .files import AudioFileInput
    from .pacing import PacedInput
    from .playout import PacedOutput
    from .recording import Recording, RecordingError, load_recording
    from .simulated import SimulatedUser
    from .utterance import InputClosed, Utterance

_HOME = {
    "AudioFileInput": "files",
    "InputClosed": "utterance",
    "PacedInput": "pacing",
    "PacedOutput": "playout",
    "Recording": "recording",
    "RecordingError": "recording",
    "SimulatedUser": "simulated",
    "Utterance": "utterance",
    "load_recording": "recording",
}

__all__ = [
    "AudioFileInput",
    "InputClosed",
    "PacedInput",
    "PacedOutput",
    "Recording",
    "RecordingError",
    "SimulatedUser",
    "Utterance",
    "load_recording",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
