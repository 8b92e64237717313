"""Compressed audio, through FFmpeg: every sample of the sound, and none of the encoder's padding around it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame as DecodedFrame

from .errors import AudioFileError
from .frames import Samples
from .pcm import to_int16
from .resampling import Resampler

_LONGEST_PADDING = 4096
"""Samples that an encoder may add at the end: a frame and its look-ahead."""


class Decoder:
    """The first audio stream of a file, as 16-bit samples at the stream's own rate.

    Iterating yields pieces of shape `(n, channels)`, of any length. Packets that cannot be decoded are passed over at
    the edges of the sound, where files carry other things; within it they are an error.

    Raises:
        AudioFileError: not audio, corrupt, without an audio stream, or changing its channels on the way.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._container = av.open(str(path))
        except av.error.FFmpegError as error:
            raise AudioFileError(path, f"not audio, or corrupt ({error.strerror})") from error
        streams = self._container.streams.audio
        if not streams or not streams[0].codec_context.sample_rate:
            self.close()
            raise AudioFileError(path, "has no audio stream")
        self._stream = streams[0]
        self.sample_rate: int = self._stream.codec_context.sample_rate
        self.num_channels: int = self._stream.codec_context.layout.nb_channels
        self._resampler: Resampler | None = None

    def close(self) -> None:
        self._container.close()

    def __iter__(self) -> Iterator[Samples]:
        length = self._told_length()
        return self._samples() if length is None else without_padding(self._samples(), length)

    def _told_length(self) -> int | None:
        """How many samples there are as the file's edit list tells, which MP4 files have for the encoder's padding."""
        duration = self._stream.duration
        if "mp4" not in self._container.format.name or not duration or self._stream.time_base is None:
            return None
        return round(duration * self._stream.time_base * self.sample_rate)

    def _samples(self) -> Iterator[Samples]:
        for frame in self._frames():
            samples = samples_of_decoded(frame)
            if samples.shape[1] != self.num_channels:
                what = f"changes from {self.num_channels} to {samples.shape[1]} channels on the way"
                raise AudioFileError(self._path, what)
            yield from self._at_own_rate(samples, frame.sample_rate)
        if self._resampler is not None:
            yield self._resampler.flush()

    def _frames(self) -> Iterator[DecodedFrame]:
        decoded, failure = 0.0, ""
        try:
            for packet in self._container.demux(self._stream):
                try:
                    frames = packet.decode()
                except av.error.FFmpegError as error:
                    failure = f"corrupt at {decoded:.2f} s ({error.strerror})"
                    continue
                if frames and decoded and failure:
                    raise AudioFileError(self._path, failure)
                for frame in frames:
                    decoded += frame.samples / frame.sample_rate
                    yield frame
        except av.error.FFmpegError as error:
            failure = f"corrupt at {decoded:.2f} s ({error.strerror})"
            if decoded:
                raise AudioFileError(self._path, failure) from error
        if failure and not decoded:
            raise AudioFileError(self._path, failure)

    def _at_own_rate(self, samples: Samples, sample_rate: int) -> Iterator[Samples]:
        """A chained stream may go on at another rate than it began with."""
        current = self._resampler.from_rate if self._resampler else self.sample_rate
        if sample_rate != current:
            if self._resampler is not None:
                yield self._resampler.flush()
            self._resampler = Resampler(sample_rate, self.sample_rate, self.num_channels)
        yield samples if self._resampler is None else self._resampler.push(samples)


def without_padding(pieces: Iterable[Samples], length: int) -> Iterator[Samples]:
    """The pieces, less what is beyond `length`; all of it where that is too much to be padding."""
    beyond: list[Samples] = []
    count = 0
    for piece in pieces:
        inside = max(0, length - count)
        count += len(piece)
        if count - length > _LONGEST_PADDING:
            yield from beyond
            yield piece
            beyond = []
        else:
            yield piece[:inside]
            beyond.append(piece[inside:])


def samples_of_decoded(frame: DecodedFrame) -> Samples:
    """A frame of FFmpeg's in any sample format as 16 bits, shape `(n, channels)`."""
    values = frame.to_ndarray()
    if frame.format.is_planar:
        values = values.T
    return to_int16(np.ascontiguousarray(values).reshape(frame.samples, -1))
