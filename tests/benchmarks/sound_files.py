"""The sound files that every party reads, made by PyAV: `sound_files.py FOLDER`.

Each of `FORMATS` holds a minute of the same noise, and beside it lies, as `.npy`, what is to be heard of it: 48 kHz
mono. The clips are what plays in the background.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import soxr
from sound_work import CLIP_S, FORMATS, RATE, SPEECH_RATE, Samples, noise, reference_of

DURATION_S = 60.0
CODECS = {
    "wav": ("pcm_s16le", 44_100),
    "mp3": ("libmp3lame", 44_100),
    "ogg": ("vorbis", 44_100),
    "opus": ("libopus", 48_000),
    "flac": ("flac", 44_100),
    "aac": ("aac", 44_100),
    "m4a": ("aac", 44_100),
    "webm": ("libopus", 48_000),
}
BIT_RATE = 192_000


def make(folder: Path) -> None:
    sound = {rate: noise(DURATION_S, rate, 2) for rate in {rate for _, rate in CODECS.values()}}
    heard = {rate: soxr.resample(stereo.mean(axis=1, dtype=np.float32), rate, RATE) for rate, stereo in sound.items()}
    with ThreadPoolExecutor() as encoders:
        written = []
        for name in FORMATS:
            codec, rate = CODECS[Path(name).suffix[1:]]
            written.append(encoders.submit(write, folder / name, sound[rate], rate, codec))
            np.save(reference_of(folder / name), np.rint(heard[rate]).astype(np.int16))
        for name, duration_s in CLIP_S.items():
            written.append(encoders.submit(write, folder / name, noise(duration_s, RATE), RATE, "vorbis"))
        for done in written:
            done.result()
    write(folder / "speech.wav", noise(10.0, SPEECH_RATE), SPEECH_RATE, "pcm_s16le")


def write(path: Path, samples: Samples, rate: int, codec: str) -> None:
    """`samples`: shape `(n, channels)`. An m4a whose name has "fast" in it begins with its table of contents."""
    layout = "stereo" if samples.shape[1] == 2 or codec == "vorbis" else "mono"
    if layout == "stereo" and samples.shape[1] == 1:
        samples = np.repeat(samples, 2, axis=1)
    options = {"movflags": "faststart"} if "fast" in path.name else {}
    with av.open(str(path), "w", options=options) as container:
        experimental = {"strict": "experimental"} if codec == "vorbis" else {}
        stream = container.add_stream(codec, rate=rate, layout=layout, options=experimental)
        if codec not in ("pcm_s16le", "flac"):
            stream.bit_rate = BIT_RATE
        resampler = av.AudioResampler(format=stream.format.name, layout=layout, rate=rate)
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        for converted in (*resampler.resample(frame), *resampler.resample(None)):
            container.mux(stream.encode(converted))
        container.mux(stream.encode(None))


if __name__ == "__main__":
    make(Path(sys.argv[1]))
