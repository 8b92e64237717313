"""Sound as numbers: frames, files, levels, gain, resampling. Each name is loaded on its first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy_names import lazy_names

if TYPE_CHECKING:
    from .bytestream import AudioByteStream
    from .encoding import EncodedAudio, encode_for_browser, encode_mp3
    from .errors import AudioFileError
    from .files import AudioFile, iter_audio, read_audio, read_speech
    from .frames import frame_from_samples, samples_of, silence
    from .gain import GainRamp, apply_gain, db, linear
    from .levels import envelope, is_silent, peak_dbfs, rms_dbfs, speech_bounds
    from .loudness import Loudness, measure_file, measure_samples
    from .meters import Meter
    from .resampling import Resampler, resample
    from .streaming import stream_audio
    from .taper import gain_of, level_of
    from .true_peak import true_peak_dbtp
    from .voice_level import VoiceLevel
    from .wav import write_wav

_HOME = {
    "AudioByteStream": "bytestream",
    "AudioFile": "files",
    "AudioFileError": "errors",
    "EncodedAudio": "encoding",
    "GainRamp": "gain",
    "Loudness": "loudness",
    "Meter": "meters",
    "Resampler": "resampling",
    "VoiceLevel": "voice_level",
    "apply_gain": "gain",
    "db": "gain",
    "encode_for_browser": "encoding",
    "encode_mp3": "encoding",
    "envelope": "levels",
    "frame_from_samples": "frames",
    "gain_of": "taper",
    "is_silent": "levels",
    "iter_audio": "files",
    "level_of": "taper",
    "linear": "gain",
    "measure_file": "loudness",
    "measure_samples": "loudness",
    "peak_dbfs": "levels",
    "read_audio": "files",
    "read_speech": "files",
    "resample": "resampling",
    "rms_dbfs": "levels",
    "samples_of": "frames",
    "silence": "frames",
    "speech_bounds": "levels",
    "stream_audio": "streaming",
    "true_peak_dbtp": "true_peak",
    "write_wav": "wav",
}

__all__ = [
    "AudioByteStream",
    "AudioFile",
    "AudioFileError",
    "EncodedAudio",
    "GainRamp",
    "Loudness",
    "Meter",
    "Resampler",
    "VoiceLevel",
    "apply_gain",
    "db",
    "encode_for_browser",
    "encode_mp3",
    "envelope",
    "frame_from_samples",
    "gain_of",
    "is_silent",
    "iter_audio",
    "level_of",
    "linear",
    "measure_file",
    "measure_samples",
    "peak_dbfs",
    "read_audio",
    "read_speech",
    "resample",
    "rms_dbfs",
    "samples_of",
    "silence",
    "speech_bounds",
    "stream_audio",
    "true_peak_dbtp",
    "write_wav",
]

__getattr__, __dir__ = lazy_names(__name__, _HOME)
