"""Where a session's audio comes from and goes to. Each name is loaded on its first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy_names import lazy_names

if TYPE_CHECKING:
    from .files import AudioFileInput
    from .pacing import PacedInput
    from .page_microphone import PageMicrophone
    from .page_speaker import PageSpeaker
    from .playout import PacedOutput
    from .recording import Recording, RecordingError, load_recording, recorded_pieces
    from .simulated import SimulatedUser
    from .utterance import InputClosed, Utterance

_HOME = {
    "AudioFileInput": "files",
    "InputClosed": "utterance",
    "PacedInput": "pacing",
    "PacedOutput": "playout",
    "PageMicrophone": "page_microphone",
    "PageSpeaker": "page_speaker",
    "Recording": "recording",
    "RecordingError": "recording",
    "SimulatedUser": "simulated",
    "Utterance": "utterance",
    "load_recording": "recording",
    "recorded_pieces": "recording",
}

__all__ = [
    "AudioFileInput",
    "InputClosed",
    "PacedInput",
    "PacedOutput",
    "PageMicrophone",
    "PageSpeaker",
    "Recording",
    "RecordingError",
    "SimulatedUser",
    "Utterance",
    "load_recording",
    "recorded_pieces",
]

__getattr__, __dir__ = lazy_names(__name__, _HOME)
