"""What plays behind a conversation: ambient and thinking sounds, and sounds on demand, mixed into a track of their own.

Each name is loaded on its first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy_names import lazy_names

if TYPE_CHECKING:
    from .handle import PlayHandle
    from .outputs import LazyOutput
    from .player import BackgroundAudioPlayer
    from .sounds import AudioConfig, AudioSource, BuiltinAudioClip

_HOME = {
    "AudioConfig": "sounds",
    "AudioSource": "sounds",
    "BackgroundAudioPlayer": "player",
    "BuiltinAudioClip": "sounds",
    "LazyOutput": "outputs",
    "PlayHandle": "handle",
}

__all__ = ["AudioConfig", "AudioSource", "BackgroundAudioPlayer", "BuiltinAudioClip", "LazyOutput", "PlayHandle"]

__getattr__, __dir__ = lazy_names(__name__, _HOME)
