"""Sound as numbers: frames, files, levels, gain, resampling. Each name is loaded on its first use."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .bytestream import AudioByteStream
    from .encoding import EncodedAudio, encode_for_browser, encode_mp3
    from .errors import AudioFileError
    from .files import AudioFile, iter_audio, read_audio, read_speech
    from .frames import frame_from_samples, samples_of, silence
    from .gain import GainRamp, apply_gain, db, linear
    from .levels import envelope, is_silent, peak_dbfs, rms_dbfs, speech_bounds
    from .resampling import Resampler, resample
    from .wav import write_wav

_HOME = {
    "AudioByteStream": "bytestream",
    "AudioFile": "files",
    "AudioFileError": "errors",
    "EncodedAudio": "encoding",
    "GainRamp": "gain",
    "Resampler": "resampling",
    "apply_gain": "gain",
    "db": "gain",
    "encode_for_browser": "encoding",
    "encode_mp3": "encoding",
    "envelope": "levels",
    "frame_from_samples": "frames",
    "is_silent": "levels",
    "iter_audio": "files",
    "linear": "gain",
    "peak_dbfs": "levels",
    "read_audio": "files",
    "read_speech": "files",
    "resample": "resampling",
    "rms_dbfs": "levels",
    "samples_of": "frames",
    "silence": "frames",
    "speech_bounds": "levels",
    "write_wav": "wav",
}

__all__ = [
    "AudioByteStream",
    "AudioFile",
    "AudioFileError",
    "EncodedAudio",
    "GainRamp",
    "Resampler",
    "apply_gain",
    "db",
    "encode_for_browser",
    "encode_mp3",
    "envelope",
    "frame_from_samples",
    "is_silent",
    "iter_audio",
    "linear",
    "peak_dbfs",
    "read_audio",
    "read_speech",
    "resample",
    "rms_dbfs",
    "samples_of",
    "silence",
    "speech_bounds",
    "write_wav",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
