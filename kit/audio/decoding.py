"""Compressed audio, through FFmpeg: every sample of the sound, and none of the encoder's padding around it.

FFmpeg leaves out the padding by itself in most formats. Where it takes too much or too little away, this module does:
Ogg Vorbis (it would lose the end of what libvorbis wrote, as much as half a short block), MP4 (it knows the length to
a millisecond only) and CAF.

A file without any such note (AAC in ADTS, MP3 without a LAME header) is given as it is decoded: nothing tells there
what is padding.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame as DecodedFrame
from av.codec.context import Flags2
from numpy.typing import NDArray

from .containers import open_container
from .decoded_frames import FrameSource
from .errors import AudioFileError
from .limits import absurdity
from .mp4_edits import Span
from .pieces import Form, Piece, window

_LONGEST_PADDING = 8192
"""Samples that an encoder may add at the end: a frame and its look-ahead. More is no padding, but another length."""
_BATCH = 16384
"""Samples that are converted at a time."""
_MISSED_S = 0.1
_TYPES = {"u8": "u1", "s16": "i2", "s32": "i4", "s64": "i8", "flt": "f4", "dbl": "f8"}

logger = logging.getLogger("kit")


class Decoder:
    """The first audio stream of a file.

    Raises:
        AudioFileError: not audio, corrupt at its start, or without an audio stream.
    """

    def __init__(self, path: Path, file_size: int) -> None:
        self._path = path
        self._container, self._span = open_container(path)
        try:
            self._stream = self._chosen_stream()
            context = self._stream.codec_context
            context.thread_count = 1  # audio gains nothing from more, and pays for them
            self._untrimmed = self._trims_itself()
            if self._untrimmed:
                context.flags2 |= Flags2.skip_manual
            self._frames = FrameSource(self._container, self._stream, path, 2 * file_size + 1_000_000)
            self._pieces = self._batches()
            self._first = next(self._pieces, None)
            # What FFmpeg tells before may be true of a later part only.
            self.form = self._first.form if self._first else Form(context.sample_rate, _layout_of(context.layout))
        except BaseException:
            self.close()
            raise

    @property
    def told_s(self) -> float | None:
        """How long the sound is as the header tells, in seconds."""
        duration, time_base = self._stream.duration, self._stream.time_base
        if duration and time_base:
            return float(duration * time_base)
        return self._container.duration / 1e6 if self._container.duration else None

    @property
    def knows_length(self) -> bool:
        """Whether the length is told, and not guessed from the bit rate."""
        return self._span is not None or self._container.format.name == "flac"

    def close(self) -> None:
        self._container.close()

    def __iter__(self) -> Iterator[Piece]:
        """The sound, piece by piece, each of one form.

        Raises:
            AudioFileError: corrupt.
        """
        if self._first is None:
            return
        pieces = itertools.chain([self._first], self._pieces)
        yield from window(pieces, *self._edges()) if self._untrimmed else pieces
        told_s = self.told_s
        if told_s and self.knows_length and self._frames.decoded_s < told_s - _MISSED_S:
            what = f"{self._frames.decoded_s:.2f} s of {told_s:.2f} s are there"
            logger.warning("%s: cut off: %s", self._path, what)

    def _chosen_stream(self) -> av.AudioStream:
        streams = self._container.streams.audio
        if not streams or not streams[0].codec_context or not streams[0].codec_context.sample_rate:
            raise AudioFileError(self._path, "has no audio stream")
        return streams[0]

    def _trims_itself(self) -> bool:
        container, codec = self._container.format.name, self._stream.codec_context.name
        return self._span is not None or container == "caf" or (container == "ogg" and codec == "vorbis")

    def _edges(self) -> tuple[int, int | None, int | None]:
        """Where the sound starts, how long it is, and how far that may be wrong; in samples. After the first frame."""
        rate = self.form.sample_rate
        if self._span is not None:
            start, length = _in_samples(self._span, rate)
            if start:
                return start, length, None
            return self._frames.told_skip, _itunes_length(self._container.metadata) or length, None
        duration, time_base = self._stream.duration, self._stream.time_base
        length = round(duration * time_base * rate) if duration and time_base else None
        return self._frames.told_skip, length, _LONGEST_PADDING

    def _batches(self) -> Iterator[Piece]:
        held: list[DecodedFrame] = []
        kind: tuple[str, int, str] | None = None
        count = 0
        for frame in self._frames:
            this = frame.format.name, frame.sample_rate, frame.layout.name
            if held and (this != kind or count >= _BATCH):
                yield _joined(held, self._path)
                held, count = [], 0
            kind = this
            held.append(frame)
            count += frame.samples
        if held:
            yield _joined(held, self._path)


def _itunes_length(metadata: dict[str, str]) -> int | None:
    """In samples, from the note that iTunes leaves in place of an edit list."""
    try:
        return int(metadata["iTunSMPB"].split()[3], 16)
    except (KeyError, IndexError, ValueError):
        return None


def _in_samples(span: Span, sample_rate: int) -> tuple[int, int | None]:
    def samples(seconds: Fraction) -> int:
        return round(seconds * sample_rate)

    return max(0, samples(span.start_s)), None if span.length_s is None else samples(span.length_s)


def _joined(frames: list[DecodedFrame], path: Path) -> Piece:
    """Frames of the same form as one piece; the samples are copied, since FFmpeg uses its memory again."""
    first = frames[0]
    layout = _layout_of(first.layout)
    channels = len(layout)
    if wrong := absurdity(first.sample_rate, channels):
        raise AudioFileError(path, wrong)
    name = first.format.name
    dtype = np.dtype(_TYPES[name.removesuffix("p")])
    values: NDArray[Any]
    if first.format.is_planar:
        planes = np.empty((channels, sum(frame.samples for frame in frames)), dtype)
        at = 0
        for frame in frames:
            samples = frame.samples
            for target, plane in zip(planes, frame.planes, strict=True):
                target[at : at + samples] = np.frombuffer(memoryview(plane), dtype, samples)
            at += samples
        values = planes.T
    else:
        parts = [np.frombuffer(memoryview(frame.planes[0]), dtype, frame.samples * channels) for frame in frames]
        values = np.concatenate(parts).reshape(-1, channels)
    return Piece(values, Form(first.sample_rate, layout))


def _layout_of(layout: av.AudioLayout) -> tuple[str, ...]:
    names = tuple(channel.name for channel in layout.channels)
    return names if len(names) == layout.nb_channels else _numbered(layout.nb_channels)


def _numbered(channels: int) -> tuple[str, ...]:
    return tuple(f"channel {number}" for number in range(1, channels + 1))
