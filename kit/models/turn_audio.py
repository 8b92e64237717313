"""The sound that a turn detector judges: its last seconds, mono, at the detector's rate, ending soon after the speech.

Detectors of the end of a turn were made to be asked about 0.2 s after the speech. Asked after 0.55 s, LiveKit's
on-device model gives six whole recordings 0.71 in place of 0.77 on average, and 0.32 in place of 0.72 where the silence
is digital. A voice activity detection may need such a time to be sure, so what is silent beyond 0.2 s is left out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from livekit.rtc import AudioFrame
from numpy.typing import NDArray

from .mono import MonoStream

RATE = 16_000
SILENCE_S = 0.2
LATEST_S = 1.2
"""How long a voice activity detection may take to tell the end of speech, so that a whole window is still there."""

_STEP_S = 0.01
_BELOW_SPEECH_DB = 21.0
_ABOVE_ROOM_DB = 6.0
_LOUD, _ROOM = 95, 10
"""Percentiles of the levels, which tell how loud the speech and the room are."""
_GAP, _SHORTEST = 15, 6
"""Steps. What is less than `_GAP` apart is one sound, and one that is shorter than `_SHORTEST` is a click."""


def turn_audio(audio: Sequence[AudioFrame], window_s: float, silence_s: float | None = SILENCE_S) -> NDArray[np.int16]:
    """The last `window_s` seconds of the frames, less at their beginning, at 16 kHz.

    Args:
        audio: Frames of any rate and number of channels.
        silence_s: At most so much of the silence behind the speech; None keeps all of it.
    """
    mono = MonoStream(RATE)
    pieces = [mono.push(frame) for frame in audio]
    samples = np.concatenate([np.empty(0, np.int16), *pieces, mono.flush()])
    if silence_s is not None:
        samples = samples[: round((speech_end_s(samples) + silence_s) * RATE)]
    return samples[-round(window_s * RATE) :]


def speech_end_s(samples: NDArray[np.int16]) -> float:
    """Where the last sound ends that is about as loud as the speech, in seconds. All of it, where none stands out.

    The level is that of 10 ms. Speech is louder than 21 dB below its 95th percentile, and 6 dB above the room.
    """
    size = round(_STEP_S * RATE)
    steps = samples[: len(samples) - len(samples) % size].reshape(-1, size).astype(np.float64)
    if not len(steps):
        return len(samples) / RATE
    levels = 10 * np.log10(np.mean(steps**2, axis=1) + 1)
    loud, room = np.percentile(levels, _LOUD), np.percentile(levels, _ROOM)
    if loud - room < _ABOVE_ROOM_DB:
        return len(samples) / RATE
    above = levels > max(loud - _BELOW_SPEECH_DB, room + _ABOVE_ROOM_DB)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], above, [False]]))).reshape(-1, 2)
    apart = np.concatenate([[True], edges[1:, 0] - edges[:-1, 1] >= _GAP])
    starts, ends = edges[apart, 0], edges[np.roll(apart, -1), 1]
    sounds = ends[ends - starts >= _SHORTEST]
    return float(sounds[-1] * _STEP_S) if len(sounds) else len(samples) / RATE
