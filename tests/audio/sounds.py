"""Known sounds in every format that can be made here, for tests."""

from __future__ import annotations

import functools
import struct
import tempfile
from pathlib import Path

import av
import numpy as np

from kit.audio.frames import Samples


def sweep(rate: int, samples: int, channels: int = 1) -> Samples:
    """A tone of which every moment sounds different, loud from the first sample on; each channel softer."""
    t = np.arange(samples) / rate
    one = 8000 * np.sin(2 * np.pi * (200 + 400 * t) * t + 1)
    return np.stack([np.rint(one / (channel + 1)).astype(np.int16) for channel in range(channels)], axis=1)


def encoded(
    samples: Samples, rate: int, codec: str, container: str, *, movflags: str = "", layout: str | None = None
) -> bytes:
    """The bytes of a file, by FFmpeg's encoders."""
    layout = layout or {1: "mono", 2: "stereo", 6: "5.1"}[samples.shape[1]]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound"
        _encode(path, samples, rate, codec, container, {"movflags": movflags} if movflags else {}, layout)
        return path.read_bytes()


def _encode(
    path: Path, samples: Samples, rate: int, codec: str, container: str, options: dict[str, str], layout: str
) -> None:
    with av.open(str(path), "w", format=container, options=options) as output:
        stream = output.add_stream(codec, rate=rate, layout=layout, options={"strict": "experimental"})
        known = {kind.name for kind in stream.codec_context.codec.audio_formats or ()}
        stream.codec_context.format = next((kind for kind in ("s16", "s16p") if kind in known), stream.format)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.reshape(1, -1)), format="s16", layout=layout)
        frame.sample_rate, frame.pts = rate, 0
        converter = av.AudioResampler(format=stream.codec_context.format, layout=layout, rate=rate)
        for converted in [*converter.resample(frame), *converter.resample(None)]:
            output.mux(stream.encode(converted))
        output.mux(stream.encode(None))


def wav_bytes(
    data: bytes, kind: int, bits: int, channels: int, rate: int, *, mask: int | None = None, before: bytes = b""
) -> bytes:
    """A WAV file around samples that are bytes already. With a mask, the extensible form."""
    block = channels * bits // 8
    form = struct.pack("<HHIIHH", kind if mask is None else 0xFFFE, channels, rate, rate * block, block, bits)
    if mask is not None:
        guid = struct.pack("<H", kind) + bytes.fromhex("000000001000800000aa00389b71")
        form += struct.pack("<HHI", 22, bits, mask) + guid
    body = b"WAVE" + before + struct.pack("<4sI", b"fmt ", len(form)) + form
    body += struct.pack("<4sI", b"data", len(data)) + data + bytes(len(data) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def rf64_bytes(samples: Samples, rate: int) -> bytes:
    data, channels = samples.astype("<i2").tobytes(), samples.shape[1]
    form = struct.pack("<HHIIHH", 1, channels, rate, rate * 2 * channels, 2 * channels, 16)
    long = struct.pack("<4sIQQQI", b"ds64", 28, 72 + len(data), len(data), len(samples), 0)
    head = b"RF64\xff\xff\xff\xffWAVE" + long + struct.pack("<4sI", b"fmt ", len(form)) + form
    return head + b"data\xff\xff\xff\xff" + data


_CODED: dict[str, tuple[str, str, str]] = {
    "a.mp3": ("libmp3lame", "mp3", ""),
    "a.aac": ("aac", "adts", ""),
    "end.m4a": ("aac", "ipod", ""),
    "start.m4a": ("aac", "ipod", "faststart"),
    "parts.mp4": ("aac", "mp4", "frag_keyframe+empty_moov"),
    "mp3.mp4": ("libmp3lame", "mp4", ""),
    "opus.mp4": ("libopus", "mp4", ""),
    "alac.m4a": ("alac", "ipod", ""),
    "a.flac": ("flac", "flac", ""),
    "flac.ogg": ("flac", "ogg", ""),
    "a.opus": ("libopus", "ogg", ""),
    "vorbis.ogg": ("vorbis", "ogg", ""),
    "a.webm": ("libopus", "webm", ""),
    "vorbis.webm": ("vorbis", "webm", ""),
    "a.mka": ("flac", "matroska", ""),
    "alaw.wav": ("pcm_alaw", "wav", ""),
    "adpcm.wav": ("adpcm_ima_wav", "wav", ""),
    "a.aiff": ("pcm_s16be", "aiff", ""),
    "a.caf": ("pcm_s16le", "caf", ""),
    "a.au": ("pcm_s16be", "au", ""),
    "a.w64": ("pcm_s16le", "w64", ""),
    "a.wv": ("wavpack", "wv", ""),
    "a.ts": ("aac", "mpegts", ""),
}


@functools.cache
def every_format() -> dict[str, bytes]:
    """A third of a second of two channels at 48 kHz, by file name."""
    samples = sweep(48_000, 16_017, 2)
    floats = samples.astype(np.float64) / 32768
    ints = samples.astype(np.int32) << 16
    packed = np.ascontiguousarray(ints.view(np.uint8).reshape(-1, 4)[:, 1:])
    note = struct.pack("<4sI", b"LIST", 3) + b"abc\0"
    six = np.repeat(samples[:4000, :1], 6, axis=1).astype("<i2").tobytes()
    sounds = {
        "8.wav": wav_bytes(((samples >> 8) + 128).astype(np.uint8).tobytes(), 1, 8, 2, 48_000),
        "16.wav": wav_bytes(samples.astype("<i2").tobytes(), 1, 16, 2, 48_000, before=note),
        "24.wav": wav_bytes(packed.tobytes(), 1, 24, 2, 48_000, mask=3),
        "32.wav": wav_bytes(ints.astype("<i4").tobytes(), 1, 32, 2, 48_000),
        "f32.wav": wav_bytes(floats.astype("<f4").tobytes(), 3, 32, 2, 48_000, mask=3),
        "f64.wav": wav_bytes(floats.astype("<f8").tobytes(), 3, 64, 2, 48_000),
        "six.wav": wav_bytes(six, 1, 16, 6, 48_000, mask=0x3F),
        "rf64.wav": rf64_bytes(samples, 48_000),
    }
    for name, (codec, container, movflags) in _CODED.items():
        sounds[name] = encoded(samples, 48_000, codec, container, movflags=movflags)
    return sounds
