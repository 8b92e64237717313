"""The frames of a stream as FFmpeg decodes them, and what is wrong with it.

FFmpeg passes over what it cannot read; here that is an error where sound is around it. At the edges it is none: files
carry other things there, and a file that was cut off ends in the middle of something.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import av
from av.audio.frame import AudioFrame as DecodedFrame
from av.container import InputContainer
from av.sidedata.sidedata import SideData

from .errors import AudioFileError

_TAGS = (b"ID3", b"TAG", b"APETAGEX")
"""Texts between the sounds of MP3 files that were put one behind the other."""
_LEAST_GAPS_S = {"flac": 0.001, "ogg": 0.1}
"""For formats that say of each frame which sample it begins with, so that a missing one is noticed: how much is a gap.
A page of Ogg is about a second, and where one stream follows another, Opus leaves out up to 80 ms of look-ahead."""


class FrameSource:
    """The frames of one stream, once. `told_skip` is known with the first one.

    Args:
        path: For the errors.
        most_bytes: What all packets of the stream may have together.
    """

    def __init__(self, container: InputContainer, stream: av.AudioStream, path: Path, most_bytes: int) -> None:
        self.told_skip = 0
        """How many samples are to be left out at the start, as the container or the codec says."""
        self.decoded_s = 0.0
        self._container = container
        self._stream = stream
        self._path = path
        self._most_bytes = most_bytes
        self._least_gap_s = _LEAST_GAPS_S.get(container.format.name)
        # FFmpeg's decoders of MPEG audio give the first frame after a change the rate of the one before.
        self._late_rate = stream.codec_context.name.startswith(("mp1", "mp2", "mp3"))
        self._expected_s: float | None = None

    def __iter__(self) -> Iterator[DecodedFrame]:
        """Raises:
        AudioFileError: corrupt.
        """
        failure = ""
        try:
            for packet in self._packets():
                try:
                    frames = cast(list[DecodedFrame], packet.decode())
                except av.error.FFmpegError as error:
                    if not bytes(packet).startswith(_TAGS):
                        failure = self._corrupt(error.strerror)
                    continue
                if frames and self.decoded_s and failure:
                    raise AudioFileError(self._path, failure)
                for frame in frames:
                    self._count(frame)
                    yield frame
        except av.error.FFmpegError as error:
            failure = self._corrupt(error.strerror)
            if self.decoded_s:
                raise AudioFileError(self._path, failure) from error
        if failure and not self.decoded_s:
            raise AudioFileError(self._path, failure)

    def _packets(self) -> Iterator[Any]:
        taken = 0
        try:
            for packet in self._container.demux(self._stream):
                taken += packet.size
                if taken > self._most_bytes:
                    raise AudioFileError(self._path, "corrupt: it tells of more sound than its bytes can hold")
                yield packet
        except IndexError as error:  # PyAV knows the streams of the file's start only
            raise AudioFileError(self._path, self._corrupt("another stream begins here")) from error

    def _count(self, frame: DecodedFrame) -> None:
        if self._late_rate:
            frame.sample_rate = self._stream.codec_context.sample_rate
        if not self.decoded_s:
            self.told_skip = _told_skip(frame)
        length_s = frame.samples / max(1, frame.sample_rate)
        if self._least_gap_s and frame.pts is not None and frame.time_base:
            start_s = float(frame.pts * frame.time_base)
            if self._expected_s is not None and start_s - self._expected_s > self._least_gap_s:
                raise AudioFileError(self._path, self._corrupt(f"{start_s - self._expected_s:.2f} s are missing"))
            self._expected_s = start_s + length_s
        self.decoded_s += length_s

    def _corrupt(self, how: str | None) -> str:
        return f"corrupt at {self.decoded_s:.2f} s ({how})"


def _told_skip(frame: DecodedFrame) -> int:
    data = frame.side_data.get("SKIP_SAMPLES")
    return struct.unpack_from("<I", bytes(data))[0] if isinstance(data, SideData) else 0
