"""Sound on its way to a page: as it is where it is short, since a page plays that at once, and as MP3 where it is long.

A minute in two channels is 6 MB as it is, which a page on the same machine has in a moment; MP3 is a twelfth of that,
and takes a second of computing a minute.
"""

from __future__ import annotations

import io
import wave

import numpy as np

from ...audio.encoding import EncodedAudio, encode_for_browser
from ...audio.frames import Samples

WAV_BYTES = 16_000_000
"""From this size on it is encoded."""
WAV_MIME = "audio/wav"


def page_sound(samples: Samples, sample_rate: int) -> EncodedAudio:
    """Samples of shape `(n,)` or `(n, 1 or 2)`, 16 bit, as a file that a page can play. None: silence."""
    sound = samples.reshape(-1, 1) if samples.ndim == 1 else samples
    if not len(sound):
        sound = np.zeros((round(0.1 * sample_rate), sound.shape[1]), np.int16)
    if sound.nbytes > WAV_BYTES:
        return encode_for_browser(sound, sample_rate)
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(sound.shape[1])
        out.setsampwidth(2)
        out.setframerate(sample_rate)
        out.writeframes(np.ascontiguousarray(sound, "<i2").tobytes())
    return EncodedAudio(file.getvalue(), WAV_MIME)


def to_hear(audio: Samples, gain: float = 1.0) -> Samples:
    """A recording of three channels as a person hears it: the user on the left, the agent on the right, and what plays
    behind them in the middle. `gain` is of all of it."""
    sound = audio[:, :2].astype(np.float32)
    if audio.shape[1] > 2:
        sound += audio[:, 2:3]
    heard: Samples = np.clip(np.rint(sound * gain), -32768, 32767).astype(np.int16)
    return heard
