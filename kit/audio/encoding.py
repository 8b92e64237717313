"""Sound for players in a page: MP3, which every browser plays, and whose header tells how much padding to leave out."""

from __future__ import annotations

import io
from dataclasses import dataclass

import av
import numpy as np

from .frames import Samples
from .resampling import resample

MP3_MIME = "audio/mpeg"
BIT_RATE = 64_000
_MP3_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
_LAME_GAIN = 0.95
"""At this bit rate LAME makes everything 5 % softer, to be safe from clipping; measured, and undone beforehand."""


@dataclass(frozen=True, slots=True)
class EncodedAudio:
    """The bytes of a file, and what to call it."""

    data: bytes
    mime_type: str


def encode_for_browser(samples: Samples, sample_rate: int) -> EncodedAudio:
    """The sound as a small file that every browser plays; see `encode_mp3`."""
    return EncodedAudio(encode_mp3(samples, sample_rate), MP3_MIME)


def encode_mp3(samples: Samples, sample_rate: int) -> bytes:
    """An MP3 file of one or two channels, shape `(n,)` or `(n, channels)`, of 8 kB a second.

    A rate that MP3 does not know becomes the next higher one. A decoder that reads the header gives the same number of
    samples back, in the same place and as loud.

    Raises:
        ValueError: no samples, or more than two channels.
    """
    sound = samples.reshape(-1, 1) if samples.ndim == 1 else samples
    if not len(sound) or sound.shape[1] > 2:
        raise ValueError(f"MP3 takes one or two channels of sound, not samples of shape {samples.shape}")
    rate = next((rate for rate in _MP3_RATES if rate >= sample_rate), _MP3_RATES[-1])
    planes = resample(sound, sample_rate, rate).T * np.float32(1 / 32768 / _LAME_GAIN)
    layout = "mono" if len(planes) == 1 else "stereo"
    file = io.BytesIO()
    with av.open(file, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=rate, bit_rate=BIT_RATE, layout=layout, format="fltp")
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(planes), format="fltp", layout=layout)
        frame.sample_rate, frame.pts = rate, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()
